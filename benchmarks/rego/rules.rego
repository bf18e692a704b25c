# Twelve rules that judge as their namesakes in the library do at their defaults, wherever the fleet puts them to the
# test: sizes and regions are those that it has.
package main

import rego.v1

tiers := {"Free", "Basic", "Standard", "Premium"}

deny contains finding("sku-tier-allowed", pool, "sku.tier", sprintf("is %v", [tier])) if {
	some pool in pools
	tier := pool.inputs.sku.tier
	not tier in tiers
}

families := {
	"standard_d4s_v5": "standarddsv5family",
	"standard_d8s_v5": "standarddsv5family",
	"standard_e4s_v5": "standardesv5family",
	"standard_nc24ads_a100_v4": "standardncadsa100v4family",
}

deny contains finding("sku-consistent", pool, "sku.size", sprintf("is %v, the name is %v", [sku.size, sku.name])) if {
	some pool in pools
	sku := pool.inputs.sku
	lower(sku.size) != lower(sku.name)
}

deny contains finding("sku-consistent", pool, "sku.family", sprintf("is %v, the name is %v", [sku.family, sku.name])) if {
	some pool in pools
	sku := pool.inputs.sku
	lower(sku.family) != families[lower(sku.name)]
}

deny contains finding("capacity-bounded", pool, "sku.capacity", sprintf("is %v", [capacity])) if {
	some pool in pools
	capacity := pool.inputs.sku.capacity
	not within(capacity, 1, 50)
}

deny contains finding("capacity-bounded", pool, "inferenceGroupProperties.scaleUnitSize", sprintf("is %v", [size])) if {
	some pool in pools
	size := pool.inputs.inferenceGroupProperties.scaleUnitSize
	not within(size, 1, 50)
}

within(number, least, greatest) if {
	number >= least
	number <= greatest
}

duration := `^P(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$`

timeout_path(pool) := sprintf("%s.requestConfiguration.requestTimeout", [bag_name(pool)])

deny contains finding("request-timeout-format", pool, timeout_path(pool), sprintf("is %v", [timeout])) if {
	some pool in pools
	timeout := request(pool).requestTimeout
	not regex.match(duration, timeout)
}

deny contains finding("request-timeout-bounded", pool, timeout_path(pool), sprintf("is %v", [timeout])) if {
	some pool in pools
	timeout := request(pool).requestTimeout
	regex.match(duration, timeout)
	not within(seconds(timeout), 1, 300)
}

seconds(timeout) := sum([number |
	some unit, factor in {"D": 86400, "H": 3600, "M": 60, "S": 1}
	some found in regex.find_n(sprintf(`[\d.]+%s`, [unit]), timeout, 1)
	number := to_number(trim_suffix(found, unit)) * factor
])

deny contains finding("request-concurrency-bounded", pool, path, sprintf("is %v", [concurrency])) if {
	some pool in pools
	concurrency := request(pool).maxConcurrentRequestsPerInstance
	not within(concurrency, 1, 500)
	path := sprintf("%s.requestConfiguration.maxConcurrentRequestsPerInstance", [bag_name(pool)])
}

arm := `^/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]+/providers/Microsoft\.MachineLearningServices/(workspaces|registries)/[^/]+/`

model_forms := {
	`^azureml://registries/[^/]+/models/[^/]+/(versions|labels)/[^/]+$`,
	concat("", [arm, `models/[^/]+/(versions|labels)/[^/]+$`]),
}

environment_forms := {
	`^azureml://registries/[^/]+/(environments|models)/[^/]+/(versions|labels)/[^/]+$`,
	concat("", [arm, `environments/[^/]+/(versions|labels)/[^/]+$`]),
}

is_of(forms, id) if {
	some form in forms
	regex.match(form, id)
}

deny contains finding("model-id-wellformed", pool, path, sprintf("is %v", [id])) if {
	some pool in pools
	id := bag(pool).modelConfiguration.modelId
	not is_of(model_forms, id)
	path := sprintf("%s.modelConfiguration.modelId", [bag_name(pool)])
}

deny contains finding("environment-id-wellformed", pool, path, sprintf("is %v", [id])) if {
	some pool in pools
	id := bag(pool).environmentConfiguration.environmentId
	not is_of(environment_forms, id)
	path := sprintf("%s.environmentConfiguration.environmentId", [bag_name(pool)])
}

pool_name := `^[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}$`

name_forms := {
	"resourceGroupName": `^[-\w.()]{0,89}[-\w()]$`,
	"workspaceName": `^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$`,
	"inferencePoolName": pool_name,
	"poolName": pool_name,
	"groupName": pool_name,
	"endpointName": pool_name,
}

deny contains finding("name-wellformed", pool, name, sprintf("is %v", [pool.inputs[name]])) if {
	some pool in pools
	some name, form in name_forms
	not regex.match(form, pool.inputs[name])
	pool.inputs[name]
}

required := {"owner", "environment", "costcenter"}

deny contains finding("tags-required", pool, "tags", sprintf("lacks %v", [missing])) if {
	some pool in pools
	missing := required - {lower(name) | some name, _ in pool.inputs.tags}
	count(missing) > 0
}

deny contains finding("tags-required", pool, sprintf("tags.%s", [name]), "has no value") if {
	some pool in pools
	some name, value in pool.inputs.tags
	lower(name) in required
	trim_space(value) == ""
}

regions := {"westeurope", "northeurope", "eastus2", "swedencentral"}

deny contains finding("location-allowed", pool, "location", sprintf("is %v", [location])) if {
	some pool in pools
	location := pool.inputs.location
	not lower(replace(location, " ", "")) in regions
}

deny contains finding("auth-mode-aad", pool, "inferenceEndpointProperties.authMode", sprintf("is %v", [mode])) if {
	some pool in pools
	mode := pool.inputs.inferenceEndpointProperties.authMode
	mode != "AAD"
}
