"""What becomes of each module: a struct, a layer of torch-twin, a Sequential or a list."""

import graphlib
from collections import defaultdict
from typing import Any

import torch
from torch import nn

from torch_twin.port.calls import Call, Fields, Value
from torch_twin.port.capture import Exported
from torch_twin.port.layers import Layer, has_hooks, layer
from torch_twin.port.refusal import Refusal
from torch_twin.port.values import has_values, is_size, walk


class Modules:
    """The modules of a model with their calls in each mode."""

    def __init__(
        self,
        model: nn.Module,
        train: Exported,
        evaluation: Exported,
        quiet: Exported,
        init_arguments: dict[int, dict[str, Any]],
        constants: dict[str, float],
    ) -> None:
        self.model = model
        self.train, self.evaluation = train, evaluation
        self.init_arguments, self.constants = init_arguments, constants
        self.fills: dict[str, float] = {}
        self.notes: list[str] = []
        # The argument that is `True` in some calls of a module and `False` in others.
        self.flags: dict[str, str] = {}
        # What cannot be ported, by modules.
        self.gaps: list[Refusal] = []
        self.optional: dict[str, int] = {}
        self.given: dict[str, list[str]] = {}
        self.functions: list[str] = []
        self.taken: set[str] = set()
        # What constructors read from `initial.safetensors`.
        self.from_file: dict[str, torch.Tensor] = {}
        self.arguments: dict[str, list[str]] = {}
        self.modules = dict(model.named_modules())
        self.exported = (train, evaluation, quiet)
        self.calls = [by_module(exported.call) for exported in self.exported]
        self.structs: list = []
        self.made: dict[str, Layer] = {}
        self.outputs: dict[str, tuple[str, Fields]] = {}
        self.names: dict[int, list[str]] = defaultdict(list)
        for name, tensor in all_tensors(model):
            self.names[id(tensor)].append(name)

    def is_own(self, name: str) -> bool:
        self.modules[name]
        return name == "" or (self.layer(name) is None and not self.is_container(name))

    def layer(self, name: str) -> Layer | None:
        return layer(self.modules[name])

    def is_called(self, name: str) -> bool:
        return any(name in calls for calls in self.calls)

    def is_container(self, name: str) -> bool:
        return self.is_sequential(name) or self.is_list(name)

    def is_sequential(self, name: str) -> bool:
        """A Sequential that is called, of layers by number that make one tensor of another."""
        module = self.modules[name]
        is_plain = type(module).forward is nn.Sequential.forward and not has_hooks(module)
        return (
            is_plain
            and numbered(module)
            and not own_tensors(module)
            and self.is_called(name)
            and all(self.is_layer(join(name, child)) for child in module._modules)
        )

    def is_function(self, name: str) -> bool:
        """A Sequential of a class of its own, which becomes a function that makes it."""
        return (
            name != ""
            and self.is_sequential(name)
            and type(self.modules[name]) is not nn.Sequential
        )

    def is_layer(self, name: str) -> bool:
        """Whether every call makes one tensor of one tensor."""
        calls = [call for calls in self.calls for call in calls.get(name, [])]
        return bool(calls) and name not in self.flags and all(map(is_simple, calls))

    def is_list(self, name: str) -> bool:
        module = self.modules[name]
        is_indexed = (
            isinstance(module, nn.ModuleList) or type(module).forward is nn.Sequential.forward
        )
        if not is_indexed or self.is_called(name) or not numbered(module) or own_tensors(module):
            return False
        names = [join(name, child) for child in module._modules]
        kinds = {(type(self.modules[child]), self.interface(child)) for child in names}
        return len(kinds) == 1 or all(self.is_layer(child) for child in names)

    def interface(self, name: str) -> tuple:
        """What a module takes and gives."""
        calls = [call for calls in self.calls for call in calls.get(name, [])]
        return tuple((outline(call.arguments), outline(call.output)) for call in calls[:1])

    def classes(self) -> list[list[str]]:
        """The own modules by their class, those within others first."""
        own = [name for name in self.modules if self.is_own(name) or self.is_function(name)]
        try:
            return in_order({name: self.group(self.modules[name]) for name in own})
        except graphlib.CycleError:
            # Each of two classes is somewhere within the other.
            return in_order(
                {name: (self.modules[name].__class__, height(self.modules[name])) for name in own}
            )

    @staticmethod
    def group(module: nn.Module) -> tuple:
        """What tells a struct from others: the class; of a class of containers, how deep they are as well."""
        is_container = type(module).__module__ == "torch.nn.modules.container"
        is_nested = any(
            type(child) is type(module) for child in module.modules() if child is not module
        )
        return type(module), height(module) if is_container or is_nested else 0


def in_order(group_of: dict[str, tuple]) -> list[list[str]]:
    """The names by their group, so that what is within a module comes before it.

    Raises:
        CycleError: each of two groups has something of the other.
    """
    groups: dict[tuple, list[str]] = defaultdict(list)
    within: dict[tuple, dict[tuple, None]] = {}
    for name, group in group_of.items():
        groups[group].append(name)
        within.setdefault(group, {})
        for outer in ancestors(name):
            if outer in group_of and group_of[outer] != group:
                within.setdefault(group_of[outer], {})[group] = None
    return [groups[group] for group in graphlib.TopologicalSorter(within).static_order()]


def ancestors(name: str) -> list[str]:
    """The names of the modules that a module is within, the network's included."""
    parts = name.split(".") if name else []
    return [".".join(parts[:count]) for count in range(len(parts))]


def by_module(root: Call) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = defaultdict(list)

    def visit(call: Call) -> None:
        found[call.name].append(call)
        for item in walk(call.body):
            if isinstance(item, Call):
                visit(item)

    visit(root)
    return found


def is_simple(call: Call) -> bool:
    inputs = [tree for tree in call.arguments.values() if has_values(tree)]
    is_tensor = [isinstance(tree, Value) and not is_size(tree) for tree in (*inputs, call.output)]
    return len(inputs) == 1 and all(is_tensor)


def outline(tree: Any) -> Any:
    """The tensors of a tree by their places."""
    match tree:
        case Value():
            return "tensor"
        case dict():
            return tuple((name, outline(part)) for name, part in tree.items() if has_values(part))
        case Fields():
            return outline(tree.fields)
        case list() | tuple():
            return tuple(outline(part) for part in tree if has_values(part))
        case _:
            return None


def numbered(module: nn.Module) -> bool:
    return list(module._modules) == [str(place) for place in range(len(module._modules))]


def own_tensors(module: nn.Module) -> bool:
    return bool(module._parameters or module._buffers)


def height(module: nn.Module) -> int:
    return 1 + max((height(child) for child in module.children()), default=0)


def join(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent else name


def all_tensors(model: nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [
        *model.named_parameters(remove_duplicate=False),
        *model.named_buffers(remove_duplicate=False),
    ]
