# Where the configuration of a pool lies, in both API shapes; what `shapes.py` is to the rules in Python.
package main

import rego.v1

pool_type := `^azure-native(_[a-z0-9]+_v\d{8}(preview)?)?:machinelearningservices(/v\d{8}(preview)?)?:Inference(Pool|Group|Endpoint)$`

pools contains resource if {
	some resource in input.deployment.resources
	regex.match(pool_type, resource.type)
	not resource["delete"]
}

bags := {
	"InferencePool": "inferencePoolProperties",
	"InferenceGroup": "inferenceGroupProperties",
	"InferenceEndpoint": "inferenceEndpointProperties",
}

bag_name(pool) := bags[regex.replace(pool.type, `.*:`, "")]

bag(pool) := pool.inputs[bag_name(pool)]

request(pool) := bag(pool).requestConfiguration

finding(rule, pool, path, message) := {"msg": message, "rule": rule, "urn": pool.urn, "path": path}
