"""Operators that compute nothing: they mark where each call of a module begins and ends, with its tensors."""

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import fx, nn

from torch_twin.port.calls import Call, Fields, Leaf
from torch_twin.port.watch import Watch

MARKS = torch.library.Library("torch_twin", "DEF")
for mark in ("enter", "leave"):
    MARKS.define(f"{mark}(Tensor[] tensors, int call) -> ()")
    for key in ("CompositeExplicitAutograd", "Meta"):
        MARKS.impl(mark, lambda tensors, call: None, key)
    fx.node.has_side_effect(getattr(torch.ops.torch_twin, mark).default)
ENTER, LEAVE = torch.ops.torch_twin.enter.default, torch.ops.torch_twin.leave.default


def described(value: Any, tensors: list[torch.Tensor]) -> Any:
    """A tree of what a module takes or gives, as the recorder walks it; its tensors are added to `tensors`."""
    match value:
        case torch.Tensor():
            tensors.append(value)
            return Leaf(len(tensors) - 1)
        case Mapping():
            fields = {str(name): described(part, tensors) for name, part in value.items()}
            return Fields(type(value).__name__, fields)
        case list():
            return [described(part, tensors) for part in value]
        case tuple():
            return tuple(described(part, tensors) for part in value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            fields = {name: described(getattr(value, name, None), tensors) for name in names}
            return Fields(type(value).__name__, fields)
        case _:
            return value


def bound_arguments(module: nn.Module, args: tuple, kwargs: dict) -> dict[str, Any]:
    """What `forward` is called with, by the names of its parameters; those of `**kwargs` by their own."""
    signature = inspect.signature(module.forward)
    bound = dict(signature.bind(*args, **kwargs).arguments)
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            bound |= bound.pop(name, {})
    return bound


@contextmanager
def marked(model: nn.Module, calls: list[Call], watch: Watch) -> Iterator[None]:
    """Marks every call of every module in what is exported, and tells `watch` of it."""
    open_calls: list[int] = []

    def before(module, args, kwargs, name):
        tensors: list[torch.Tensor] = []
        bound = bound_arguments(module, args, kwargs)
        tree = {key: described(value, tensors) for key, value in bound.items()}
        calls.append(Call(name, module, tree))
        open_calls.append(len(calls) - 1)
        ENTER(tensors, open_calls[-1])
        watch.enter(name)

    def after(_module, _args, output):
        tensors: list[torch.Tensor] = []
        number = open_calls.pop()
        watch.leave()
        calls[number].output = described(output, tensors)
        LEAVE(tensors, number)

    handles = []
    for name, module in model.named_modules():
        hook = lambda module, args, kwargs, name=name: before(module, args, kwargs, name)
        handles.append(module.register_forward_pre_hook(hook, with_kwargs=True))
        handles.append(module.register_forward_hook(after))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
