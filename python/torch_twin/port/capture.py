"""Runs a model under `torch.export` and gives each call of a module its own operators.

`torch.export` inlines all modules into one graph. Hooks mark where each call begins and ends, with its tensors,
so that the graph can be taken apart again: a `Call` holds what its own Python lines compute, and its child calls.
"""

import copy
import dataclasses
import inspect
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
from torch import fx, nn

from torch_twin.port import operators, sizes
from torch_twin.port.decisions import decided
from torch_twin.port.lengths import any_length
from torch_twin.port.refusal import Refusal
from torch_twin.port.watch import Watch

MARKS = torch.library.Library("torch_twin", "DEF")
for mark in ("enter", "leave"):
    MARKS.define(f"{mark}(Tensor[] tensors, int call) -> ()")
    for key in ("CompositeExplicitAutograd", "Meta"):
        MARKS.impl(mark, lambda tensors, call: None, key)
    fx.node.has_side_effect(getattr(torch.ops.torch_twin, mark).default)
ENTER, LEAVE = torch.ops.torch_twin.enter.default, torch.ops.torch_twin.leave.default
SET_GRAD = torch.ops.higher_order.wrap_with_set_grad_enabled
AUTOCAST = torch.ops.higher_order.wrap_with_autocast
# Functions by which modules find out that they are exported, and then go another way than in eager mode.
ASKS_FOR_EXPORT = [
    ("torch.overrides", "has_torch_function"),
    ("torch.compiler", "is_compiling"),
    ("torch.compiler", "is_exporting"),
    ("transformers.utils.import_utils", "is_fake_tensor"),
]
FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')


@dataclasses.dataclass(frozen=True)
class Place:
    """A line of a Python file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclasses.dataclass(eq=False)
class Value:
    """A tensor, a list of tensors or a size that one call computes.

    `source` is the name of a parameter, of a buffer or of a tensor that is an attribute.
    """

    name: str
    example: Any
    source: str | None = None


@dataclasses.dataclass(eq=False)
class Op:
    """An ATen operator with its arguments: values, sizes, numbers and lists of these."""

    target: Any
    args: tuple
    kwargs: dict
    value: Value
    frames: list[Place]
    origin: "Op | None" = None


@dataclasses.dataclass(eq=False)
class Block:
    """What a `with` block computes: `kind` is `no_grad`, `enable_grad` or `autocast`, which has settings.

    They are the type of the device, the type of numbers, whether it is enabled, and whether casts are kept.
    """

    kind: str
    body: list
    settings: tuple = ()


@dataclasses.dataclass(eq=False)
class Call:
    """One call of the module `name`: its arguments by the names in `forward`, and what it gave.

    Both are trees: tuples, lists and `Fields` whose leaves are values and constants.
    """

    name: str
    module: nn.Module
    arguments: dict[str, Any]
    output: Any = None
    body: list = dataclasses.field(default_factory=list)
    frames: list[Place] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Fields:
    """A dictionary or a dataclass."""

    type_name: str
    fields: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A tensor in the tree of a call: its place among the tensors of the mark."""

    index: int


def tree_map(function, tree: Any) -> Any:
    match tree:
        case Fields():
            fields = {name: tree_map(function, part) for name, part in tree.fields.items()}
            return Fields(tree.type_name, fields)
        case tuple() | list():
            return type(tree)(tree_map(function, part) for part in tree)
        case _:
            return function(tree)


def leaves(tree: Any) -> list:
    found: list = []
    tree_map(found.append, tree)
    return found


def described(value: Any, tensors: list[torch.Tensor]) -> Any:
    """A tree of what a module takes or gives, as the recorder walks it; its tensors are added to `tensors`."""
    match value:
        case torch.Tensor():
            tensors.append(value)
            return Leaf(len(tensors) - 1)
        case Mapping():
            fields = {str(name): described(part, tensors) for name, part in value.items()}
            return Fields(type(value).__name__, fields)
        case list():
            return [described(part, tensors) for part in value]
        case tuple():
            return tuple(described(part, tensors) for part in value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            fields = {name: described(getattr(value, name, None), tensors) for name in names}
            return Fields(type(value).__name__, fields)
        case _:
            return value


def bound_arguments(module: nn.Module, args: tuple, kwargs: dict) -> dict[str, Any]:
    """What `forward` is called with, by the names of its parameters; those of `**kwargs` by their own."""
    signature = inspect.signature(module.forward)
    bound = dict(signature.bind(*args, **kwargs).arguments)
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            bound |= bound.pop(name, {})
    return bound


@contextmanager
def marked(model: nn.Module, calls: list[Call], watch: Watch) -> Iterator[None]:
    """Marks every call of every module in what is exported, and tells `watch` of it."""
    open_calls: list[int] = []

    def before(module, args, kwargs, name):
        tensors: list[torch.Tensor] = []
        bound = bound_arguments(module, args, kwargs)
        tree = {key: described(value, tensors) for key, value in bound.items()}
        calls.append(Call(name, module, tree))
        open_calls.append(len(calls) - 1)
        ENTER(tensors, open_calls[-1])
        watch.enter(name)

    def after(_module, _args, output):
        tensors: list[torch.Tensor] = []
        number = open_calls.pop()
        watch.leave()
        calls[number].output = described(output, tensors)
        LEAVE(tensors, number)

    handles = []
    for name, module in model.named_modules():
        hook = lambda module, args, kwargs, name=name: before(module, args, kwargs, name)
        handles.append(module.register_forward_pre_hook(hook, with_kwargs=True))
        handles.append(module.register_forward_hook(after))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


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


class Reader:
    """Reads the nodes of an exported program in order, call by call."""

    def __init__(self, program: torch.export.ExportedProgram, calls: list[Call]) -> None:
        self.program, self.calls = program, calls
        self.values: dict[fx.Node, Any] = {}
        self.stack: list[Call] = []
        self.bodies: list[list] = [[]]
        self.attributes: dict[str, torch.Tensor] = {}
        self.has_gradient_blocks = False

    def read(self) -> Call:
        signature = self.program.graph_signature
        names = {spec.arg.name: spec.target for spec in signature.input_specs if spec.target}
        for node in self.program.graph.nodes:
            if node.op == "placeholder":
                source = names.get(node.name)
                value = Value(node.name, node.meta.get("val"), source)
                self.values[node] = value
                if source in self.program.constants:
                    self.attributes[source] = self.program.constants[source]
        self.run(self.program.graph_module)
        return self.bodies[0][0]

    def run(self, graph_module: fx.GraphModule) -> Any:
        unused = unused_nodes(graph_module.graph)
        for node in graph_module.graph.nodes:
            if node in unused:
                continue
            if node.op == "output":
                return self.resolved(node.args[0])
            if node.op == "get_attr":
                self.values[node] = getattr(graph_module, node.target)
            elif node.op == "call_function":
                self.function(node)
        return None

    def function(self, node: fx.Node) -> None:
        if node.target is ENTER:
            self.enter(node)
        elif node.target is LEAVE:
            self.leave(node)
        elif node.target in (SET_GRAD, AUTOCAST):
            self.block(node)
        elif isinstance(
            node.meta.get("val"), torch.SymInt | torch.SymFloat | torch.SymBool | int
        ) and not isinstance(node.meta.get("val"), bool):
            self.values[node] = node.meta["val"]
        else:
            self.operator(node)

    def enter(self, node: fx.Node) -> None:
        call = self.calls[node.args[1]]
        tensors = self.resolved(node.args[0])
        call.arguments = {
            name: tree_map(lambda x: tensors[x.index] if isinstance(x, Leaf) else x, tree)
            for name, tree in call.arguments.items()
        }
        call.arguments = with_sizes(call.arguments)
        call.frames = frames(node)
        self.bodies[-1].append(call)
        self.bodies.append(call.body)

    def leave(self, node: fx.Node) -> None:
        call = self.calls[node.args[1]]
        tensors = self.resolved(node.args[0])
        call.output = tree_map(
            lambda x: tensors[x.index] if isinstance(x, Leaf) else x, call.output
        )
        self.bodies.pop()

    def block(self, node: fx.Node) -> None:
        if node.target is SET_GRAD:
            self.has_gradient_blocks = True
            enabled, graph, *args = node.args
            block = Block("enable_grad" if enabled else "no_grad", [])
        else:
            *settings, graph = node.args[:5]
            args = node.args[5:]
            block = Block("autocast", [], tuple(settings))
        inner = self.values[graph]
        placeholders = [x for x in inner.graph.nodes if x.op == "placeholder"]
        for placeholder, arg in zip(placeholders, args, strict=True):
            self.values[placeholder] = self.resolved(arg)
        self.bodies[-1].append(block)
        self.bodies.append(block.body)
        self.values[node] = self.run(inner)
        self.bodies.pop()

    def operator(self, node: fx.Node) -> None:
        args, kwargs = self.resolved(node.args), self.resolved(node.kwargs)
        if node.target.__name__ == "getitem" and isinstance(args[0], list | tuple):
            self.values[node] = args[0][args[1]]
            return
        if gives_its_argument(node, args) or broadcasts_nothing(node, args):
            self.values[node] = args[0]
            return
        if is_in_place(node.target):
            # What an operator in place gives is what it wrote to.
            self.values[node] = args[0]
        else:
            self.values[node] = Value(value_name(node), node.meta.get("val"))
        value = self.values[node]
        self.bodies[-1].append(Op(node.target, tuple(args), dict(kwargs), value, frames(node)))

    def resolved(self, argument: Any) -> Any:
        if isinstance(argument, fx.Node):
            return self.values[argument]
        if isinstance(argument, tuple | list):
            return type(argument)([self.resolved(part) for part in argument])
        if isinstance(argument, dict):
            return {name: self.resolved(part) for name, part in argument.items()}
        return argument


def unused_nodes(graph: fx.Graph) -> set[fx.Node]:
    """What nothing uses, and what changes nothing: such as a check by `if` that has been decided."""
    unused: set[fx.Node] = set()
    for node in reversed(graph.nodes):
        if node.op == "call_function" and not node.is_impure() and set(node.users) <= unused:
            unused.add(node)
    return unused


def with_sizes(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments, with a value for each size that is one of no tensor among them."""
    tensors = [leaf.example for leaf in leaves(list(arguments.values())) if isinstance(leaf, Value)]
    known = {
        str(side)
        for tensor in tensors
        if isinstance(tensor, torch.Tensor)
        for side in tensor.shape
        if isinstance(side, torch.SymInt)
    }

    def value(name: str, leaf: Any) -> Any:
        is_size = isinstance(leaf, torch.SymInt) and leaf.node.expr.is_Symbol
        return Value(name, leaf) if is_size and str(leaf) not in known else leaf

    return {
        name: tree_map(lambda leaf, name=name: value(name, leaf), tree)
        for name, tree in arguments.items()
    }


def gives_its_argument(node: fx.Node, args: tuple) -> bool:
    """Whether an operator gives the very tensor that it takes, such as `to` of the same type.

    Python goes on with that tensor, and the graph with this node, even outside of the module that called it.
    """
    name = str(node.target).removeprefix("aten.")
    if not name.startswith(("to.", "type_as.", "contiguous.")) or not isinstance(args[0], Value):
        return False
    examples = [part.example if isinstance(part, Value) else part for part in args]
    return operators.is_identity(node.target, examples, node.meta)


def broadcasts_nothing(node: fx.Node, args: tuple) -> bool:
    """Whether tensors that are made equally large are so already."""
    if node.target is not torch.ops.aten.broadcast_tensors.default:
        return False
    shapes = [list(map(sizes.expression, value.example.shape)) for value in args[0]]
    return all(shape == shapes[0] for shape in shapes)


# What several results are called whose operator has no names for them.
RESULTS = {
    "aten::lstm": ("output", "h_n", "c_n"),
    "aten::gru": ("output", "h_n"),
    "aten::rnn_tanh": ("output", "h_n"),
    "aten::rnn_relu": ("output", "h_n"),
    "aten::lstm_cell": ("h", "c"),
}


def value_name(node: fx.Node) -> str:
    """The node's name; of one of several results what the operator calls it."""
    source = node.args[0] if node.target.__name__ == "getitem" else None
    schema = getattr(getattr(source, "target", None), "_schema", None)
    if schema is None or len(schema.returns) <= 1:
        return node.name
    names = RESULTS.get(schema.name) or [returned.name for returned in schema.returns]
    return names[node.args[1]] or node.name


def is_in_place(target: Any) -> bool:
    """Whether an operator writes to its first argument and gives it back."""
    schema = getattr(target, "_schema", None)
    if schema is None or not schema.arguments or len(schema.returns) != 1:
        return False
    alias = schema.arguments[0].alias_info
    return alias is not None and alias.is_write


def frames(node: fx.Node) -> list[Place]:
    """The Python lines on the way to a node, the outermost first."""
    text = node.meta.get("stack_trace") or ""
    return [Place(m["file"], int(m["line"])) for m in FRAME.finditer(text)]
