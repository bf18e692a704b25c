"""SARIF 2.1.0 with every finding, waived ones and those that were not judged among them."""

from __future__ import annotations

from poolgate.report.sarif import render_full as render

__all__ = ["render"]
