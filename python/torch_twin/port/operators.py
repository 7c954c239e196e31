"""One call of an ATen operator, as `torch.export` records it, as one Rust expression on tch."""

from __future__ import annotations

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

# What compute nothing, whatever their arguments are.
IDENTITIES = {
    "alias.default",
    "lift_fresh.default",
    "lift_fresh_copy.default",
    "lift.default",
    "_assert_tensor_metadata.default",
    "sym_constrain_range.default",
    "sym_constrain_range_for_size.default",
    "_assert_scalar.default",
    "_assert_async.msg",
    "pin_memory.default",
}
CONVERSIONS = {"to.dtype", "to.device", "to.dtype_layout", "to.other", "type_as.default"}


def is_identity(op: torch._ops.OpOverload, args: Sequence[Any], meta: dict[str, Any]) -> bool:
    """Whether the value of the call is its first argument, or nothing, so that Rust needs no line for it.

    The arguments are those of the graph's node (nodes or values of `meta["val"]`), `meta` is the node's. The constant
    of `lift_fresh_copy` is shared then: an operator that writes it has to have a copy.
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
        return is_same_tensor(op, args, before, after)
    if name == "contiguous.default":
        return before.is_contiguous() and len(args) < 2
    if name in ("dropout.default", "feature_dropout.default", "alpha_dropout.default"):
        return not args[2] or args[1] == 0
    return False


def value_of(argument: Any) -> Any:
    return argument.meta.get("val") if isinstance(argument, torch.fx.Node) else argument


def is_same_tensor(
    op: torch._ops.OpOverload, args: Sequence[Any], before: torch.Tensor, after: torch.Tensor
) -> bool:
    """`to` gives the tensor itself, unless a copy or another format is wanted."""
    values = bound(op, args, {}, None).values
    wants_copy = values.get("copy") or values.get("memory_format") is not None
    return before.dtype == after.dtype and before.device == after.device and not wants_copy
