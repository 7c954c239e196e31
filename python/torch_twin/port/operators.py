"""One call of an ATen operator, as `torch.export` records it, as one Rust expression on tch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import torch

from torch_twin.port.operator_arguments import Size, Tensor
from torch_twin.port.operator_call import MODES, Call, Written, bound, generic, key
from torch_twin.port.operator_exceptions import EXCEPTIONS
from torch_twin.port.refusal import Refusal

__all__ = ["Size", "Tensor", "Written", "is_identity", "write"]


def write(
    op: torch._ops.OpOverload,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    like: Tensor | None = None,
    training_argument: str | bool | None = None,
) -> Written:
    """The call in Rust.

    `like` is a tensor whose device created tensors take. `training_argument` names the argument that is the mode of
    the pass (`train`, `training`, `dropout_p`), or is `True` where the operator has only one.
    """
    if op.namespace != "aten":
        raise Refusal(f"the operator {op} is not one of PyTorch's own")
    call = bound(op, args, kwargs, like)
    if training_argument:
        call.training = mode_of(call, training_argument)
    refuse_complex(call)
    try:
        return EXCEPTIONS.get(call.name, generic)(call)
    except Refusal as refusal:
        if f"aten.{call.name}" in refusal.reason:
            raise
        raise Refusal(f"aten.{call.name}: {refusal.reason}") from refusal


def mode_of(call: Call, training_argument: str | bool) -> str:
    if isinstance(training_argument, str) and training_argument in call.values:
        return training_argument
    for name in MODES:
        if name in call.values:
            return name
    raise Refusal(f"aten.{call.name} has no argument for the mode")


def refuse_complex(call: Call) -> None:
    for value in call.values.values():
        if isinstance(value, complex) or getattr(value, "dtype", None) in COMPLEX:
            raise Refusal(f"aten.{call.name} of complex numbers is not ported")


COMPLEX = (torch.complex32, torch.complex64, torch.complex128)

# What computes nothing, whatever its arguments are.
IDENTITIES = {
    "alias.default",
    "_assert_tensor_metadata.default",
    "_assert_scalar.default",
    "_assert_async.msg",
    "sym_constrain_range.default",
    "sym_constrain_range_for_size.default",
}
# What gives its input itself, where that has the type, the device and the layout already.
CONVERSIONS = {
    "to.dtype",
    "to.device",
    "to.dtype_layout",
    "to.other",
    "type_as.default",
    "contiguous.default",
}
DROPOUTS = {
    "dropout.default",
    "feature_dropout.default",
    "alpha_dropout.default",
    "feature_alpha_dropout.default",
}


def is_identity(op: torch._ops.OpOverload, args: Sequence[Any], meta: dict[str, Any]) -> bool:
    """Whether the call gives its first argument, or nothing, so that Rust needs no line for it.

    The arguments are nodes of the graph or the values of their `meta["val"]`; `meta` is that of the call's node.
    """
    if op.namespace != "aten":
        return False
    name = key(op)
    if name in IDENTITIES:
        return True
    before, after = value_of(args[0]) if args else None, meta.get("val")
    if not isinstance(before, torch.Tensor) or not isinstance(after, torch.Tensor):
        return False
    if name in CONVERSIONS:
        return is_same_tensor(before, after)
    if name == "slice.Tensor":
        start, end, step = (*args[2:], *(None, None, 1)[len(args) - 2 :])
        return start in (0, None) and end in (sys.maxsize, None) and step == 1
    return name in DROPOUTS and (not args[2] or args[1] == 0)


def value_of(argument: Any) -> Any:
    return argument.meta.get("val") if isinstance(argument, torch.fx.Node) else argument


def is_same_tensor(before: torch.Tensor, after: torch.Tensor) -> bool:
    """Whether the memory is shared; a copy or another layout has memory of its own."""
    is_shared = before.untyped_storage()._cdata == after.untyped_storage()._cdata
    return is_shared and before.dtype == after.dtype and before.stride() == after.stride()
