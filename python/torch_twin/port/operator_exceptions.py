"""Operators that are not written by their declaration in tch alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from torch_twin.port.operator_arguments import (
    Tensor,
    boolean,
    integer,
    integers,
    kind,
    real,
    size,
    tensor,
)
from torch_twin.port.operator_call import (
    Call,
    Written,
    check_left_out,
    generic,
    is_binding,
    options,
    writable,
)
from torch_twin.port.refusal import Refusal

aten = torch.ops.aten
Write = Callable[[Call], Written]


def own(function: str, *names: str) -> Write:
    """torch-twin's function, where one of these numbers, which tch leaves out, is not the default."""

    def write_own(call: Call) -> Written:
        declared = {a.name: a for a in call.op._schema.arguments}
        if all(call[name] == declared[name].default_value for name in names):
            return generic(call)
        others = [a for a in declared if a not in names]
        tensors = [a for a in others if str(declared[a].real_type) == "Tensor"]
        for name in set(others) - set(tensors):
            if call[name] != declared[name].default_value:
                raise Refusal(f"`{name}` of aten.{call.name} is not ported")
        numbers = [real(call[name]) for name in names]
        if not function.endswith("_"):
            texts = [tensor(call[name]) for name in tensors] + numbers
            return Written(f"functional::{function}({', '.join(texts)})?")
        target = call[tensors[0]]
        texts = [tensor(call[name]) for name in tensors[1:]] + numbers
        text = f"functional::{function}(&mut {writable(target)}, {', '.join(texts)})?"
        return Written(text, "nothing", needs_mut=0 if is_binding(target) else None)

    return write_own


def dropout(layer: str) -> Write:
    """Dropout of the mode of the pass, as the layer; in a mode of its own, as tch's function."""

    def write_dropout(call: Call) -> Written:
        if call.training:
            on = tensor(call["input"])
            return Written(f"{layer}::new({real(call['p'])})?.forward({on}, pass)?")
        return generic(call)

    return write_dropout


def refused(reason: str) -> Write:
    def refuse(call: Call) -> Written:
        raise Refusal(f"aten.{call.name}: {reason}")

    return refuse


def as_other(op: torch._ops.OpOverload) -> Write:
    return lambda call: generic(call.with_values(op))


def copy_(call: Call) -> Written:
    target, source = call["self"], call["src"]
    needs_mut = 0 if is_binding(target) else None
    return Written(f"{writable(target)}.f_copy_({tensor(source)})?", "nothing", needs_mut=needs_mut)


def contiguous(call: Call) -> Written:
    if call["memory_format"] not in (torch.contiguous_format, 0, None):
        raise Refusal(f"the memory format {call['memory_format']} is not ported")
    return Written(f"{tensor_text(call['self'])}.f_contiguous()?")


def clone(call: Call) -> Written:
    refuse_formats(call)
    return Written(f"functional::clone({tensor(call['self'])})?")


def tensor_text(value: Any) -> str:
    tensor(value)
    return value.text


def view(call: Call) -> Written:
    sizes = call["size"]
    function = "f_view" if len(sizes) <= 6 else "f_view_"
    return Written(f"{tensor_text(call['self'])}.{function}({integers(sizes)})?")


def slice_(call: Call) -> Written:
    ends_at_the_end = isinstance(call["end"], int) and call["end"] == 2**63 - 1
    return generic(call.with_values(end=None) if ends_at_the_end else call)


def to(call: Call) -> Written:
    """`to` of a type; the device is that of the tensor, since created tensors are on that of the input."""
    refuse_formats(call)
    value, dtype = call["self"], call["dtype"]
    if dtype not in (None, value.dtype):
        return Written(f"{tensor_text(value)}.f_to_kind({kind(dtype)})?")
    return clone(call) if call["copy"] else same(call)


def to_copy(call: Call) -> Written:
    return to(call.with_values(copy=True))


def refuse_formats(call: Call) -> None:
    if call["memory_format"] not in (None, torch.preserve_format):
        raise Refusal(f"the memory format {call['memory_format']} is not ported")


def like_of_dtype(call: Call) -> Written:
    """`zeros_like` and the like, to which tch gives no type."""
    value, dtype = call["self"], call["dtype"]
    if dtype is None or dtype == value.dtype:
        return generic(call)
    converted = Tensor(f"{value.text}.f_to_kind({kind(dtype)})?", dtype=dtype)
    return generic(call.with_values(self=converted))


def clamp(call: Call) -> Written:
    """tch takes no `None` for a bound."""
    packets = {
        "clamp": (aten.clamp_min, aten.clamp_max),
        "clamp_": (aten.clamp_min_, aten.clamp_max_),
    }
    name, _, overload = call.name.partition(".")
    minimum, maximum = packets[name]
    if call["max"] is None:
        return generic(call.with_values(getattr(minimum, overload)))
    if call["min"] is None:
        return generic(call.with_values(getattr(maximum, overload)))
    return generic(call)


def upsample(call: Call) -> Written:
    """tch takes no `None` for the factors: the operator of the size alone, which is what libtorch calls."""
    if call["output_size"] is None:
        return generic(call)
    return generic(call.with_values(call.op.overloadpacket.default, self=call["input"]))


def div_mode(call: Call) -> Written:
    if call["rounding_mode"] is not None:
        return generic(call)
    plain = {"Tensor_mode": "Tensor", "Scalar_mode": "Scalar"}[call.op._overloadname]
    return generic(call.with_values(getattr(call.op.overloadpacket, plain)))


def deviation(call: Call) -> Written:
    """`correction=None` is 1."""
    return generic(call.with_values(correction=1) if call["correction"] is None else call)


def of_number(swapped: torch._ops.OpOverload, plain: Write = generic):
    """An operator whose first argument is a number, as the one with the arguments exchanged."""

    def write_swapped(call: Call) -> Written:
        if isinstance(call["self"], Tensor):
            return plain(call)
        if call["alpha"] not in (None, 1):
            raise Refusal(f"`alpha` of aten.{call.name} is not ported")
        return generic(call.with_values(swapped, self=call["other"], other=call["self"]))

    return write_swapped


def size_of(call: Call) -> Written:
    value, dim = call["self"], call["dim"]
    if dim < 0 and value.dim is not None:
        dim += value.dim
    if dim < 0:
        return Written(f"{value.text}.size()[{value.text}.dim() - {-dim}]", "size")
    return Written(f"{value.text}.size()[{integer(dim)}]", "size")


def stride_of(call: Call) -> Written:
    return Written(size_of(call).text.replace(".size()", ".stride()"), "size")


def count_of(call: Call) -> Written:
    return Written(f"{tensor_text(call['self'])}.numel() as i64", "size")


def random(function: str, *arguments: str) -> Write:
    """A tensor of random numbers, which torch-twin's generator makes."""

    def write_random(call: Call) -> Written:
        check_left_out(call, {"size", *arguments}, has_options=True)
        numbers = [size(call[name] or 0) for name in arguments]
        texts = [*numbers, integers(call["size"]), options(call)]
        return Written(f"pass.generator()?.{function}({', '.join(texts)})?")

    return write_random


def normal(call: Call) -> Written:
    check_left_out(call, {"size", "mean", "std"}, has_options=True)
    made = f"Tensor::f_empty({integers(call['size'])}, {options(call)})?"
    numbers = f"{real(call['mean'])}, {real(call['std'])}"
    draw = f"pass.generator()?.normal_(&mut drawn, {numbers})?"
    return Written(f"{{ let mut drawn = {made}; {draw}; drawn }}")


def randn_like(call: Call) -> Written:
    if call["dtype"] not in (None, call["self"].dtype):
        return like_of_dtype(call)
    check_left_out(call, {"self"}, has_options=True)
    return Written(f"pass.generator()?.randn_like({tensor(call['self'])})?")


def constant_pad(call: Call) -> Written:
    """tch leaves out the value; `pad` has it."""
    pad = call.with_values(aten.pad.default, mode="constant", value=call["value"])
    return generic(call) if call["value"] == 0 else generic(pad)


def vector_norm(call: Call) -> Written:
    if call["dtype"] not in (None, call["self"].dtype):
        raise Refusal(f"`dtype` of aten.{call.name} is not ported")
    dims = call["dim"]
    among = "None" if dims is None else f"Some(&[{', '.join(map(size, dims))}])"
    texts = [tensor(call["self"]), real(call["ord"]), among, boolean(call["keepdim"])]
    return Written(f"functional::vector_norm({', '.join(texts)})?")


def norm(call: Call) -> Written:
    """Without an order that of the values."""
    return generic(call) if call["ord"] is not None else vector_norm(call.with_values(ord=2.0))


def fourier(call: Call) -> Written:
    """`norm=None` is `"backward"`."""
    return generic(call.with_values(norm=call["norm"] or "backward"))


def nothing(call: Call) -> Written:
    return Written("()", "nothing")


def same(call: Call) -> Written:
    """A call that gives its first argument."""
    return Written(f"{tensor_text(call[call.op._schema.arguments[0].name])}.shallow_clone()")


DATA = "the program depends on the values of a tensor"
LIKES = ("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randint_like")
UPSAMPLES = (
    *(f"upsample_{mode}" for mode in ("nearest1d", "nearest2d", "nearest3d", "linear1d")),
    *(f"upsample_{mode}" for mode in ("bilinear2d", "bicubic2d", "trilinear3d")),
    *(f"_upsample_{mode}" for mode in ("nearest_exact1d", "nearest_exact2d", "nearest_exact3d")),
    *(f"_upsample_{mode}" for mode in ("bilinear2d_aa", "bicubic2d_aa")),
)
FOURIER = [
    i + kind + n for i in ("", "i") for kind in ("fft", "rfft", "hfft") for n in ("", "2", "n")
]

EXCEPTIONS: dict[str, Write] = {
    "add.Tensor": of_number(aten.add.Tensor, own("add", "alpha")),
    "add_.Tensor": own("add_", "alpha"),
    "sub.Tensor": of_number(aten.rsub.Scalar, own("sub", "alpha")),
    "sub_.Tensor": own("sub_", "alpha"),
    "mul.Tensor": of_number(aten.mul.Tensor),
    "addcmul.default": own("addcmul", "value"),
    "addcmul_.default": own("addcmul_", "value"),
    "addcdiv.default": own("addcdiv", "value"),
    "addcdiv_.default": own("addcdiv_", "value"),
    "addmm.default": own("addmm", "beta", "alpha"),
    "leaky_relu.default": own("leaky_relu", "negative_slope"),
    "leaky_relu_.default": own("leaky_relu_", "negative_slope"),
    "elu.default": own("elu", "alpha"),
    "elu_.default": own("elu_", "alpha"),
    "celu.default": own("celu", "alpha"),
    "celu_.default": own("celu_", "alpha"),
    "hardshrink.default": own("hardshrink", "lambd"),
    "softshrink.default": own("softshrink", "lambd"),
    "hardtanh.default": own("hardtanh", "min_val", "max_val"),
    "hardtanh_.default": own("hardtanh_", "min_val", "max_val"),
    "softplus.default": own("softplus", "beta", "threshold"),
    "div.Tensor_mode": div_mode,
    "div.Scalar_mode": div_mode,
    "clamp.default": clamp,
    "clamp.Tensor": clamp,
    "clamp_.default": clamp,
    "clamp_.Tensor": clamp,
    "clip.default": lambda call: clamp(call.with_values(aten.clamp.default)),
    "clip.Tensor": lambda call: clamp(call.with_values(aten.clamp.Tensor)),
    "std.correction": deviation,
    "var.correction": deviation,
    "std_mean.correction": deviation,
    "var_mean.correction": deviation,
    "__and__.Tensor": as_other(aten.bitwise_and.Tensor),
    "__and__.Scalar": as_other(aten.bitwise_and.Scalar),
    "__or__.Tensor": as_other(aten.bitwise_or.Tensor),
    "__or__.Scalar": as_other(aten.bitwise_or.Scalar),
    "__xor__.Tensor": as_other(aten.bitwise_xor.Tensor),
    "__xor__.Scalar": as_other(aten.bitwise_xor.Scalar),
    "dropout.default": dropout("Dropout"),
    "feature_dropout.default": dropout("Dropout2d"),
    "rand.default": random("rand"),
    "randn.default": random("randn"),
    "randint.default": random("randint", "low", "high"),
    "randint.low": random("randint", "low", "high"),
    "normal.float_float": normal,
    "randn_like.default": randn_like,
    **{f"{name}.default": like_of_dtype for name in LIKES},
    **{f"{name}.vec": upsample for name in UPSAMPLES},
    **{f"fft_{name}.default": fourier for name in FOURIER},
    "linalg_norm.default": norm,
    "constant_pad_nd.default": constant_pad,
    "linalg_vector_norm.default": vector_norm,
    "copy_.default": copy_,
    "clone.default": clone,
    "contiguous.default": contiguous,
    "view.default": view,
    "slice.Tensor": slice_,
    "to.dtype": to,
    "to.device": to,
    "to.dtype_layout": to,
    "to.other": as_other(aten.type_as.default),
    "_to_copy.default": to_copy,
    "sym_size.int": size_of,
    "sym_stride.int": stride_of,
    "sym_numel.default": count_of,
    "alias.default": same,
    "lift_fresh_copy.default": clone,
    "_assert_tensor_metadata.default": nothing,
    "item.default": refused(DATA),
    "_local_scalar_dense.default": refused(DATA),
    "is_nonzero.default": refused(DATA),
}
