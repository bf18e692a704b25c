"""Small programs that the real engine and the in-process source must see alike."""

from __future__ import annotations

from collections.abc import Mapping

from standin.harness import Case

IMPORTS = """
import pulumi
import pulumi_azure_native as azure_native
from pulumi_azure_native import authorization, machinelearningservices as ml, managedidentity, resources

"""
WEST = {"azure-native:location": "westeurope"}
NAMED = {"pulumi:autonaming": '{"pattern": "${stack}-${name}"}'}
PLACE = 'resource_group_name="rg-known", workspace_name="mlw-known"'
BAG = {
    2: 'inference_pool_properties=ml.InferencePoolArgs(node_sku_type="Standard_DS3_v2")',
    3: "inference_pool_properties=ml.InferencePoolArgs()",
}


def both(source: str, **options: object) -> dict[int, Case]:
    """The program for both majors; PLACE and BAG stand for arguments of a pool."""
    return {
        major: Case(IMPORTS + source.replace("PLACE", PLACE).replace("BAG", bag), **options)  # type: ignore[arg-type]
        for major, bag in BAG.items()
    }


def only(major: int, source: str, **options: object) -> dict[int, Case]:
    return {major: both(source, **options)[major]}


GOOD: dict[str, dict[int, Case]] = {
    "unknown-from-another-resource": both(
        """
group = resources.ResourceGroup("rg")
identity = managedidentity.UserAssignedIdentity("id", resource_group_name=group.name)
ml.InferencePool(
    "pool", BAG, resource_group_name=group.name, workspace_name="mlw-known",
    identity=ml.ManagedServiceIdentityArgs(type="UserAssigned", user_assigned_identities=[identity.id]),
    tags={"group": group.id, "place": group.location},
)
""",
        config=WEST,
    ),
    "secrets": both(
        """
config = pulumi.Config()
hidden = config.require_secret("token")
group = resources.ResourceGroup("rg", tags={"hidden": hidden})
ml.InferencePool(
    "pool", BAG, PLACE, kind=hidden, tags={"a": hidden, "b": "plain", "c": group.tags["hidden"]},
    sku={"name": hidden, "capacity": 2},
)
ml.InferencePool(
    "listed", BAG, PLACE,
    identity={"type": "UserAssigned", "userAssignedIdentities": ["/plain", hidden]},
    tags=pulumi.Output.secret({"whole": "map", "unknown": group.id}),
)
""",
        config=WEST,
        secrets={"proof:token": "much-hidden-0123"},
    ),
    "names-made-up": both(
        """
group = resources.ResourceGroup("rg")
ml.Workspace("mlw", resource_group_name="rg-known")
ml.InferencePool("pool", BAG, PLACE)
ml.InferenceGroup("group", PLACE, pool_name="pool", inference_group_properties={"description": "x"})
authorization.RoleAssignment(
    "role", scope=group.id, principal_id="00000000-0000-0000-0000-000000000000", role_definition_id="/x"
)
""",
        config=WEST,
    ),
    "location-from-configuration": both('ml.InferencePool("pool", BAG, PLACE)\n', config=WEST),
    "names-by-the-engine": both(
        'resources.ResourceGroup("rg", location="north")\nml.InferencePool("pool", BAG, PLACE, location="west")\n',
        config=NAMED,
    ),
    "location-of-a-known-group": both('ml.InferencePool("pool", BAG, PLACE)\n', config=NAMED),
    "location-of-an-unknown-group": both(
        """
group = resources.ResourceGroup("rg", location="northeurope")
ml.InferencePool("pool", BAG, resource_group_name=group.name, workspace_name="mlw-known")
""",
        config=NAMED,
    ),
    "reads": both(
        """
found = ml.get_workspace(resource_group_name="rg-fixed", workspace_name="mlw-known")
group = resources.ResourceGroup.get("old", "/subscriptions/x/resourceGroups/rg-fixed")
ml.InferencePool(
    "pool", BAG, resource_group_name="rg-fixed", workspace_name="mlw-known", kind=found.location,
    tags={"place": group.location},
)
""",
        config=NAMED,
    ),
    "component-with-children-and-providers": both(
        """
class Platform(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("acme:ml:Platform", name, {"size": 3}, opts)
        inner = pulumi.ComponentResource("acme:ml:Inner", "inner", {}, pulumi.ResourceOptions(parent=self))
        ml.InferencePool("pool", BAG, PLACE, opts=pulumi.ResourceOptions(parent=inner, protect=True))
        self.register_outputs({"size": 3})

north = azure_native.Provider("north", location="northeurope")
Platform("one", pulumi.ResourceOptions(providers=[north]))
Platform("two")
""".replace('"inner"', 'name + "-inner"').replace('"pool"', 'name + "-pool"'),
        config=WEST,
    ),
    "explicit-provider-known-and-unknown": both(
        """
group = resources.ResourceGroup("rg")
known = azure_native.Provider("known", location="northeurope", subscription_id="x")
unknown = azure_native.Provider("unknown", subscription_id=group.id)
ml.InferencePool("a", BAG, PLACE, opts=pulumi.ResourceOptions(provider=known))
ml.InferencePool("b", BAG, PLACE, opts=pulumi.ResourceOptions(provider=unknown))
""",
        config=WEST,
    ),
    "transforms-and-options": both(
        """
def tag(args):
    if args.name.endswith("transformed"):
        return pulumi.ResourceTransformResult({**args.props, "tags": {"by": "stack"}}, args.opts)

def rename(args):
    return pulumi.ResourceTransformResult({**args.props, "kind": "own"}, args.opts)

pulumi.runtime.register_resource_transform(tag)
group = resources.ResourceGroup("rg")
ml.InferencePool(
    "transformed", BAG, resource_group_name=group.name, workspace_name="mlw-known",
    opts=pulumi.ResourceOptions(
        transforms=[rename], ignore_changes=["tags"], additional_secret_outputs=["location"],
        aliases=[pulumi.Alias(name="old")], depends_on=[group], retain_on_delete=True,
    ),
)
""",
        config=WEST,
    ),
    "shape-a-in-full": only(
        2,
        """
pool = ml.InferencePool(
    "pool", PLACE, inference_pool_name="named",
    sku=ml.SkuArgs(name="P3", tier="Standard", capacity=2),
    inference_pool_properties=ml.InferencePoolArgs(
        node_sku_type="Standard_DS3_v2",
        code_configuration=ml.CodeConfigurationArgs(scoring_script="score.py"),
        request_configuration=ml.RequestConfigurationArgs(max_concurrent_requests_per_instance=4),
        environment_configuration={"environmentVariables": {"A": "B"}, "readinessProbe": {"period": "PT3S"}},
        properties={"a": "b"},
    ),
)
group = ml.InferenceGroup(
    "group", PLACE, pool_name=pool.name, inference_group_properties=ml.InferenceGroupArgs(priority=1)
)
ml.InferenceEndpoint(
    "endpoint", PLACE, pool_name=pool.name,
    inference_endpoint_properties=ml.InferenceEndpointArgs(auth_mode="AAD", group_id=group.id),
)
""",
        config=WEST,
    ),
    "shape-b-in-full": only(
        3,
        """
pool = ml.InferencePool(
    "pool", PLACE,
    inference_pool_properties=ml.InferencePoolArgs(
        scale_unit_configuration=ml.ScaleUnitConfigurationArgs(registries=["a"]),
        properties=[ml.StringStringKeyValuePairArgs(key="a", value="b")],
    ),
)
group = ml.InferenceGroup(
    "group", PLACE, pool_name=pool.name,
    inference_group_properties={
        "nodeSkuType": "Standard_DS3_v2", "scaleUnitSize": 2, "misspelt": pool.sku.apply(lambda sku: sku),
        "description": pool.inference_pool_properties.scale_unit_configuration.registries[0],
    },
)
ml.InferenceEndpoint(
    "endpoint", PLACE, pool_name=pool.name,
    inference_endpoint_properties=ml.InferenceEndpointArgs(
        auth_mode="AAD", group_name=group.name, request_configuration={"max_concurrent_requests_per_instance": 4}
    ),
)
""",
        config=WEST,
    ),
    "shape-b-by-a-versioned-module": only(
        2,
        """
from pulumi_azure_native.machinelearningservices import v20241001preview as newer

newer.InferencePool("pool", PLACE, inference_pool_properties={"scaleUnitConfiguration": {"registries": ["a"]}})
""",
        config=WEST,
    ),
}

APPLIED = both(
    """
group = resources.ResourceGroup("rg")
identity = managedidentity.UserAssignedIdentity("id", resource_group_name=group.name)
workspace = ml.Workspace("mlw", resource_group_name=group.name)
pool = ml.InferencePool(
    "pool", BAG, resource_group_name=group.name, workspace_name=workspace.name,
    identity=ml.ManagedServiceIdentityArgs(type="UserAssigned", user_assigned_identities=[identity.id]),
    tags={"group": group.id, "place": group.location},
)
ml.InferenceGroup("group", PLACE, pool_name=pool.name, inference_group_properties={"description": "x"})
authorization.RoleAssignment(
    "role", scope=group.id, principal_id="00000000-0000-0000-0000-000000000000", role_definition_id="/x"
)
""",
    config=WEST,
)

REFUSED: dict[str, dict[int, Case]] = {
    "all-that-can-be-wrong-with-one": only(
        2,
        """
ml.InferencePool(
    "pool", resource_group_name="rg", workspace_name="ml", sku={"name": 3, "capacity": "two"},
    inference_pool_properties={"description": "x"},
)
""",
        config={"pulumi:autonaming": '{"mode": "disabled"}'},
    ),
    "no-location-anywhere": only(3, 'resources.ResourceGroup("rg")\n'),
    "one-name-twice": only(
        3, 'ml.InferencePool("pool", BAG, PLACE)\nml.InferencePool("pool", BAG, PLACE)\n', config=WEST
    ),
}

_TOGETHER = """
import pulumi

make = pulumi.Resource.__init__
sources = {sources!r}

for name, source in sources.items():

    def named(self, type_, given, *rest, prefix=name, **options):
        make(self, type_, f"{{prefix}}-{{given}}", *rest, **options)

    pulumi.Resource.__init__ = named
    exec(compile(source, __file__, "exec"), {{"__name__": "__main__"}})
"""


def together(major: int, config: Mapping[str, str]) -> tuple[Case, list[str]]:
    """All good cases of this configuration in one program, and what the names of each one's resources begin with."""
    cases = [by_major[major] for by_major in GOOD.values() if major in by_major and by_major[major].config == config]
    sources = {f"c{number:02}": case.source for number, case in enumerate(cases)}
    secrets = {key: value for case in cases for key, value in case.secrets.items()}
    return Case(_TOGETHER.format(sources=sources), config, secrets), list(sources)
