"""Where drawn values go: which tensors they reach, and which calls it takes to get there."""

from collections.abc import Sequence

import torch

from .initial import Call, View

# These leave nothing of what was there.
FULL = frozenset(
    {"fill_", "zero_", "copy_", "normal_", "uniform_", "bernoulli_", "random_", "exponential_"}
    | {"geometric_", "cauchy_", "log_normal_"}
)


class Flow:
    """The dataflow of recorded calls, by storage."""

    def __init__(self, calls: Sequence[Call], sizes: dict[int, int]) -> None:
        self.calls, self.sizes = calls, sizes

    def tainted(self) -> set[int]:
        """The storages that in the end have values that depend on a draw."""
        tainted: set[int] = set()
        for call in self.calls:
            if call.is_draw or any(view.storage in tainted for view in self._read(call)):
                tainted.update(view.storage for view in written(call))
            else:
                whole = (v.storage for v in written(call) if self.overwrites(call, v))
                tainted.difference_update(whole)
        return tainted

    def kept(self, live: set[int]) -> set[Call]:
        """The calls on which the values of `live` storages depend, and all that draw."""
        live, kept = set(live), set()
        for call in reversed(self.calls):
            targets = {view.storage for view in written(call)}
            if changes_nothing(call):
                continue
            if not (call.is_draw or targets & live):
                continue
            kept.add(call)
            read = {view.storage for view in self._read(call)}
            read -= targets - live
            live -= {view.storage for view in written(call) if self.overwrites(call, view)}
            live |= read
        return kept

    def overwrites(self, call: Call, view: View) -> bool:
        """Whether nothing of the earlier values of the storage of a written tensor is left."""
        if view in call.creates:
            return True
        is_full = call.is_init or operator_name(call) in FULL
        return is_full and is_whole(view, self.sizes[view.storage])

    def _read(self, call: Call) -> list[View]:
        """The tensors whose values the result depends on."""
        if call.values is not None:
            return []
        is_full = call.is_init or operator_name(call) in FULL
        return [v for v in call.inputs if not (is_full and v in call.writes)]


def written(call: Call) -> list[View]:
    """The tensors that a call writes to or makes."""
    return [*call.writes, *call.creates]


def changes_nothing(call: Call) -> bool:
    """Whether a call multiplies or divides in place by 1."""
    if call.is_init or operator_name(call) not in ("mul_", "div_") or len(call.args) != 2:
        return False
    return isinstance(call.args[1], int | float) and call.args[1] == 1 and not call.kwargs


def operator_name(call: Call) -> str:
    """The name of an ATen operator, without its overload."""
    return call.function._schema.name.removeprefix("aten::")


def is_whole(view: View, nbytes: int) -> bool:
    """Whether a tensor is all of its storage, in order."""
    return view.offset == 0 and is_packed(view) and count(view) * view.dtype.itemsize == nbytes


def is_packed(view: View) -> bool:
    """Whether a tensor is contiguous."""
    expected = 1
    for side, stride in zip(reversed(view.size), reversed(view.stride), strict=True):
        if side != 1 and stride != expected:
            return False
        expected *= side
    return True


def count(view: View) -> int:
    """The number of values."""
    return torch.Size(view.size).numel()
