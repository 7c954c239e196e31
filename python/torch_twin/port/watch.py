"""Notices what `torch.export` loses in silence, with its Python line."""

import dataclasses
import inspect
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import sympy
import torch
from torch import nn
from torch.nn.modules._functions import BackwardHookFunction

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


class Watch:
    """What the user's code does while it is exported: `branches` on sizes, and what the graph loses.

    `lost` has a refusal for each: a custom `autograd.Function`, hooks on tensors, modules' backward hooks, random numbers
    that are not PyTorch's, a changed attribute. `asks_for_gradients` is whether a module looks if they are recorded.
    """

    def __init__(self, model: nn.Module) -> None:
        self.branches: list[Branch] = []
        self.lost: list[Refusal] = []
        self.asks_for_gradients = False
        self.open: list[str] = []
        self.states = random_states()
        self.check_hooks(model)

    def enter(self, module: str) -> None:
        self.check_random_numbers()
        self.open.append(module)

    def leave(self) -> None:
        self.check_random_numbers()
        self.open.pop()

    def lose(self, reason: str, place: str = "", module: str | None = None) -> None:
        module = self.open[-1] if module is None and self.open else module
        known = [(refusal.reason, refusal.place, refusal.module) for refusal in self.lost]
        if (reason, place, module) not in known:
            self.lost.append(Refusal(reason, place, module))

    def check_random_numbers(self) -> None:
        states = random_states()
        if states != self.states:
            self.states = states
            self.lose("`forward` draws from Python's or NumPy's random numbers: use PyTorch's")

    def check_hooks(self, model: nn.Module) -> None:
        for name, module in model.named_modules():
            if module._backward_hooks or module._backward_pre_hooks:
                self.lose("a backward hook of a module changes gradients", module=name)
        for name, parameter in model.named_parameters():
            if parameter._backward_hooks:
                owner, _, own = name.rpartition(".")
                self.lose(f"a hook on the parameter `{own}` changes its gradient", module=owner)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notices what the code within does."""
        with ExitStack() as stack:
            for owner, name, reason in LOST:
                patch = losing(self, reason, inspect.getattr_static(owner, name))
                stack.enter_context(mock.patch.object(owner, name, patch))
            assign = noticing(self, nn.Module.__setattr__)
            stack.enter_context(mock.patch.object(nn.Module, "__setattr__", assign))
            stack.enter_context(mock.patch.object(torch.SymBool, "__bool__", deciding(self)))
            asked = asking(self, torch.is_grad_enabled)
            stack.enter_context(mock.patch.object(torch, "is_grad_enabled", asked))
            yield


LOST = [
    (
        torch.autograd.Function,
        "apply",
        "a custom autograd.Function has a backward of its own, which is not exported",
    ),
    (torch.Tensor, "register_hook", "a hook on a tensor changes gradients"),
    (torch.Tensor, "register_post_accumulate_grad_hook", "a hook on a tensor sees gradients"),
]


def deciding(watch: Watch):
    decide = torch.SymBool.__bool__

    def decided(condition: torch.SymBool) -> bool:
        is_true = decide(condition)
        caller = sys._getframe(1)
        if is_users(caller.f_code.co_filename) and condition.node.expr.free_symbols:
            place = f"{caller.f_code.co_filename}:{caller.f_lineno}"
            branch = Branch(condition.node.expr, is_true, place)
            if branch not in watch.branches:
                watch.branches.append(branch)
        return is_true

    return decided


def asking(watch: Watch, is_grad_enabled: Callable[[], bool]):
    """`torch.is_grad_enabled`, which tells `watch` where a module asks: PyTorch's own code asks all the time."""

    def asked() -> bool:
        file = sys._getframe(1).f_code.co_filename
        watch.asks_for_gradients |= is_users(file) or "/torch/nn/modules/" in file
        return is_grad_enabled()

    return asked


def noticing(watch: Watch, assign: Callable):
    def assigned(module: nn.Module, name: str, value: object) -> None:
        old = vars(module).get(name)
        is_plain = isinstance(value, bool | int | float | str) and isinstance(
            old, bool | int | float | str
        )
        caller = sys._getframe(1)
        if is_plain and value != old and is_users(caller.f_code.co_filename):
            place = f"{caller.f_code.co_filename}:{caller.f_lineno}"
            reason = f"`forward` changes the attribute `{name}` from {old!r} to {value!r}: keep it in a buffer"
            watch.lose(reason, place)
        assign(module, name, value)

    return assigned


def losing(watch: Watch, reason: str, method: Callable | classmethod):
    """The method, which tells `watch` of its calls."""
    function = method.__func__ if isinstance(method, classmethod) else method

    def lost(*args, **kwargs):
        # What PyTorch itself calls for a module's backward hook is noticed by the hook.
        if args[0] is not BackwardHookFunction:
            watch.lose(reason, user_place(2))
        return function(*args, **kwargs)

    return classmethod(lost) if isinstance(method, classmethod) else lost


def random_states() -> tuple:
    return random.getstate(), numpy_state()


def numpy_state() -> object:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    name, keys, *rest = numpy.random.get_state()
    return name, keys.tobytes(), *rest
