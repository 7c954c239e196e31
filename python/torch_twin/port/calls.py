"""What is exported: calls of modules with the operators and calls within them."""

import dataclasses
import re
from typing import Any

from torch import nn

# A line of a Python stack, as PyTorch prints it.
FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')


@dataclasses.dataclass(frozen=True)
class Place:
    """A line of a Python file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclasses.dataclass(eq=False)
class Value:
    """A tensor, a list of tensors or a size that one call computes.

    `source` is the name of a parameter, of a buffer or of a tensor that is an attribute.
    """

    name: str
    example: Any
    source: str | None = None


@dataclasses.dataclass(eq=False)
class Op:
    """An ATen operator with its arguments: values, sizes, numbers and lists of these."""

    target: Any
    args: tuple
    kwargs: dict
    value: Value
    frames: list[Place]
    origin: "Op | None" = None


@dataclasses.dataclass(eq=False)
class Block:
    """What a `with` block computes: `kind` is `no_grad`, `enable_grad` or `autocast`, which has settings.

    They are the type of the device, the type of numbers, whether it is enabled, and whether casts are kept.
    """

    kind: str
    body: list
    settings: tuple = ()


@dataclasses.dataclass(eq=False)
class Call:
    """One call of the module `name`: its arguments by the names in `forward`, and what it gave.

    Both are trees: tuples, lists and `Fields` whose leaves are values and constants.
    """

    name: str
    module: nn.Module
    arguments: dict[str, Any]
    output: Any = None
    body: list = dataclasses.field(default_factory=list)
    frames: list[Place] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Fields:
    """A dictionary or a dataclass."""

    type_name: str
    fields: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A tensor in the tree of a call: its place among the tensors of the mark."""

    index: int


def tree_map(function, tree: Any) -> Any:
    match tree:
        case Fields():
            fields = {name: tree_map(function, part) for name, part in tree.fields.items()}
            return Fields(tree.type_name, fields)
        case tuple() | list():
            return type(tree)(tree_map(function, part) for part in tree)
        case _:
            return function(tree)


def leaves(tree: Any) -> list:
    found: list = []
    tree_map(found.append, tree)
    return found
