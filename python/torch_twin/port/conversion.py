"""A network that is converted to another type as a whole once it is made, as by `model.double()`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import torch
from torch import nn

from torch_twin.port.replay_plan import equal_bits

Factory = Callable[[], nn.Module]
CONVERSIONS = ("double", "float", "half", "bfloat16")


def before_conversion(
    factory: Factory, model: nn.Module, seed: int
) -> tuple[Factory, torch.dtype | None]:
    """What makes the network before it is converted, and the type that it is converted to.

    None where `model`, made from `seed`, is not converted as a whole.
    """
    dtypes = {tensor.dtype for tensor in floats(model)}
    if len(dtypes) != 1 or dtypes == {torch.get_default_dtype()}:
        return factory, None
    [dtype] = dtypes

    def unconverted() -> nn.Module:
        with no_conversion(dtype):
            return factory()

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = unconverted()
    is_all_saved = len(floats(made)) == sum(map(is_float, made.state_dict().values()))
    if is_all_saved and is_equal(made.to(dtype), model):
        return unconverted, dtype
    return factory, None


def is_float(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point()


def floats(model: nn.Module) -> list[torch.Tensor]:
    tensors = [
        *model.parameters(),
        *(buffer for _, buffer in model.named_buffers(remove_duplicate=False)),
    ]
    return [tensor for tensor in tensors if is_float(tensor)]


def is_equal(one: nn.Module, other: nn.Module) -> bool:
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(equal_bits(a[name], b[name]) for name in a)


@contextmanager
def no_conversion(dtype: torch.dtype) -> Iterator[None]:
    """Within, modules stay as they are where they would become values of this type."""
    to = nn.Module.to

    def converted(module: nn.Module, *args: object, **kwargs: object) -> nn.Module:
        is_conversion = (*args, *kwargs.values()) == (dtype,)
        return module if is_conversion else to(module, *args, **kwargs)

    names = [name for name in CONVERSIONS if getattr(torch, name) == dtype]
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(nn.Module, "to", converted))
        for name in names:
            stack.enter_context(mock.patch.object(nn.Module, name, lambda module: module))
        yield
