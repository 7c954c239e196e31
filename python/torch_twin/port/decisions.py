"""Decides `if tensor:` where the tensor depends on sizes alone, as eager mode does.

Such as a check that positions made by `arange` follow one another: no input changes it, so Python goes one way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import fx
from torch.fx.experimental import proxy_tensor
from torch.utils._python_dispatch import _disable_current_modes

# At these sizes a decision is tried beside those of the example.
SIZES = (2, 3, 5, 16, 127, 1024)


class Unknown(Exception):
    """It depends on what is in the inputs."""


@contextmanager
def decided() -> Iterator[None]:
    """Lets `bool(tensor)` be what it is in eager mode, if the tensor has the same truth at every size."""
    asked = torch.Tensor.__bool__

    def truth(tensor: torch.Tensor) -> bool:
        node = node_of(tensor)
        if node is None:
            return asked(tensor)
        try:
            with _disable_current_modes(), torch._C.DisableTorchFunction():
                answers = {asked(value_at(node, size, {})) for size in (None, *SIZES)}
        except Unknown:
            return asked(tensor)
        return answers.pop() if len(answers) == 1 else asked(tensor)

    with mock.patch.object(torch.Tensor, "__bool__", truth):
        yield


def node_of(tensor: torch.Tensor) -> fx.Node | None:
    """The node of the graph that computes a tensor, while it is traced."""
    mode = proxy_tensor.get_proxy_mode()
    if mode is None:
        return None
    slot = proxy_tensor.get_proxy_slot(tensor, mode.tracer, None)
    return None if slot is None else slot.proxy.node


def value_at(node: fx.Node, size: int | None, known: dict[fx.Node, Any]) -> Any:
    """What a node computes where every free size is `size`; with `None`, where all are those of the example.

    Raises:
        Unknown: what an input holds is needed for it.
    """
    if node not in known:
        value = node.meta.get("val")
        if isinstance(value, torch.SymInt):
            known[node] = size_at(value, size)
        elif node.op != "call_function":
            raise Unknown
        else:
            resolve: Callable = lambda part: value_at(part, size, known)
            args, kwargs = fx.map_arg((node.args, node.kwargs), resolve)
            known[node] = node.target(*args, **kwargs)
    return known[node]


def size_at(value: torch.SymInt, size: int | None) -> int:
    expression = value.node.expr
    chosen = {
        symbol: value.node.shape_env.backed_var_to_val[symbol] if size is None else size
        for symbol in expression.free_symbols
    }
    return int(expression.subs(chosen))
