from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_pools.platforms.azure import asset_ids

GUID = "8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264"
ARM = f"/subscriptions/{GUID}/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices"
WORKSPACE = f"{ARM}/workspaces/mlw-chat"
REGISTRY = f"{ARM}/registries/contoso"
LONG = "model-" * 43
URI = f"azureml://subscriptions/{GUID}/resourcegroups/rg-ml/workspaces/mlw-chat"

WELL_FORMED = {
    "workspace asset": f"{WORKSPACE}/models/chat/versions/3",
    "label": f"{WORKSPACE}/models/chat/labels/latest",
    "casing": f"{WORKSPACE}/models/chat/versions/3".lower(),
    "capitals": f"{WORKSPACE}/models/chat/versions/3".upper(),
    "registry asset": "azureml://registries/contoso/models/chat/versions/3",
    "registry label": "azureml://registries/contoso/models/chat/labels/default",
    "registry asset as ARM id": f"{REGISTRY}/models/chat/versions/3",
    "asset URI": f"{URI}/models/chat/versions/3",
    "asset URI, resourceGroups": f"{URI}/models/chat/versions/3".replace("resourcegroups", "resourceGroups"),
    "location URI": f"azureml://locations/westeurope/workspaces/{GUID}/models/chat/versions/3",
    "a version that is no number": "azureml://registries/contoso/models/chat/versions/2024-06-01.beta+1",
    "a name with full stops": "azureml://registries/azureml/models/Phi-3.5-mini_instruct/versions/7",
}

MALFORMED = {
    "azureml:chat:3": "is the client's short form, which only the Azure ML CLI and SDK resolve",
    "azureml:chat@latest": "is the client's short form, which only the Azure ML CLI and SDK resolve",
    f"azureml:{WORKSPACE}/models/chat/versions/3": "is client notation; the API takes the ARM id without the "
    "leading azureml:",
    f"{WORKSPACE[1:]}/models/chat/versions/3": "lacks the leading slash of an ARM id",
    f"{WORKSPACE}/models/chat": "names no version",
    f"{WORKSPACE}/models/chat/": "names no version",
    f"{WORKSPACE}/Models/chat": "names no version",
    "azureml://registries/contoso/models/chat": "names no version",
    f"{WORKSPACE}/models/chat/versions": "names no version",
    f"{WORKSPACE}/models/chat/versions/": "names no version",
    f"{URI}/models/chat/labels/": "names no version",
    f"azureml://locations/westeurope/workspaces/{GUID}/models/chat": "names no version",
    f"{WORKSPACE}/models/chat/versions/3/": "ends in a slash, and no id does",
    f"{WORKSPACE}/models/chat/versions/3//": "ends in a slash, and no id does",
    f"{URI}/models/chat/versions/3/": "ends in a slash, and no id does",
    "azureml://registries/contoso/models/chat/labels/latest/": "ends in a slash, and no id does",
    WORKSPACE: "is neither an ARM id nor an azureml:// URI of one of the models",
    "": "is neither an ARM id nor an azureml:// URI of one of the models",
    "chat": "is neither an ARM id nor an azureml:// URI of one of the models",
    "https://contoso.blob.core.windows.net/m/models/chat": "is neither an ARM id nor an azureml:// URI of one of the "
    "models",
    "https://contoso.blob.core.windows.net/m/models/chat/": "is neither an ARM id nor an azureml:// URI of one of the "
    "models",
    "wasbs://m@contoso.blob.core.windows.net/models/chat": "is neither an ARM id nor an azureml:// URI of one of the "
    "models",
    "azureml://datastores/blobs/models/chat": "is neither an ARM id nor an azureml:// URI of one of the models",
    "/mnt/models/chat": "is neither an ARM id nor an azureml:// URI of one of the models",
    "https://example.com/chat": "is neither an ARM id nor an azureml:// URI of one of the models",
    "azureml://registries/contoso/models/chat/versions/3 ": "has blanks around it",
}
"""What is said after the id itself."""

WRONG_PARTS = {
    f"{WORKSPACE}/environments/chat/versions/3": "names one of 'environments', expected models",
    f"{REGISTRY}/codes/chat/versions/3": "names one of 'codes', expected models",
    f"{WORKSPACE}/models/chat/versions/3".replace("MachineLearningServices", "Compute"): "is of the provider "
    "'Microsoft.Compute', expected Microsoft.MachineLearningServices",
    f"{WORKSPACE}/models/chat/versions/3".replace(GUID, "1234"): "the subscription is '1234', expected a GUID",
    "azureml://locations/westeurope/workspaces/mlw/models/chat/versions/3": "the workspace is 'mlw', expected a GUID",
    "azureml://registries/-contoso/models/chat/versions/3": "the workspace or registry is called '-contoso', "
    "which is no name Azure takes",
    f"azureml://registries/contoso/models/{LONG}/versions/3": f"the asset is called '{LONG}', which is no name "
    "Azure takes",
}


def model(written: str) -> str | None:
    return asset_ids.problem(written, kinds=("models",), datastore_paths=True)


def environment(written: str) -> str | None:
    return asset_ids.problem(written, kinds=("environments",), registry_kinds=("environments", "models"))


@pytest.mark.parametrize("form", WELL_FORMED)
def test_well_formed(form: str) -> None:
    written = WELL_FORMED[form]

    assert model(written) is None
    assert environment(re.sub("(?i)/models/", "/environments/", written)) is None


@pytest.mark.parametrize("written", MALFORMED, ids=repr)
def test_malformed(written: str) -> None:
    assert model(written) == f"{written!r} {MALFORMED[written]}"


@pytest.mark.parametrize("written", WRONG_PARTS, ids=lambda written: written[:80])
def test_wrong_parts(written: str) -> None:
    assert model(written) == WRONG_PARTS[written]


@pytest.mark.parametrize(
    "written", ["azureml://datastores/blobs/paths/models/chat", f"{URI}/datastores/blobs/paths/models/chat"]
)
def test_a_path_in_a_datastore_is_a_model_and_no_environment(written: str) -> None:
    assert model(written) is None
    assert environment(written) is not None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("azureml://registries/contoso/models/engine/versions/1", None),
        (f"{REGISTRY}/models/engine/versions/1", None),
        (f"{WORKSPACE}/models/engine/versions/1", "names one of 'models', expected environments"),
        (f"{URI}/models/engine/versions/1", "names one of 'models', expected environments"),
    ],
)
def test_an_engine_is_a_model_of_a_registry_only(written: str, expected: str | None) -> None:
    assert environment(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "/subscriptions/{subscription_id}/resourceGroups/{resource_group}/providers/Microsoft.MachineLearningServices"
        "/workspaces/{workspace_name}/models/{model_name}/versions/{model_version}",
        f"{WORKSPACE}/models/chat/versions/3".replace(GUID, "00000000-0000-0000-0000-000000000000"),
        "azureml://registries/<registry>/models/chat/versions/3",
    ],
)
def test_placeholders_are_left_to_their_own_rule(written: str) -> None:
    assert model(written) is None


@given(st.text(max_size=80), st.sampled_from(["", "azureml:", "azureml://registries/", f"{WORKSPACE}/models/"]))
def test_any_text_is_judged_in_words(text: str, start: str) -> None:
    problem = model(start + text)

    assert problem is None or problem.strip()


AssetId, WORKSPACE_HOME, REGISTRY_HOME = asset_ids.AssetId, asset_ids.Home.WORKSPACE, asset_ids.Home.REGISTRY
OF_WORKSPACE = {"subscription": GUID, "resource_group": "rg-ml", "home_name": "mlw-chat"}
PROVIDER = "Microsoft.MachineLearningServices"
PARTS = {
    f"{WORKSPACE}/models/chat/versions/3": AssetId(
        WORKSPACE_HOME, "models", "chat", provider=PROVIDER, version="3", **OF_WORKSPACE
    ),
    f"{WORKSPACE}/environments/serving/LABELS/latest": AssetId(
        WORKSPACE_HOME, "environments", "serving", provider=PROVIDER, label="latest", **OF_WORKSPACE
    ),
    f"azureml:{WORKSPACE}/models/chat/versions/3": AssetId(
        WORKSPACE_HOME, "models", "chat", provider=PROVIDER, version="3", **OF_WORKSPACE
    ),
    f"{URI}/models/chat/versions/3": AssetId(WORKSPACE_HOME, "models", "chat", version="3", **OF_WORKSPACE),
    f"{URI}/datastores/blobs/paths/models/chat": AssetId(WORKSPACE_HOME, "datastores", "blobs", **OF_WORKSPACE),
    "azureml://datastores/blobs/paths/models/chat": AssetId(WORKSPACE_HOME, "datastores", "blobs"),
    f"{REGISTRY}/models/chat/versions/3": AssetId(
        REGISTRY_HOME, "models", "chat", "contoso", GUID, "rg-ml", provider=PROVIDER, version="3"
    ),
    " azureml://registries/contoso/codes/chat/labels/default\n": AssetId(
        REGISTRY_HOME, "codes", "chat", "contoso", label="default"
    ),
    f"azureml://locations/westeurope/workspaces/{GUID}/models/chat/versions/3": AssetId(
        WORKSPACE_HOME, "models", "chat", workspace_id=GUID, version="3"
    ),
    "azureml:chat:3": AssetId(WORKSPACE_HOME, "", "chat", version="3"),
    "azureml:chat@latest": AssetId(WORKSPACE_HOME, "", "chat", label="latest"),
    "chat@latest": AssetId(WORKSPACE_HOME, "", "chat", label="latest"),
}


@pytest.mark.parametrize(("written", "parts"), PARTS.items())
def test_an_id_is_taken_apart(written: str, parts: asset_ids.AssetId) -> None:
    assert asset_ids.parse(written) == parts


@pytest.mark.parametrize(
    "written", ["", "chat", "chat:3", "azureml:", f"{WORKSPACE}/models/chat", "https://example.com/chat", "a@b@c"]
)
def test_what_is_no_id_has_no_parts(written: str) -> None:
    assert asset_ids.parse(written) is None


@pytest.mark.parametrize("written", WELL_FORMED.values())
def test_what_is_well_formed_has_parts(written: str) -> None:
    asset = asset_ids.parse(written)

    assert asset is not None
    assert (asset.version is None) != (asset.label is None)


@pytest.mark.parametrize(
    "written", ["contoso", " contoso ", "azureml://registries/contoso", "azureml://registries/contoso/"]
)
def test_a_registry_goes_by_its_name_in_both_forms(written: str) -> None:
    assert asset_ids.registry(written) == AssetId(REGISTRY_HOME, "", "", "contoso")
