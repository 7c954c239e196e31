"""Reads the graph of an exported program, call by call."""

from typing import Any

import torch
from torch import fx

from torch_twin.port import operators, sizes
from torch_twin.port.calls import FRAME, Block, Call, Leaf, Op, Place, Value, leaves, tree_map
from torch_twin.port.marks import ENTER, LEAVE

SET_GRAD = torch.ops.higher_order.wrap_with_set_grad_enabled
AUTOCAST = torch.ops.higher_order.wrap_with_autocast


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
