"""Rules times resources -> verdicts. Pure, and it fails closed: whatever goes wrong becomes a verdict."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import PurePath

from inference_pools.finding import Enforcement, Finding, Outcome, Verdict
from inference_pools.model import Facet, Resource
from inference_pools.policy_config import Setting
from inference_pools.reader import Keys, UnknownError, UnreadableError, format_path
from inference_pools.rule import Judgement
from inference_pools.secrets import scrub, secret_texts
from inference_pools.shapes import Pool, facets_of, view

NO_POOL = "the resource is no inference pool"
NO_FACET = "this resource has nothing that the rule judges"


def judge(settings: Iterable[Setting], resource: Resource, *, secrets: Collection[str] = ()) -> list[Verdict]:
    """What every enabled rule says of a resource, in the order of the rules.

    `secrets` are texts that must not be shown, besides those that the resource itself marks as secret.
    """
    running = tuple(enabled(settings))
    try:
        pool = view(resource)
        verdicts = [verdict for setting in running for verdict in _judge_one(setting, resource, pool)]
        return _presentable(verdicts, resource, secrets)
    except Exception as error:  # ours, not a rule's: properties nested too deep to be walked, for one
        return [_broken(setting, resource, error) for setting in running]


def _presentable(verdicts: list[Verdict], resource: Resource, secrets: Collection[str]) -> list[Verdict]:
    """The verdicts with every text that is shown made fit to be shown."""
    if not any(verdict.outcome.reported for verdict in verdicts):
        return verdicts
    hidden = {*secrets, *secret_texts(resource.properties)}
    return [
        replace(
            verdict,
            path=scrub(verdict.path, hidden),
            message=printable(scrub(verdict.message, hidden)),
            remedy=printable(scrub(verdict.remedy, hidden)),
        )
        if verdict.outcome.reported
        else verdict
        for verdict in verdicts
    ]


def enabled(settings: Iterable[Setting]) -> Iterator[Setting]:
    """The settings whose rule runs at all."""
    return (setting for setting in settings if setting.enforcement is not Enforcement.DISABLED)


def _judge_one(setting: Setting, resource: Resource, pool: Pool | None) -> Iterator[Verdict]:
    if pool is None:
        yield _plain(setting, resource, Outcome.NOT_APPLICABLE, NO_POOL)
        return
    applicable = False
    reported: set[Verdict] = set()
    facets = facets_of(pool, setting.rule.facet)
    while True:
        try:
            facet = next(facets, None)
        except Exception as error:
            yield _broken(setting, resource, error)
            return
        if facet is None:
            break
        applicable = True
        for verdict in _judge_part(setting, resource, facet, _run(setting, facet)):
            # Two parts of a rule may need the same value: said once.
            if verdict not in reported:
                reported.add(verdict)
                yield verdict
    if not applicable:
        yield _plain(setting, resource, Outcome.NOT_APPLICABLE, NO_FACET)
    elif not reported:
        yield _plain(setting, resource, Outcome.CLEAN, "")


def _run(setting: Setting, facet: Facet) -> Iterator[Judgement]:
    """What the rule yields. A generator, so that a rule which is none fails while it is read, like any other."""
    yield from setting.rule.check(facet, setting.options)


def _judge_part(setting: Setting, resource: Resource, facet: Facet, part: Iterator[Judgement]) -> Iterator[Verdict]:
    """Runs a rule, or a part of one, up to the first value that it cannot have."""
    try:
        for judgement in part:
            if isinstance(judgement, Finding):
                yield _violated(setting, resource, facet.keys_of(judgement.at), judgement)
            else:
                yield from _judge_part(setting, resource, facet, judgement)
    except UnknownError as unknown:
        yield _unknown(setting, resource, unknown)
    except UnreadableError as unreadable:
        yield _verdict(setting, resource, Outcome.UNREADABLE, unreadable.keys, unreadable.message)
    except Exception as error:
        yield _broken(setting, resource, error)


def printable(text: str) -> str:
    """The text on one line, control characters escaped: a value must not be able to forge a line of a log."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _level(setting: Setting) -> Enforcement:
    """What is still in violation after remediation is a violation like any other."""
    is_remediated = setting.enforcement is Enforcement.REMEDIATE
    return Enforcement.MANDATORY if is_remediated else setting.enforcement


def _violated(setting: Setting, resource: Resource, keys: Keys, finding: Finding) -> Verdict:
    return Verdict(
        rule=setting.rule.id,
        outcome=Outcome.VIOLATED,
        urn=resource.urn,
        path=format_path(keys),
        message=finding.message,
        remedy=finding.remedy or setting.remedy,
        severity=setting.rule.severity,
        enforcement=finding.enforcement or _level(setting),
    )


def _unknown(setting: Setting, resource: Resource, unknown: UnknownError) -> Verdict:
    fails = setting.options.on_unknown == "fail"
    return _verdict(
        setting,
        resource,
        Outcome.UNKNOWN,
        unknown.keys,
        unknown.message,
        enforcement=_level(setting) if fails else Enforcement.ADVISORY,
    )


def _broken(setting: Setting, resource: Resource, error: Exception) -> Verdict:
    """The rule's own bug, with the line to go to. Mandatory whatever the rule's level: the gate cannot vouch."""
    place = crash_site(error, setting.rule.file)
    message = f"the rule failed at {place}: {type(error).__name__}: {error}"
    return _verdict(setting, resource, Outcome.BROKEN, (), message, enforcement=Enforcement.MANDATORY)


def crash_site(error: BaseException, file: str) -> str:
    """`file:line` of the innermost frame in the file, else of the innermost frame at all."""
    frames = traceback.extract_tb(error.__traceback__)
    name = PurePath(file).name
    inside = [frame for frame in frames if PurePath(frame.filename).name == name]
    if inside:
        return f"{file}:{inside[-1].lineno}"
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else file


def _plain(setting: Setting, resource: Resource, outcome: Outcome, message: str) -> Verdict:
    return _verdict(setting, resource, outcome, (), message)


def _verdict(
    setting: Setting,
    resource: Resource,
    outcome: Outcome,
    keys: Keys,
    message: str,
    *,
    enforcement: Enforcement | None = None,
) -> Verdict:
    return Verdict(
        rule=setting.rule.id,
        outcome=outcome,
        urn=resource.urn,
        path=format_path(keys),
        message=message,
        remedy="",
        severity=setting.rule.severity,
        enforcement=enforcement or _level(setting),
    )
