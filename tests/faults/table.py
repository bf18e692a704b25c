"""What may go wrong around a command, and what it then does: the table of docs/quality.md, which the tests run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "quality.md"
BEGIN: Final = "<!-- faults: written from tests/faults/table.py by `make docs` -->\n"
END: Final = "<!-- end of faults -->\n"

AS_EVER: Final = None
"""The exit code, and stdout, are those of a run that nothing happens to."""

REPORTING: Final = ("lint", "check", "audit", "merge", "history")
"""The commands that write reports into files."""
PRINTING: Final = (
    *REPORTING, "size", "what-if", "diff", "rules", "explain", "schema", "policy-config", "completions", "doctor",
    "waivers list", "waivers lint", "waivers extend", "init", "new-rule",
)  # fmt: skip
CHANGING: Final = ("waivers add", "waivers extend", "waivers remove", "lint --fix", "init", "new-rule")
"""The commands that change files which people wrote, or write such."""


_CUT_SHORT: Final = "tests/faults/test_preview_cut_short.py"


class Fault(NamedTuple):
    """One row. `how` names what is done to a command in test_faults.py; without it `test` is where that is tested."""

    fault: str
    commands: tuple[str, ...]
    code: int | None
    says: str
    left: str
    how: str = ""
    test: str = ""


FAULTS: Final = (
    Fault("stdout on a full disk", PRINTING, 3, "stdout cannot be written: No space left on device",
          "what else was asked for is written", "full_stdout"),
    Fault("stdout closed by its reader, such as `head`", ("lint", "audit", "rules"), 3,
          "stdout cannot be written: Broken pipe", "what else was asked for is written", "closed_stdout"),
    Fault("`--output` on a full disk", REPORTING, 3, "OUT: cannot be written: File too large",
          "the earlier report", "full_output"),
    Fault("`--output` to a device that is full, in every format", ("audit",), 3,
          "/dev/full: cannot be written: No space left on device", "the other reports are written", "full_device"),
    Fault("`--output` into a folder that is read-only", REPORTING, 2, "OUT: cannot be written: Permission denied",
          "nothing", "read_only_output"),
    Fault("`--output` on a file system that is mounted read-only", REPORTING, 2,
          "OUT: cannot be written: Read-only file system", "nothing", "read_only_system_output"),
    Fault("`--output` below a file", REPORTING, 2, "waivers.yaml/OUT: cannot be written: Not a directory",
          "the file", "output_below_a_file"),
    Fault("full disk, where files are changed", CHANGING, 3, ": cannot be written: File too large",
          "the files as they were", "full_disk"),
    Fault("read-only folders, where files are changed", CHANGING, 2, ": cannot be written: Permission denied",
          "the files as they were", "read_only"),
    Fault("a read-only file system, where files are changed", CHANGING, 2, ": cannot be written: Read-only file system",
          "the files as they were", "read_only_system"),
    Fault("killed between writing and renaming", ("audit", "waivers extend", "lint --fix", "init"), -9, "",
          "the files as they were, and one whose name begins with `.poolgate-`, which nothing reads", "killed"),
    Fault("ended by SIGTERM there", ("audit", "waivers extend"), -15, "", "the same", "terminated"),
    Fault("Ctrl-C there", ("audit", "waivers extend", "lint --fix"), 130, "", "the files as they were", "interrupted"),
    Fault("history on a full disk", ("audit --history",), 3, "no audit can be added to this history: File too large",
          "the report; the history as it was", "full_disk"),
    Fault("history in a read-only folder", ("audit --history",), 2,
          "no audit can be added to this history: Permission denied", "nothing: it is said before anything is read",
          "read_only"),
    Fault("history on a read-only file system", ("audit --history",), 2,
          "no audit can be added to this history: Read-only file system", "nothing", "read_only_system"),
    Fault("cache on a full disk", ("lint",), AS_EVER, "", "the cache as it was", "full_cache"),
    Fault("cache in a read-only folder", ("lint",), AS_EVER, "", "the cache as it was", "read_only_cache"),
    Fault("cache on a read-only file system", ("lint",), AS_EVER, "", "the cache as it was", "read_only_system_cache"),
    Fault("`XDG_CACHE_HOME` on a file", ("lint", "check"), AS_EVER, "", "the file", "cache_on_a_file"),
    Fault("cut off, or of another's making, what is in the cache", ("lint",), AS_EVER, "", "a cache that is whole",
          "damaged_cache"),
    Fault("two runs at once on one cache", ("lint",), AS_EVER, "", "a cache that is whole", "two_on_a_cache"),
    Fault("two runs at once on one cache and one history", ("audit --cache",), AS_EVER, "",
          "a cache that is whole, and both audits", "two_on_both"),
    Fault("what runs that were killed have left lying about", ("lint", "audit", "merge", "history", "waivers list"),
          AS_EVER, "", "the same: nothing reads it", "left_overs"),
    Fault("what they have left in a cache", ("lint", "audit --cache"), AS_EVER, "", "what is younger than an hour",
          "left_in_a_cache"),
    Fault("no home folder, no `HOME`", ("lint", "check", "audit"), AS_EVER, "", "no cache", "homeless"),
    Fault("`TMPDIR` names no folder", ("lint", "check", "audit"), AS_EVER, "", "nothing", "no_tmpdir"),
    Fault("no room for temporary files", ("preview",), 3,
          "no folder for temporary files can be written to: name one in TMPDIR that has room", "nothing",
          "full_tmpdir"),
    Fault("times of files in the future, or of 1980", ("lint", "audit", "merge", "history", "waivers list"),
          AS_EVER, "", "nothing", "odd_times"),
    Fault("a clock that is ten years ahead", ("audit --waivers",), 1, "it covers nothing any more", "nothing",
          "clock_ahead"),
    Fault("a clock that is ten years behind", ("audit --waivers",), 1, "which is still to come: it covers nothing",
          "nothing", "clock_behind"),
    Fault("a clock that was ten years ahead for one audit", ("audit --history",), AS_EVER, "",
          "every audit; those after it come before it, and say so", "clock_put_right"),
    Fault("a clock that was ten years ahead when a cache was written", ("audit --cache",), AS_EVER, "",
          "a cache of the present day", "clock_of_a_cache"),
    Fault("another time zone, at the date line", ("lint", "audit", "what-if", "waivers list"), AS_EVER, "", "nothing",
          "time_zone"),
    Fault("engine killed in a preview", ("preview",), 3, "the engine was ended by SIGKILL",
          "the findings of the other stacks", test=f"{_CUT_SHORT}::test_an_engine_that_is_killed"),
    Fault("event log cut off", ("preview",), 3, "the engine's event log cannot be read: line 3 is no JSON object",
          "nothing", test=f"{_CUT_SHORT}::test_an_event_log_that_is_cut_off"),
    Fault("policy pack that does not answer for a resource", ("preview",), 1,
          "the policy pack was not asked about this resource", "the other findings",
          test=f"{_CUT_SHORT}::test_a_pack_that_does_not_answer_any_more"),
    Fault("stand-in provider that does not start", ("preview",), 3, "in its own words", "nothing",
          test="tests/sandbox/test_workspace.py::test_a_stand_in_that_does_not_start_is_told_in_its_own_words"),
    Fault("Ctrl-C, SIGTERM, SIGKILL while a program runs", ("check", "preview"), 130, "", "no process",
          test="tests/sources/test_interrupts.py::test_nothing_is_waited_for_and_nothing_left"),
    Fault("worker killed", ("lint",), 3, "a process of the lint ended before its work did, with exit code -9",
          "nothing", test="tests/lint/test_processes.py::test_a_process_that_dies_is_an_error_and_no_clean_report"),
    Fault("worker killed, twice by the same state", ("audit",), 1, "the process that judged it was ended by SIGKILL",
          "the report of all other states",
          test="tests/audit/test_processes.py::test_a_state_that_nobody_survives_is_a_finding_and_its_project_is_compared"),
    Fault("killed while it adds to a history", ("audit --history",), -9, "", "the history as it was",
          test="tests/history/test_store.py::test_a_writer_that_is_killed_leaves_the_history_as_it_was"),
    Fault("two runs at once on one history", ("audit --history",), AS_EVER, "", "what both of them found",
          test="tests/history/test_store.py::test_two_processes_that_write_at_once_lose_nothing"),
)  # fmt: skip


def rows() -> Iterator[str]:
    """The table in Markdown."""
    yield "| fault | commands | exit code | what is said | what is left |"
    yield "|---|---|---|---|---|"
    for fault in FAULTS:
        commands = ", ".join(f"`{command}`" for command in fault.commands)
        code = "as ever" if fault.code is None else f"{fault.code}" if fault.code >= 0 else f"signal {-fault.code}"
        said = f"`{fault.says}`" if fault.says else ""
        yield f"| {fault.fault} | {commands} | {code} | {said} | {fault.left} |"


def page() -> str:
    """The page, with the table as it is now."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n" + "\n".join(rows()) + f"\n\n{END}{after}"
