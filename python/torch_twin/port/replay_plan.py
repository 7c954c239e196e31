"""A plan of how Rust gets the initial values, and what is asked of tensors for it."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import nn

from .initial import Call, Construction, View
from .initial_flow import Flow, is_whole


@dataclass(eq=False)
class Fill:
    """Sets all values of a tensor to one number."""

    name: str
    view: View
    value: float


@dataclass(eq=False)
class Copy:
    """Copies to a tensor whose memory is shared, or laid out in another way."""

    name: str
    source: View


Step = Call | Fill | Copy


@dataclass(eq=False)
class Plan:
    """How Rust gets the initial values."""

    construction: Construction
    is_natural: bool
    """Whether the constructor of the network draws from the generator. Otherwise it is given another,
    and the statements of `replay_rust` draw everything."""
    constructor: list[Call]
    """The calls that the constructors of the layers make."""
    presets: dict[View, float]
    """What constructors set without a call that was recorded."""
    steps: list[Step]
    """What is replayed, in order."""
    layers: Mapping[str, nn.Module]
    """The layers of torch-twin, by name."""
    names: dict[View, list[str]]
    """The names of each parameter and buffer."""
    constants: dict[str, torch.Tensor] = field(default_factory=dict)
    """The values of `initial.safetensors`: they are the same with every seed."""
    loaded: dict[str, torch.Tensor] = field(default_factory=dict)
    """The values of `weights.safetensors`, the whole `state_dict`, where Python loads all parameters."""

    @property
    def frozen(self) -> list[str]:
        """The parameters without a gradient."""
        parameters = self.construction.model.named_parameters(remove_duplicate=False)
        return [name for name, parameter in parameters if not parameter.requires_grad]

    def named(self, storage: int) -> str | None:
        """The parameter or buffer whose memory a storage is: all of it, in order."""
        return self._direct.get(storage)

    def __post_init__(self) -> None:
        of_storage: dict[int, list[View]] = {}
        for view in self.names:
            of_storage.setdefault(view.storage, []).append(view)
        sizes = self.construction.sizes
        self._direct = {
            storage: self.names[views[0]][0]
            for storage, views in of_storage.items()
            if len(views) == 1 and is_whole(views[0], sizes[storage])
        }


def tensors_of(model: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """All parameters and buffers, by all their names."""
    for prefix, module in model.named_modules(remove_duplicate=False):
        for name, tensor in itertools.chain(module._parameters.items(), module._buffers.items()):
            if tensor is not None:
                yield f"{prefix}.{name}" if prefix else name, tensor


def single_value(tensor: torch.Tensor) -> float | int | bool | None:
    """The number that all values of a tensor are, by bits."""
    if tensor.numel() == 0 or tensor.is_complex():
        return None
    values = tensor.detach().flatten()
    first = values[:1]
    return first.item() if equal_bits(values, first.expand_as(values)) else None


def equal_bits(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether two tensors have the same type, shape and bits."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.is_floating_point:
        whole = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[a.dtype.itemsize]
        a, b = (tensor.detach().contiguous().view(whole) for tensor in (a, b))
    return torch.equal(a, b)


def constant_values(construction: Construction) -> dict[str, float]:
    """The parameters and buffers that no draw reaches and whose values are all one number.

    Where the constructor of an own module sets them so, tell `plan` in `fills`.
    """
    tainted = Flow(construction.calls, construction.sizes).tainted()
    values = (
        (name, single_value(tensor))
        for name, tensor in tensors_of(construction.model)
        if construction.place_of(tensor).storage not in tainted
    )
    return {name: value for name, value in values if value is not None}


def not_persistent(model: nn.Module) -> set[str]:
    """The buffers that are in no `state_dict`."""
    return {
        f"{name}.{own}" if name else own
        for name, module in model.named_modules()
        for own in module._non_persistent_buffers_set
    }
