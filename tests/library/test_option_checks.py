"""What cannot be meant is refused where it is written."""

from __future__ import annotations

import pytest

from inference_pools import azure_regions as regions
from inference_pools import option_checks, policy_config
from inference_pools.policy_config import ConfigError
from inference_pools.rule import OptionError
from inference_pools.rules import ALL
from inference_pools.values import Json


@pytest.mark.parametrize(
    ("rule", "options", "message"),
    [
        ("quota-within-limit", {"limits": {"standardDSv2Famly": 4}}, "is no VM family such as"),
        ("quota-within-limit", {"limits": {"westeurope": {"total": 4}}}, "'total', which is no VM family"),
        ("quota-within-limit", {"limits": {"westeuorpe": {"*": 4}}}, "did you mean westeurope?"),
        ("quota-within-limit", {"instances": -1}, "is -1, expected 0 or more"),
        ("monthly-cost-bounded", {"prices": {"westeuorpe": {"D4as_v4": 1}}}, "did you mean westeurope?"),
        ("monthly-cost-bounded", {"hours": 0}, "is 0, expected more than 0"),
        ("monthly-cost-bounded", {"maximum": -0.01}, "is -0.01, expected 0 or more"),
        ("cost-increase-bounded", {"hours": -730}, "is -730, expected more than 0"),
        ("cost-increase-bounded", {"maximum": -1}, "is -1, expected 0 or more"),
        ("cost-increase-bounded", {"percent": -1}, "is -1, expected 0 or more"),
        ("location-allowed", {"allowed": ["northeurope", "West Eurpoe"]}, "did you mean westeurope?"),
        ("sku-tier-allowed", {"allowed": []}, "is empty, expected at least one"),
        (
            "endpoint-quota-within-limit",
            {"limits": {"g5.xlarge": 1}},
            "no instance type such as ml.g5.xlarge; did you mean",
        ),
        ("endpoint-quota-within-limit", {"limits": {"ml.g5.xlarge": 1.5}}, "has 1.5 for ml.g5.xlarge"),
        ("endpoint-quota-within-limit", {"limits": {"eu-wset-1": {"*": 1}}}, "no AWS region; did you mean eu-west-1?"),
        ("endpoint-quota-within-limit", {"instances": -1}, "is -1, expected 0 or more"),
        ("auth-mode-aad", {"allowed": []}, "is empty, expected at least one"),
        ("managed-identity-required", {"kinds": []}, "is empty, expected at least one"),
        ("capacity-meets-load", {"percentile": 0.99}, "is 0.99, expected from 1 to below 100"),
        ("capacity-meets-load", {"percentile": 100}, "is 100, expected from 1 to below 100"),
        ("capacity-meets-load", {"utilisation": 80}, "is 80, expected more than 0 and at most 1"),
        ("capacity-meets-load", {"utilisation": 0}, "is 0, expected more than 0 and at most 1"),
    ],
)
def test_a_value_that_cannot_be_meant(rule: str, options: dict[str, Json], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        policy_config.parse({rule: options}, ALL)

    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{rule}.{next(iter(options))}: ")


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("quota-within-limit", {"limits": {"*": 0, "DSv2": 8, "West Europe": {"standardDSv2Family": 4, "*": 9}}}),
        ("quota-within-limit", {"limits": {"*": {"*": 4}}, "instances": 0}),
        (
            "endpoint-quota-within-limit",
            {"limits": {"ml.g5.xlarge for endpoint usage": 0, "*": {"ml.p9.large": 4, "*": 1}}},
        ),
        ("quota-within-limit", {"limits": {"atlantiscentral": {"*": 4}}}),
        ("monthly-cost-bounded", {"prices": {"usgovvirginia": {"D4as_v4": 0}}, "maximum": 0, "hours": 0.5}),
        ("cost-increase-bounded", {"maximum": 0, "percent": 0}),
        ("location-allowed", {"allowed": []}),
        ("location-allowed", {"allowed": ["North Europe", "atlantiscentral", "westeurope7"]}),
        ("capacity-meets-load", {"percentile": 1, "utilisation": 1}),
        ("capacity-meets-load", {"percentile": 99.9, "utilisation": 0.01}),
    ],
)
def test_a_value_at_its_limit(rule: str, options: dict[str, Json]) -> None:
    assert policy_config.parse({rule: options}, ALL)


@pytest.mark.parametrize("check", [option_checks.not_negative, option_checks.positive])
def test_numbers(check: object) -> None:
    assert callable(check)
    check(0.01)
    with pytest.raises(OptionError, match="is -2, expected"):
        check(-2)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("westeuorpe", "westeurope"),
        ("West Eurpoe", "westeurope"),
        ("wsteurope", "westeurope"),
        ("norteurope", "northeurope"),
        ("eastu", "eastus"),
        ("usgovvirgina", "usgovvirginia"),
        ("West Europe", None),
        ("eastus2euap", None),
        ("chinanorth3", None),
        ("denmarkwest", None),
        ("southcentralus2", None),
        ("westus4", None),
        ("germanycentral", None),
        ("*", None),
        ("", None),
    ],
)
def test_the_region_that_is_meant(written: str, meant: str | None) -> None:
    assert regions.meant_by(written) == meant


def test_no_region_is_taken_for_another() -> None:
    assert [name for name in regions.EXISTING if regions.meant_by(name)] == []
    assert not regions.KNOWN & regions.OTHER
