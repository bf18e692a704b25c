"""Reads are answered from a file, else by an error that says how to add the answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from poolgate.errors import UsageError
from poolgate.standin import clouds
from poolgate.standin.aws import AWS
from poolgate.standin.cloud import Cloud
from poolgate.standin.fixtures import NoFixtureError, load_fixtures

GET = "azure-native:machinelearningservices:getWorkspace"


def written(folder: Path, content: Any) -> Path:
    file = folder / "reads.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def test_the_first_invoke_whose_arguments_agree_answers(tmp_path: Path) -> None:
    invokes = [
        {"token": GET, "args": {"workspaceName": "one"}, "return": {"is": 1}},
        {"token": GET, "return": {"is": "any"}},
    ]
    fixtures = load_fixtures(written(tmp_path, {"invokes": invokes}))
    assert fixtures.invoke(GET, {"workspaceName": "one", "resourceGroupName": "rg"}) == {"is": 1}
    assert fixtures.invoke(GET, {"workspaceName": "two"}) == {"is": "any"}
    versioned = "azure-native:machinelearningservices/v20240101preview:getWorkspace"
    assert fixtures.invoke(versioned, {"workspaceName": "one"}) == {"is": 1}


def test_ids_compare_as_in_azure(tmp_path: Path) -> None:
    reads = [{"type": "azure-native:resources:ResourceGroup", "id": "/Sub/RG", "outputs": {"location": "x"}}]
    fixtures = load_fixtures(written(tmp_path, {"reads": reads}))
    assert fixtures.read("azure-native:resources:ResourceGroup", "/sub/rg") == ({}, {"location": "x"})


def test_a_read_without_fixture_names_the_call_and_no_value(tmp_path: Path) -> None:
    file = written(tmp_path, {})
    with pytest.raises(NoFixtureError) as caught:
        load_fixtures(file).invoke(GET, {"workspaceName": "hidden"})
    assert GET in str(caught.value)
    assert '"workspaceName"' in str(caught.value)
    assert str(file) in str(caught.value)
    assert "hidden" not in str(caught.value)
    with pytest.raises(NoFixtureError, match="--read-fixtures"):
        load_fixtures(None).read("azure-native:resources:ResourceGroup", "/x")


@pytest.mark.parametrize(
    ("token", "whom"),
    [
        (GET, "Azure"),
        ("aws:index/getCallerIdentity:getCallerIdentity", "AWS"),
        ("aws-native:index:getAccountId", "AWS"),
        ("vault:index/getNonce:getNonce", "its service"),
    ],
)
def test_a_read_without_fixture_says_whom_it_would_ask(token: str, whom: str) -> None:
    with pytest.raises(NoFixtureError, match=f"^{token} would ask {whom}, which this sandbox does not. Answer it with"):
        load_fixtures(None).invoke(token, {})


def test_a_reference_to_a_stack_without_fixture_would_ask_the_backend() -> None:
    asked = "^reading pulumi:pulumi:StackReference 'a/b/c' would ask the backend, which this sandbox does not"
    with pytest.raises(NoFixtureError, match=asked):
        load_fixtures(None).read("pulumi:pulumi:StackReference", "a/b/c")


@pytest.mark.parametrize("cloud", clouds.ALL, ids=lambda cloud: cloud.package)
def test_a_function_that_many_call_is_shown_with_what_it_returns(cloud: Cloud, tmp_path: Path) -> None:
    """What the message has to be copied answers it."""
    for token, example in clouds._examples(cloud.package).items():
        with pytest.raises(NoFixtureError) as caught:
            load_fixtures(None).invoke(token, {})
        assert f"`{example['shown_by']}`" in str(caught.value)
        copied = str(caught.value).partition("and write ")[2].rpartition(" to it; ")[0]
        (tmp_path / "reads.json").write_text(copied)
        assert load_fixtures(tmp_path / "reads.json").invoke(token, {}) == example["return"]


def test_examples_are_of_functions_that_no_provider_answers() -> None:
    known = {cloud.package: clouds._examples(cloud.package) for cloud in clouds.ALL}
    assert {"aws", "azure-native"} <= {package for package, examples in known.items() if examples}
    for cloud in clouds.ALL:
        for token in known[cloud.package]:
            assert cloud.owns(token.partition(":")[0])
            assert cloud.invoke(token, {}, {"region": "eu-west-1"}) is None


def test_a_fixture_goes_before_what_the_provider_computes(tmp_path: Path) -> None:
    token, config = "aws:index/getRegion:getRegion", {"region": "eu-west-1"}
    assert load_fixtures(None).invoke(token, {}, AWS, config)["region"] == "eu-west-1"
    fixtures = load_fixtures(written(tmp_path, {"invokes": [{"token": token, "return": {"region": "us-east-1"}}]}))
    assert fixtures.invoke(token, {}, AWS, config) == {"region": "us-east-1"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[" * 10_000, "1: is not JSON: nested deeper than 100 levels"),
        ('{"invokes":\n "\\ud800"}', "2: is not JSON: an escape that is no character"),
        ([], "must be an object"),
        ({"invoke": []}, "must be an object with some of"),
        ({"invokes": {}}, "must be a list"),
        ({"invokes": [{"token": "x", "args": "y", "return": {}}]}, r"invokes\[0\]\.args.*must be an object"),
        ({"invokes": [{"token": "x"}]}, r"invokes\[0\].*'return'"),
        ({"reads": [{"type": "x", "id": 3, "outputs": {}}]}, r"reads\[0\].*'id'"),
        ({"resourceGroups": {"rg": 3}}, "locations"),
    ],
)
def test_a_wrong_file_is_refused_by_place(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_fixtures(written(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_fixtures(tmp_path / "absent.json")
