from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from inference_pools import policy_config
from inference_pools.facets import Sku
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.policy_config import ConfigError, Setting, default_settings, parse
from inference_pools.rule import Option, Options, Rule, rule
from inference_pools.rules import ALL
from inference_pools.values import Json

SCHEMA = policy_config.schema(ALL)


def setting_of(settings: tuple[Setting, ...], rule_id: str) -> Setting:
    return next(setting for setting in settings if setting.rule.id == rule_id)


def said(settings: tuple[Setting, ...]) -> list[Any]:
    return [(setting.rule.id, setting.enforcement, setting.options.in_words()) for setting in settings]


def test_nothing_configured_is_the_default() -> None:
    for settings in (parse({}, ALL), default_settings(ALL)):
        assert [setting.rule for setting in settings] == list(ALL)
        for setting in settings:
            assert setting.enforcement is setting.rule.enforcement
            for name, option in setting.rule.options.items():
                assert getattr(setting.options, name) == option.default


@pytest.mark.parametrize("written", ["advisory", {"enforcementLevel": "advisory"}], ids=str)
def test_a_level(written: Json) -> None:
    settings = parse({"tags-required": written}, ALL)

    assert setting_of(settings, "tags-required").enforcement is Enforcement.ADVISORY
    assert all(s.enforcement is s.rule.enforcement for s in settings if s.rule.id != "tags-required")


@pytest.mark.parametrize("written", ["advisory", {"enforcementLevel": "advisory"}], ids=str)
def test_a_level_for_all_yields_to_a_rules_own(written: Json) -> None:
    settings = parse({"tags-required": "mandatory", "all": written, "capacity-bounded": {"maximum": 3}}, ALL)

    assert setting_of(settings, "tags-required").enforcement is Enforcement.MANDATORY
    assert {s.enforcement for s in settings if s.rule.id != "tags-required"} == {Enforcement.ADVISORY}


@pytest.mark.parametrize(
    ("rule_id", "options", "expected"),
    [
        ("capacity-bounded", {"maximum": 200}, {"minimum": 1, "maximum": 200}),
        ("capacity-bounded", {"maximum": 200.0}, {"minimum": 1, "maximum": 200}),
        ("request-timeout-bounded", {"maximum": "PT3M"}, {"maximum": timedelta(minutes=3)}),
        ("location-allowed", {"allowed": ["westeurope"]}, {"allowed": ("westeurope",)}),
        ("sku-tier-allowed", {"allowed": ["Standard"], "on_unknown": "fail"}, {"on_unknown": "fail"}),
        ("tags-required", {"required": []}, {"required": ()}),
    ],
)
def test_options(rule_id: str, options: dict[str, Json], expected: dict[str, Any]) -> None:
    setting = setting_of(parse({rule_id: {"enforcementLevel": "advisory", **options}}, ALL), rule_id)

    assert {name: getattr(setting.options, name) for name in expected} == expected
    assert setting.enforcement is Enforcement.ADVISORY


def test_the_remedy_has_its_limits_filled_in() -> None:
    setting = setting_of(parse({"request-timeout-bounded": {"maximum": "PT3M"}}, ALL), "request-timeout-bounded")

    assert setting.remedy() == "Set the request timeout to a duration between PT1S and PT3M, for example PT3M."


REFUSED: list[tuple[Json, str, str]] = [
    # the engine accepts the first three in silence
    ({"tag-required": "advisory"}, "tag-required", "no such rule; did you mean tags-required?"),
    ({"capacity-bounded": {"maximun": 3}}, "capacity-bounded.maximun", "no such option; did you mean maximum?"),
    ({"all": "disabled"}, "", "every rule is disabled, so nothing would be judged; enable at least one"),
    ({"xyz": "advisory"}, "xyz", "no such rule"),
    (
        {"config-unknown": "advisory"},
        "config-unknown",
        "is a check of poolgate itself and no rule: no policy config sets its level; `ignore` in poolgate.yaml leaves "
        "it out",
    ),
    (
        {"program-runs": "disabled"},
        "program-runs",
        "is a check of poolgate itself and no rule: no policy config sets its level; no run leaves it out",
    ),
    (
        {"tags-required": "advisery"},
        "tags-required",
        "'advisery' is no level (one of advisory, mandatory, remediate, disabled); did you mean advisory?",
    ),
    (
        {"tags-required": {"enforcementLevel": 5}},
        "tags-required.enforcementLevel",
        "5 is no level (one of advisory, mandatory, remediate, disabled)",
    ),
    ({"tags-required": None}, "tags-required", "is None, expected a level or an object"),
    ({"tags-required": ["advisory"]}, "tags-required", "is ['advisory'], expected a level or an object"),
    ({"all": {"maximum": 3}}, "all", "takes a level only, not maximum"),
    ([], "", "the policy config is no JSON object"),
    ("mandatory", "", "the policy config is no JSON object"),
    ({"capacity-bounded": {"maximum": "3"}}, "capacity-bounded.maximum", "is '3', expected a number"),
    ({"capacity-bounded": {"maximum": 3.5}}, "capacity-bounded.maximum", "is 3.5, expected a whole number"),
    ({"capacity-bounded": {"maximum": True}}, "capacity-bounded.maximum", "is True, expected a number"),
    (
        {"request-timeout-bounded": {"maximum": "30s"}},
        "request-timeout-bounded.maximum",
        "'30s' is not in ISO 8601 form; PT30S was probably meant",
    ),
    (
        {"request-timeout-bounded": {"maximum": 30}},
        "request-timeout-bounded.maximum",
        "is 30, expected an ISO 8601 duration such as PT30S",
    ),
    ({"tags-required": {"required": "owner"}}, "tags-required.required", "is 'owner', expected a list of texts"),
    ({"tags-required": {"required": [5]}}, "tags-required.required", "is [5], expected a list of texts"),
    (
        {"sku-tier-allowed": {"allowed": ["standard"]}},
        "sku-tier-allowed.allowed",
        "is 'standard', expected one of Free, Basic, Standard, Premium",
    ),
    (
        {"tags-required": {"on_unknown": "hide"}},
        "tags-required.on_unknown",
        "is 'hide', expected one of report, fail, ignore",
    ),
    (
        {"tags-required": {"enforcementlevel": "advisory"}},
        "tags-required.enforcementlevel",
        "no such option; did you mean enforcementLevel?",
    ),
    (
        {"capacity-bounded": {"production": {"maximun": 3}}},
        "capacity-bounded.production.maximun",
        "no such option; did you mean maximum?",
    ),
    (
        {"capacity-bounded": {"production": {"maximum": "3"}}},
        "capacity-bounded.production.maximum",
        "is '3', expected a number",
    ),
    (
        {"capacity-bounded": {"production": {"enforcementLevel": "disabled"}}},
        "capacity-bounded.production.enforcementLevel",
        "is 'disabled', and the rule is not disabled elsewhere; the mildest is advisory",
    ),
    (
        {"capacity-bounded": {"enforcementLevel": "disabled", "production": {"enforcementLevel": "mandatory"}}},
        "capacity-bounded.production.enforcementLevel",
        "is 'mandatory', and the rule is disabled; the mildest elsewhere is advisory",
    ),
    (
        {"all": "disabled", "capacity-bounded": {"production": {"enforcementLevel": "advisory"}}},
        "capacity-bounded.production.enforcementLevel",
        "is 'advisory', and the rule is disabled; the mildest elsewhere is advisory",
    ),
    (
        {"capacity-bounded": {"maximum": 3, "production": {"minimum": 4}}},
        "capacity-bounded.production",
        "minimum 4 is above maximum 3",
    ),
    (
        {"capacity-bounded": {"production": {"mandatory_from": "1.2.2027"}}},
        "capacity-bounded.production.mandatory_from",
        "is '1.2.2027', expected a date such as 2027-01-31",
    ),
]


@pytest.mark.parametrize(("config", "key", "message"), REFUSED, ids=lambda value: json.dumps(value)[:60])
def test_refused(config: Json, key: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(config, ALL)

    assert refused.value.key == key
    assert str(refused.value) == (f"{key}: {message}" if key else message)


def test_every_rule_disabled_by_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="every rule is disabled"):
        parse({rule.id: "disabled" for rule in ALL}, ALL)


def test_all_but_one_disabled_is_a_choice() -> None:
    settings = parse({"all": "disabled", "tags-required": "mandatory"}, ALL)

    assert [s.rule.id for s in settings if s.enforcement is not Enforcement.DISABLED] == ["tags-required"]


def test_others_are_configured_elsewhere() -> None:
    assert said(parse({"our-own": {"anything": 5}}, ALL, others=["our-own"])) == said(parse({}, ALL))


def test_a_disabled_rule_may_keep_its_options_for_production() -> None:
    """So a profile that has some can be overruled by a level alone."""
    options: Json = {"enforcementLevel": "disabled", "production": {"maximum": 5, "enforcementLevel": "disabled"}}
    (setting,) = [one for one in parse({"capacity-bounded": options}, ALL) if one.rule.id == "capacity-bounded"]

    assert setting.enforcement is Enforcement.DISABLED


def test_what_the_engine_reserves_is_left_to_it() -> None:
    assert said(parse({"environments": ["prod"]}, ALL)) == said(parse({}, ALL))


# The schema


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"all": "advisory", "environments": ["prod"]},
        {"all": {"enforcementLevel": "advisory"}},
        *({one.id: "advisory"} for one in ALL),
        *(
            {one.id: {"enforcementLevel": "mandatory", **{n: o.json_default for n, o in one.options.items()}}}
            for one in ALL
        ),
    ],
    ids=lambda config: json.dumps(config)[:60],
)
def test_what_is_parsed_fits_the_schema(config: Json) -> None:
    parse(config, ALL)

    assert Draft202012Validator(SCHEMA).is_valid(config)


BEYOND_THE_SCHEMA = ("ISO 8601 form", "every rule", "is above maximum", "expected a date", "the mildest")
"""What a schema cannot say: `format` is a note to editors, and options are judged together."""


@pytest.mark.parametrize(
    "config",
    [config for config, _, message in REFUSED if not any(words in message for words in BEYOND_THE_SCHEMA)],
    ids=lambda config: json.dumps(config)[:60],
)
def test_what_is_refused_does_not_fit_the_schema(config: Json) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid(config)


def test_every_option_is_described_with_its_default() -> None:
    for one in ALL:
        described = SCHEMA["properties"][one.id]["anyOf"][1]["properties"]
        for name, option in one.options.items():
            assert described[name]["description"] == option.doc
            assert described[name]["default"] == option.json_default


# Every kind of option


KINDS: dict[str, tuple[Any, Json, Any]] = {
    "text": ("a", "b", "b"),
    "integer": (1, 2.0, 2),
    "number": (1.5, 2, 2.0),
    "boolean": (False, True, True),
    "duration": (timedelta(seconds=1), "PT2S", timedelta(seconds=2)),
    "list": (("a",), ["b", "c"], ("b", "c")),
}


def rule_with(option: Option) -> Rule[Sku]:
    def check(sku: Sku, options: Options) -> Any:
        yield Finding("", f"is {options.it}")

    return rule(
        Sku,
        id="the-rule",
        title="The rule",
        severity=Severity.LOW,
        enforcement=Enforcement.MANDATORY,
        remedy="Do {it}.",
        since="2026.12",
        source="https://example.com",
        options={"it": option},
    )(check)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_option(kind: str) -> None:
    default, written, expected = KINDS[kind]
    the_rule = rule_with(Option(default, "It."))

    (setting,) = parse({"the-rule": {"it": written}}, [the_rule])

    assert setting.options.it == expected
    assert type(setting.options.it) is type(expected)
    assert default_settings([the_rule])[0].options.it == default
    assert Draft202012Validator(policy_config.schema([the_rule])).is_valid({"the-rule": {"it": written}})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_option_refuses_the_others(kind: str) -> None:
    """Numbers are numbers and durations are text; all else is refused, never half understood."""
    the_rule = rule_with(Option(KINDS[kind][0], "It."))
    alike = {"integer": {"integer", "number"}, "number": {"integer", "number"}, "text": {"text", "duration"}}
    for other, (_, written, _) in KINDS.items():
        if other not in alike.get(kind, {kind}):
            with pytest.raises(ConfigError):
                parse({"the-rule": {"it": written}}, [the_rule])


def test_a_minimum_above_the_maximum_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^capacity-bounded: minimum 9 is above maximum 3$"):
        parse({"capacity-bounded": {"minimum": 9, "maximum": 3}}, ALL)
    with pytest.raises(ConfigError, match=r"^request-timeout-bounded: minimum PT1H is above maximum PT5M$"):
        parse({"request-timeout-bounded": {"minimum": "PT1H"}}, ALL)


def test_a_number_that_is_none_is_refused() -> None:
    for value in (float("inf"), float("nan")):
        with pytest.raises(ConfigError, match="expected a number"):
            parse({"capacity-bounded": {"maximum": value}}, ALL)


def test_the_schema_is_the_one_that_editors_are_given() -> None:
    """Its texts are what a person sees who writes a policy config."""
    published = Path(__file__).parents[2] / "schemas" / "policy-config.schema.json"

    assert policy_config.schema(ALL) == json.loads(published.read_text(encoding="utf-8"))


STRANGE: list[Json] = [None, True, -1, 10**299, 1e308, 0.5, "", "\x00\u202e", "P" + "9" * 300 + "D", "x" * 5000]


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_a_strange_value_of_an_option_is_refused_in_one_line_or_taken(rule: Rule[Any]) -> None:
    values = [*STRANGE, *([value] for value in STRANGE), *({"a": value, "pool": [value]} for value in STRANGE)]

    refusals = [refusal for name in rule.options for value in values if (refusal := refused(rule, name, value))]

    for error in refusals:
        assert error.keys[0] == rule.id
        assert str(error).isprintable()
        assert len(str(error)) < 700


def refused(rule: Rule[Any], name: str, value: Json) -> ConfigError | None:
    """Why an option does not take a value; None when it does."""
    try:
        policy_config.setting(rule, None, {name: value})
    except ConfigError as error:
        return error
    return None
