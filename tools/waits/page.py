"""The table as a page of the documentation: each formula with its source, and where it holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tools.waits.grid import CLOSE, MEASURES, OF_SERVICE, TOLD, Cell, Row

_INTRODUCTION = f"""\
# Formulas against simulation

`poolgate size` computes [how large a pool should be](size.md) by formulas. Each was held to a simulation, whose requests and service times
are drawn by distributions of the same mean and variability; none of them is one of the formula's own making.

| what is asked | formula |
| --- | --- |
| requests at random, exponential service times | Erlang's M/M/c, exact: I. Adan and J. Resing, *Queueing Systems*, chapter 5 |
| the same, and requests give up after a time | M/M/c+D, exact: D. Y. Barrer, *Operations Research* 5 (1957); F. Baccelli and G. Hebuterne, *Performance '81* |
| the same, and several at once slow an instance down | a birth-death chain, exact where requests are spread as evenly as can be; they are simulated as they go to the instance with the fewest |
| requests at random, steadier service times | probability and variability of the wait on a line between M/D/c (C. D. Crommelin, 1932; F. Spitzer, 1956) and M/M/c, as H. C. Tijms has it, *A First Course in Stochastic Models* (2003), section 9.6; the mean by W. Whitt |
| any other variability | W. Whitt, "Approximations for the GI/G/m queue", *Production and Operations Management* 2 (1993) |
| any of the last two, and requests give up after a time | N. K. Boots and H. C. Tijms, *Management Science* 45 (1999) |

A formula **holds** in a cell where the probability of waiting, the mean wait, the 95th and the 99th percentile and the share that gives up are
each within {CLOSE:.0%} of what the simulation measures, or within {OF_SERVICE:.0%} of the service time, which is more; a probability within
{CLOSE:.0%} or a point of a hundred. What the simulation cannot tell, because half of its own 95 % interval (by the means of 30 batches) is above
{TOLD:.0%} and half of that, is left open and counts as nothing. A simulation has up to 20 million requests.

The simulation is the recursion of Kiefer and Wolfowitz, which has the waits of [SimPy](https://simpy.readthedocs.io) one by one
(`tests/size/test_simulation.py`); instances that slow down are simulated by SimPy itself. `make waits` simulates what the table lacks, and
`docs/waits.csv` has all numbers, with their intervals. A part of the table is simulated anew by the tests.

Where the table says `off`, or has no cell, `poolgate size` says that its formula is not known to hold there. It holds

- for what is exact, wherever the assumptions do; a record's service times are never taken for exponential;
- for requests at random and service times with a squared coefficient of variation up to 0.25, where instances are busy from 70 % to 90 %
  of the time, from 30 % on where they take 16 requests or more at once; with a patience of a service time or more;
  and wherever so few wait that it does not matter.

Elsewhere two moments do not say enough: of two distributions with the same ones, the table has one that is off.

In the table, `=` is a measure that holds, a number by how much the formula is off, and `·` what the simulation does not tell; in this order:
waiting, mean, 95 %, 99 %, and the share that gives up where anybody does.
"""  # noqa: E501 - a page


def page(rows: list[Row]) -> str:
    """The page."""
    return "".join(f"{line}\n" for line in _lines(rows))


def _lines(rows: list[Row]) -> Iterator[str]:
    yield _INTRODUCTION
    for title, group in groupby(rows, key=lambda row: _title(row.cell)):
        told = list(group)
        busy = sorted({row.cell.busy for row in told})
        yield f"## {title}"
        yield ""
        yield f"| {_first(told[0].cell)} | {' | '.join(f'busy {share:.0%}' for share in busy)} |"
        yield f"| --- |{' --- |' * len(busy)}"
        for name, line in groupby(sorted(told, key=_order), key=lambda row: _name(row.cell)):
            cells = {row.cell.busy: row for row in line}
            yield f"| {name} | {' | '.join(_cell(cells.get(share)) for share in busy)} |"
        yield ""


def _title(cell: Cell) -> str:
    if cell.at_once > 1:
        return "Instances that take several requests and slow down"
    gives_up = ", which give up" if cell.asked.patience is not None else ""
    if cell.arrivals != "exponential":
        return "Requests that do not come at random"
    if cell.service == "exponential":
        return f"Requests at random{gives_up}, exponential service times"
    if gives_up:
        return "Requests at random, which give up, other service times"
    steadier = "Steadier" if cell.asked.service_scv <= 0.5 else "More varied"
    return f"{steadier} service times"


def _first(cell: Cell) -> str:
    return "instances, requests at once, time alone" if cell.at_once > 1 else "distribution, servers"


def _name(cell: Cell) -> str:
    if cell.at_once > 1:
        return f"{cell.instances}, {cell.at_once}, {cell.alone:g}"
    arrivals = f"arrivals {cell.arrivals}, " if cell.arrivals != "exponential" else ""
    patience = f", patience {cell.patience:g}" if cell.asked.patience is not None else ""
    return f"{arrivals}{cell.service}{patience}, {cell.instances}"


def _order(row: Row) -> tuple[object, ...]:
    cell = row.cell
    return cell.arrivals, cell.service, cell.patience, cell.at_once, cell.alone, cell.instances


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    shown = MEASURES if row.cell.asked.patience is not None else MEASURES[:-1]
    told = zip(shown, row.verdicts, row.formula, row.simulated, strict=False)
    return " ".join(_measure(verdict, formula, value) for _, verdict, formula, (value, _) in told)


def _measure(verdict: str, formula: float, value: float) -> str:
    if verdict == "holds":
        return "="
    return f"{100 * (formula / value - 1):+.0f} %" if verdict else "·"
