"""The protocol without the SDK around it, and with it where it is imported later."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import sys
import poolgate.sandbox.language_host, poolgate.sources.program, poolgate.standin.provider

assert not {"pulumi", "pulumi.runtime"} & sys.modules.keys()

import pulumi, pulumi_policy
from pulumi.runtime.proto import provider_pb2

assert pulumi.runtime.set_mocks and pulumi_policy.PolicyPack
assert provider_pb2 is poolgate.standin.provider.provider_pb2
"""


def test_what_speaks_the_protocol_imports_no_sdk_and_can_import_it_later() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
