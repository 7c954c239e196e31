"""Python values as arguments of tch's functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from torch_twin.port.refusal import Refusal


@dataclass(frozen=True)
class Tensor:
    """A tensor that has a name in Rust: `x`, `self.scale`, `parts[0]`."""

    text: str
    is_reference: bool = False
    """The text already is a `&Tensor`."""
    is_list: bool = False
    """The text is a `Vec<Tensor>`."""
    dtype: torch.dtype | None = None
    dim: int | None = None

    def borrowed(self) -> str:
        return self.text if self.is_reference else f"&{self.text}"


@dataclass(frozen=True)
class Size:
    """An `i64` in Rust: `x.size()[0]`, `batch * 4`."""

    text: str


@dataclass(frozen=True)
class Code:
    """Rust that stands as it is, such as `pass.training()`."""

    text: str


KINDS = {
    torch.uint8: "Uint8",
    torch.int8: "Int8",
    torch.int16: "Int16",
    torch.int32: "Int",
    torch.int64: "Int64",
    torch.float16: "Half",
    torch.float32: "Float",
    torch.float64: "Double",
    torch.bool: "Bool",
    torch.bfloat16: "BFloat16",
}

# Numbers for which Rust has a name; clippy refuses their digits.
CONSTANTS = {
    math.pi: "PI",
    math.pi / 2: "FRAC_PI_2",
    math.pi / 3: "FRAC_PI_3",
    math.pi / 4: "FRAC_PI_4",
    math.pi / 6: "FRAC_PI_6",
    math.pi / 8: "FRAC_PI_8",
    1 / math.pi: "FRAC_1_PI",
    2 / math.pi: "FRAC_2_PI",
    2 / math.sqrt(math.pi): "FRAC_2_SQRT_PI",
    2 * math.pi: "TAU",
    math.e: "E",
    math.sqrt(2): "SQRT_2",
    math.sqrt(0.5): "FRAC_1_SQRT_2",
    math.log(2): "LN_2",
    math.log(10): "LN_10",
    math.log2(10): "LOG2_10",
    math.log2(math.e): "LOG2_E",
    math.log10(2): "LOG10_2",
    math.log10(math.e): "LOG10_E",
}


def integer(value: int) -> str:
    """`2`; a number that `i64` does not hold is refused."""
    if not -(2**63) <= value < 2**63:
        raise Refusal(f"the integer {value} has more than 64 bits")
    names = {2**63 - 1: "i64::MAX", -(2**63): "i64::MIN"}
    return names.get(value, str(value))


def float64(value: float) -> str:
    """The `f64` of exactly these bits: `2.0`, `1e-5`, `f64::NEG_INFINITY`."""
    if math.isnan(value):
        return "f64::NAN"
    if math.isinf(value):
        return "f64::INFINITY" if value > 0 else "f64::NEG_INFINITY"
    size, sign = abs(value), "-" if math.copysign(1.0, value) < 0 else ""
    if size == torch.finfo(torch.float32).max:
        return f"f64::from(f32::{'MIN' if sign else 'MAX'})"
    if size == torch.finfo(torch.float64).max:
        return f"f64::{'MIN' if sign else 'MAX'}"
    if size in CONSTANTS:
        return f"{sign}std::f64::consts::{CONSTANTS[size]}"
    mantissa, _, exponent = repr(size).partition("e")
    if exponent:
        return f"{sign}{mantissa}e{int(exponent)}"
    return f"{sign}{mantissa}"


def kind(dtype: torch.dtype) -> str:
    """`Kind::Float`."""
    if dtype not in KINDS:
        raise Refusal(f"the type {dtype} is not ported")
    return f"Kind::{KINDS[dtype]}"


def size(value: Any) -> str:
    """An `i64`."""
    match value:
        case Size() | Code():
            return value.text
        case bool() | int():
            return integer(int(value))
    raise Refusal(f"{value!r} stands where an integer has to")


def number(value: Any) -> str:
    """A `Scalar`: integers stay integers, since the type of the result depends on it."""
    match value:
        case Size() | Code():
            return value.text
        case bool() | int():
            return integer(int(value))
        case float():
            return float64(value)
    raise Refusal(f"{value!r} stands where a number has to")


def real(value: Any) -> str:
    """An `f64`."""
    match value:
        case Code():
            return value.text
        case Size():
            return f"{value.text} as f64" if value.text.isidentifier() else f"({value.text}) as f64"
        case int() | float():
            return float64(float(value))
    raise Refusal(f"{value!r} stands where a floating point number has to")


def boolean(value: Any) -> str:
    match value:
        case Code():
            return value.text
        case bool() | int():
            return "true" if value else "false"
    raise Refusal(f"{value!r} stands where `True` or `False` has to")


def text(value: Any) -> str:
    if isinstance(value, str) and value.isprintable() and value.isascii():
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    raise Refusal(f"{value!r} stands where a text has to")


def reduction(value: Any) -> str:
    names = {0: "None", 1: "Mean", 2: "Sum"}
    if value not in names:
        raise Refusal(f"{value!r} is no reduction")
    return f"tch::Reduction::{names[value]}"


def tensor(value: Any) -> str:
    """A `&Tensor`."""
    if isinstance(value, Tensor) and not value.is_list:
        return value.borrowed()
    raise Refusal(f"{value!r} stands where a tensor has to")


def tensors(value: Any) -> str:
    """A `&[&Tensor]` or `&[Tensor]`."""
    match value:
        case Tensor(is_list=True):
            return value.borrowed()
        case [] | ():
            return "&[] as &[&Tensor]"
        case list() | tuple():
            return f"&[{', '.join(map(tensor, value))}]"
    raise Refusal(f"{value!r} stands where a list of tensors has to")


def optional_tensors(value: Any) -> str:
    """A `&[Option<&Tensor>]`."""
    if not isinstance(value, list | tuple):
        raise Refusal(f"{value!r} stands where a list of tensors has to")
    items = ["None" if item is None else f"Some({tensor(item)})" for item in value]
    if items and all(item == "None" for item in items):
        items[0] = "None::<&Tensor>"
    return f"&[{', '.join(items)}]"


def integers(value: Any) -> str:
    """Something that is an `IntList`: an array, or one number alone."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(size, value))}]" if value else "[0_i64; 0]"
    return f"[{size(value)}]"


def optional_integers(value: Any) -> str:
    """Something that is an `IntListOption`, which arrays are not."""
    if value is None:
        return "None::<i64>"
    values = list(value) if isinstance(value, list | tuple) else [value]
    items = [size(item) for item in values]
    if not items:
        return "&[0_i64; 0][..]"
    if items[0].lstrip("-").isdigit():
        items[0] += "_i64"
    return items[0] if len(items) == 1 else f"&[{', '.join(items)}][..]"


def reals(value: Any) -> str:
    if value is None:
        raise Refusal("tch takes no `None` for a list of numbers")
    return f"[{', '.join(map(real, value))}]" if value else "[0_f64; 0]"


WRITERS = {
    "&Tensor": tensor,
    "&[T]": tensors,
    "&[Option<T>]": optional_tensors,
    "i64": size,
    "f64": real,
    "bool": boolean,
    "S": number,
    "&str": text,
    "Kind": kind,
    "impl IntList": integers,
    "impl IntListOption": optional_integers,
    "impl DoubleList": reals,
    "crate::Reduction": reduction,
}
OPTIONAL = {
    "impl Into<Option<i64>>": size,
    "impl Into<Option<f64>>": real,
    "impl Into<Option<Kind>>": kind,
}


def argument(rust_type: str, value: Any) -> str:
    """`value` as an argument of the Rust type, as tch's declarations name it."""
    if rust_type in OPTIONAL:
        return "None" if value is None else OPTIONAL[rust_type](value)
    if rust_type == "Option<T>":
        return "None" if value is None else f"Some({tensor(value)})"
    if rust_type == "Option<Layout>" and value in (None, torch.strided):
        return "None"
    if rust_type not in WRITERS:
        raise Refusal(f"an argument of the type {rust_type} is not ported")
    if value is None and rust_type != "impl IntListOption":
        raise Refusal("tch takes no `None` there")
    return WRITERS[rust_type](value)


def arguments(types: list[str], values: list[Any]) -> list[str]:
    """All arguments; where nothing else tells Rust the type of a `None`, it is written."""
    texts = [argument(rust_type, value) for rust_type, value in zip(types, values, strict=True)]
    collect_lists(types, values, texts)
    generic = [i for i, rust_type in enumerate(types) if rust_type == "Option<T>"]
    known = any(rust_type in ("&[T]", "&[Option<T>]") for rust_type in types)
    if generic and not known and all(values[i] is None for i in generic):
        texts[generic[0]] = "None::<&Tensor>"
    scalars = [i for i, rust_type in enumerate(types) if rust_type == "S"]
    if len({type(values[i]) is float for i in scalars}) > 1:
        for i in scalars:
            texts[i] = real(values[i])
    return texts


def collect_lists(types: list[str], values: list[Any], texts: list[str]) -> None:
    """Lends a `Vec<Tensor>` as a list of `&Tensor` where another argument of the same type `T` is one."""
    of_type = [i for i, rust_type in enumerate(types) if rust_type in ("&[T]", "Option<T>")]
    lists = [i for i in of_type if isinstance(values[i], Tensor) and values[i].is_list]
    if any(i not in lists and values[i] is not None for i in of_type):
        for i in lists:
            texts[i] = f"&{values[i].text}.iter().collect::<Vec<_>>()"
