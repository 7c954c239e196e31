"""Plans how Rust gets the initial values: which draws the constructors make, and which are replayed."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from .initial import Call, Construction, View
from .initial_flow import Flow, is_whole, written
from .refusal import Refusal

# What layers set that draw nothing.
SET_BY_LAYERS = {"weight": 1.0, "running_var": 1.0}
WITHOUT_DRAWS = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.RMSNorm,
)


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
    and `statements` draw everything."""
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

    @property
    def statements(self) -> list[str]:
        """The body of `fn initialise(net: &Net, generator: &mut Generator) -> Result<()>`, before its
        `Ok(())`. Empty where the constructors do everything, and constants aside."""
        from .replay_rust import statements

        return statements(self)

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


def plan(
    construction: Construction,
    constructed: Sequence[tuple[str, nn.Module]],
    fills: Mapping[str, float] | None = None,
) -> Plan:
    """How Rust gets the initial values of a recorded network, proven with two other seeds.

    `constructed` are the layers of torch-twin, by name, in the order in which Rust makes them; `fills` the
    numbers that the constructors of own modules set tensors to, 0 where it is not said. Refuses values
    that the recorded draws do not explain.
    """
    from .replay_check import check

    result = _Planner(construction, constructed, fills or {}).plan()
    check(result)
    return result


class _Planner:
    def __init__(
        self,
        construction: Construction,
        constructed: Sequence[tuple[str, nn.Module]],
        fills: Mapping[str, float],
    ) -> None:
        self.construction, self.constructed, self.fills = construction, constructed, fills
        self.names: dict[View, list[str]] = {}
        self.tensors: dict[View, torch.Tensor] = {}
        for name, tensor in tensors_of(construction.model):
            view = construction.place_of(tensor)
            self.names.setdefault(view, []).append(name)
            self.tensors[view] = tensor
        self.not_persistent = not_persistent(construction.model)
        self.flow = Flow(construction.calls, construction.sizes)
        self.layer_of = self._layer_of()
        self.layers = {path: layer for path, layer in constructed}

    def plan(self) -> Plan:
        tainted = self.flow.tainted()
        drawn = {view.storage for view in self.names if view.storage in tainted}
        kept = self.flow.kept(drawn)
        constructor = sorted(self.layer_of, key=lambda call: self.layer_of[call])
        is_natural = self._is_natural(kept)
        presets = self._presets()
        result = Plan(
            self.construction, is_natural, constructor, presets, [], self.layers, self.names
        )
        rest = [c for c in self.construction.calls if not (is_natural and c in self.layer_of)]
        after = self._constants(result, tainted, {call for call in rest if call in kept})
        if not drawn and self._has_weights(result):
            result.loaded, after = self.construction.model.state_dict(), {}
            own = self.not_persistent
            result.constants = {k: v for k, v in result.constants.items() if k in own}
        for call in rest:
            if call in kept:
                result.steps.append(call)
            result.steps += after.pop(call, [])
        result.steps += itertools.chain(*after.values())
        for view, names in self.names.items():
            if view.storage in drawn and result.named(view.storage) is None:
                result.steps.append(Copy(names[0], view))
        return result

    def _layer_of(self) -> dict[Call, int]:
        """Which layer's constructor makes a call, by its place in `constructed`."""
        places = {id(layer): place for place, (_, layer) in enumerate(self.constructed)}
        layers = {}
        for call in self.construction.calls:
            modules = (places.get(id(module())) for module in call.constructing)
            place = next((place for place in modules if place is not None), None)
            if place is not None:
                layers[call] = place
        return layers

    def _is_natural(self, kept: set[Call]) -> bool:
        """Whether the network begins with the layers' own draws, in the order of Rust."""
        draws = [call for call in self.construction.calls if call.is_draw]
        places = [self.layer_of[call] for call in draws if call in self.layer_of]
        begins = all(call in self.layer_of for call in draws[: len(places)])
        complete = set(places) >= {
            place for place, (_, layer) in enumerate(self.constructed) if may_draw(layer)
        }
        return begins and complete and places == sorted(places) and self._is_within_reach(kept)

    def _is_within_reach(self, kept: set[Call]) -> bool:
        """Whether what is replayed reads only what it made itself, or parameters and buffers."""
        known = {view.storage for view in self.names}
        for call in self.construction.calls:
            if call in kept and call not in self.layer_of:
                read = [] if call.values is not None else call.inputs
                if any(view.storage not in known for view in read if view not in call.writes):
                    return False
                known.update(view.storage for view in written(call))
        return True

    def _presets(self) -> dict[View, float]:
        """What constructors set without a call that was recorded."""
        presets = {}
        for view, names in self.names.items():
            prefix, _, own = names[0].rpartition(".")
            layer = self._layer_around(prefix)
            if layer is None:
                presets[view] = self.fills.get(names[0], 0.0)
            elif isinstance(layer, WITHOUT_DRAWS):
                presets[view] = SET_BY_LAYERS.get(own, 0.0)
        return presets

    def _layer_around(self, module: str) -> nn.Module | None:
        while module not in self.layers and module:
            module = module.rpartition(".")[0]
        return self.layers.get(module)

    def _constants(
        self, result: Plan, tainted: set[int], kept: set[Call]
    ) -> dict[Call | None, list[Step]]:
        """What sets the tensors without draws, after the call that sets them in Python."""
        last = {v.storage: call for call in self.construction.calls for v in written(call)}
        overwritten = {view.storage for call in kept for view in written(call)}
        steps: dict[Call | None, list[Step]] = {}
        for view, names in self.names.items():
            tensor = self.tensors[view].detach()
            if view.storage in tainted or tensor.numel() == 0:
                continue
            if names[0] in self.not_persistent:
                # No `state_dict` has it: the constructor reads it from the file.
                result.constants[names[0]] = tensor
                continue
            default = None if view.storage in overwritten else self._default(result, view)
            if default is not None and equal_bits(default, tensor):
                continue
            value = single_value(tensor)
            if value is None:
                self._check_own_draws(view, names[0])
                result.constants[names[0]] = tensor
            else:
                steps.setdefault(last.get(view.storage), []).append(Fill(names[0], view, value))
        return steps

    def _has_weights(self, result: Plan) -> bool:
        parameters = self.construction.model.named_parameters(remove_duplicate=False)
        return any(name in result.constants for name, _ in parameters)

    def _check_own_draws(self, view: View, name: str) -> None:
        if not isinstance(self.tensors[view], nn.Parameter):
            return
        for call in self.construction.calls:
            if call.is_own_draw and any(v.storage == view.storage for v in written(call)):
                raise Refusal("a parameter drawn from a generator of its own", call.place, name)

    def _default(self, plan: Plan, view: View) -> torch.Tensor | None:
        """What the constructor in Rust sets a tensor to, unless that is drawn."""
        from .replay_check import Memory

        if view in plan.presets:
            return torch.full(view.size, plan.presets[view], dtype=view.dtype)
        calls = [c for c in self.layer_of if any(v.storage == view.storage for v in written(c))]
        others = (v for call in calls for v in call.inputs if v.storage != view.storage)
        if not calls or any(call.is_draw for call in calls) or next(others, None) is not None:
            return None
        memory = Memory(plan)
        for call in calls:
            memory.run(call)
        return memory.tensor(view)


def not_persistent(model: nn.Module) -> set[str]:
    """The buffers that are in no `state_dict`."""
    return {
        f"{name}.{own}" if name else own
        for name, module in model.named_modules()
        for own in module._non_persistent_buffers_set
    }


def may_draw(layer: nn.Module) -> bool:
    """Whether the constructor of a layer of torch.nn draws."""
    has_parameters = next(layer.parameters(), None) is not None
    return has_parameters and not isinstance(layer, (*WITHOUT_DRAWS, nn.PReLU))
