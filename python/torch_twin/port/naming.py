"""What values and sizes are called in Rust."""

import re

import torch

from torch_twin.port.calls import Value, tree_map
from torch_twin.port.lines import Statement
from torch_twin.port.rust import number, snake, string
from torch_twin.port.sizes import is_fixed


def default_name(value: Value) -> str:
    """A name for a value that Python gives none: that of its operator."""
    return re.sub(r"_\d+$", "", snake(value.name)).strip("_") or "value"


def default_size_name(side: int, value: Value) -> str:
    is_indices = not value.example.is_floating_point()
    names = {0: "batch", 1: "length"} if is_indices or value.example.dim() == 3 else {0: "batch"}
    return names.get(side, f"size_{side}")


def sizes_line(variable: str, dim: int, names: dict[int, str]) -> str:
    if dim > 6:
        return "\n".join(f"let {name} = {variable}.size()[{side}];" for side, name in names.items())
    parts = ", ".join(names.get(side, "_") for side in range(dim))
    return (
        f"let ({parts}) = {variable}.size{dim}()?;"
        if dim > 1
        else f"let {parts} = {variable}.size1()?;"
    )


def checked_sizes(variable: str, example: torch.Tensor, names: dict[int, str]) -> str:
    """`let (batch, 3, 64, 64) = x.size4()? else …`: the sizes that export fixed."""
    if not 1 <= example.dim() <= 6:
        return ""
    sides = [
        number(int(size)) if is_fixed(size) else names.get(side, "_")
        for side, size in enumerate(example.shape)
    ]
    shown = " × ".join(str(int(size)) if is_fixed(size) else "any" for size in example.shape)
    reason = string(
        f"`{variable}` was exported with the size {shown}: export another one, or name it with --dynamic"
    )
    pattern = f"({', '.join(sides)})" if len(sides) > 1 else sides[0]
    return f"let {pattern} = {variable}.size{len(sides)}()? else {{\nreturn Err(TorchError::new({reason}));\n}};"


def flat_names(statement: Statement | None) -> list[str]:
    if statement is None or not statement.targets:
        return []
    found: list[str] = []
    target = statement.targets[0]
    if isinstance(target, str):
        return [target] if target else []
    tree_map(found.append, target)
    return found
