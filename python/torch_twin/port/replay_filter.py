"""Writes statements for many parameters as one loop over the parameters, with conditions on names and shapes."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .rust import string

STATEMENT = re.compile(r'((?:init::)?\w+\(&mut )tensor\("([^"]*)"\)\?(.*)')
# The fewest statements that are worth a loop, and the most conditions.
FEWEST = 4
MOST = 5


@dataclass(frozen=True)
class Statement:
    """What is done to one parameter, which stands for `{}`."""

    template: str
    parameter: int

    @property
    def draws(self) -> bool:
        """Whether its place among the others matters."""
        return "generator" in self.template


@dataclass(frozen=True)
class Test:
    """A condition in Rust, and for which parameters it holds: a bit each."""

    text: str
    holds: int
    parts: int


class Filter:
    """The parameters of a network, as conditions tell them apart."""

    def __init__(self, parameters: Sequence[tuple[str, int]]) -> None:
        self._names = [name for name, _ in parameters]
        self._places = {name: place for place, name in enumerate(self._names)}
        self._tests = list(self._both(self._single(parameters)))

    def statement(self, line: str) -> Statement | None:
        """A line that does something to one parameter."""
        match = STATEMENT.fullmatch(line)
        if match is None or match[2] not in self._places:
            return None
        return Statement(f"{match[1]}{{}}{match[3]}", self._places[match[2]])

    def runs(self, lines: Sequence[str]) -> Iterator[list[str]]:
        """The lines in runs in which what draws is in the order of the parameters, and each comes once."""
        run: list[str] = []
        seen: list[int] = []
        last = -1
        for line in lines:
            statement = self.statement(line)
            if statement is None:
                yield from ([*run], [line]) if run else ([line],)
                run, seen, last = [], [], -1
                continue
            place = statement.parameter
            is_again = place in seen and place != seen[-1]
            if run and (is_again or (statement.draws and place < last)):
                yield run
                run, seen, last = [], [], -1
            run.append(line)
            seen.append(place)
            last = max(last, place) if statement.draws else last
        if run:
            yield run

    def loop(self, lines: Sequence[str]) -> list[str] | None:
        """The same statements as a loop over the parameters; none where conditions do not tell them apart."""
        wanted: dict[int, str] = {}
        for line in lines:
            statement = self.statement(line)
            if statement is None:
                return None
            earlier = wanted.get(statement.parameter)
            template = statement.template
            wanted[statement.parameter] = template if earlier is None else f"{earlier}\n{template}"
        arms, left = [], (1 << len(self._names)) - 1
        masks: dict[str, int] = {}
        for parameter, template in wanted.items():
            masks[template] = masks.get(template, 0) | 1 << parameter
        while masks:
            fits = (
                (
                    test.holds & left == mask,
                    (test.holds & left).bit_count(),
                    -test.parts,
                    test,
                    template,
                )
                for template, mask in masks.items()
                for test in self._tests
                if test.holds & left and not test.holds & left & ~mask
            )
            best = max(fits, default=None, key=lambda fit: fit[:3])
            if best is None or len(arms) > MOST:
                return None
            *_, test, template = best
            if arms and arms[-1][1] == template and test.parts == 1:
                both = arms[-1][2] | test.holds
                arms[-1] = (f"{arms[-1][0]} || {test.text}", template, both)
            else:
                arms.append((test.text, template, test.holds))
            masks[template] &= ~test.holds
            left &= ~test.holds
            masks = {template: mask for template, mask in masks.items() if mask}
        assert self._carried_out(arms) == wanted, "a loop that does other things"
        return self._written(arms, wanted) if len(wanted) > 2 * len(arms) else None

    def _carried_out(self, arms: list[tuple[str, str, int]]) -> dict[int, str]:
        """What a loop does to each parameter: what the first condition that holds says."""
        done: dict[int, str] = {}
        for parameter in range(len(self._names)):
            found = (template for _, template, holds in arms if holds >> parameter & 1)
            template = next(found, None)
            if template is not None:
                done[parameter] = template
        return done

    def _written(self, arms: list[tuple[str, str, int]], wanted: dict[int, str]) -> list[str]:
        is_weight = all(self._names[parameter].endswith("weight") for parameter in wanted)
        name = "weight" if is_weight else "parameter"
        lines = ["for entry in net.state_dict().parameters() {"]
        lines.append(f"    let mut {name} = entry.tensor.shallow_clone();")
        word = "if"
        for text, template, _ in arms:
            lines.append(f"    {word} {text.replace('$', name)} {{")
            lines += (f"        {line.format(name)}" for line in template.split("\n"))
            word = "} else if"
        return [*lines, "    }", "}"]

    def _single(self, parameters: Sequence[tuple[str, int]]) -> Iterator[Test]:
        def test(text: str, holds: Iterator[bool]) -> Test:
            return Test(text, sum(1 << place for place, is_so in enumerate(holds) if is_so), 1)

        for dim in sorted({dim for _, dim in parameters}):
            yield test(f"$.dim() == {dim}", (own == dim for _, own in parameters))
        yield test("$.dim() > 1", (dim > 1 for _, dim in parameters))
        suffixes, starts = {}, {}
        for name in self._names:
            parts = name.split(".")
            for length in (1, 2, 3):
                if len(parts) >= length:
                    suffixes[".".join(parts[-length:])] = None
            starts[f"{parts[0]}."] = None
        for suffix in suffixes:
            if not re.fullmatch(r"\d.*", suffix):
                holds = (n == suffix or n.endswith(suffix) for n in self._names)
                yield test(f"entry.name.ends_with({string(suffix)})", holds)
        for start in starts:
            if start[0].isdigit():
                continue
            holds = (name.startswith(start) for name in self._names)
            yield test(f"entry.name.starts_with({string(start)})", holds)

    @staticmethod
    def _both(single: Iterator[Test]) -> Iterator[Test]:
        tests = list(single)
        yield from tests
        for a, b in itertools.combinations(tests, 2):
            holds = a.holds & b.holds
            if holds and holds not in (a.holds, b.holds):
                yield Test(f"{a.text} && {b.text}", holds, 2)
