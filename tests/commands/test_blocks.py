"""What of a page is taken for a command, for output and for a file, and when output is as it is shown."""

from __future__ import annotations

import pytest

from commands.blocks import Command, calls_of, difference, parsed

PAGE = """\
`a/config.json`, as an example:
```json
{}
```

```console
$ poolgate check \\
    a
one
$ poolgate lint a
```

1. in a list

   ```sh
   make check
   ```

```
$ pulumi preview
```

```console
output of nothing
```
"""


def test_blocks_files_and_what_has_no_label() -> None:
    page = parsed("a.md", PAGE)
    assert page.files == (("a/config.json", "{}\n"),)
    assert page.unlabelled == ("a.md:19",)
    session, script, bare = page.blocks
    assert session.place == "a.md:6"
    assert session.commands == (Command("poolgate check \\\n    a", ("one",)), Command("poolgate lint a", ()))
    assert script.commands == (Command("make check", ()),)
    assert bare.before == ("output of nothing",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("poolgate check a   # a comment", [["check", "a"]]),
        ("A=$PWD/x poolgate check a && poolgate lint 'b c' > out; cd poolgate", [["check", "a"], ["lint", "b c"]]),
        ("(cd x && poolgate init) | poolgate schema pool", [["init"], ["schema", "pool"]]),
        ("poolgate preview --previous <(pulumi stack export)", [["preview", "--previous", "/dev/stdin"]]),
        ("poolgate check \\\n  a", [["check", "a"]]),
        ("echo poolgate", []),
    ],
)  # fmt: skip
def test_calls(text: str, expected: list[list[str]]) -> None:
    assert list(calls_of("poolgate", text)) == expected


@pytest.mark.parametrize(
    ("shown", "seen", "is_same"),
    [
        ("a\nb", "a\nb\n\n", True),
        ("a\nb", "a\nc", False),
        ("a", "a\nb", False),
        ("a\nb", "a", False),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a\n...\nd", "a\nd", True),
        ("a\n...\nd", "a\nb\nc", False),
        ("...\nb\n...", "a\nb\nc", True),
        ("...\nb\n...", "a\nc", False),
        ("...\nb\nc\n...\nb\nd", "b\nx\nb\nc\nb\nd", True),
        ("...\na\n...\na", "x\na", False),
        ("begins ...", "begins and goes on", True),
        ("begins ...", "ends", False),
        ("0 not judged, 3 judgements clean", "0 not judged, 40 judgements clean", True),
        ("1 not judged, 3 judgements clean", "0 not judged, 3 judgements clean", False),
    ],
)
def test_what_is_shown_and_what_is_seen(shown: str, seen: str, is_same: bool) -> None:
    assert (difference(shown.splitlines(), seen.splitlines()) == "") is is_same
