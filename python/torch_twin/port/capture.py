"""Runs a model under `torch.export` and gives each call of a module its own operators.

`torch.export` inlines all modules into one graph. Hooks mark where each call begins and ends, with its tensors,
so that the graph can be taken apart again: a `Call` holds what its own Python lines compute, and its child calls.
"""

import copy
import dataclasses
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
from torch import nn

from torch_twin.port.calls import FRAME, Call
from torch_twin.port.decisions import decided
from torch_twin.port.graph import Reader
from torch_twin.port.lengths import any_length
from torch_twin.port.marks import marked
from torch_twin.port.refusal import Refusal
from torch_twin.port.watch import Watch

# Functions by which modules find out that they are exported, and then go another way than in eager mode.
ASKS_FOR_EXPORT = [
    ("torch.overrides", "has_torch_function"),
    ("torch.compiler", "is_compiling"),
    ("torch.compiler", "is_exporting"),
    ("transformers.utils.import_utils", "is_fake_tensor"),
]


@dataclasses.dataclass
class Exported:
    """The call of the whole model, with all calls within it, the ranges of its symbolic sizes, and what was noticed."""

    call: Call
    ranges: dict[str, tuple[int, float]]
    attributes: dict[str, torch.Tensor]
    watch: Watch
    has_gradient_blocks: bool


def export(
    model: nn.Module,
    args: tuple,
    kwargs: dict,
    dynamic: Any,
    grad: bool = True,
) -> Exported:
    """Exports a copy of `model` in its mode, and takes the graph apart by calls.

    `dynamic` is what `torch.export` takes as `dynamic_shapes`.

    Raises:
        Refusal: what `torch.export` does not take, or would lose in silence.
    """
    model = copy.deepcopy(model)
    calls: list[Call] = []
    watch = Watch(model)
    with (
        warnings.catch_warnings(),
        torch.set_grad_enabled(grad),
        watch.watching(),
        eager_ways(),
        any_length(model),
        decided(),
    ):
        warnings.simplefilter("ignore")
        with marked(model, calls, watch):
            program = exported_program(model, args, kwargs, dynamic)
    reader = Reader(program, calls)
    root = reader.read()
    ranges = {
        str(symbol): (
            int(bounds.lower),
            float(bounds.upper) if bounds.upper.is_finite else float("inf"),
        )
        for symbol, bounds in program.range_constraints.items()
    }
    return Exported(root, ranges, reader.attributes, watch, reader.has_gradient_blocks)


@contextmanager
def eager_ways() -> Iterator[None]:
    """Lets modules take the ways that they take in eager mode: a fast path, or no mask where none is needed."""
    with ExitStack() as stack:
        no = lambda *_arguments: False
        for module, name in ASKS_FOR_EXPORT:
            if module in sys.modules:
                stack.enter_context(mock.patch.object(sys.modules[module], name, no))
        yield


def exported_program(model: nn.Module, args: tuple, kwargs: dict, dynamic: Any):
    try:
        return torch.export.export(
            model,
            args,
            kwargs,
            dynamic_shapes=dynamic,
            strict=False,
            prefer_deferred_runtime_asserts_over_guards=False,
        )
    except Refusal:
        raise
    except Exception as error:
        raise Refusal(
            f"torch.export does not take it: {first_sentence(error)}", user_line(error)
        ) from error


def first_sentence(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def user_line(error: BaseException) -> str:
    """The innermost line of the error that is not PyTorch's own."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "/torch/" not in file and "/torch_twin/" not in file:
            place = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    found = FRAME.findall(str(error))
    users = [
        (file, line)
        for file, line, _ in found
        if "/torch/" not in file and "/torch_twin/" not in file
    ]
    return f"{users[-1][0]}:{users[-1][1]}" if users else place
