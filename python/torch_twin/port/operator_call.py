"""A call of an ATen operator as a call of tch's function, by the table that tools/port_operators.py makes."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from torch_twin.port.operator_arguments import Code, Size, Tensor, arguments, kind, real, tensor
from torch_twin.port.refusal import Refusal

OPTIONS = ("dtype", "layout", "device", "pin_memory")
# The argument that is the mode of the pass, where an operator has one.
MODES = ("train", "training", "dropout_p")
# Schemas have a type as its number in c10.
TYPES_BY_NUMBER = {4: torch.int64}
# What draw nothing where their `p` is 0.
DROPOUTS = ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")
PLACE = re.compile(r"[A-Za-z_]\w*(\.\w+|\[\w+\])*")


@dataclass
class Written:
    """A call in Rust."""

    text: str
    """The expression, with `?`."""
    kind: str = "tensor"
    """`tensor`, `tensors` (a `Vec`), `tuple` (of tensors), `size`, `float`, `bool`, `nothing`."""
    is_reference: bool = False
    needs_mut: int | None = None
    """Which argument has to be a `mut` binding, since the operator writes it."""

    @property
    def uses_pass(self) -> bool:
        """Whether it needs `pass`, the context of `forward`: `pass.training()`, `Dropout::new(0.1)?.forward(&x, pass)?`."""
        return re.search(r"\bpass\b", self.text) is not None


@dataclass(frozen=True)
class Row:
    """A function of tch."""

    function: str
    receiver: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    result: str


@dataclass
class Call:
    """An operator and the value of each of its arguments, by name."""

    op: torch._ops.OpOverload
    values: dict[str, Any]
    like: Tensor | None = None
    training: str | None = None
    """The argument that is the mode of the pass."""

    @property
    def name(self) -> str:
        return self.op._schema.name.removeprefix("aten::") + "." + self.op._overloadname

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)

    def with_values(self, op: torch._ops.OpOverload | None = None, /, **values: Any) -> Call:
        """The same call with other values, or of an operator that has the same arguments."""
        op = op or self.op
        kept = {a.name: self.values.get(a.name, default_of(a)) for a in op._schema.arguments}
        return Call(op, kept | values, self.like, self.training)

    def map(self, function: Callable[[Any], Any]) -> Call:
        """The same call with other tensors."""
        values = {
            name: [function(item) for item in value] if is_list(value) else function(value)
            for name, value in self.values.items()
        }
        return replace(self, values=values)

    def device(self) -> str:
        if self.like is None:
            return "Device::Cpu"
        return f"{self.like.text}.device()"


def default_of(argument: Any) -> Any:
    value = argument.default_value if argument.has_default_value() else None
    is_type = "ScalarType" in str(argument.real_type)
    return TYPES_BY_NUMBER[value] if is_type and value is not None else value


def bound(
    op: torch._ops.OpOverload, args: Sequence[Any], kwargs: dict[str, Any], like: Tensor | None
) -> Call:
    """The call with its arguments by name, defaults filled in."""
    schema = op._schema.arguments
    given = dict(zip((a.name for a in schema), args, strict=False)) | kwargs
    values = {a.name: given.get(a.name, default_of(a)) for a in schema}
    return Call(op, values, like)


@functools.cache
def table() -> dict[str, Row]:
    rows = {}
    for line in Path(__file__).with_name("operators.tsv").read_text().splitlines()[1:]:
        operator, function, declared, result = line.split("\t")
        parts = declared.split("; ") if declared else []
        receiver = parts.pop(0) if parts and parts[0].endswith("self") else ""
        pairs = [part.split(": ", 1) for part in parts]
        names, types = (tuple(column) for column in zip(*pairs, strict=True)) if pairs else ((), ())
        rows[operator] = Row(function, receiver, names, types, result)
    return rows


def schema_name(call: Call, rust: str) -> str:
    """The name in ATen of an argument of tch."""
    if rust == "self_scalar":
        return "self"
    names = {name.lower().replace("__", "_"): name for name in call.values}
    return names.get(rust) or names[rust.rstrip("_")]


def written_row(call: Call, row: Row) -> Written:
    """The call by tch's declaration."""
    names = [schema_name(call, name) for name in row.names if name != "options"]
    receiver = next((n for n in ("self", "input") if n in call.values), "") if row.receiver else ""
    check_left_out(call, {*names, receiver}, "options" in row.names)
    values = [call[name] for name in names]
    types = [kind for name, kind in zip(row.names, row.types, strict=True) if name != "options"]
    texts = arguments(types, values)
    if "options" in row.names:
        texts.insert(row.names.index("options"), options(call))
    if not receiver:
        return result(f"Tensor::{row.function}({', '.join(texts)})?", row)
    on, needs_mut = receiver_of(call, receiver, row)
    return result(f"{on}.{row.function}({', '.join(texts)})?", row, needs_mut)


def receiver_of(call: Call, name: str, row: Row) -> tuple[str, int | None]:
    """The tensor before the dot, and its place where it has to be `mut`."""
    value = call[name]
    tensor(value)
    if row.receiver == "&self":
        return value.text, None
    return writable(value), place(call, name) if is_binding(value) else None


def is_binding(value: Tensor) -> bool:
    return value.text.isidentifier() and not value.is_reference


def is_place(text: str) -> bool:
    """Whether Rust may evaluate it twice: `x`, `self.scale`, `parts[0]`, but no call."""
    return PLACE.fullmatch(text) is not None


def writable(value: Tensor) -> str:
    """The tensor where Rust wants a `&mut Tensor`: another handle of it where it is neither binding nor new."""
    if is_binding(value) or not is_place(value.text):
        return value.text
    return f"{value.text}.shallow_clone()"


def with_names(write: Callable[[Call], Written]) -> Callable[[Call], Written]:
    """Gives names to arguments that are calls, for code that uses an argument twice or within a closure."""

    def write_named(call: Call) -> Written:
        texts = [value.text for value in tensors_of(call)]
        names: dict[str, str] = {}
        for text in texts:
            if not is_place(text) and text not in names:
                names[text] = free_name(len(names), texts)
        if not names:
            return write(call)
        written = write(call.map(lambda value: renamed(value, names)))
        bound, values = ", ".join(names.values()), ", ".join(names)
        pattern = (bound, values) if len(names) == 1 else (f"({bound})", f"({values})")
        text = f"{{ let {pattern[0]} = {pattern[1]}; {written.text} }}"
        return Written(text, written.kind, needs_mut=written.needs_mut)

    return write_named


def tensors_of(call: Call) -> list[Tensor]:
    values = [call.values[name] for name in call.values]
    items = [item for value in values for item in (value if is_list(value) else [value])]
    return [item for item in items if isinstance(item, Tensor)]


def is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def free_name(count: int, texts: list[str]) -> str:
    """A name that no other argument uses."""
    name = "abcdefgh"[count % 8] + ("" if count < 8 else str(count))
    while any(re.search(rf"\b{name}\b", text) for text in texts):
        name += "_"
    return name


def renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, Tensor) and value.text in names:
        return replace(value, text=names[value.text])
    return value


def place(call: Call, name: str) -> int:
    return [a.name for a in call.op._schema.arguments].index(name)


def result(text: str, row: Row, needs_mut: int | None = None) -> Written:
    kinds = {
        "Tensor": "tensor",
        "Vec<Tensor>": "tensors",
        "()": "nothing",
        "bool": "bool",
        "i64": "size",
        "f64": "float",
    }
    return Written(text, kinds.get(row.result, "tuple"), needs_mut=needs_mut)


def check_left_out(call: Call, taken: set[str], has_options: bool) -> None:
    """Refuses an argument that tch leaves out and that is not the default."""
    for declared in call.op._schema.arguments:
        name, value = declared.name, call[declared.name]
        if name in taken or value is None:
            continue
        if name in OPTIONS and set(OPTIONS) <= set(call.values):
            if is_option_kept(call, name, value, has_options):
                continue
        elif is_default(declared, value):
            continue
        raise Refusal(f"tch leaves out `{name}` of aten.{call.name}, which is {value!r} here")


def is_default(declared: Any, value: Any) -> bool:
    if isinstance(value, Tensor | Size | Code):
        return False
    if declared.name == "memory_format" and value == torch.preserve_format:
        return True
    return declared.has_default_value() and value == default_of(declared)


def is_option_kept(call: Call, name: str, value: Any, has_options: bool) -> bool:
    match name:
        case "layout":
            return value == torch.strided
        case "pin_memory":
            return not value
        case "dtype":
            return has_options or value == getattr(call["self"], "dtype", None)
    return True


def options(call: Call) -> str:
    """`(Kind::Float, x.device())`."""
    of = call["self"] if isinstance(call["self"], Tensor) else None
    device = f"{of.text}.device()" if of else call.device()
    if call["dtype"] is not None:
        return f"({kind(call['dtype'])}, {device})"
    if of:
        return f"({of.text}.kind(), {device})"
    return f"({kind(default_dtype(call))}, {device})"


def default_dtype(call: Call) -> torch.dtype:
    """What PyTorch makes where no type is given."""
    name = call.op._schema.name.removeprefix("aten::")
    if name in ("randint", "randperm", "tril_indices", "triu_indices"):
        return torch.int64
    if name in ("arange", "range"):
        numbers = [call[n] for n in ("start", "end", "step")]
        whole = not any(isinstance(n, float) for n in numbers)
        return torch.int64 if whole and name == "arange" else torch.get_default_dtype()
    if name == "full":
        value = call["fill_value"]
        if isinstance(value, bool):
            return torch.bool
        return torch.int64 if isinstance(value, int | Size) else torch.get_default_dtype()
    return torch.get_default_dtype()


def draws(call: Call) -> bool:
    """Whether the call takes random numbers."""
    if torch.Tag.nondeterministic_seeded not in call.op.tags:
        return False
    if any(call[mode] is False for mode in ("train", "training")):
        return False
    name = call.name.partition(".")[0].rstrip("_")
    chances = ("p", "dropout", "dropout_p") if name in DROPOUTS else ("dropout", "dropout_p")
    return all(call[chance] != 0 for chance in chances if chance in call.values)


def with_scalar(call: Call) -> Call:
    """The overload for a number, where the export has a number in the place of a tensor."""
    places = [a.name for a in call.op._schema.arguments if stands_for_tensor(call, a)]
    if not places:
        return call
    packet = call.op.overloadpacket
    for overload in packet.overloads():
        other = getattr(packet, overload)
        if is_same_with_numbers(call.op, other, places) and key(other) in table():
            return call.with_values(other)
    raise Refusal(f"aten.{call.name} of a number is not ported")


def stands_for_tensor(call: Call, declared: Any) -> bool:
    value = call[declared.name]
    is_number = isinstance(value, bool | int | float | Size)
    return is_number and str(declared.real_type) in ("Tensor", "Optional[Tensor]")


def is_same_with_numbers(
    op: torch._ops.OpOverload, other: torch._ops.OpOverload, places: list[str]
) -> bool:
    """Whether `other` is the operator with numbers in these places, and all else as it is."""
    types = {a.name: str(a.real_type) for a in op._schema.arguments}
    wanted = types | dict.fromkeys(places, "number")
    return wanted == {a.name: str(a.real_type) for a in other._schema.arguments}


def key(op: torch._ops.OpOverload) -> str:
    return f"{op._schema.name.removeprefix('aten::')}.{op._overloadname}"


def generic(call: Call) -> Written:
    """The call by the table, with random numbers from the generator of the pass."""
    call = with_scalar(call)
    row = table().get(call.name)
    if row is None:
        raise Refusal(f"tch has no function for aten.{call.name}")
    refuse_booleans(call, row)
    if call.training is not None:
        return in_both_modes(call, row)
    if draws(call):
        return with_names(lambda call: drawn(written_row(call, row)))(call)
    if "options" in row.names and isinstance(call["self"], Tensor):
        return with_names(lambda call: written_row(call, row))(call)
    return written_row(call, row)


# Operators of which a number `True` is 1, also for a tensor of booleans.
TRUE_IS_ONE = (
    "eq",
    "ne",
    "full",
    "full_like",
    "new_full",
    "fill",
    "fill_",
    "masked_fill",
    "masked_fill_",
)


def refuse_booleans(call: Call, row: Row) -> None:
    """tch's numbers are integers and floating point numbers: the type of the result would be another one."""
    if call.op._schema.name.removeprefix("aten::") in TRUE_IS_ONE:
        return
    numbers = [schema_name(call, n) for n, t in zip(row.names, row.types, strict=True) if t == "S"]
    is_boolean = any(isinstance(call[name], bool) for name in numbers)
    tensors = [value for value in call.values.values() if isinstance(value, Tensor)]
    if is_boolean and all(value.dtype in (None, torch.bool) for value in tensors):
        raise Refusal(f"aten.{call.name} of a number that is `True` or `False` is not ported")


def in_both_modes(call: Call, row: Row) -> Written:
    """The call in the mode of the pass."""
    mode = call.training
    if not draws(call):
        return written_row(call.with_values(**{mode: Code("pass.training()")}), row)
    chance = f"if training {{ {real(call[mode])} }} else {{ 0.0 }}" if mode == "dropout_p" else ""

    def write_stochastic(call: Call) -> Written:
        written = written_row(call.with_values(**{mode: Code(chance or "training")}), row)
        text = f"pass.stochastic(|training| Ok({written.text}))?"
        return Written(text, written.kind, needs_mut=written.needs_mut)

    return with_names(write_stochastic)(call)


def drawn(written: Written) -> Written:
    """The call while the generator of the pass stands for the default one."""
    text = f"pass.generator()?.as_default(|| Ok({written.text}))?"
    return Written(text, written.kind, needs_mut=written.needs_mut)
