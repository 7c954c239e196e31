"""Whether Transformers' masks are causal, which PyTorch decides by their values while it runs."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import torch
from torch import nn
from torch.nn.modules import transformer
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from torch_twin.port.refusal import Refusal
from torch_twin.port.watch import user_place


class Dependent(TorchDispatchMode):
    """Follows which tensors are computed from others' values, and not from sizes alone."""

    def __init__(self, tensors: list[torch.Tensor]) -> None:
        super().__init__()
        # The tensors are kept, so that no memory is used again.
        self.kept = list(tensors)
        self.memory = {self.place(tensor) for tensor in tensors}

    @staticmethod
    def place(tensor: torch.Tensor) -> int:
        return tensor.untyped_storage()._cdata

    def holds(self, tensor: torch.Tensor) -> bool:
        return self.place(tensor) in self.memory

    def __torch_dispatch__(self, function, _types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        given = tensors_of((args, kwargs))
        made = tensors_of(result)
        if any(self.holds(tensor) for tensor in given):
            written = given[:1] if function._schema.is_mutable else []
            self.kept += made + written
            self.memory |= {self.place(tensor) for tensor in made + written}
        return result


def tensors_of(tree: object) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


@contextmanager
def decided(model: nn.Module, args: tuple, kwargs: dict) -> Iterator[None]:
    """Within, masks are causal where they are so in eager mode.

    Raises:
        Refusal: a mask that depends on values, so that another one may not be causal.
    """
    kinds = nn.TransformerEncoder | nn.TransformerDecoder
    if not any(isinstance(module, kinds) for module in model.modules()):
        yield
        return
    answers = iter(in_eager_mode(model, args, kwargs))
    answer = lambda *_arguments: next(answers)
    with mock.patch.object(transformer, "_detect_is_causal_mask", answer):
        yield


def in_eager_mode(model: nn.Module, args: tuple, kwargs: dict) -> list[bool]:
    """What PyTorch decides, call by call."""
    model, args, kwargs = copy.deepcopy((model, args, kwargs))
    inputs = [*tensors_of((args, kwargs)), *model.parameters(), *model.buffers()]
    dependent = Dependent(inputs)
    found: list[bool] = []
    decide = noting(transformer._detect_is_causal_mask, dependent, found)
    with (
        torch.random.fork_rng(devices=[]),
        mock.patch.object(transformer, "_detect_is_causal_mask", decide),
        dependent,
    ):
        model(*args, **kwargs)
    return found


def noting(decide: Callable, dependent: Dependent, found: list[bool]) -> Callable:
    def decided(mask, is_causal=None, size=None) -> bool:
        answer = decide(mask, is_causal, size)
        if answer and is_causal is None and dependent.holds(mask):
            raise Refusal(
                "PyTorch looks at the mask's values to decide whether it is causal, and these may change: "
                "say is_causal=True or False",
                user_place(2),
            )
        found.append(answer)
        return answer

    return decided
