"""The commands of the documentation that no test types, each with the reason.

A command that stands in a page and not here is run by tests/commands/test_pages.py, in the folder the page is about
(tests/commands/places.py). One that takes no part in a test, and why, is listed here by its page and its text. What is
listed is still held to poolgate's own command line.
"""

from __future__ import annotations

from typing import Final

_SUITE: Final = "runs these very tests, or installs what they run with"
_INSTALLS: Final = "downloads packages; tests/init/test_adoption.py installs poolgate and a pack from a wheel"
_CLOUD: Final = "needs an account and what is stored there"
_BEFORE: Final = "needs an export of what the reader has deployed; tests/sources/test_previous.py gives one"
_HOURS: Final = "takes from minutes to hours"
_BRANCHES: Final = "needs two branches of the reader's repository; tests/reports/test_earlier.py gives two reports"
_SANDBOX: Final = "is what `pulumi` means in these tests; README.md's is run"
_PUBLISHED: Final = (
    "downloads packages of PyPI to compare the platforms' data with the newest; tests/library/test_published.py"
)
_PAGE: Final = "downloads packages of npm and builds the page; tests/reports/test_html_build.py does so"

NOT_RUN: Final[dict[tuple[str, str], str]] = {
    (
        "docs/releasing.md",
        "make release",
    ): "needs a checkout without changes; tests/test_release.py makes what it makes",
    (
        "docs/audit.md",
        'poolgate audit "s3://pulumi-states?region=eu-west-1" --scheduler tcp://scheduler:8786 --format json '
        "--output audit.json",
    ): "needs a cluster and a bucket of the reader's: tests/audit/test_cluster.py has a cluster",
    (
        "docs/prices-and-quotas.md",
        "poolgate prices import pricing.json --region westeurope --machine Standard_DS3_v2 --output prices.json",
    ): "reads a table of 4.5 MB that Libcloud ships; tests/prices has excerpts of it",
    ("docs/platform-data.md", ".venv/bin/python tools/aws_bounds.py --check --newest"): _PUBLISHED,
    ("README.md", "make check    # lints and judges the sample stacks; no engine, no cloud"): _SUITE,
    ("README.md", "make test     # all tests, the real engine included"): _SUITE,
    (
        "README.md",
        "pip install ./poolgate          # a clone of this repository, or the wheel built from it",
    ): _INSTALLS,
    ("README.md", "(cd policies && pulumi install)"): _INSTALLS,
    ("docs/gate.md", "(cd policies && pulumi install)"): _INSTALLS,
    ("docs/gate.md", "cd stacks/single-pool"): _SANDBOX,
    ("docs/gate.md", "poolgate sandbox -- pulumi preview --stack prod --policy-pack ../../policies"): _SANDBOX,
    (
        "docs/audit.md",
        "poolgate audit exports/ file:///var/lib/pulumi --format json --output audit.json",
    ): "audits what the reader has: tests/audit/test_run.py reads backends",
    (
        "docs/audit.md",
        'poolgate audit "s3://pulumi-states/team-a?region=eu-west-1" "postgres://auditor@db.example.com/states"',
    ): "audits what the reader has: tests/backends reads what the engine wrote",
    ("docs/audit.md", "python -m benchmarks audit"): _HOURS,
    (
        "docs/history.md",
        'poolgate audit exports/ --history "s3://governance/nights?region=eu-west-1"',
    ): "audits into a bucket that the reader has: tests/history/test_bucket.py does so",
    (
        "docs/history.md",
        'poolgate history "s3://governance/nights?region=eu-west-1" --by owner',
    ): "reads a bucket that the reader has: tests/history/test_bucket.py does so",
    ("docs/check.md", "pulumi env open acme/dev > values.json"): _CLOUD,
    ("docs/check.md", "poolgate check --environment-values values.json"): _CLOUD,
    (
        "docs/check.md",
        "poolgate preview --environment-values <(pulumi env open acme/dev)   # bash, zsh: nothing on the disk",
    ): _CLOUD,
    ("docs/ci.md", "pip wheel --no-deps --wheel-dir dist ./poolgate"): _INSTALLS,
    (
        "docs/ci.md",
        "PIP_FIND_LINKS=$PWD/dist pip install --requirement your-platform/policies/requirements.txt",
    ): _INSTALLS,
    (
        "docs/mutation-tests.md",
        "make mutants                                                           # all of it: hours",
    ): _HOURS,
    (
        "docs/mutation-tests.md",
        ".venv/bin/python -m tools.mutation --share 0.1                     # a tenth, drawn by --seed",
    ): _HOURS,
    (
        "docs/mutation-tests.md",
        ".venv/bin/python -m tools.mutation durations rules/names --survivors   # modules that begin so, what survived",
    ): _HOURS,
    (
        "docs/mutation-tests.md",
        ".venv/bin/python -m tools.mutation --part lint --share 0.1         # or stand-ins, or audit",
    ): _HOURS,
    (
        "docs/mutation-tests.md",
        ".venv/bin/python -m tools.mutation --part stand-ins --share 0.012 --seed 1604 --only functions",
    ): _HOURS,
    (
        "docs/mutation-tests.md",
        ".venv/bin/python -m tools.mutation --part audit --share 0.04 --seed 1605 --only functions",
    ): _HOURS,
    (
        "docs/mutation-tests.md",
        ".venv/bin/python -m tools.mutation --part lint --share 0.007 --seed 1606 --only functions",
    ): _HOURS,
    (
        "docs/mutation-tests.md",
        ".venv/bin/python -m tools.mutation --share 0.025 --seed 2026 --only functions --jobs 2",
    ): _HOURS,
    (
        "docs/mutation-tests.md",
        ".venv/bin/python -m tools.mutation --share 0.03 --seed 77 --only functions --jobs 2",
    ): _HOURS,
    (
        "docs/mutation-tests.md",
        ".venv/bin/python -m tools.mutation --share 0.03 --seed 505 --only functions --jobs 2",
    ): _HOURS,
    ("docs/prices-and-quotas.md", "pulumi stack export --stack prod --file before.json"): _BEFORE,
    ("docs/prices-and-quotas.md", "poolgate check --previous before.json"): _BEFORE,
    ("docs/prices-and-quotas.md", "poolgate preview --previous before.json"): _BEFORE,
    (
        "docs/prices-and-quotas.md",
        "POOLGATE_PREVIOUS=$PWD/before.json pulumi preview --policy-pack policies",
    ): _BEFORE,
    ("docs/reports.md", "git switch main && poolgate check --format json --output base.json"): _BRANCHES,
    (
        "docs/reports.md",
        "git switch - && poolgate check --base base.json --format markdown --output comment.md",
    ): _BRANCHES,
    ("docs/reports.md", "cd web"): _PAGE,
    ("docs/reports.md", "npm ci"): _PAGE,
    ("docs/reports.md", "npm run check"): _PAGE,
    ("docs/reports.md", "npm run build"): _PAGE,
}
"""Reasons by page and command."""
