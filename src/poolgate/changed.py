"""Whether a change also touches what it is judged by: the rules, their configuration, waivers and schemas.

git is asked, and only for names (`git`). A folder that only looks like a repository is not taken for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from poolgate.errors import UsageError
from poolgate.files import is_file, relative_to_here
from poolgate.git import Git, top_of

MOST_SHOWN: Final = 8
UNCHANGED: Final = "does not differ from what --changed compares with"
"""Why `check --changed` passes over a stack (`sources.differing`)."""

_NAMES: Final = ("poolgate.yaml", "waivers.yaml", "owners.yaml", "policy-config.json")
_SCHEMAS: Final = "schemas/**/*.schema.json"
_MOST_OF_AN_EVENT: Final = 20_000_000
_DIFF: Final = (
    *("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-commit-id"),
    *("--no-ext-diff", "--no-textconv", "--ignore-submodules=all"),
)


class Since(NamedTuple):
    """Where a change begins: commits of which the first that is there is taken, and what to do when none is."""

    commits: tuple[str, ...]
    name: str
    advice: str = ""


def since_of(environment: Mapping[str, str]) -> Since | None:
    """Where the change of a pull request begins, as the CI service tells it; None outside of one."""
    if environment.get("GITHUB_ACTIONS") == "true" and (base := environment.get("GITHUB_BASE_REF")):
        merge = _merge_of(environment, "GITHUB_REF", "GITHUB_SHA")
        commits = (*merge, f"refs/remotes/origin/{base}", *_of_event(environment))
        return Since(commits, base, "let actions/checkout fetch it with fetch-depth: 2")
    if environment.get("GITLAB_CI") and (base := environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")):
        return Since((base,), base[:12], "set the variable GIT_DEPTH to 0")
    if environment.get("TF_BUILD") and (base := environment.get("SYSTEM_PULLREQUEST_TARGETBRANCH")):
        name = base.removeprefix("refs/heads/")
        merge = _merge_of(environment, "BUILD_SOURCEBRANCH", "BUILD_SOURCEVERSION")
        return Since((*merge, f"refs/remotes/origin/{name}"), name, "let the checkout fetch it with fetchDepth: 2")
    return None


def _merge_of(environment: Mapping[str, str], branch: str, commit: str) -> tuple[str, ...]:
    """The base branch as the merge of the change that the service made has it: its first parent."""
    is_merge = environment.get(branch, "").startswith("refs/pull/") and environment[branch].endswith("/merge")
    sha = environment.get(commit, "")
    return (f"{sha}^1",) if is_merge and sha else ()


def _of_event(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The base of a pull request as the event of GitHub tells it, where the checkout is no merge."""
    try:
        file = Path(environment["GITHUB_EVENT_PATH"])
        if not is_file(file) or file.stat().st_size > _MOST_OF_AN_EVENT:
            return ()
        sha = json.loads(file.read_bytes())["pull_request"]["base"]["sha"]
    except (OSError, LookupError, TypeError, ValueError, RecursionError):
        return ()
    return (sha,) if isinstance(sha, str) else ()


def note(since: Since, start: Path, judged_by: Iterable[Path], *, is_asked_for: bool = False) -> str:
    """What there is to say of a change, in a sentence; "" when it touches none of what it is judged by.

    `start` is a folder or file of the repository, `judged_by` are files and folders beside those that are known by
    their names. Where git cannot tell, the sentence says so; it raises UsageError when the answer `is_asked_for`.
    """
    try:
        files = touched(since, start, judged_by)
    except UsageError as error:
        if is_asked_for:
            raise
        return f"whether this change also touches what it is judged by is not known: {error}"
    shown = [relative_to_here(file) for file in files[:MOST_SHOWN]]
    more = f" and {len(files) - MOST_SHOWN} more" if len(files) > MOST_SHOWN else ""
    return f"this change also touches {', '.join(shown)}{more}, by which it is judged" if files else ""


def touched(since: Since, start: Path, judged_by: Iterable[Path]) -> list[Path]:
    """The files that a change touches of those that it is judged by, in order.

    Raises UsageError when git cannot tell.
    """
    top = top_of(start)
    git = Git(top)
    base = next(filter(None, (git.base(commit) for commit in since.commits)), None)
    if base is None:
        advice = f"; {since.advice}" if since.advice else ""
        raise UsageError(f"{since.name!r} is no commit of this clone that the change goes back to{advice}")
    output = git.ask(*_DIFF, base, "HEAD", "--", *_pathspecs(top, judged_by))
    if output is None:
        raise UsageError(f"git cannot compare {since.name!r} with what is here")
    return [top / name for name in sorted(filter(None, output.split("\0")))]


def _pathspecs(top: Path, judged_by: Iterable[Path]) -> Iterator[str]:
    for name in (*_NAMES, _SCHEMAS):
        yield f":(top,glob)**/{name}"
    for file in judged_by:
        # A link is a file of the repository, and what it leads to may be another.
        for path in dict.fromkeys((file.parent.resolve() / file.name, file.resolve())):
            if path.is_relative_to(top) and path != top:
                yield f":(top,literal){path.relative_to(top).as_posix()}"
