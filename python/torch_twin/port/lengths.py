"""Keeps lengths open that `torch.export` would fix: those of recurrent layers, which it runs step by step, and `len(x)`."""

import builtins
import sys
from collections.abc import Iterator, Sized
from contextlib import ExitStack, contextmanager
from unittest import mock

import torch
from torch import nn

aten = torch.ops.aten
KEYS = (torch.DispatchKey.CompositeImplicitAutograd, torch.DispatchKey.Autograd)


def output(input, state, bidirectional: bool, batch_first: bool) -> torch.Tensor:
    """Of the type and shape of a recurrent layer's output, whose last state has this shape."""
    rows = input.transpose(0, 1) if batch_first else input
    size = state.shape[-1] * (2 if bidirectional else 1)
    made = rows.new_empty((rows.shape[0], rows.shape[1], size))
    return made.transpose(0, 1) if batch_first else made


def lstm(input, hx, params, has_biases, layers, dropout, train, bidirectional, batch_first):
    made = output(input, hx[0], bidirectional, batch_first)
    return made, torch.empty_like(hx[0]), torch.empty_like(hx[1])


def plain(input, hx, params, has_biases, layers, dropout, train, bidirectional, batch_first):
    return output(input, hx, bidirectional, batch_first), torch.empty_like(hx)


OPERATORS = {
    aten.lstm.input: lstm,
    aten.gru.input: plain,
    aten.rnn_tanh.input: plain,
    aten.rnn_relu.input: plain,
}


def length(value: Sized) -> int | torch.SymInt:
    """`len(value)`, which Python itself lets be no symbol."""
    return value.shape[0] if isinstance(value, torch.Tensor) and value.dim() else len(value)


@contextmanager
def any_length(model: nn.Module) -> Iterator[None]:
    """Within, lengths of sequences stay symbols in the code of the model's own classes."""
    files = {type(module).__module__ for module in model.modules()}
    own = [name for name in files if not name.startswith("torch.")]
    with ExitStack() as stack:
        for operator, shapes in OPERATORS.items():
            kernels = dict.fromkeys(KEYS, shapes)
            stack.enter_context(mock.patch.dict(operator.py_kernels, kernels))
            stack.enter_context(mock.patch.dict(operator._dispatch_cache, clear=True))
        for names in (vars(sys.modules[name]) for name in own if name in sys.modules):
            if names.get("len", builtins.len) is builtins.len:
                stack.enter_context(mock.patch.dict(names, {"len": length}))
        yield
