"""Carries out a plan in Python and compares it with the network that Python makes."""

from typing import Any

import torch
from torch.utils._pytree import tree_map

from .initial import Call, View, generator_state, leaves
from .refusal import Refusal
from .replay_plan import Copy, Fill, Plan, Step, equal_bits, tensors_of


class Memory:
    """The memory that the calls of a plan work on."""

    def __init__(self, plan: Plan) -> None:
        self._sizes = plan.construction.sizes
        self._storages: dict[int, torch.UntypedStorage] = {}
        self._views = {names[0]: view for view, names in plan.names.items()}
        self._copies: dict[str, torch.Tensor] = {}

    def tensor(self, view: View) -> torch.Tensor:
        """The tensor at a place."""
        storage = self._storages.get(view.storage)
        if storage is None:
            storage = torch.UntypedStorage(self._sizes[view.storage])
            self._storages[view.storage] = storage
        empty = torch.empty(0, dtype=view.dtype)
        return empty.set_(storage, view.offset, view.size, view.stride)

    def named(self, name: str) -> torch.Tensor:
        """The parameter or buffer of that name."""
        copied = self._copies.get(name)
        return self.tensor(self._views[name]) if copied is None else copied

    def run(self, step: Step) -> None:
        """Does one step."""
        match step:
            case Fill():
                self.named(step.name).fill_(step.value)
            case Copy():
                self._copies[step.name] = self.tensor(step.source).clone()
            case Call():
                self._call(step)

    def forget(self, storage: int) -> None:
        """Frees the memory of what is not needed any more."""
        self._storages.pop(storage, None)

    def _call(self, call: Call) -> None:
        def tensor(leaf: Any) -> Any:
            return self.tensor(leaf) if isinstance(leaf, View) else leaf

        is_view = {"is_leaf": lambda node: isinstance(node, View)}
        args, kwargs = tree_map(tensor, (call.args, call.kwargs), **is_view)
        if call.is_init:
            getattr(torch.nn.init, call.function)(*args, **kwargs)
            return
        result = call.function(*args, **kwargs) if call.values is None else call.values.clone()
        for view, made in zip(leaves(call.outputs), leaves(result), strict=True):
            if isinstance(view, View) and view in call.creates:
                self._storages[view.storage] = made.untyped_storage()


@torch.no_grad()
def simulate(plan: Plan, seed: int) -> tuple[dict[str, torch.Tensor], bytes]:
    """The initial values that the plan gives, by name, and the state of the generator afterwards.

    Seeds the default generator.
    """
    memory = Memory(plan)
    for view, value in plan.presets.items():
        memory.tensor(view).fill_(value)
    torch.manual_seed(seed if plan.is_natural else 0)
    for call in plan.constructor:
        memory.run(call)
    if not plan.is_natural:
        torch.manual_seed(seed)
    last = _last_uses(plan)
    for place, step in enumerate(plan.steps):
        memory.run(step)
        for storage in last.get(place, ()):
            memory.forget(storage)
    for name, values in (plan.constants | plan.loaded).items():
        memory.named(name).copy_(values)
    state = generator_state()
    values = {name: memory.named(names[0]) for names in plan.names.values() for name in names}
    return values, state


def _last_uses(plan: Plan) -> dict[int, list[int]]:
    """The storages that are not needed after a step."""
    last: dict[int, int] = {}
    for place, step in enumerate(plan.steps):
        if isinstance(step, Call):
            last.update((v.storage, place) for v in (*step.inputs, *step.creates))
    lasting = {view.storage for view in plan.names}
    forgotten: dict[int, list[int]] = {}
    for storage, place in last.items():
        if storage not in lasting:
            forgotten.setdefault(place, []).append(storage)
    return forgotten


def check(plan: Plan) -> None:
    """Compares the plan with the network that Python makes, for two seeds that were not recorded."""
    first = plan.construction.seed
    for seed in (first + 1, first + 20_240_229):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            expected = dict(tensors_of(plan.construction.factory()))
            state = generator_state()
            replayed, replayed_state = simulate(plan, seed)
        if expected.keys() != replayed.keys():
            raise Refusal("`model()` does not give the same parameters every time")
        for name, tensor in expected.items():
            if not equal_bits(replayed[name], tensor):
                raise Refusal(UNEXPLAINED, module=name)
        if state != replayed_state:
            raise Refusal(DEPENDENT)


UNEXPLAINED = "the initial values depend on the seed, and the recorded draws do not explain them"
DEPENDENT = "how much is drawn while the network is made depends on what was drawn"
