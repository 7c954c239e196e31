"""Writes what the instances of one class begin with as a function that takes the instance's name."""

import copy
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from .replay_loops import loops
from .rust import KEYWORDS, snake

NAME = re.compile(r'"([^"]*)"')
# The lines that a function has beside its body.
AROUND = 3


@dataclass(frozen=True)
class Function:
    """What is done to an instance, which stands for `{name}`."""

    name: str
    lines: tuple[str, ...]

    @property
    def draws(self) -> bool:
        return any("generator" in line for line in self.lines)

    def call(self, instance: str) -> str:
        return f'{self.name}("{instance}"{", generator" if self.draws else ""})?;'

    def closure(self, kind: str) -> list[str]:
        """The function in Rust."""
        parameters = "name: &str" + (", generator: &mut Generator" if self.draws else "")
        body = [f"    {line}" for line in loops(self.lines)]
        head = f"let {self.name} = |{parameters}| -> Result<()> {{"
        return [f"// As `{kind}` begins.", head, *body, "    Ok(())", "};"]


class Classes:
    """The instances of the network's own classes, those within others first."""

    def __init__(self, model: nn.Module, layers: Mapping[str, nn.Module]) -> None:
        instances: dict[tuple[int, type], list[str]] = defaultdict(list)
        for path, module in model.named_modules():
            if path and path not in layers and not type(module).__module__.startswith("torch.nn."):
                # Those of a class may be within each other.
                instances[height(module), type(module)].append(path)
        self._instances = sorted(instances.items(), key=lambda pair: pair[0][0])
        self.taken: set[str] = set()

    def copied(self) -> "Classes":
        """The same classes, with names of functions of their own."""
        other = copy.copy(self)
        other.taken = set(self.taken)
        return other

    def in_functions(self, lines: Sequence[str]) -> tuple[list[str], list[str]]:
        """The functions, and the lines that call them where that is shorter."""
        closures: list[str] = []
        lines = list(lines)
        for (_, kind), paths in self._instances:
            templates: dict[tuple[str, ...], list[str]] = defaultdict(list)
            for path in paths:
                for first, last in spans_of(path, lines):
                    templates[template_of(path, lines[first:last])].append(path)
            for template, of in templates.items():
                if (len(of) - 1) * (len(template) - 1) > AROUND + len(of) / 2:
                    function = Function(self._free(kind), template)
                    closures += function.closure(kind.__qualname__)
                    lines = replaced(lines, function, of)
        return closures, lines

    def _free(self, kind: type) -> str:
        base = snake(kind.__name__.strip("_"))
        base = f"{base}_" if base in KEYWORDS or base in ("net", "tensor", "init") else base
        name, count = base, 1
        while name in self.taken:
            count += 1
            name = f"{base}_{count}"
        self.taken.add(name)
        return name


def template_of(path: str, lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line.replace(f'"{path}.', '"{name}.') for line in lines)


def replaced(lines: Sequence[str], function: Function, paths: Sequence[str]) -> list[str]:
    """The lines with a call of the function in place of its lines for each of the instances."""
    result = list(lines)
    for path in paths:
        spans = spans_of(path, result)
        is_it = lambda span, path=path: template_of(path, result[slice(*span)]) == function.lines
        first, last = next(filter(is_it, spans))
        result[first:last] = [function.call(path)]
    return result


def spans_of(path: str, lines: Sequence[str]) -> list[tuple[int, int]]:
    """Where lines of a module and of nothing else are one after another."""
    spans: list[tuple[int, int]] = []
    for place, line in enumerate(lines):
        names = NAME.findall(line)
        if not names or not all(name.startswith(f"{path}.") for name in names):
            continue
        if spans and spans[-1][1] == place:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    return [span for span in spans if span[1] - span[0] > 1]


def height(module: nn.Module) -> int:
    return 1 + max(map(height, module.children()), default=0)
