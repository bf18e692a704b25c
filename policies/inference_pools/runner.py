"""Rules times resources -> verdicts. Pure, and it fails closed: whatever goes wrong becomes a verdict."""

from __future__ import annotations

import dis
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import PurePath
from types import CodeType
from typing import Final

from inference_pools.context import Context
from inference_pools.facets import Facet
from inference_pools.finding import Enforcement, Finding, Outcome, Verdict, printable
from inference_pools.naming import without_made_up
from inference_pools.path import Keys, format_path
from inference_pools.plaintext_secrets import secrets_in
from inference_pools.platforms.platform import Subject
from inference_pools.policy_config import Setting
from inference_pools.reader import Leaf, ReadError, UnknownError, UnreadableError
from inference_pools.resource import Resource
from inference_pools.rule import Judgement, Scope
from inference_pools.secrets import scrub, secret_texts
from inference_pools.stack import Stack, context_of
from inference_pools.values import Json
from inference_pools.view import facets_of, same_as, view

NO_POOL = "no rule judges a resource of this type"
NO_PLATFORM = "the rule is for another platform"
DISABLED_HERE = "the rule is disabled for this platform"
NO_FACET = "this resource has nothing that the rule judges"

_SHOWING_VALUES: Final = frozenset((Outcome.VIOLATED, Outcome.UNREADABLE, Outcome.BROKEN))
"""The outcomes whose messages may repeat a value."""
_WHOLE: Final = Facet(Leaf({}, ()), {})
"""What findings over a stack are about: a resource as such, in which they name a place by its keys."""


def judge(
    settings: Iterable[Setting],
    resource: Resource,
    *,
    today: date | None = None,
    secrets: Collection[str] = (),
) -> list[Verdict]:
    """What every enabled rule about single resources says of one, in the order of the rules.

    `today` is needed by rules that judge by the calendar, and for levels that hold from a day on. `secrets` are
    texts that must not be shown, besides those that the resource itself marks as secret.
    """
    running = [setting for setting in enabled(settings) if setting.rule.scope is Scope.RESOURCE]
    try:
        subject = view(resource)
        verdicts = [verdict for setting in running for verdict in _judge_one(setting, resource, subject, today)]
        return presentable(verdicts, [resource], secrets)
    except Exception as error:  # ours, not a rule's: properties nested too deep to be walked, for one
        return [_broken(setting, resource.urn, error) for setting in running]


def judge_stack(settings: Iterable[Setting], stack: Stack, *, secrets: Collection[str] = ()) -> list[Verdict]:
    """What every enabled rule over a whole stack says, in the order of the rules."""
    return _judge_together(settings, Scope.STACK, [stack], secrets)


def judge_project(
    settings: Iterable[Setting], stacks: Sequence[Stack], *, secrets: Collection[str] = ()
) -> list[Verdict]:
    """What every enabled rule over the stacks of one project says, in the order of the rules."""
    return _judge_together(settings, Scope.PROJECT, stacks, secrets)


def _judge_together(
    settings: Iterable[Setting], scope: Scope, stacks: Sequence[Stack], secrets: Collection[str]
) -> list[Verdict]:
    running = [setting for setting in enabled(settings) if setting.rule.scope is scope]
    subjects = [subject for stack in stacks for subject in stack.subjects]
    if not subjects:
        return [_plain(setting, "", Outcome.NOT_APPLICABLE, NO_POOL) for setting in running]
    try:
        present = sorted({subject.platform.name for subject in subjects})
        verdicts = [verdict for setting in running for verdict in _judge_whole(setting, stacks, present)]
        return presentable(verdicts, [subject.resource for subject in subjects], secrets)
    except Exception as error:
        return [_broken(setting, "", error) for setting in running]


def _judge_whole(setting: Setting, stacks: Sequence[Stack], platforms: Sequence[str]) -> Iterator[Verdict]:
    """One rule over a whole stack, or over several; which options hold is a matter of each finding's resource.

    `platforms` are the names of those that there are resources of.
    """
    asked = setting.rule.platforms
    present = [name for name in platforms if setting.rule.judges(name)]
    if not present:
        yield _plain(setting, "", Outcome.NOT_APPLICABLE, NO_PLATFORM)
        return
    stacks = [stack.of_platforms(asked) for stack in stacks]
    reported: set[Verdict] = set()
    variants = {id(variant): variant for name in present for variant in setting.on(name).variants}
    for variant in variants.values():
        for verdict in _judge_variant(setting, variant, stacks):
            if verdict not in reported:
                reported.add(verdict)
                yield verdict
    if not reported:
        yield _plain(setting, "", Outcome.CLEAN, "")


def _judge_variant(setting: Setting, variant: Setting, stacks: Sequence[Stack]) -> Iterator[Verdict]:
    """What the rule says with the options of a variant, of the resources for which these are the options that hold."""
    days: dict[str, date | None] = {}

    def judged(effective: Setting, urn: str, part: Iterator[Finding]) -> Iterator[Verdict]:
        if effective.options is variant.options:
            yield from _judge_part(effective, urn, _WHOLE, part)

    parts = setting.rule.check(stacks[0] if setting.rule.scope is Scope.STACK else stacks, variant.options)
    while True:
        try:
            subject, part = next(parts, (None, None))
        except Exception as error:
            yield _broken(setting, "", error)
            return
        if subject is None or part is None:
            return
        urn = subject.resource.urn
        here = setting.on(subject.platform.name)
        if here.enforcement is Enforcement.DISABLED:
            continue
        if here.holds_everywhere:
            yield from (identified(verdict, subject) for verdict in judged(here, urn, part))
            continue
        days = days or {subject.resource.urn: stack.day for stack in stacks for subject in stack.subjects}
        context = context_of(subject.resource, days.get(urn), here.options.environment)
        said = _in_context(here, urn, context, partial(judged, urn=urn, part=part))
        yield from (identified(verdict, subject) for verdict in said)


def presentable(verdicts: list[Verdict], resources: Iterable[Resource], secrets: Collection[str]) -> list[Verdict]:
    """The verdicts with every text that is shown made fit to be shown."""
    if not any(verdict.outcome.reported for verdict in verdicts):
        return verdicts
    resources = list(resources)
    planned = frozenset(resource.name for resource in resources if resource.id is None)
    hidden = hidden_in([resource.properties for resource in resources], shows_values=shows_values(verdicts))
    return without_hidden(verdicts, hidden.union(secrets), planned)


def shows_values(verdicts: Iterable[Verdict]) -> bool:
    """Whether a message may repeat a value that stands in the properties."""
    return any(verdict.outcome in _SHOWING_VALUES for verdict in verdicts)


def hidden_in(trees: Iterable[Json], *, shows_values: bool) -> frozenset[str]:
    """What no message may repeat: secrets that are marked, and where it shows values also what seems to be one."""
    trees = list(trees)
    marked = (text for tree in trees for text in secret_texts(tree))
    plain = (text for tree in trees for text in secrets_in(tree)) if shows_values else ()
    return frozenset((*marked, *plain))


def without_hidden(verdicts: Iterable[Verdict], hidden: Collection[str], planned: Collection[str]) -> list[Verdict]:
    """The verdicts without such texts. `planned` are the names of resources that have no id yet."""
    planned = frozenset(scrub(name, hidden) for name in planned) if hidden else planned
    return [
        replace(
            verdict,
            keys=tuple([scrub(key, hidden) if isinstance(key, str) else key for key in verdict.keys]),
            message=printable(without_made_up(scrub(verdict.message, hidden), planned)),
            remedy=printable(without_made_up(scrub(verdict.remedy, hidden), planned)),
        )
        if verdict.outcome.reported
        else verdict
        for verdict in verdicts
    ]


def enabled(settings: Iterable[Setting]) -> Iterator[Setting]:
    """The settings whose rule runs at all."""
    return (setting for setting in settings if setting.enforcement is not Enforcement.DISABLED)


def _judge_one(setting: Setting, resource: Resource, subject: Subject | None, today: date | None) -> Iterator[Verdict]:
    urn = resource.urn
    if subject is None or (why := why_passed_over(setting, subject)):
        yield _plain(setting, urn, Outcome.NOT_APPLICABLE, why if subject else NO_POOL)
        return
    setting = setting.on(subject.platform.name)
    context = context_of(subject.resource, today, setting.options.environment)
    applicable = False
    reported: set[Verdict] = set()
    facets = facets_of(subject, setting.rule.facet)
    while True:
        try:
            facet = next(facets, None)
        except Exception as error:
            yield _broken(setting, urn, error)
            return
        if facet is None:
            break
        applicable = True
        for said in judge_facet(setting, urn, facet, context):
            verdict = identified(said, subject)
            # Two parts of a rule may need the same value: said once.
            if verdict not in reported:
                reported.add(verdict)
                yield verdict
    if not applicable:
        yield _plain(setting, urn, Outcome.NOT_APPLICABLE, NO_FACET)
    elif not reported:
        yield _plain(setting, urn, Outcome.CLEAN, "")


def why_passed_over(setting: Setting, subject: Subject) -> str:
    """Why a rule does not even look for its facets in a resource; "" where it does."""
    if not subject.kind.is_judged:
        return NO_POOL
    if not setting.rule.judges(subject.platform.name):
        return NO_PLATFORM
    is_disabled = setting.on(subject.platform.name).enforcement is Enforcement.DISABLED
    return DISABLED_HERE if is_disabled else ""


def identified(verdict: Verdict, subject: Subject) -> Verdict:
    """The verdict with what makes it the same one in another run, where its place does not say that by itself."""
    same = same_as(subject, verdict.keys)
    return verdict if same is None else replace(verdict, same_as=same)


def judge_facet(setting: Setting, urn: str, facet: Facet, context: Context) -> Iterator[Verdict]:
    """What one rule says of one place. Nothing when it is content."""
    if setting.holds_everywhere:
        yield from _judge_part(setting, urn, facet, _run(setting, facet, context))
        return

    def judged(effective: Setting) -> Iterator[Verdict]:
        return _judge_part(effective, urn, facet, _run(effective, facet, context))

    yield from _in_context(setting, urn, context, judged)


def _in_context(
    setting: Setting, urn: str, context: Context, judged: Callable[[Setting], Iterator[Verdict]]
) -> Iterator[Verdict]:
    """What is judged by a setting as it holds in a context, or why it cannot be told how it does."""
    try:
        effective = setting.in_context(context)
    except ReadError as unknown:
        yield _unknown(setting, urn, unknown)
    except Exception as error:
        yield _broken(setting, urn, error)
    else:
        yield from judged(effective)


def _run(setting: Setting, facet: Facet, context: Context) -> Iterator[Judgement]:
    """What the rule yields. A generator, so that a rule which is none fails while it is read, like any other."""
    arguments = (facet, setting.options, context) if setting.rule.wants_context else (facet, setting.options)
    yield from setting.rule.check(*arguments)


def _judge_part(setting: Setting, urn: str, facet: Facet, part: Iterator[Judgement]) -> Iterator[Verdict]:
    """Runs a rule, or a part of one, up to the first value that it cannot have."""
    try:
        for judgement in part:
            if isinstance(judgement, Finding):
                yield _violated(setting, urn, facet, judgement)
            else:
                yield from _judge_part(setting, urn, facet, judgement)
    except UnknownError as unknown:
        yield _unknown(setting, urn, unknown)
    except UnreadableError as unreadable:
        yield _verdict(setting, urn, Outcome.UNREADABLE, unreadable.keys, unreadable.message)
    except Exception as error:
        yield _broken(setting, urn, error, facet)


def _place(finding: Finding, facet: Facet) -> Keys:
    return facet.keys_of(finding.at) if isinstance(finding.at, str) else finding.at


def _level(setting: Setting) -> Enforcement:
    """What is still in violation after remediation is a violation like any other."""
    is_remediated = setting.enforcement is Enforcement.REMEDIATE
    return Enforcement.MANDATORY if is_remediated else setting.enforcement


def _violated(setting: Setting, urn: str, facet: Facet, finding: Finding) -> Verdict:
    return Verdict(
        rule=setting.rule.id,
        outcome=Outcome.VIOLATED,
        urn=urn,
        keys=_place(finding, facet),
        message=finding.message,
        remedy=finding.remedy or setting.remedy(facet),
        severity=setting.rule.severity,
        enforcement=_level(setting) if setting.is_early else finding.enforcement or _level(setting),
    )


def _unknown(setting: Setting, urn: str, unknown: ReadError) -> Verdict:
    fails = setting.options.on_unknown == "fail"
    return _verdict(
        setting,
        urn,
        Outcome.UNKNOWN,
        unknown.keys,
        unknown.message,
        enforcement=_level(setting) if fails else Enforcement.ADVISORY,
    )


def _broken(setting: Setting, urn: str, error: Exception, facet: Facet = _WHOLE) -> Verdict:
    """The rule's own bug, with the line to go to. Mandatory whatever the rule's level: the gate cannot vouch."""
    rule = setting.rule
    place = crash_site(error, rule.file)
    message = f"the rule failed at {place}: {type(error).__name__}: {error}"
    absent = _absent(error, facet)
    if absent:
        message += "; " + ", ".join(
            f"{_named(facet, one)} ({format_path(facet.keys_of(one))}) is absent" for one in absent
        )
    is_none = " or ".join(f"{_named(facet, one)} is None" for one in absent)
    mend = f"Let the rule say nothing where {is_none}" if absent else f"Mend the rule at {place}"
    remedy = f"{mend}; until then, disable {rule.id} in the policy config."
    return _verdict(setting, urn, Outcome.BROKEN, (), message, enforcement=Enforcement.MANDATORY, remedy=remedy)


def _named(facet: Facet, field: str) -> str:
    """A field as the rule calls it, but for the name of its argument."""
    return f"{type(facet).__name__}.{field}"


def _absent(error: Exception, facet: Facet) -> list[str]:
    """The fields that a rule stumbled over because the resource has no such value: of those it reads on the line that
    failed, else of all it reads up to there. A rule that takes what is not there for a number is broken so.
    """
    for code, line in _frames_from_within(error):
        read = [one for one in dis.get_instructions(code) if one.opname in _READS and one.argval in facet.fields]
        here = {one.argval for one in read if one.positions is not None and one.positions.lineno == line}
        absent = [field for field in facet.fields if field in {one.argval for one in read} and _is_absent(facet, field)]
        if absent:
            return [field for field in absent if field in here] or absent
    return []


_READS: Final = frozenset(("LOAD_ATTR", "LOAD_METHOD"))


def _frames_from_within(error: Exception) -> Iterator[tuple[CodeType, int]]:
    """What ran when it failed, innermost first, with the line."""
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    return reversed(frames)


def _is_absent(facet: Facet, field: str) -> bool:
    try:
        return getattr(facet, field) is None
    except Exception:  # it is there, and cannot be read
        return False


def crash_site(error: BaseException, file: str) -> str:
    """`file:line` of the innermost frame in the file, else of the innermost frame at all."""
    frames = traceback.extract_tb(error.__traceback__)
    name = PurePath(file).name
    inside = [frame for frame in frames if PurePath(frame.filename).name == name]
    if inside:
        return f"{file}:{inside[-1].lineno}"
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else file


def _plain(setting: Setting, urn: str, outcome: Outcome, message: str) -> Verdict:
    return _verdict(setting, urn, outcome, (), message)


def _verdict(
    setting: Setting,
    urn: str,
    outcome: Outcome,
    keys: Keys,
    message: str,
    *,
    enforcement: Enforcement | None = None,
    remedy: str = "",
) -> Verdict:
    return Verdict(
        rule=setting.rule.id,
        outcome=outcome,
        urn=urn,
        keys=keys,
        message=message,
        remedy=remedy,
        severity=setting.rule.severity,
        enforcement=enforcement or _level(setting),
    )
