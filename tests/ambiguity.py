"""How long Python's `re` may take over a pattern at worst, told from the pattern alone.

A backtracking matcher tries one path through a pattern after another, so that its time is bounded by the number of
paths that read the same text. Weideman, van der Merwe, Berglund and Watson, "Analyzing matching time behavior of
backtracking regular expression matchers by using ambiguity of NFA" (2016), tell that number from the automaton:

- EDA: two different ways from a state around to itself with the same text. Exponential.
- IDA: a text that leads from a state to itself, on to a second state, and from that one to itself. One degree more
  for every such step.

So degree 0 is linear time, 1 quadratic, 2 cubic. What is not modelled makes the answer greater, never smaller: an
assertion of more than one character is a way that is tried and ends nowhere, a long count has no end, a reference to a
group is the group again, and an atomic group is a plain one wherever what stands before it may end at many places.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cache
from itertools import product
from math import inf
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]  # nothing else takes a pattern apart
from typing import Any, Final, Literal, TypeAlias, TypeVar

Mode = Literal["match", "fullmatch", "search"]

COPIES: Final = 10
COPIES_OF_ONE: Final = 48
"""How often a count is written out, of a group and of a single character; a greater one has no end here."""
_SINGLE: Final = (_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN)
_REPEATS: Final = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_ASSERTIONS: Final = (_constants.ASSERT, _constants.ASSERT_NOT)
_BEGINNINGS: Final = (_constants.AT_BEGINNING, _constants.AT_BEGINNING_STRING)
_CHARACTERS: Final = [*map(chr, range(0x180)), *"٣५ⅷ²\u1680\u2003\u2028\u3000\ufeff☃漢\ud800\U0001f600"]
"""At least one of every kind that classes such as \\w and \\s tell apart; what a pattern names is added to them."""
_Node = TypeVar("_Node", bound=Hashable)
_Follow: TypeAlias = dict[int, dict[int, int]]
"""The states that may read after each, and the characters they then take, a bit for each."""


def degree(pattern: str | bytes, flags: int = 0, mode: Mode = "search") -> float:
    """0 for linear time, 1 for quadratic and so on; infinite for exponential."""
    tree = _parser.parse(pattern, flags)
    characters: list[Any] = [bytes([number]) for number in range(256)]
    if isinstance(pattern, str):
        characters = sorted({*_CHARACTERS, *(chr(code) for code in _near(tree))})
    return _of_sequence(list(tree), tree.state.flags, mode, characters)


def _of_sequence(items: list[Any], flags: int, mode: Mode, characters: list[Any]) -> float:
    """What an atomic group has matched is never matched otherwise: a group that begins at few places ends at few."""
    found = 0.0
    begin = 0
    for place, (kind, value) in enumerate(items):
        if kind is _constants.ATOMIC_GROUP and mode != "search" and not _is_endless(items[begin:place]):
            found = max(found, _of_sequence(list(value), flags, "match", characters))
            begin = place + 1
    automaton = _Automaton(flags, mode, characters)
    automaton.build(items[begin:])
    return max(found, automaton.degree())


def _is_endless(items: Iterable[Any]) -> bool:
    return any(
        (kind in _REPEATS and (value[1] is _constants.MAXREPEAT or value[1] > COPIES_OF_ONE))
        or any(_is_endless(part) for part in _parts(value))
        for kind, value in items
    )


def _is_single(items: Any) -> bool:
    return len(items) == 1 and items[0][0] in _SINGLE


def _parts(value: Any) -> Iterator[Any]:
    """The patterns within an operator's value."""
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _parts(each)


def _near(items: Any) -> Iterator[int]:
    """What a pattern names, and what stands beside it."""
    for kind, value in items:
        codes: list[int] = []
        if kind in (_constants.LITERAL, _constants.NOT_LITERAL):
            codes = [value]
        elif kind is _constants.IN:
            yield from _near([each for each in value if each[0] is not _constants.CATEGORY])
        elif kind is _constants.RANGE:
            codes = list(value)
        for code in codes:
            yield from (each for each in (code - 1, code, code + 1) if 0 <= each < 0x110000)
        for part in _parts(value):
            yield from _near(part)


class _Automaton:
    """An NFA. A state is either a character to read, or one that leads on without."""

    def __init__(self, flags: int, mode: Mode, characters: list[Any]) -> None:
        self.flags, self.mode, self.characters = flags, mode, characters
        self.all = (1 << len(characters)) - 1
        self.reads: dict[int, int] = {}
        """What each state that reads takes, a bit for each character."""
        self.leads: dict[int, list[int]] = defaultdict(list)
        self.after: dict[tuple[int, int], int] = {}
        self.before: dict[tuple[int, int], int] = {}
        """What may stand after and before such a step: what no possessive loop takes, and single assertions allow."""
        self.boundaries: set[tuple[int, int]] = set()
        """Steps with a word on one of their sides."""
        self.several: set[tuple[int, int]] = set()
        """Where more than one way leads from one state that reads to the next."""
        self.conditions: set[tuple[int, int]] = set()
        """Where it leads only if an assertion holds."""
        self.preceding: dict[int, list[int]] = defaultdict(list)
        self.groups: dict[int | None, tuple[Any, int]] = {}
        self.states = 0
        self.words = self._taken((_constants.IN, [(_constants.CATEGORY, _constants.CATEGORY_WORD)]), flags)

    def build(self, items: list[Any]) -> None:
        self.start, self.end = self._state(), self._state()
        self._lead(self._sequence(items, self.start, self.flags), self.end)

    def _state(self) -> int:
        self.states += 1
        return self.states

    def _lead(self, here: int, there: int) -> int:
        self.leads[here].append(there)
        return there

    def _sequence(self, items: Iterable[Any], here: int, flags: int) -> int:
        for kind, value in items:
            here = self._item(kind, value, here, flags)
        return here

    def _item(self, kind: Any, value: Any, here: int, flags: int) -> int:
        """Adds one operator behind a state; the state behind it."""
        after = self._state()
        if kind in _SINGLE:
            state = self._lead(here, self._state())
            self.reads[state] = self._taken((kind, value), flags)
            return self._lead(state, after)
        if kind is _constants.BRANCH:
            for branch in value[1]:
                self._lead(self._sequence(branch, self._lead(here, self._state()), flags), after)
            return after
        if kind is _constants.SUBPATTERN:
            number, add, remove, inner = value
            self.groups[number] = (inner, (flags | add) & ~remove)
            return self._sequence(inner, here, (flags | add) & ~remove)
        if kind is _constants.GROUPREF:  # whatever the group takes
            return self._sequence(self.groups[value][0], here, self.groups[value][1])
        if kind is _constants.ATOMIC_GROUP:
            return self._sequence(value, here, flags)
        if kind in _REPEATS:
            least, most, inner = value
            after = self._repeat(least, most, inner, here, flags)
            if kind is _constants.POSSESSIVE_REPEAT and (taken := self._only_class(value, flags)):
                here, after = after, self._state()
                self.after[here, after] = self.all & ~taken
                self._lead(here, after)
            return after
        self.conditions.add((here, after))
        if kind is _constants.AT:
            self._anchor(value, (here, after), flags)
            return self._lead(here, after)
        if kind in _ASSERTIONS:
            direction, asserted = value
            if _is_single(asserted):
                taken = self._taken(asserted[0], flags)
                of = self.after if direction > 0 else self.before
                of[here, after] = taken if kind is _constants.ASSERT else self.all & ~taken
            else:  # a way that is tried as any other, and ends nowhere
                self._sequence(asserted, self._lead(here, self._state()), flags)
            return self._lead(here, after)
        raise NotImplementedError(f"{kind} is not judged")

    def _anchor(self, value: Any, step: tuple[int, int], flags: int) -> None:
        """What an anchor asks of the characters beside it."""
        line_end = sum(1 << number for number, character in enumerate(self.characters) if character in ("\n", b"\n"))
        if value is _constants.AT_BEGINNING and flags & re.MULTILINE:
            self.before[step] = line_end
        elif value in _BEGINNINGS:
            self.before[step] = 0
        elif value is _constants.AT_END:
            self.after[step] = line_end
        elif value is _constants.AT_END_STRING:
            self.after[step] = 0
        elif value is _constants.AT_BOUNDARY:
            self.boundaries.add(step)

    def _repeat(self, least: int, most: Any, inner: Any, here: int, flags: int) -> int:
        copies = COPIES_OF_ONE if _is_single(inner) else COPIES
        for _ in range(min(least, copies)):
            here = self._sequence(inner, here, flags)
        if most is _constants.MAXREPEAT or most > copies:
            loop, after = self._lead(here, self._state()), self._state()
            self._lead(self._sequence(inner, self._lead(loop, self._state()), flags), loop)
            return self._lead(loop, after)
        after = self._state()
        for _ in range(most - least):
            self._lead(here, after)
            here = self._sequence(inner, self._lead(here, self._state()), flags)
        return self._lead(here, after)

    def _only_class(self, repeat: Any, flags: int) -> int:
        """What a repeat without end takes whose inside is a single character."""
        _, most, inner = repeat
        return self._taken(inner[0], flags) if most is _constants.MAXREPEAT and _is_single(inner) else 0

    def _taken(self, item: tuple[Any, Any], flags: int) -> int:
        """The characters that one operator takes, by asking `re` itself."""
        kind, value = item
        if kind is _constants.LITERAL and not flags & re.IGNORECASE:
            return 1 << self.characters.index(chr(value) if isinstance(self.characters[0], str) else bytes([value]))
        state = _parser.State()
        state.flags = flags
        search = _compiler.compile(_parser.SubPattern(state, [item]), flags).fullmatch
        return sum(1 << number for number, character in enumerate(self.characters) if search(character))

    # ---- from reading state to reading state

    def degree(self) -> float:
        """That of the automaton, assertions left out."""
        follow, sure = self._followers()
        doubtful = {
            state: {after: ways for after, ways in reached.items() if after not in sure}
            for state, reached in follow.items()
            if state not in sure
        }
        if self._is_exponential(doubtful):
            return inf
        for state, reached in follow.items():
            for after in reached:
                self.preceding[after].append(state)
        around = _around(doubtful)
        longest = cache(
            lambda first: max(
                (
                    1 + longest(second)
                    for second in around - {first}
                    if self._leads_both(first, second, follow, doubtful)
                ),
                default=0,
            )
        )
        # The way that ends well may try a doubtful one at each of its steps.
        before = [component for component in _around(follow) if component & sure]
        return float(max((longest(component) for component in (*around, *before)), default=0))

    def _followers(self) -> tuple[_Follow, set[int]]:
        """What may be read after each state, and those that cannot fail: the pattern may end behind them, whatever
        follows. A matcher that has come so far never comes back to try another way.
        """
        begins = self._before_a_match() if self.mode == "search" else []
        self.reads |= {-number: taken for number, taken in enumerate(begins, 1)}
        follow: _Follow = {}
        ends = set()
        for state in self.reads:
            follow[state], may_end = self._reached(state, self.start if state < 0 else state)
            if may_end and state > 0:
                ends.add(state)
            if state < 0:
                follow[state] |= {other: taken for other, taken in self.reads.items() if other < 0}
        if self.mode == "fullmatch":  # there, only what ends in `.*` takes whatever follows
            takes_all = {state for state in ends if follow[state].get(state) == self.all}
            ends = {state for state in ends if any(follow[state].get(other) == self.all for other in takes_all)}
        return follow, ends

    def _before_a_match(self) -> list[int]:
        """What a search passes over, by what the pattern asks of the character before it."""
        parts = [self.all]
        for asked in {*self.before.values(), *([self.words] if self.boundaries else [])}:
            parts = [each for part in parts for each in (part & asked, part & ~asked) if each]
        return parts

    def _reached(self, state: int, begin: int) -> tuple[dict[int, int], bool]:
        """What may be read after a state, and whether the pattern may end there, whatever follows."""
        found: dict[int, int] = {}
        may_end = False
        walked: dict[tuple[int, int], int] = defaultdict(int)

        def walk(here: int, path: frozenset[tuple[int, int]], taken: int, *, is_sure: bool) -> None:
            nonlocal may_end
            may_end |= here == self.end and is_sure
            for there in self.leads[here]:
                edge = (here, there)
                left = taken & self.after.get(edge, self.all)
                if edge in self.boundaries:
                    left &= (self.all if self.reads[state] & ~self.words else ~self.words) & (
                        self.all if self.reads[state] & self.words else self.words
                    )
                if edge in path or walked[edge] > 1 or not self.before.get(edge, self.all) & self.reads[state]:
                    continue
                walked[edge] += 1
                if there in self.reads:
                    if there in found:
                        self.several.add((state, there))
                    found[there] = found.get(there, 0) | (self.reads[there] & left)
                else:
                    walk(there, path | {edge}, left, is_sure=is_sure and edge not in self.conditions)

        walk(begin, frozenset(), self.all, is_sure=True)
        return {there: taken for there, taken in found.items() if taken}, may_end

    def _is_exponential(self, follow: _Follow) -> bool:
        """Whether there are two ways around with the same text."""
        of = {state: component for component in _around(follow) for state in component}

        def pairs(pair: tuple[int, int]) -> Iterator[tuple[int, int]]:
            component = of.get(pair[0], frozenset())
            for first, second in product(follow[pair[0]].keys() & component, follow[pair[1]].keys() & component):
                if follow[pair[0]][first] & follow[pair[1]][second]:
                    yield first, second

        if any(there in of[here] and there in follow[here] for here, there in self.several if here in of):
            return True
        return any(
            any(one == other for one, other in component) and any(one != other for one, other in component)
            for component in _components([(state, state) for state in of], pairs)
        )

    def _leads_both(self, first: frozenset[int], second: frozenset[int], follow: _Follow, doubtful: _Follow) -> bool:
        """Whether one text leads around in the first, from the first to the second, and around in the second."""

        toward = _reachable(second, lambda state: self.preceding[state]) | second
        if not first & toward:
            return False

        def after(triple: tuple[int, int, int]) -> Iterator[tuple[int, int, int]]:
            for here, there in product(follow[triple[0]].keys() & first, doubtful[triple[2]].keys() & second):
                both = follow[triple[0]][here] & doubtful[triple[2]][there]
                for between in follow[triple[1]].keys() & toward if both else ():
                    if follow[triple[1]][between] & both and (between in doubtful or between in first):
                        yield here, between, there

        return any(
            one != other and (one, other, other) in _reachable([(one, one, other)], after)
            for one in first
            for other in second
        )


def _around(follow: _Follow) -> set[frozenset[int]]:
    """The components that lead around."""
    return {
        component
        for component in _components(follow, follow.__getitem__)
        if len(component) > 1 or any(state in follow[state] for state in component)
    }


def _reachable(begin: Iterable[_Node], after: Callable[[_Node], Iterable[_Node]]) -> set[_Node]:
    found: set[_Node] = set()
    waiting = list(begin)
    while waiting:
        new = set(after(waiting.pop())) - found
        found |= new
        waiting += new
    return found


def _components(nodes: Iterable[_Node], after: Callable[[_Node], Iterable[_Node]]) -> list[frozenset[_Node]]:
    """The strongly connected components of what can be reached from these nodes (Tarjan)."""
    found: list[frozenset[_Node]] = []
    low: dict[_Node, int] = {}
    number: dict[_Node, int] = {}
    stack: list[_Node] = []
    on_stack: set[_Node] = set()
    for root in nodes:
        if root in number:
            continue
        path = [(root, iter(list(after(root))))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while path:
            node, rest = path[-1]
            for following in rest:
                if following not in number:
                    number[following] = low[following] = len(number)
                    stack.append(following)
                    on_stack.add(following)
                    path.append((following, iter(list(after(following)))))
                    break
                if following in on_stack:
                    low[node] = min(low[node], number[following])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == number[node]:
                    component: set[_Node] = set()
                    while node not in component:
                        component.add(stack.pop())
                    on_stack -= component
                    found.append(frozenset(component))
    return found
