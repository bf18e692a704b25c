"""A report of `poolgate size` as one HTML page that needs nothing beside it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import Final

from poolgate.report import safe
from poolgate.size.pictures import pictures
from poolgate.size.render import render, waits_table
from poolgate.size.report import Report

_STYLE: Final = """\
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c1f23;background:#fff}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #e6e8eb}
th,td:not(:last-child){white-space:nowrap}tr.enough{font-weight:600}img{max-width:100%;height:auto;margin:.5rem 0}
pre{white-space:pre-wrap;background:#f6f7f9;padding:1rem;font-size:.85rem}
@media print{pre{font-size:.7rem}img{break-inside:avoid}}
"""


def page(report: Report) -> str:
    """The page: pictures, tables, and all of the text."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8"><title>poolgate size</title>'
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{_STYLE}</style></head><body>"
    yield "<h1>How large a pool should be</h1>"
    drawn = list(pictures(report).values())
    for size, picture in zip(report.sizes, drawn, strict=False):
        yield f"<h2>{_text(size.name or 'The pool')}</h2>"
        yield _image(picture, f"the wait against the number of instances; {size.enough} are enough")
        heads, rows = waits_table(size)
        yield "<table><thead><tr>" + "".join(f"<th>{_text(head)}</th>" for head in heads) + "</tr></thead><tbody>"
        for row in rows:
            marked = ' class="enough"' if row[0] == str(size.enough) else ""
            yield f"<tr{marked}>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>"
        yield "</tbody></table>"
    for daily, picture in zip(report.days, drawn[len(report.sizes) :], strict=True):
        yield f"<h2>{_text(daily.size.name or 'The day')}</h2>"
        yield _image(picture, f"requests over the day, and {daily.least} to {daily.most} instances under them")
    yield "<h2>In words</h2>"
    yield f"<pre>{escape(render(report, 'text'))}</pre>"
    yield "</body></html>"


def _text(text: str) -> str:
    return escape(safe.inert(safe.one_line(text)))


def _image(svg: str, alt: str) -> str:
    return f'<img alt="{escape(alt)}" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'
