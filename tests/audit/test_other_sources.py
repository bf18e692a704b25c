"""States that lie in no file: what an audit takes is a name, a size and the bytes."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Mapping
from functools import partial

from audit.state_builder import export, pool, slow_pool_inputs, stack_root, text
from inference_pools.own_checks import STATE_READABLE
from inference_pools.policy_config import default_settings
from inference_pools.rules.request_timeout_bounded import request_timeout_bounded
from inference_pools.state_file import StateError
from poolgate.audit.closing import Aside
from poolgate.audit.copies import OLDER
from poolgate.audit.listing import StateFile
from poolgate.audit.run import Auditor
from poolgate.findings import Location, PassedOver, Tally

PROD = text(export(stack_root(), pool(inputs=slow_pool_inputs())))
OLD = gzip.compress(PROD.replace(b"2026-11-20", b"2026-01-20"))
DEV = text(export(stack_root(stack="dev"), pool("dev", stack="dev")))


class Vault:
    """It counts what is asked of it."""

    def __init__(self, states: Mapping[str, bytes | None]) -> None:
        self._states = states
        self.read: Counter[str] = Counter()
        self.heads: Counter[str] = Counter()

    def list(self, *, once: bool = False) -> list[StateFile]:
        """What an audit takes of it; with `once`, states that no one can look into before they are read."""
        heads = None if once else self._head
        return [
            StateFile(name, None, partial(self._read, name), heads and partial(heads, name), expected=True)
            for name in self._states
        ]

    def _read(self, name: str) -> bytes:
        self.read[name] += 1
        return self._bytes(name)

    def _head(self, name: str, most: int) -> bytes:
        self.heads[name] += 1
        return self._bytes(name)[:most]

    def _bytes(self, name: str) -> bytes:
        found = self._states[name]
        if found is None:
            raise StateError(name, "is locked")
        return found


def audited(files: list[StateFile], jobs: int = 1) -> Tally:
    tally = Tally()
    auditor = Auditor(default_settings([request_timeout_bounded]), None)
    auditor.gather(auditor.said_of(files, tally, Aside(), jobs), tally)
    return tally


def test_states_of_a_vault() -> None:
    vault = Vault({"vault://prod": PROD, "vault://dev": DEV, "vault://locked": None, "vault://old": OLD})
    tally = audited(vault.list())
    slow, locked = tally.sorted_findings if tally.sorted_findings[0].location else tally.sorted_findings[::-1]
    assert (slow.rule, slow.subject.stack) == ("request-timeout-bounded", "prod")
    assert isinstance(slow.location, Location)
    assert slow.location.file == "vault://prod"
    assert (locked.rule, locked.message) == (STATE_READABLE, "is locked (in vault://locked)")
    assert list(tally.passed_over) == [PassedOver("file", "vault://old", OLDER)]
    assert tally.stacks == 2
    assert vault.heads == dict.fromkeys(("vault://prod", "vault://dev", "vault://locked", "vault://old"), 1)
    assert vault.read == {"vault://prod": 2, "vault://old": 1, "vault://dev": 1, "vault://locked": 1}


def test_by_several_processes_it_is_the_same() -> None:
    states = {"vault://prod": PROD, "vault://dev": DEV, "vault://locked": None}
    assert audited(Vault(states).list(), 2).sorted_findings == audited(Vault(states).list()).sorted_findings


def test_what_can_be_read_once_is_read_once() -> None:
    vault = Vault({"vault://prod": PROD, "vault://old": OLD})
    tally = audited(vault.list(once=True))
    assert tally.stacks == 2
    assert vault.read == {"vault://prod": 1, "vault://old": 1}
