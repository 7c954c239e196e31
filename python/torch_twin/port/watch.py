"""Notices what `torch.export` loses in silence, and refuses it with its Python line."""

import dataclasses
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import sympy
import torch
from torch import nn

from torch_twin.port.refusal import Refusal


def user_place(depth: int = 1) -> str:
    """The innermost Python line on the stack that is not PyTorch's, ours or the standard library's."""
    frame = sys._getframe(depth)
    while frame is not None:
        file = frame.f_code.co_filename
        if not any(part in file for part in ("/torch/", "/torch_twin/", "unittest/mock")):
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def is_users(file: str) -> bool:
    return "/torch/" not in file and "/torch_twin/" not in file


@dataclasses.dataclass(frozen=True)
class Branch:
    """A condition on sizes that the user's code decided by, what it was, and the Python line."""

    condition: sympy.Basic
    is_true: bool
    place: str


@contextmanager
def watched(model: nn.Module, branches: list[Branch]) -> Iterator[None]:
    """Refuses what the code within does and an exported graph does not show; conditions on sizes go to `branches`.

    Raises:
        Refusal: a custom `autograd.Function`, hooks on tensors, modules' backward hooks, random numbers that are
            not PyTorch's, a changed attribute.
    """
    check_hooks(model)
    states = random.getstate(), numpy_state()
    with ExitStack() as stack:
        for owner, name, reason in LOST:
            stack.enter_context(mock.patch.object(owner, name, refusing(reason)))
        stack.enter_context(
            mock.patch.object(nn.Module, "__setattr__", noticing(nn.Module.__setattr__))
        )
        stack.enter_context(mock.patch.object(torch.SymBool, "__bool__", deciding(branches)))
        yield
    if (random.getstate(), numpy_state()) != states:
        raise Refusal("`forward` draws from Python's or NumPy's random numbers: use PyTorch's")


LOST = [
    (
        torch.autograd.Function,
        "apply",
        "a custom autograd.Function has a backward of its own, which is not exported",
    ),
    (torch.Tensor, "register_hook", "a hook on a tensor changes gradients"),
    (torch.Tensor, "register_post_accumulate_grad_hook", "a hook on a tensor sees gradients"),
]


def deciding(branches: list[Branch]):
    decide = torch.SymBool.__bool__

    def decided(condition: torch.SymBool) -> bool:
        is_true = decide(condition)
        caller = sys._getframe(1)
        if is_users(caller.f_code.co_filename) and condition.node.expr.free_symbols:
            place = f"{caller.f_code.co_filename}:{caller.f_lineno}"
            branch = Branch(condition.node.expr, is_true, place)
            if branch not in branches:
                branches.append(branch)
        return is_true

    return decided


def noticing(assign: Callable):
    def assigned(module: nn.Module, name: str, value: object) -> None:
        old = vars(module).get(name)
        is_plain = isinstance(value, bool | int | float | str) and isinstance(
            old, bool | int | float | str
        )
        caller = sys._getframe(1)
        if is_plain and value != old and is_users(caller.f_code.co_filename):
            place = f"{caller.f_code.co_filename}:{caller.f_lineno}"
            reason = f"`forward` changes the attribute `{name}` from {old!r} to {value!r}: keep it in a buffer"
            raise Refusal(reason, place)
        assign(module, name, value)

    return assigned


def refusing(reason: str):
    def refuse(*_args, **_kwargs):
        raise Refusal(reason, user_place(2))

    return refuse


def check_hooks(model: nn.Module) -> None:
    for name, module in model.named_modules():
        if module._backward_hooks or module._backward_pre_hooks:
            raise Refusal("a backward hook of a module changes gradients", module=name)
    for name, parameter in model.named_parameters():
        if parameter._backward_hooks:
            raise Refusal(f"a hook on the parameter `{name}` changes its gradient")


def numpy_state() -> object:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    name, keys, *rest = numpy.random.get_state()
    return name, keys.tobytes(), *rest
