"""Plans how Rust gets the initial values: which draws the constructors make, and which are replayed."""

import itertools
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from .initial import Call, Construction, View
from .initial_flow import Flow, written
from .refusal import Refusal
from .replay_check import Memory, check
from .replay_plan import (
    Copy,
    Fill,
    Plan,
    Step,
    equal_bits,
    not_persistent,
    single_value,
    tensors_of,
)

# What layers set that draw nothing.
SET_BY_LAYERS = {"weight": 1.0, "running_var": 1.0}
WITHOUT_DRAWS = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.RMSNorm,
)


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


def may_draw(layer: nn.Module) -> bool:
    """Whether the constructor of a layer of torch.nn draws."""
    has_parameters = next(layer.parameters(), None) is not None
    return has_parameters and not isinstance(layer, (*WITHOUT_DRAWS, nn.PReLU))
