"""Findings about stacks that could not be judged: programs that fail, resources a provider refuses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.own_checks import PROGRAM_RUNS, PROVIDER_CHECK
from inference_pools.path import Keys, parse_path
from inference_pools.urn import Urn
from poolgate.files import is_file, relative_to_here
from poolgate.findings import Finding, Location, Origin, Subject, subject_of
from poolgate.owner import NOBODY, Whose
from poolgate.sandbox.program_end import EARLY_END
from poolgate.standin import clouds

# What the engine says of a CheckFailure: `TYPE resource 'NAME' has a problem: REASON. Examine values at 'NAME.PATH'.`
_PROBLEM: Final = re.compile(
    r"(?P<type>\S+) resource '(?P<name>.*?)' has a problem: (?P<reason>.*?)"
    r"(?:\. Examine values at '(?P<place>[^']*)'\.?)?",
    re.DOTALL,
)

# What aws-native says of a property, whose way it writes with slashes: `unknown property productionVariants[0].sku`.
_NAMED: Final = re.compile(
    r"(?:unknown|missing required) property (?P<wrong>[^\s']+)|(?P<typed>[^\s']+) must be an? [a-z]+"
)

# What the provider says instead of checking a type that it does not have, and the engine repeats as it is.
_NO_TYPE: Final = re.compile(r"(?P<reason>Resource type (?P<type>\S+) not found.*)", re.DOTALL)

# What the providers of AWS say instead, where they cannot make the inputs that they would check.
_NOT_CHECKED: Final = re.compile(
    r"(?P<reason>(?:failed to apply auto-naming: |expected tags to be |could not make instance of ).*)", re.DOTALL
)

_FRAME: Final = re.compile(r'^(?P<indent>[ |]*)File "(?P<file>.+)", line (?P<line>\d+)', re.MULTILINE)
_HEADING: Final = re.compile(r"^[ |+-]*(?:Exception Group )?Traceback \(most recent call last\):$")
_SECRET_NAME: Final = re.compile(
    r"(?:^|_)(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|KEY|APIKEY|CREDENTIALS?|SAS|PAT)S?(?:_|$)|CONNECTION_?STRING",
    re.IGNORECASE,
)
_SHORTEST_SECRET: Final = 6
"""Shorter texts are parts of any others, such as the `true` of a switch."""
_ADDRESS: Final = re.compile(r"\b0x[0-9a-f]{6,16}\b")
_POOLGATE: Final = Path(__file__).resolve().parent.parent
_INSTALLED: Final = ("site-packages", "dist-packages")
_PYTHON: Final = re.compile(r"python3\.\d+t?|python3\d+\.zip")
# Packages whose frames tell nobody anything: Pulumi's SDKs, and what they talk to the engine with.
_MACHINERY: Final = re.compile(r"pulumi(?:_\w+)?|grpc|google")
_LINES: Final = r"(?:[ |].*\n)*[ |]*"
"""The rest of a traceback, as a pattern, up to what was raised."""
_A_PATH: Final = r"(?:\w*Path\()?'(?P<{}>[^'\n]+)'"
"""How an error shows the path that a program gave, as a text or as pathlib's."""
_MEND: Final = "Mend the program or its configuration; until it runs, the stack is not judged."
_REMEDIES: Final = (
    (
        re.compile(EARLY_END),
        "Let the program come to its end by itself, without sys.exit, os._exit or exec: Pulumi does much of its work "
        "after the last line. Until then the stack is not judged.",
    ),
    (
        re.compile(r"did not end within"),
        "Look at what it waits for, or give it more time with --timeout; until it ends, the stack is not judged.",
    ),
    (
        re.compile(r"no resource plugin 'pulumi-resource-(?P<plugin>[^']+)' found"),
        "Put pulumi-resource-{plugin} on the PATH: the sandbox stands in for {clouds} and downloads no plugin. "
        "`poolgate check` judges the program without one.",
    ),
    (
        re.compile(r"no language plugin 'pulumi-language-(?P<language>[^']+)' found"),
        "Put pulumi-language-{language} on the PATH; it comes with the official Pulumi CLI, beside `pulumi`. Until it "
        "is there, the stack is not judged.",
    ),
    (
        re.compile(r'unknown stack "(?P<stack>[^"]+)"'),
        'Answer the reference: add {{"type": "pulumi:pulumi:StackReference", "id": "{stack}", "outputs": '
        '{{"outputs": {{…}}}}}} to "reads" in a JSON file and name it with --read-fixtures.',
    ),
    (
        re.compile(rf"in _execute_child\n{_LINES}FileNotFoundError: .*: {_A_PATH.format('command')}"),
        "The program runs `{command}`, which is not there. Install it where the check runs, or take what it answers "
        "from the stack's configuration; until then the stack is not judged.",
    ),
    (
        re.compile(r"CalledProcessError: Command (?:'\[)?'(?P<command>[\w./-]+).* non-zero exit status (?P<code>\d+)"),
        "The program runs `{command}`, which ended with exit code {code}; where a pull request is checked it has no "
        "credentials. Take what it answers from the stack's configuration; until then the stack is not judged.",
    ),
    (
        re.compile(r"^ModuleNotFoundError: No module named '(?!pulumi')(?P<module>[^'\n.]+)", re.MULTILINE),
        "The program imports {module}, which its virtual environment has not: let its requirements name the package, "
        "and install them with `pulumi install` or `poolgate check --install`. A module of the repository's own is "
        "found where PYTHONPATH leads to it. Until then the stack is not judged.",
    ),
    (
        re.compile(
            r"^ImportError: cannot import name '(?P<what>[^'\n]+)' from '(?P<module>[^'\n.]+)[^'\n]*' "
            r"\(.*/(?:site|dist)-packages/",
            re.MULTILINE,
        ),
        "The virtual environment has another release of {module} than the program was written for: let its "
        "requirements name the release that has {what}, and install them with `pulumi install` or `poolgate check "
        "--install`. Until then the stack is not judged.",
    ),
    (
        re.compile(r"NoCredentialsError: Unable to locate credentials|NoRegionError: You must specify a region"),
        "The program asks AWS itself (boto3): there are no credentials and no region here. Take what it asks for from "
        "the stack's configuration, or from a function of the provider, which a fixture answers (--read-fixtures).",
    ),
    (
        re.compile(
            rf"File \"(?:<frozen os>|.*\bos\.py)\", line \d+, in __getitem__\n{_LINES}KeyError: '(?P<variable>\w+)'"
        ),
        "The program reads the environment variable {variable}, which is not set. Set it for the check to any fit "
        "value (`preview` hands no AWS_, AZURE_, ARM_ or GOOGLE_ variables on), or take it from the stack's "
        "configuration.",
    ),
    (
        re.compile(rf"FileNotFoundError: \[Errno 2\] No such file or directory: {_A_PATH.format('file')}"),
        "The program reads {file}, which is not there. What git ignores (.env) and what somebody decrypts has to be "
        "laid there before the check, with any fit values; until then the stack is not judged.",
    ),
    (
        re.compile(r"organization name must be 'organization'"),
        "Take the organization from pulumi.get_organization(): that of the sandbox is `organization`.",
    ),
    (
        re.compile(r"Duplicate resource URN"),
        "Give each resource of one type and parent a name of its own: the engine stops at the second.",
    ),
)
"""What to do about failures that are not the program's own, by what is said of them."""


def program_failed(message: str, subject: Subject, location: Location | None, origin: Origin) -> Finding:
    """A program, or the run around it, that ended before everything was judged.

    Without a location it stands at the line of the program that the message, a traceback, comes from. Of a traceback
    the frames of others are left out, and lines that may hold a secret.
    """
    from poolgate.report.frame import masked

    read = _UNANSWERED.fullmatch(message)
    return Finding(
        rule=PROGRAM_RUNS,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.UNREADABLE,
        message=without_secrets(read["what"]) if read else masked(without_secrets(_as_users_see_it(message))),
        remedy=without_secrets(read["remedy"] if read else _remedy(message)),
        subject=subject,
        keys=(),
        origin=origin,
        location=location or _raised_at(message),
    )


_UNANSWERED: Final = re.compile(r"(?P<what>.* would ask [^,]+, which this sandbox does not)\. (?P<remedy>Answer it .*)")
_ENGINES_UNANSWERED: Final = re.compile(r"would ask [^,]+, which this sandbox|unknown stack \"")


def tells_of_a_read(message: str) -> bool:
    """Whether a failure is a read that has no answer, in whichever words."""
    return _ENGINES_UNANSWERED.search(message) is not None


_MADE_TWICE: Final = re.compile(r"Duplicate resource URN '(?P<urn>.+)'; try giving it a unique name")


def made_twice(message: str) -> str:
    """The URN under which a program made more than one resource; "" where a message says something else."""
    match = _MADE_TWICE.fullmatch(message)
    return match["urn"] if match else ""


def _remedy(message: str) -> str:
    for pattern, remedy in _REMEDIES:
        match = pattern.search(message)
        if match:
            known = ", ".join(cloud.package for cloud in clouds.ALL)
            return remedy.format_map({"clouds": known, **match.groupdict()})
    return _MEND


def _raised_at(message: str) -> Location | None:
    """The innermost line of a traceback that is the program's own; None for any other message."""
    own = [match for match in _FRAME.finditer(message) if _is_the_programs(match["file"])]
    return Location(relative_to_here(Path(own[-1]["file"])), int(own[-1]["line"])) if own else None


def _is_the_programs(name: str) -> bool:
    file = Path(name)
    return not _is_machinery(name) and not any(part in _INSTALLED for part in file.parts) and is_file(file)


def _is_machinery(name: str) -> bool:
    """Whether a frame's file is Python's own, poolgate's, Pulumi's or gRPC's: no reader of a report can mend it."""
    if name.startswith("<frozen "):
        return True
    file = Path(name)
    parts = file.parts
    for index, part in enumerate(parts[:-1]):
        if part in _INSTALLED:
            return _MACHINERY.fullmatch(parts[index + 1]) is not None
        if _PYTHON.fullmatch(part) and parts[index + 1] not in _INSTALLED:
            return True
    return file.is_relative_to(_POOLGATE)


def _as_users_see_it(message: str) -> str:
    """A message without the frames of tracebacks that are machinery, and without what differs from run to run."""
    kept: list[str] = []
    hidden: int | None = None  # how far the frame that is left out is indented
    for line in message.splitlines():
        frame = _FRAME.match(line)
        if frame is not None:
            hidden = len(frame["indent"]) if _is_machinery(frame["file"]) else None
        elif hidden is not None and len(line) - len(line.lstrip(" |")) <= hidden and not _is_repeated(line):
            hidden = None
        if hidden is None:
            if kept and _HEADING.match(kept[-1]) and frame is None:
                kept.pop()  # nothing is left of that traceback but what was raised
            kept.append(line)
    return _ADDRESS.sub("0x…", "\n".join(kept))


def without_secrets(text: str, more: Iterable[str] = ()) -> str:
    """A text without the values of environment variables that are called secrets, and without `more`.

    A program that raises shows what it has at hand.
    """
    known = [value for name, value in os.environ.items() if _SECRET_NAME.search(name)]
    for secret in sorted({*known, *more}, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "[secret]")
    return text


def _is_repeated(line: str) -> bool:
    return line.lstrip(" |").startswith("[Previous line repeated ")


def provider_refused(
    message: str, urn: str, origin: Origin, location: Location | None = None, whose: Whose = NOBODY
) -> Finding | None:
    """A resource whose inputs the provider's own check refuses; None when the message says something else.

    `whose` is the resource.
    """
    match = _PROBLEM.fullmatch(message) or _NO_TYPE.fullmatch(message) or (urn and _NOT_CHECKED.fullmatch(message))
    if not match:
        return None
    told = {"name": Urn.parse(urn).name, "type": Urn.parse(urn).type, "place": "", **match.groupdict("")}
    place = told["place"].removeprefix(told["name"]).removeprefix(".")
    named = _NAMED.fullmatch(told["reason"])
    if named:
        place = (named["wrong"] or named["typed"]).replace("/", ".")
    # The digits of an automatic name are others in each run.
    reason, is_made_up = re.subn(rf"(?<=\b{re.escape(told['name'])}-)[0-9a-f]{{7}}\b", "…", told["reason"])
    remedy = f"Correct the value: the provider refuses the resource before it calls {clouds.whom(told['type'])}."
    if is_made_up:
        remedy = (
            f"The provider makes the name of the resource's in the program, {told['name']}, and 8 characters: call it "
            "otherwise there, or give it a name of its own."
        )
    return Finding(
        rule=PROVIDER_CHECK,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.VIOLATED,
        message=reason,
        remedy=remedy,
        subject=subject_of(urn, told["type"], told["name"], *whose),
        keys=_keys(place),
        origin=origin,
        location=location,
    )


def _keys(place: str) -> Keys:
    """The keys of a property as a provider names it; what is no path is one key."""
    try:
        return parse_path(place)
    except ValueError:
        return (place,)
