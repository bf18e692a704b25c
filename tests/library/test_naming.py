from __future__ import annotations

from typing import Any

import pytest

from inference_pools import naming
from inference_pools.finding import Enforcement, Outcome, Severity, Verdict
from inference_pools.naming import PatternError, Words
from inference_pools.policy_config import ConfigError, setting
from inference_pools.rules.naming_convention import CAF, naming_convention
from inference_pools.runner import without_hidden

CAF_WORDS = ("prod", "dev", "qa", "stage", "test")
WORDS = Words(CAF_WORDS, {})
IN_PROD = Words(CAF_WORDS, {}, "production")


def said(pattern: str, name: str, words: Words = WORDS) -> str | None:
    problem = naming.parse(pattern).problem(name, words)
    return problem.message.partition(" is asked for: ")[2] if problem else None


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{workload}", "fraud"),
        ("{workload}", "card-fraud_eu"),
        ("pool-{workload}-{environment}-{instance}", "pool-card-fraud-prod-001"),
        ("pool-{workload}-{environment}-{instance}", "pool-prod-test-qa-1"),
        ("pool-{workload}-{region}", "pool-chat-westeurope"),
        ("pool-{workload}-{region}", "pool-chat-eus2"),
        ("{organization}-{unit}-{workload}", "contoso-retail-chat-bot"),
        ("{environment}{instance}", "prod01"),
        ("just.this", "just.this"),
        (CAF["resourceGroup"][0], "rg-mktgsharepoint-prod-001"),
        (CAF["workspace"][0], "mlw-navigator-prod"),
    ],
)
def test_fits(pattern: str, name: str) -> None:
    assert said(pattern, name) is None


@pytest.mark.parametrize(
    ("pattern", "name", "message"),
    [
        ("pool-{workload}", "chat", "at its beginning it lacks 'pool-'"),
        ("pool-{workload}", "Pool-chat", "at its beginning it lacks 'pool-'"),
        ("pool-{workload}", "pool-", "after 'pool-' it lacks '{workload}'"),
        ("pool-{workload}-{environment}", "pool-chat", "after 'pool-chat' it lacks '-{environment}'"),
        ("{workload}-x", "chat-y", "after 'chat-y' it lacks '-x'"),
        ("just.this", "just-this", "at its beginning it lacks 'just.this'"),
        ("{workload}", "chat ", "after 'chat' it goes on"),
        ("{workload}", "chat\n", "after 'chat' it goes on"),
        ("{workload}", "", "at its beginning it lacks '{workload}'"),
        ("{workload}-{instance}", "chat-x1", "the instance is 'x1', expected digits"),
        ("{workload}-{instance}", "chat-\u0661", "after 'chat-' it lacks '{instance}'"),
        ("{workload}-{region}", "chat-nowhere", "the region is 'nowhere', which is no Azure region"),
        (
            "{workload}-{environment}-{instance}",
            "chat-blue-one",
            "the environment is 'blue', the words for it are dev, prod, qa, stage, test; "
            "the instance is 'one', expected digits",
        ),
    ],
)
def test_says_which_part_is_wrong(pattern: str, name: str, message: str) -> None:
    assert said(pattern, name) == message


def test_the_environment_is_that_of_the_resource() -> None:
    pattern = "{workload}-{environment}"

    assert said(pattern, "chat-prod", IN_PROD) is None
    assert said(pattern, "chat-PROD", IN_PROD) is None
    assert said(pattern, "chat-dev", IN_PROD) == "the environment is 'dev', the resource's is 'production'"
    assert said(pattern, "chat-dev", Words(CAF_WORDS, {}, "dev-weu")) is None
    assert said(pattern, "chat-dev", Words(CAF_WORDS, {}, "main")) is None


def test_short_forms_of_regions_are_the_organisations() -> None:
    words = Words(CAF_WORDS, {"euw": "westeurope"})

    assert said("{workload}-{region}", "chat-EUW", words) is None
    assert said("{workload}-{region}", "chat-northeurope", words) is None
    assert said("{workload}-{region}", "chat-weu", words) == "the region is 'weu', the short forms are euw"


@pytest.mark.parametrize("pattern", ["pool-{workload}-{environment}-{region}-{instance}", *CAF["workspace"]])
@pytest.mark.parametrize("name", ["", "chat", "pool-chat-blue-nowhere-x", "mlw-chat-blue", "mlw-chat-qa-atlantis-x1"])
@pytest.mark.parametrize("words", [WORDS, IN_PROD, Words(("live", "trial"), {"euw": "westeurope"}, "live")])
def test_the_example_fits(pattern: str, name: str, words: Words) -> None:
    parsed = naming.parse(pattern)
    problem = parsed.problem(name, words)

    assert problem is not None
    assert parsed.problem(problem.example, words) is None


def test_the_example_keeps_what_is_right() -> None:
    problem = naming.parse("pool-{workload}-{environment}-{instance}").problem("pool-card-fraud-dev-007", IN_PROD)

    assert problem is not None
    assert problem.fits
    assert problem.example == "pool-card-fraud-prod-007"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "is empty"),
        ("pool-{app}", "has {app}, the parts are {organization}, {unit}, {workload}, {environment}, {region}, "),
        ("pool-{}", "has {}, the parts are "),
        ("pool-{workload", "has {, the parts are "),
        ("pool-workload}", "has }, the parts are "),
        ("{workload}-{workload}", "has {workload} twice"),
    ],
)
def test_what_is_no_pattern(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as refused:
        naming.parse(pattern)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patterns": {"pools": "x"}}, "patterns has 'pools', the kinds of names are pool, group, endpoint, "),
        ({"patterns": {"pool": "{app}"}}, "patterns of pool has {app}, the parts are "),
        ({"patterns": {"pool": ["ok", "{"]}}, "patterns of pool has {, the parts are "),
        ({"patterns": {"pool": []}}, "patterns has [], expected a pattern or a list of patterns"),
        ({"patterns": {"pool": 5}}, "patterns has 5, expected a pattern or a list of patterns"),
        ({"patterns": "pool-{workload}"}, "patterns is 'pool-{workload}', expected an object"),
        ({"regions": {"euw": "atlantis"}}, "regions has 'atlantis' for euw, which is no Azure region"),
        ({"profile": "kaf"}, "profile is 'kaf', expected one of "),
        ({"environments": []}, "environments is empty, expected at least one word"),
    ],
)
def test_wrong_options_are_refused_where_they_are_written(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        setting(naming_convention, None, options)
    option, _, said = message.partition(" ")
    assert str(refused.value).startswith(f"naming-convention.{option}: {said}")


@pytest.mark.parametrize(
    ("word", "environment", "same"),
    [
        ("prod", "Production", True),
        ("prod", "prod-weu", True),
        ("prod", "non-prod", False),
        ("prod", "Pre-Production", False),
        ("prod", "weu_pre_prod", False),
        ("preprod", "pre-prod", True),
        ("nonprod", "Non Production", True),
        ("prod", "canon-prod", True),
    ],
)
def test_what_is_no_production_is_not(word: str, environment: str, same: bool) -> None:
    assert naming.same_environment(word, environment) is same


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("is 'chat-0d40dd7', no text", "is 'chat-…', no text"),
        ("is 'endpoint/chat-0d40dd7/variant/blue'", "is 'endpoint/chat-…/variant/blue'"),
        ("Name chat0d40dd7a.", "Name chat…."),
        ("is 'other-0d40dd7'", "is 'other-0d40dd7'"),
        ("is 'chat-0d40dd' or 'chat-0d40ddz'", "is 'chat-0d40dd' or 'chat-0d40ddz'"),
        ("is 'my-chat-0d40dd7'", "is 'my-chat-0d40dd7'"),
    ],
)
def test_digits_that_are_others_in_each_run_are_left_out(said: str, told: str) -> None:
    assert naming.without_made_up(said, {"chat"}) == told


def test_digits_are_left_out_beside_a_secret() -> None:
    """In each run they are others, and so would be what it says."""
    message = "is 'chat-config-0d40dd7', 'x-chat-config-0d40dd7'"
    verdict = Verdict("r", Outcome.VIOLATED, "urn", (), message, "", Severity.LOW, Enforcement.ADVISORY)
    (shown,) = without_hidden([verdict], {"chat"}, {"chat-config"})
    assert shown.message == "is '[secret]-config-…', 'x-[secret]-config-0d40dd7'"
