"""Records what is drawn and written while a network is made, ATen call by ATen call."""

import copy
import itertools
import os
import random
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from .refusal import Refusal

INIT_FUNCTIONS = frozenset(
    name for name in torch.nn.init.__all__ if name.endswith("_") and hasattr(torch.nn.init, name)
)
# Tensors of Python's numbers that are longer are not kept.
MOST_NUMBERS = 64
TORCH = str(Path(torch.__file__).parent) + os.sep


class View(NamedTuple):
    """A tensor by its place: two tensors with the same place always have the same values."""

    storage: int
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: torch.dtype


@dataclass(eq=False)
class Call:
    """One call that draws or writes: an ATen operator, or a function of `torch.nn.init` as a whole."""

    function: Any
    """An `OpOverload`, or the name of a function of `torch.nn.init`."""
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    """The arguments; tensors are `View`s."""
    place: str
    """The Python line outside torch, such as `net.py:12`."""
    constructing: tuple[weakref.ref, ...]
    """The modules whose `__init__` is running, the outermost first."""
    outputs: Any = None
    """The results of an ATen operator; tensors are `View`s."""
    writes: list[View] = field(default_factory=list)
    """The tensors that existed and are written to."""
    creates: list[View] = field(default_factory=list)
    """The tensors that are made."""
    values: torch.Tensor | None = None
    """The values, where the tensor comes from Python's numbers."""
    is_draw: bool = False
    """Whether the default generator is in another state after it."""

    within: str = ""
    """The Python function outside torch."""
    is_own_draw: bool = False
    """Whether it draws from another generator."""

    @property
    def is_init(self) -> bool:
        """Whether it is a function of `torch.nn.init`."""
        return isinstance(self.function, str)

    @property
    def inputs(self) -> list[View]:
        """The tensors among the arguments."""
        return [leaf for leaf in leaves((self.args, self.kwargs)) if isinstance(leaf, View)]


@dataclass(eq=False)
class Construction:
    """A network, and how its initial values came about."""

    factory: Callable[[], nn.Module]
    seed: int
    model: nn.Module
    calls: list[Call]
    views: dict[View, Call]
    """Which call gave a tensor that shares the memory of another."""
    sizes: dict[int, int]
    """The bytes of each storage."""
    place_of: Callable[[torch.Tensor], View]
    state: bytes
    """The state of the default generator afterwards."""

    @property
    def order(self) -> list[str]:
        """The names of the modules with tensors of their own, in the order in which Python made these."""
        names = {id(module): name for name, module in self.model.named_modules()}
        made = (module() for call in self.calls for module in call.constructing[::-1])
        return list(dict.fromkeys(names[id(module)] for module in made if id(module) in names))


def leaves(tree: Any) -> list[Any]:
    """The leaves of nested lists, tuples and dicts; a `View` is one."""
    return tree_leaves(tree, is_leaf=lambda node: isinstance(node, View))


def generator_state() -> bytes:
    """The state of the default generator."""
    return torch.default_generator.get_state().numpy().tobytes()


def record(factory: Callable[[], nn.Module], seed: int) -> Construction:
    """Makes a network from a seed and records every draw and every write.

    The default generator is afterwards as it was. Refuses draws that are not PyTorch's.
    """
    recorder = _Recorder()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        recorder.state = generator_state()
        before = _other_generators()
        with recorder:
            model = factory()
        after = generator_state()
        _check_values(model)
        if _other_generators() != before:
            raise _other_draw(factory)
    if after != recorder.state:
        raise Refusal(UNSEEN, recorder.last_place)
    return Construction(
        factory,
        seed,
        model,
        recorder.calls,
        recorder.views,
        recorder.sizes,
        recorder.place_of,
        after,
    )


def _check_values(model: nn.Module) -> None:
    for name, tensor in itertools.chain(model.named_parameters(), model.named_buffers()):
        if nn.parameter.is_lazy(tensor):
            raise Refusal(
                "a parameter whose shape the first input gives is not ported", module=name
            )
        if tensor.device.type != "cpu" or tensor.layout != torch.strided or tensor.is_quantized:
            kind = f"{tensor.layout} on the device `{tensor.device}`"
            raise Refusal(
                f"a parameter or buffer has to be a dense tensor on the CPU, not {kind}",
                module=name,
            )


UNSEEN = (
    "the default generator is seeded, or drawn from outside ATen, while the network is made; "
    "seed before `model()` is called"
)


class _Recorder(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.views: dict[View, Call] = {}
        self.sizes: dict[int, int] = {}
        self.state = b""
        self.last_place = ""
        self._numbers: dict[int, int] = {}
        self._alive: list[StorageWeakRef] = []
        self._frame: FrameType | None = None

    def place_of(self, tensor: torch.Tensor) -> View:
        """The place of a tensor. A weak reference keeps the address of its storage from being reused."""
        storage = tensor.untyped_storage()
        number = self._numbers.get(storage._cdata)
        if number is None:
            number = self._numbers[storage._cdata] = len(self._alive)
            self._alive.append(StorageWeakRef(storage))
            self.sizes[number] = storage.nbytes()
        size, stride = tuple(tensor.shape), tuple(tensor.stride())
        return View(number, tensor.storage_offset(), size, stride, tensor.dtype)

    def __torch_dispatch__(self, function, _types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function.namespace != "aten" or function in IGNORED:
            return function(*args, **kwargs)
        args_at, kwargs_at = self._places((args, kwargs))
        written = self._written(function, args_at, kwargs_at)
        seen = len(self._alive)
        draws = torch.Tag.nondeterministic_seeded in function.tags
        before = generator_state() if draws else b""
        if draws and before != self.state:
            raise Refusal(UNSEEN, _user_line(sys._getframe(1)))
        result = function(*args, **kwargs)
        if isinstance(result, torch.Tensor) and result.is_meta:
            return result
        outputs = self._places(result)
        created = [v for v in leaves(outputs) if isinstance(v, View) and v.storage >= seen]
        call = Call(function, args_at, kwargs_at, "", (), outputs, written, created)
        if function is torch.ops.aten.lift_fresh.default and result.numel() <= MOST_NUMBERS:
            call.creates, call.values = [outputs], result.clone()
        if draws:
            self.state = generator_state()
            call.is_draw = self.state != before
            own = kwargs.get("generator")
            call.is_own_draw = own is not None and own is not torch.default_generator
        if call.writes or call.creates:
            self._add(call, sys._getframe(1))
        elif isinstance(outputs, View | list | tuple):
            for view in leaves(outputs):
                if isinstance(view, View) and view not in call.inputs:
                    self.views.setdefault(view, call)
        return result

    def _places(self, tree: Any) -> Any:
        def place(leaf):
            if not isinstance(leaf, torch.Tensor):
                return leaf
            try:
                return self.place_of(leaf)
            except (NotImplementedError, RuntimeError):
                return None

        return tree_map(place, tree)

    @staticmethod
    def _written(function, args, kwargs) -> list[View]:
        written = []
        for index, argument in enumerate(function._schema.arguments):
            if argument.alias_info is not None and argument.alias_info.is_write:
                value = args[index] if index < len(args) else kwargs.get(argument.name)
                written += [leaf for leaf in leaves(value) if isinstance(leaf, View)]
        return written

    def _add(self, call: Call, frame: FrameType) -> None:
        outermost, call.place, call.within, call.constructing = _stack(frame)
        self.last_place = call.place
        if outermost is not None:
            if outermost is self._frame and self.calls:
                self.calls[-1].is_draw |= call.is_draw
                return
            call = self._init_call(call, outermost) or call
        self._frame = outermost if call.is_init else None
        self.calls.append(call)

    def _init_call(self, call: Call, frame: FrameType) -> Call | None:
        code, values = frame.f_code, frame.f_locals
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        arguments = {name: values[name] for name in names}
        tensor = arguments.pop("tensor", None)
        own = arguments.pop("generator", None)
        if not isinstance(tensor, torch.Tensor) or own not in (None, torch.default_generator):
            return None
        arguments = {name: copy.copy(value) for name, value in arguments.items()}
        target = self.place_of(tensor)
        return Call(
            code.co_name, (target,), arguments, call.place, call.constructing, writes=[target],
            is_draw=call.is_draw,
        )  # fmt: skip


# They change which memory a tensor has, not what is in it.
IGNORED = frozenset(
    getattr(torch.ops.aten.set_, overload) for overload in torch.ops.aten.set_.overloads()
) | {torch.ops.aten._local_scalar_dense.default}


def _stack(frame: FrameType | None) -> tuple[FrameType | None, str, str, tuple[weakref.ref, ...]]:
    """The outermost function of `torch.nn.init`, the line and the function outside torch, the modules being made."""
    outermost, place, within, modules = None, "", "", []
    while frame is not None:
        code = frame.f_code
        is_torch = code.co_filename.startswith(TORCH)
        if (
            is_torch
            and code.co_name in INIT_FUNCTIONS
            and frame.f_globals["__name__"] == "torch.nn.init"
        ):
            outermost = frame
        elif not is_torch and not place:
            place = f"{Path(code.co_filename).name}:{frame.f_lineno}"
            within = code.co_name
        if code.co_name == "__init__" and code.co_varnames:
            module = frame.f_locals.get(code.co_varnames[0])
            if isinstance(module, nn.Module):
                modules.append(weakref.ref(module))
        frame = frame.f_back
    return outermost, place, within, tuple(reversed(modules))


def _user_line(frame: FrameType | None) -> str:
    return _stack(frame)[1]


def _other_generators() -> tuple[Any, ...]:
    """The states of the generators of `random` and numpy."""
    numpy = sys.modules.get("numpy")
    state = numpy.random.get_state() if numpy else ()
    return random.getstate(), *((state[1].tobytes(), *state[2:]) if state else ())


def _other_draw(factory: Callable[[], nn.Module]) -> Refusal:
    """Makes the network once more to find the line that draws by `random` or numpy."""
    places: list[str] = []
    start = sys._getframe()

    def watch(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal before
        if (
            event in ("c_return", "return")
            and not places
            and (now := _other_generators()) != before
        ):
            before = now
            places.append(
                _line_outside_library(frame if event == "c_return" else frame.f_back, start)
            )

    before = _other_generators()
    previous = sys.getprofile()
    sys.setprofile(watch)
    try:
        factory()
    finally:
        sys.setprofile(previous)
    reason = "initial values drawn by `random` or numpy cannot be ported; draw them by torch"
    return Refusal(reason, places[0] if places else "")


def _line_outside_library(frame: FrameType | None, start: FrameType) -> str:
    while frame is not None and frame is not start:
        if Path(frame.f_code.co_filename) != Path(random.__file__):
            return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
