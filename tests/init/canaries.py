"""A checkout full of files that tell when they are run: what a stranger's pull request could hold."""

from __future__ import annotations

from pathlib import Path
from typing import Final

MODULES: Final = (
    *("venv", "pip", "sitecustomize", "usercustomize", "json", "argparse", "subprocess", "yaml", "jsonschema"),
    *("inference_pools", "own", "conftest", "setup"),
)
"""Modules that a command or a step of CI imports, by that name, from where it is started if it is careless."""
PACKAGES: Final = ("poolgate", "hatchling", "ensurepip")
OWN_RULE: Final = """
rule = stack_rule = None
try:
    from inference_pools.rule import rule, stack_rule
except ImportError:
    pass


@rule(object, id="shop-even-capacity", title="Capacity is even", severity="medium", since="1")
def even_capacity(capacity, options):
    '''Half of the machines stand in each of two zones.'''


RULES = [even_capacity]
"""


def planted(folder: Path, mark: Path, *, own_rules: bool = True) -> Path:
    """Fills a folder with canaries, each of which writes its name to the mark; the folder comes back.

    It is a repository with a Pulumi project, a pack, rules of its own, waivers and a policy config.
    """

    def canary(name: str, more: str = "") -> str:
        return f"with open({str(mark)!r}, 'a') as mark:\n    mark.write({name + chr(10)!r})\n{more}"

    def put(name: str, text: str) -> None:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    for name in MODULES:
        put(f"{name}.py", canary(name))
    for name in PACKAGES:
        put(f"{name}/__init__.py", canary(name))
        put(f"{name}/__main__.py", canary(f"{name}.__main__"))
    put("canary.pth", f"import pathlib; pathlib.Path({str(mark)!r}).write_text('pth')\n")
    put("pip.conf", "[global]\nindex-url = https://packages.invalid/simple\n")
    put("pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = 'setup'\nbackend-path = ['.']\n")
    put("Pulumi.yaml", "name: shop\nruntime: python\n")
    put("Pulumi.prod.yaml", "config:\n  shop:capacity: 3\n")
    put("__main__.py", canary("program"))
    put("policies/PulumiPolicy.yaml", "runtime: python\n")
    put("policies/__main__.py", canary("pack"))
    put("policies/requirements.txt", "")
    put("policies/own_rules.py", canary("own rules", OWN_RULE))
    put("policies/policy-config.json", '{"shop-even-capacity": {"enforcementLevel": "mandatory", "of": 3}}\n')
    put("waivers.yaml", WAIVERS)
    put("poolgate.yaml", SETTINGS if own_rules else "policyPack: policies\n")
    return folder


WAIVERS: Final = """\
waivers:
  - rule: shop-even-capacity
    target: {stack: shop/prod}
    reason: The third zone comes in March.
    owner: shop
    ticket: SHOP-1
    created: 2026-11-01
    expires: 2027-01-01
"""
SETTINGS: Final = """\
policyConfig: policies/policy-config.json
waivers: waivers.yaml
policyPack: policies
rules: [policies/own_rules.py]
select: [capacity, shop-even, waivers-valid]
"""
