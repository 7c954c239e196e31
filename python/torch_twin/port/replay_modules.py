"""Writes statements for the layers of a kind as one loop over the modules."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from .rust import string

STATEMENT = re.compile(r'((?:init::)?\w+\(&mut )tensor\("(?:([^"]*)\.)?(\w+)"\)\?(.*)')
FILL = re.compile(r"init::(zeros_|ones_|constant_)\(&mut \{\}(?:, ([^)]*))?\)\?;")
# The layers in Rust: what a variable of the kind is called, and which tensors are an `Option`.
KINDS = {
    nn.Linear: ("linear", ("bias",)),
    nn.Conv1d: ("conv", ("bias",)),
    nn.Conv2d: ("conv", ("bias",)),
    nn.ConvTranspose2d: ("conv", ("bias",)),
    nn.Embedding: ("embedding", ()),
    nn.BatchNorm1d: ("norm", ("weight", "bias")),
    nn.BatchNorm2d: ("norm", ("weight", "bias")),
    nn.LayerNorm: ("norm", ("weight", "bias")),
    nn.GroupNorm: ("norm", ("weight", "bias")),
}
FEWEST = 4

Action = tuple[tuple[str, str], ...]
"""What is done to a layer: for each of its tensors, which stands for `{}`, the lines."""


@dataclass(frozen=True)
class Statement:
    """What is done to one tensor of a layer."""

    layer: str
    own: str
    template: str


class Layers:
    """The layers of a network in the order of `modules()`."""

    def __init__(
        self,
        model: nn.Module,
        layers: Mapping[str, nn.Module],
        values: Mapping[str, float],
        by_fan: Mapping[str, list[str]],
    ) -> None:
        named = dict(model.named_modules())
        self._layers = {
            path: m for path, m in named.items() if layers.get(path) is m and type(m) in KINDS
        }
        self._is_told_apart = len(list(model.named_modules(remove_duplicate=False))) == len(named)
        self._places = {path: place for place, path in enumerate(self._layers)}
        self._values, self._by_fan = values, by_fan

    def statement(self, line: str) -> Statement | None:
        """A line that does something to a tensor of a layer."""
        match = STATEMENT.fullmatch(line)
        if match is None or (match[2] or "") not in self._layers or not self._is_told_apart:
            return None
        return Statement(match[2] or "", match[3], f"{match[1]}{{}}{match[4]}")

    def runs(self, lines: Sequence[str]) -> Iterator[list[str]]:
        """The lines in runs in which what draws is in the order of the layers, and each tensor comes once."""
        run: list[str] = []
        seen: list[tuple[str, str]] = []
        last = -1
        for line in lines:
            statement = self.statement(line)
            if statement is None:
                yield from ([*run], [line]) if run else ([line],)
                run, seen, last = [], [], -1
                continue
            tensor, place = (statement.layer, statement.own), self._places[statement.layer]
            draws = "generator" in statement.template
            if run and ((tensor in seen and tensor != seen[-1]) or (draws and place < last)):
                yield run
                run, seen, last = [], [], -1
            run.append(line)
            seen.append(tensor)
            last = max(last, place) if draws else last
        if run:
            yield run

    def loop(self, lines: Sequence[str]) -> list[str] | None:
        """The same statements as a loop over the modules; none where kinds and names do not tell them apart."""
        return self._loop(lines) or self._loop(self._with_fans(lines))

    def _with_fans(self, lines: Sequence[str]) -> list[str]:
        """The lines with numbers as functions of a layer's fan, where one function gives all of a kind."""
        of_kind: dict[tuple[type, str], list[str]] = {}
        for line in lines:
            statement = self.statement(line)
            if statement is not None and line in self._by_fan:
                key = type(self._layers[statement.layer]), statement.template.partition("(")[0]
                of_kind.setdefault(key, []).append(line)
        instead: dict[str, str] = {}
        for same in of_kind.values():
            for form in range(len(self._by_fan[same[0]])):
                if all(self._by_fan[line][form] for line in same):
                    instead.update((line, self._by_fan[line][form]) for line in same)
                    break
        return [instead.get(line, line) for line in lines]

    def _loop(self, lines: Sequence[str]) -> list[str] | None:
        actions: dict[str, dict[str, str]] = {}
        for line in lines:
            statement = self.statement(line)
            if statement is None:
                return None
            action = actions.setdefault(statement.layer, {})
            earlier = action.get(statement.own)
            template = statement.template
            action[statement.own] = template if earlier is None else f"{earlier}\n{template}"
        kinds = dict.fromkeys(type(self._layers[path]) for path in actions)
        arms = {kind: self._cases(kind, actions) for kind in kinds}
        if any(cases is None for cases in arms.values()):
            return None
        carried_out = self._carried_out(arms)
        if _draws(carried_out) != _draws(lines) or not set(lines) <= set(carried_out):
            return None
        return _written(arms)

    def _cases(self, kind: type, actions: Mapping[str, dict[str, str]]) -> list["Case"] | None:
        """What is done to the layers of a kind: to all the same, or to those of some name something else."""
        paths = [path for path, layer in self._layers.items() if type(layer) is kind]
        everything = self._merged(paths, actions)
        if everything is not None:
            return [Case("", frozenset(paths), everything)]
        for text, chosen in _tests(paths):
            others = [path for path in paths if path not in chosen]
            first, second = self._merged(chosen, actions), self._merged(others, actions)
            if first is not None and second is not None and others:
                return [Case(text, frozenset(chosen), first), Case("", frozenset(others), second)]
        return None

    def _merged(self, paths: Sequence[str], actions: Mapping[str, dict[str, str]]) -> Action | None:
        """What is done to all of these layers; none where it differs."""
        merged: dict[str, str] = {}
        for path in paths:
            merged = actions.get(path, {}) | merged
        for path in paths:
            for own, template in merged.items():
                is_there = self._layers[path]._parameters.get(own) is not None
                given = actions.get(path, {}).get(own)
                if (
                    is_there
                    and given != template
                    and (given or not self._has(f"{path}.{own}", template))
                ):
                    return None
        return tuple(sorted(merged.items(), key=lambda item: item[0] != "weight"))

    def _has(self, name: str, template: str) -> bool:
        """Whether a tensor has the number anyway that a statement fills it with."""
        match = FILL.fullmatch(template)
        if match is None or name not in self._values:
            return False
        numbers = {"zeros_": "0", "ones_": "1"}
        return self._values[name] == float(numbers.get(match[1], match[2]))

    def _carried_out(self, arms: Mapping[type, list["Case"]]) -> list[str]:
        """The lines, one by one, that a loop stands for."""
        lines = []
        for path, layer in self._layers.items():
            for case in arms.get(type(layer), []):
                if path in case.paths:
                    for own, template in case.action:
                        if layer._parameters.get(own) is not None:
                            name = f"{path}.{own}" if path else own
                            lines += template.replace("{}", f'tensor("{name}")?').split("\n")
        return lines


@dataclass(frozen=True)
class Case:
    """What is done to the layers of a kind whose name meets a condition."""

    condition: str
    paths: frozenset[str]
    action: Action


def _draws(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if "generator" in line]


def _tests(paths: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Conditions on the name of a layer, and for which layers they hold."""
    ends = {".".join(path.split(".")[-length:]): None for length in (1, 2) for path in paths}
    for end in ends:
        if end and not end[0].isdigit():
            yield f"name.ends_with({string(end)})", [p for p in paths if p.endswith(end)]
    for start in {f"{path.split('.')[0]}.": None for path in paths if not path[:1].isdigit()}:
        yield f"name.starts_with({string(start)})", [p for p in paths if p.startswith(start)]


def _written(arms: Mapping[type, list[Case]]) -> list[str]:
    has_names = any(len(cases) > 1 for cases in arms.values())
    head = (
        "for (name, module) in net.named_modules() {"
        if has_names
        else "for module in net.modules() {"
    )
    lines, word = [head], "if"
    for kind, cases in arms.items():
        variable, _ = KINDS[kind]
        lines.append(
            f"    {word} let Some({variable}) = module.downcast_ref::<{kind.__name__}>() {{"
        )
        lines += (f"        {line}" for line in _of_cases(kind, cases))
        word = "} else if"
    return [*lines, "    }", "}"]


def _of_cases(kind: type, cases: list[Case]) -> Iterator[str]:
    if len(cases) == 1:
        yield from _of_action(kind, cases[0].action)
        return
    (first, second) = cases
    if not first.action:
        first, second = Case(f"!{first.condition}", second.paths, second.action), first
    yield f"if {first.condition} {{"
    yield from (f"    {line}" for line in _of_action(kind, first.action))
    if second.action:
        yield "} else {"
        yield from (f"    {line}" for line in _of_action(kind, second.action))
    yield "}"


def _of_action(kind: type, action: Action) -> Iterator[str]:
    variable, optional = KINDS[kind]
    for own, template in action:
        if own in optional:
            yield f"if let Some({own}) = &{variable}.{own} {{"
            for line in template.split("\n"):
                yield f"    {line.replace('{}', f'{own}.shallow_clone()')}"
            yield "}"
            continue
        if "fan_" in template:
            names = (name if name in template else "_" for name in ("fan_in", "fan_out"))
            yield f"let ({', '.join(names)}) = init::fan_in_and_fan_out(&{variable}.{own})?;"
        template = template.replace("groups", f"{variable}.options.groups")
        yield from template.replace("{}", f"{variable}.{own}.shallow_clone()").split("\n")
