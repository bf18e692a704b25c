"""What is said of a proposed rule set is what two audits differ in, one by each of the two."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from audit.state_builder import export, stack_root
from inference_pools.own_checks import BY_ID
from inference_pools.policy_config import ConfigError, parse
from inference_pools.rule import COMMON, Option, Scope
from inference_pools.rules import ALL
from inference_pools.secrets import SIGNATURE_KEY
from inference_pools.values import UNKNOWN_STRING, Json
from poolgate import cli
from rules.fixture_files import fixtures

STACKS: Final = ("dev", "test", "prod")
RULES: Final = [rule for rule in ALL if rule.scope is not Scope.WAIVERS]
EXPORTS: Final = Path(__file__).parents[2] / "stacks" / "exports"

BECOMES: Final = {
    ("", "advisory"): "new",
    ("", "mandatory"): "new",
    ("", "waived"): "waived",
    ("advisory", ""): "gone",
    ("advisory", "mandatory"): "stricter",
    ("advisory", "waived"): "waived",
    ("mandatory", ""): "gone",
    ("mandatory", "advisory"): "milder",
    ("mandatory", "waived"): "waived",
    ("waived", ""): "gone",
    ("waived", "advisory"): "waiver ended",
    ("waived", "mandatory"): "waiver ended",
    ("unknown", "mandatory"): "stricter",
    ("mandatory", "unknown"): "milder",
}
WAIVERS: Final = """
waivers:
  - {rule: capacity-bounded, target: {stack: ranking/*}, reason: load test, owner: ml, ticket: T-1,
     created: 2026-11-01, expires: 2027-01-31}
  - {rule: tags-required, target: {stack: "*/dev"}, reason: to be tagged, owner: ml, ticket: T-2,
     created: 2026-11-01, expires: 2027-01-31}
"""


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bad example of every third rule in the states of three stacks, beside the exports of the samples."""
    folder = tmp_path_factory.mktemp("estate")
    found: dict[str, list[Any]] = {stack: [stack_root(stack=stack)] for stack in STACKS}
    first = {fixture.rule: fixture for fixture in reversed(fixtures()) if not fixture.good}
    for number, rule in enumerate(sorted(first)[::3]):
        for resource in first[rule].resources:
            stack = STACKS[number % 3]
            name = f"{resource.name}-{number}"
            written = json.dumps(resource.properties, default=str)
            if UNKNOWN_STRING in written or SIGNATURE_KEY in written:
                continue
            urn = f"urn:pulumi:{stack}::ranking::{resource.type}::{name}"
            found[stack].append(
                {"urn": urn, "custom": True, "id": name, "type": resource.type, "inputs": json.loads(written)}
            )
    for stack, resources in found.items():
        (folder / f"{stack}.json").write_text(json.dumps(export(*resources)))
    for file in EXPORTS.glob("*.json"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "waivers.yaml").write_text(WAIVERS)
    return folder


def other(option: Option) -> Iterator[Json]:
    """Values that an option may take in place of its default."""
    default = option.json_default
    match default:
        case bool():
            yield not default
        case int() | float():
            yield from (type(default)(default / 2), default + 1)
        case list():
            yield from (default[:1], [*default, *option.choices][-1:], ["x"])
        case str() if option.choices:
            yield from (choice for choice in option.choices if choice != default)
        case str():
            yield "PT7S"


def with_options(round_: int) -> dict[str, Json]:
    """A config in which each rule has one of its options changed, another one in each round."""
    config: dict[str, Json] = {}
    for rule in RULES:
        names = [name for name in rule.options if name not in COMMON]
        for name in names[round_ : round_ + 1]:
            for value in other(rule.options[name]):
                try:
                    parse({rule.id: {name: value}}, ALL)
                except ConfigError:
                    continue
                config[rule.id] = {name: value}
                break
    return config


def flipped(rule: Any, number: int) -> str:
    return ("mandatory", "advisory", "disabled")[(number + (str(rule.enforcement) == "mandatory")) % 3]


def production_only(number: int) -> Json:
    level = ("mandatory", "advisory")[number % 2]
    return {"enforcementLevel": "advisory", "production": {"enforcementLevel": level, "on_unknown": "fail"}}


EXCEPTION: Final = {
    "reason": "agreed",
    "match": [
        {
            "policies": ["capacity-bounded", "request-timeout-bounded"],
            "targets": [
                "urn:pulumi:dev::single-pool::azure-native:machinelearningservices:InferencePool::ml-inference-pool"
            ],
        }
    ],
}
CONFIGS: Final[Mapping[str, Json]] = {
    "other levels": {rule.id: flipped(rule, number) for number, rule in enumerate(RULES)},
    "other levels for others": {rule.id: flipped(rule, number) for number, rule in enumerate(RULES, 1)},
    **{f"option {number}": with_options(number) for number in range(3)},
    "by environment": {rule.id: production_only(number) for number, rule in enumerate(RULES)},
    "by platform and day": {
        rule.id: {"mandatory_from": "2027-03-01", "platforms": {"sagemaker": "mandatory"}}
        for rule in RULES
        if not rule.platforms
    },
    "exceptions": {"version": 2, "policies": {"name-wellformed": "mandatory"}, "exceptions": {"EXC-1": EXCEPTION}},
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code = cli.run([*arguments, "--format", "json", "--no-config", "--as-of", "2026-11-30"])
    said = capsys.readouterr()
    assert code in (0, 1), said.err
    return json.loads(said.out)


@pytest.fixture(scope="module")
def in_force() -> dict[str, dict[str, Any]]:
    return {}


def told_by(capsys: pytest.CaptureFixture[str], estate: Path, *options: str) -> dict[str, Any]:
    """What an audit finds in stacks, by fingerprint."""
    report = run(capsys, "audit", str(estate), "--waivers", str(estate / "waivers.yaml"), *options)
    findings = [one for one in report["findings"] if one["resource"]["stack"] and one["rule"] not in BY_ID]
    return {one["fingerprint"]: one for one in findings}


def state(finding: Any) -> str:
    if finding is None:
        return ""
    is_unknown = finding["outcome"] == "unknown" and finding["enforcement"] == "advisory"
    return "unknown" if is_unknown else "waived" if finding["outcome"] == "waived" else str(finding["enforcement"])


@pytest.mark.parametrize("name", CONFIGS)
def test_it_says_what_two_audits_differ_in(
    estate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], in_force: dict[str, Any], name: str
) -> None:
    config = tmp_path / "proposed.json"
    config.write_text(json.dumps(CONFIGS[name]))
    now = in_force[""] = in_force.get("") or told_by(capsys, estate)  # once for all configs
    then = told_by(capsys, estate, "--policy-config", str(config))

    told = run(capsys, "what-if", str(estate), "--to", str(config), "--waivers", str(estate / "waivers.yaml"))

    expected = {
        fingerprint: becomes
        for fingerprint in {**now, **then}
        if (becomes := BECOMES.get((state(now.get(fingerprint)), state(then.get(fingerprint)))))
    }
    found = {(one["then"] or one["now"])["fingerprint"]: one for one in told["changes"]}
    assert expected
    # That one is gone is not said where the proposed rules could not judge it, which no report tells of a fingerprint.
    said = {fingerprint: one["change"].replace("not known", "gone") for fingerprint, one in found.items()}
    assert said == expected
    assert all(one["now"] == now.get(fingerprint) for fingerprint, one in found.items())
    assert all(one["then"] == then.get(fingerprint) for fingerprint, one in found.items())
    same = [one for one in then if one not in expected and state(then[one]) != "unknown"]
    assert told["summary"]["same"] == len(same)
    assert told["summary"]["reworded"] == sum(now[one]["message"] != then[one]["message"] for one in same)
    unknown = [sum(one["outcome"] == "unknown" for one in side.values()) for side in (now, then)]
    assert told["summary"]["not_judged"] == {"now": unknown[0], "then": unknown[1]}
