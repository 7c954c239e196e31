"""Writes what one call of a module computes as the body of `forward` in Rust, one line for each Python line."""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import torch

from torch_twin.port import operators, sizes
from torch_twin.port.capture import Block, Call, Fields, Op, Value, leaves, tree_map
from torch_twin.port.lines import Statement, own_statement, size_names
from torch_twin.port.refusal import Refusal
from torch_twin.port.rust import KEYWORDS, field_name, number, snake, string
from torch_twin.port.text import with_loops
from torch_twin.port.watch import Branch

WIDTH = 90
# Where a receiver has the inputs, if they are not simply those of its `forward`.
INPUTS = "\x02"


@dataclasses.dataclass(eq=False)
class Use:
    """A call of a child as its parent sees it."""

    call: Call
    arguments: dict[str, Any]
    output: Any


@dataclasses.dataclass(eq=False)
class Pending:
    """An expression that is not bound to a name yet, since it is used once."""

    value: Value
    text: str
    statement: Statement | None
    is_result: bool = False

    @property
    def has_effect(self) -> bool:
        """Whether it calls a module or draws, so that its place among the others matters."""
        return "pass" in self.text


@dataclasses.dataclass
class Variable:
    """What a value is called at this place; `is_reference` where that is a `&Tensor`."""

    text: str
    is_reference: bool = False


@dataclasses.dataclass
class Line:
    """A statement in Rust, with the Python statement that it comes from."""

    text: str
    statement: Statement | None


class Resolver:
    """How a body reaches what is not its own: children, parameters, constants. The structs provide it."""

    def child(self, of: str, name: str) -> str:
        raise NotImplementedError

    def tensor(self, of: str, value: Value) -> Variable:
        raise NotImplementedError

    def constant(self, of: str, value: Value) -> str:
        raise NotImplementedError


class Body:
    """The statements of one call; `flags` has the operators whose argument is the mode."""

    def __init__(
        self,
        call: Call,
        flags: dict[int, str],
        resolver: Resolver,
        function: Callable | None = None,
    ) -> None:
        self.call, self.flags, self.resolver = call, flags, resolver
        # Where the Python lines stand: in the module's class, or in a function that takes owned values.
        self.code = function or type(call.module)
        self.takes_owned = function is not None
        self.checks_sizes = False
        self.branches: list[Branch] = []
        self.items, self.output = versioned(call)
        self.uses = counted(self.items, self.output)
        self.written_in_place = in_place(self.items)
        self.elements = elements(self.items)
        self.variables: dict[int, Variable] = {}
        self.live: dict[str, int] = {}
        self.pending: list[Pending] = []
        self.lines: list[Line] = []
        self.symbols: dict[str, str] = {}
        self.remaining = Counter(self.uses)
        self.uses_pass = False
        self.own_names: dict[int, str] = {}
        self.only_in_training = 0
        self.argument_ids = {id(value) for value in self.argument_values()}
        self.examples = self.all_examples()
        self.results = self.values_of_statements()

    def write(self) -> list[str]:
        """The lines of `forward`, the last of which is what it gives."""
        self.bind_arguments()
        self.write_items(self.items)
        result = self.result()
        return with_loops([line.text for line in self.lines], self.list_length) + [result]

    def list_length(self, name: str) -> int:
        return self.resolver.list_length(self.call.name, name)

    # Arguments and sizes

    def bind_arguments(self) -> None:
        for name, tree in self.call.arguments.items():
            for path, value in paths(tree, argument_name(name)):
                if not isinstance(value, Value) or id(value) in self.variables:
                    continue
                if path == argument_name(name):
                    self.define(value, path, is_reference=True)
                else:
                    is_owned = self.takes_owned or "[" in path
                    self.variables[id(value)] = Variable(path, not is_owned)
        for value in self.argument_values():
            if id(value) in self.written_in_place:
                name = self.variables[id(value)].text
                self.emit(f"let mut {name} = {name}.shallow_clone();", None)
                self.variables[id(value)] = Variable(name)
        self.bind_sizes()
        self.check_branches()

    def check_branches(self) -> None:
        """Refuses sizes at which Python takes a branch that was not exported."""
        for branch in self.branches:
            text = sizes.condition(branch.condition, self.symbol)
            text = f"!({text})" if branch.is_true else text
            place = branch.place.rpartition("/")[2]
            reason = string(
                f"{place} takes another branch for inputs of this size, which was not exported"
            )
            self.emit(f"if {text} {{\nreturn Err(TorchError::new({reason}));\n}}", None)

    def argument_values(self) -> list[Value]:
        found = [leaf for tree in self.call.arguments.values() for leaf in leaves(tree)]
        unique = {id(value): value for value in found if isinstance(value, Value)}
        return list(unique.values())

    def bind_sizes(self) -> None:
        """Names the sizes that the body needs by those of its arguments."""
        needed = symbols_used(self.items)
        needed |= {
            str(symbol) for branch in self.branches for symbol in branch.condition.free_symbols
        }
        named = size_names(self.code)
        for value in self.argument_values():
            if not isinstance(value.example, torch.Tensor) or not (needed or self.checks_sizes):
                continue
            variable = self.variables[id(value)].text
            unpacked = named.get(variable, ())
            names: dict[int, str] = {}
            for side, size in enumerate(value.example.shape):
                if isinstance(size, torch.SymInt) and str(size.node.expr) in needed:
                    symbol = str(size.node.expr)
                    has_name = len(unpacked) == value.example.dim() and unpacked[side] != "_"
                    wanted = snake(unpacked[side]) if has_name else default_size_name(side, value)
                    names[side] = self.fresh(wanted)
                    self.symbols[symbol] = names[side]
                    needed.discard(symbol)
            if self.checks_sizes and not all(
                isinstance(size, torch.SymInt) for size in value.example.shape
            ):
                self.emit(checked_sizes(variable, value.example, names), None)
            elif names:
                self.emit(sizes_line(variable, value.example.dim(), names), None)

    def symbol(self, name: str) -> str:
        if name in self.symbols:
            return self.symbols[name]
        for value_id, variable in reversed(self.variables.items()):
            example = self.examples.get(value_id)
            if isinstance(example, torch.Tensor):
                for side, size in enumerate(example.shape):
                    if isinstance(size, torch.SymInt) and str(size.node.expr) == name:
                        return f"{variable.text}.size()[{side}]"
        raise Refusal(f"a size ({name}) comes from outside the module", module=self.call.name)

    # Names

    def all_examples(self) -> dict[int, Any]:
        found = {}
        for item in walk(self.items):
            values = [item.value] if isinstance(item, Op) else []
            values += leaves(item.output) if isinstance(item, Use) else []
            found |= {id(value): value.example for value in values if isinstance(value, Value)}
        for value in self.argument_values():
            found[id(value)] = value.example
        return found

    def fresh(self, wanted: str) -> str:
        """A name that no value has that is still needed."""
        wanted = field_name(wanted) if wanted not in ("_",) else wanted
        name, count = wanted, 1
        while self.is_taken(name):
            count += 1
            name = f"{wanted}_{count}"
        return name

    def is_taken(self, name: str) -> bool:
        if name in ("pass", "self") or name in KEYWORDS or name in self.symbols.values():
            return True
        owner = self.live.get(name)
        return owner is not None and self.remaining[owner] > 0

    def define(self, value: Value, wanted: str, is_reference: bool = False) -> str:
        name = self.fresh(wanted)
        self.live[name] = id(value)
        self.variables[id(value)] = Variable(name, is_reference)
        return name

    # Statements

    def emit(self, text: str, statement: Statement | None) -> None:
        self.lines.append(Line(text, statement))

    def write_items(self, items: list) -> None:
        for place, item in enumerate(items):
            statement = self.statement(item)
            self.flush_others(statement)
            match item:
                case Op():
                    self.operator(item, statement)
                case Use():
                    self.child(item, statement)
                case Block():
                    self.block(item, statement)
            following = self.statement(items[place + 1]) if place + 1 < len(items) else None
            if following != statement:
                self.finish(statement, is_last=place + 1 == len(items))

    def statement(self, item: Any) -> Statement | None:
        if isinstance(item, Block):
            return None
        frames = item.call.frames if isinstance(item, Use) else item.frames
        return own_statement(frames, self.code)

    def flush_others(self, statement: Statement | None) -> None:
        """Binds what earlier statements computed."""
        if any(pending.statement != statement for pending in self.pending):
            self.flush(0)

    def finish(self, statement: Statement | None, is_last: bool) -> None:
        """Ends a Python statement: what is left of it gets the names that it assigns."""
        if is_last and self.is_tail():
            return
        names = flat_names(statement)
        if len(names) == len(self.pending):
            wanted = names
        elif self.pending:
            wanted = ["" for _ in self.pending[:-1]] + [names[-1] if len(names) == 1 else ""]
        else:
            wanted = []
        for pending, name in zip(list(self.pending), wanted, strict=True):
            self.bind(pending, name or self.wanted_name(pending.value, statement))
        self.pending.clear()

    def is_tail(self) -> bool:
        """Whether the one pending expression is what `forward` gives."""
        if self.only_in_training:
            return False
        return len(self.pending) == 1 and self.pending[0].value is self.output

    def flush(self, keep: int) -> None:
        """Binds all but the last `keep` pending expressions."""
        end = len(self.pending) - keep
        for pending in self.pending[:end]:
            self.bind(pending, "")
        del self.pending[:end]

    def bind(self, pending: Pending, wanted: str) -> None:
        value = pending.value
        mutable = "mut " if id(value) in self.written_in_place else ""
        name = self.define(value, wanted or self.own_names.get(id(value)) or default_name(value))
        self.emit(f"let {mutable}{name} = {pending.text};", pending.statement)

    def text_of(self, value: Value) -> Variable:
        """What a value is called, once it is computed."""
        for pending in self.pending:
            if pending.value is value:
                return Variable(pending.text)
        if id(value) not in self.variables:
            if value.source is None:
                reason = (
                    f"it uses a tensor that is computed outside of its `forward` ({value.name})"
                )
                raise Refusal(reason, module=self.call.name)
            self.variables[id(value)] = self.resolver.tensor(self.call.name, value)
        return self.variables[id(value)]

    def consume(self, values: list[Value]) -> None:
        """Binds what must be computed before an expression of these values.

        Python's order of calls and draws is kept: what is inlined has to be the last that is pending, in this order.
        """
        wanted = [id(value) for value in values]
        effects = [pending for pending in self.pending if pending.has_effect]
        used = [id(pending.value) for pending in effects if id(pending.value) in wanted]
        in_order = [key for key in wanted if key in used]
        tail = [id(pending.value) for pending in effects[len(effects) - len(used) :]]
        if used and (tail != used or in_order != used):
            keep = 0
            if in_order == used:
                last = max(
                    k
                    for k, pending in enumerate(self.pending)
                    if pending.has_effect and id(pending.value) not in wanted
                )
                keep = len(self.pending) - last - 1
            self.flush(keep)

    def taken(self, values: list[Value]) -> None:
        for value in values:
            self.remaining[id(value)] -= 1
        self.pending = [p for p in self.pending if not any(p.value is value for value in values)]

    def keep(
        self, value: Value, text: str, statement: Statement | None, is_result: bool = False
    ) -> None:
        """Remembers an expression until it is used, or binds it where it is used more than once."""
        pending = Pending(value, text, statement, is_result)
        count = self.uses[id(value)]
        is_short = len(text) <= WIDTH and text.count(".forward(") <= 2 and ".get(" not in text
        is_inline = count == 1 and id(value) not in self.written_in_place and is_short
        self.pending.append(pending)
        if count == 0:
            self.flush(1)
            self.pending.clear()
            self.emit(f"let _ = {text};", statement)
        elif not is_inline and not (value is self.output and count == 1 and ".get(" not in text):
            self.flush(1)
            self.bind(pending, self.wanted_name(value, statement))
            self.pending.clear()

    def wanted_name(self, value: Value, statement: Statement | None) -> str:
        """The name that the statement assigns, if this value is what it assigns."""
        names = flat_names(statement)
        results = [id(result) for result in self.results.get(statement, [])]
        if len(names) == len(results) and id(value) in results:
            return names[results.index(id(value))]
        is_member = any(p.value is value and ".get(" in p.text for p in self.pending)
        return names[0] if len(names) == 1 and is_member else ""

    def values_of_statements(self) -> dict[Statement, list[Value]]:
        """What each statement computes and does not use itself, in order."""
        made: dict[Statement, list[Value]] = {}
        for item in walk(self.items):
            statement = self.statement(item)
            if statement is None:
                continue
            trees = (
                [*item.args, *item.kwargs.values()]
                if isinstance(item, Op)
                else item.arguments.values()
            )
            used = {id(leaf) for tree in trees for leaf in leaves(tree)}
            kept = [value for value in made.get(statement, []) if id(value) not in used]
            value = item.value if isinstance(item, Op) else item.output
            made[statement] = [*kept, *([value] if isinstance(value, Value) else [])]
        return made

    # Operators and children

    def operator(self, op: Op, statement: Statement | None) -> None:
        if op.target is torch.ops.aten.detach_.default:
            return
        if op.target is torch.ops.aten.lift_fresh_copy.default:
            self.keep(op.value, self.constant(op), statement)
            return
        flag = self.flags.get(id(op.origin))
        if flag is None and self.is_identity(op):
            self.alias(op)
            return
        if getattr(op.target, "__name__", "") == "getitem":
            self.element(op)
            return
        values = [x for x in leaves([*op.args, *op.kwargs.values()]) if isinstance(x, Value)]
        self.consume(values)
        convert = self.converted
        try:
            written = operators.write(
                op.target,
                convert(tuple(op.args)),
                {name: convert(value) for name, value in op.kwargs.items()},
                self.like(),
                flag,
            )
        except Refusal as refusal:
            place = str(op.frames[-1]) if op.frames else ""
            raise Refusal(refusal.reason, place, self.call.name) from refusal
        self.uses_pass |= written.uses_pass
        if written.needs_mut is not None or (op.value is op.args[0] and written.kind != "nothing"):
            self.taken(values)
            self.flush(0)
            self.emit(f"let _ = {written.text};", statement)
            return
        self.taken(values)
        if written.kind == "nothing":
            self.flush(0)
            self.emit(f"{written.text};", statement)
            return
        self.give(op.value, written, statement)

    def constant(self, op: Op) -> str:
        """A tensor that Python makes of numbers in `forward`, on the device of the inputs."""
        [source] = op.args
        self.remaining[id(source)] -= 1
        text = self.resolver.constant(self.call.name, source)
        like = self.like()
        return f"{text}.f_to_device({like.text}.device())?" if like else text

    def is_identity(self, op: Op) -> bool:
        args = [x.example if isinstance(x, Value) else x for x in op.args]
        return isinstance(op.target, torch._ops.OpOverload) and operators.is_identity(
            op.target, args, {"val": op.value.example}
        )

    def give(self, value: Value, written: operators.Written, statement: Statement | None) -> None:
        if written.kind == "tuple":
            self.flush(0)
            found = self.elements.get(id(value), {})
            names = flat_names(statement)
            count = len(value.example)
            parts = []
            for place in range(count):
                element = found.get(place)
                if element is None or not self.uses[id(element)]:
                    parts.append("_")
                else:
                    wanted = names[place] if len(names) == count else default_name(element)
                    parts.append(self.define(element, wanted))
            self.emit(f"let ({', '.join(parts)}) = {written.text};", statement)
        elif written.kind == "tensors":
            self.flush(0)
            name = self.define(value, "parts")
            self.remaining[id(value)] += 1_000_000
            self.emit(f"let {name} = {written.text};", statement)
        else:
            self.keep(value, written.text, statement)

    def alias(self, op: Op) -> None:
        """What an operator gives that computes nothing is its first argument under another name."""
        source = op.args[0]
        for pending in self.pending:
            if pending.value is source:
                self.remaining[id(source)] -= 1
                pending.value = op.value
                if self.uses[id(op.value)] != 1:
                    self.flush(0)
                return
        variable = self.text_of(source)
        self.variables[id(op.value)] = variable
        if variable.text in self.live:
            self.live[variable.text] = id(op.value)

    def element(self, op: Op) -> None:
        """`parts[0]`, or a part of a tuple that has a name already."""
        source, place = op.args
        if id(op.value) in self.variables:
            return
        variable = self.text_of(source)
        self.variables[id(op.value)] = Variable(f"{variable.text}[{place}]")

    def converted(self, tree: Any) -> Any:
        if isinstance(tree, tuple) or (isinstance(tree, list) and not self.whole_list(tree)):
            return type(tree)(self.converted(part) for part in tree)
        return self.argument(tree)

    def argument(self, argument: Any) -> Any:
        match argument:
            case Value():
                variable = self.text_of(argument)
                example = argument.example
                is_tensor = isinstance(example, torch.Tensor)
                return operators.Tensor(
                    variable.text,
                    variable.is_reference,
                    not is_tensor,
                    example.dtype if is_tensor else None,
                    example.dim() if is_tensor else None,
                )
            case list() if self.whole_list(argument):
                return operators.Tensor(self.whole_list(argument), True, True)
            case torch.SymInt():
                return operators.Size(sizes.rust(argument.node.expr, self.symbol))
            case torch.SymFloat() | torch.SymBool():
                raise Refusal("it computes with a size as a float", module=self.call.name)
            case _:
                return argument

    def whole_list(self, argument: list) -> str:
        """The name of the argument that is this list of tensors."""
        keys = [id(part) for part in argument]
        for name, tree in self.call.arguments.items():
            if isinstance(tree, list) and argument and [id(part) for part in tree] == keys:
                return argument_name(name)
        return ""

    def like(self) -> operators.Tensor | None:
        """A tensor among the arguments, whose device new tensors take."""
        for value in self.argument_values():
            variable = self.variables.get(id(value))
            if variable is not None:
                return operators.Tensor(variable.text, variable.is_reference)
        return None

    def child(self, use: Use, statement: Statement | None) -> None:
        trees = [tree for tree in use.arguments.values() if has_values(tree)]
        values = [leaf for tree in trees for leaf in leaves(tree) if isinstance(leaf, Value)]
        self.consume(values)
        receiver = self.resolver.child(self.call.name, use.call.name)
        if INPUTS in receiver:
            # What is called within another module must not be computed there.
            self.flush(0)
        if len(trees) == 1 and isinstance(trees[0], Value):
            inputs = self.borrowed(trees[0])
        else:
            parts = [self.inputs(tree) for tree in trees]
            inputs = f"&({', '.join(parts)})" if len(parts) != 1 else f"&{parts[0]}"
        self.taken(values)
        self.uses_pass = True
        text = (
            receiver.replace(INPUTS, inputs)
            if INPUTS in receiver
            else f"{receiver}.forward({inputs}, pass)?"
        )
        own = use.call.name.rpartition(".")[2]
        if isinstance(use.output, Value) and not own.isdigit():
            self.own_names[id(use.output)] = own
        if isinstance(use.output, Value):
            self.keep(use.output, text, statement, is_result=True)
        else:
            self.flush(0)
            self.destructure(use.output, text, statement)

    def borrowed(self, value: Value) -> str:
        variable = self.text_of(value)
        return variable.text if variable.is_reference else f"&{variable.text}"

    def inputs(self, tree: Any) -> str:
        match tree:
            case Value():
                return self.borrowed(tree)
            case tuple():
                parts = [self.inputs(part) for part in tree if has_values(part)]
                return f"({', '.join(parts)})" if len(parts) != 1 else parts[0]
            case list():
                return f"vec![{', '.join(self.cloned(part) for part in tree)}]"
            case _:
                raise Refusal(
                    "an argument is neither a tensor nor a tuple of tensors", module=self.call.name
                )

    def cloned(self, value: Value) -> str:
        """An element of a list: the value itself where it is not used again."""
        variable = self.text_of(value)
        is_last = self.remaining[id(value)] <= 1 and re.fullmatch(r"\w+", variable.text)
        is_expression = not re.fullmatch(r"[\w.\[\]]+", variable.text)
        if is_expression or (
            is_last and not variable.is_reference and id(value) not in self.argument_ids
        ):
            return variable.text
        return f"{variable.text}.shallow_clone()"

    def destructure(self, tree: Any, text: str, statement: Statement | None) -> None:
        """`let (output, (h, c)) = …;`, by the names of the Python statement where they fit."""
        if isinstance(tree, Fields | list):
            name = self.fresh("output")
            self.live[name] = id(tree)
            self.remaining[id(tree)] = 1_000_000
            self.emit(f"let {name} = {text};", statement)
            for path, value in paths(tree, name):
                if isinstance(value, Value):
                    self.variables[id(value)] = Variable(path)
            return
        targets = statement.targets[0] if statement and statement.targets else ()
        self.emit(f"let {self.pattern(tree, targets)} = {text};", statement)

    def pattern(self, tree: Any, names: Any) -> str:
        match tree:
            case Value():
                if not self.uses[id(tree)]:
                    return "_"
                wanted = names if isinstance(names, str) and names else default_name(tree)
                mutable = "mut " if id(tree) in self.written_in_place else ""
                return mutable + self.define(tree, wanted)
            case tuple() | list():
                kept = [part for part in tree if has_values(part)]
                fits = isinstance(names, tuple) and len(names) == len(tree)
                inner = (
                    [name for name, part in zip(names, tree, strict=True) if has_values(part)]
                    if fits
                    else [""] * len(kept)
                )
                parts = [self.pattern(part, name) for part, name in zip(kept, inner, strict=True)]
                if len(parts) == 1:
                    return parts[0]
                left, right = "()" if isinstance(tree, tuple) else "[]"
                return f"{left}{', '.join(parts)}{right}"
            case _:
                return "_"

    def block(self, block: Block, statement: Statement | None) -> None:
        """`no_grad(|| { … })`, which gives what is used after it."""
        if block.kind != "no_grad":
            raise Refusal(f"a block of `{block.kind}` is not ported", module=self.call.name)
        self.flush(0)
        outer, self.lines = self.lines, []
        self.write_items(block.body)
        self.flush(0)
        inner, self.lines = self.lines, outer
        made = values_made(block.body)
        escaping = [
            value for value in made if self.remaining[id(value)] > 0 and id(value) in self.variables
        ]
        names = [self.variables[id(value)].text for value in escaping]
        result = f"({', '.join(names)})" if len(names) != 1 else names[0]
        lines = "\n".join(line.text for line in inner)
        binding = f"let {result} = " if names else ""
        given = result if names else "()"
        self.emit(f"{binding}no_grad(|| -> Result<_> {{\n{lines}\nOk({given})\n}})?;", statement)

    # What forward gives

    def result(self) -> str:
        if self.only_in_training:
            return self.with_options()
        if isinstance(self.output, Value):
            if self.is_tail():
                return as_result(self.pending[0])
            self.flush(0)
            return f"Ok({self.owned(self.output)})"
        self.flush(0)
        return f"Ok({self.output_text(self.output)})"

    def with_options(self) -> str:
        """What is given in training alone is an `Option`."""
        self.flush(0)
        if isinstance(self.output, Value):
            return f"Ok(({self.owned(self.output)}{', None' * self.only_in_training}))"
        first, *rest = (self.owned(value) for value in self.output)
        return f"Ok(({first}{''.join(f', Some({text})' for text in rest)}))"

    def owned(self, value: Value) -> str:
        variable = self.text_of(value)
        self.remaining[id(value)] -= 1
        is_last = self.remaining[id(value)] <= 0 and re.fullmatch(r"\w+", variable.text)
        return (
            variable.text
            if is_last and not variable.is_reference
            else f"{variable.text}.shallow_clone()"
        )

    def output_text(self, tree: Any) -> str:
        match tree:
            case Value():
                return self.owned(tree)
            case list():
                return f"vec![{', '.join(self.output_text(part) for part in tree if has_values(part))}]"
            case tuple():
                parts = [self.output_text(part) for part in tree if has_values(part)]
                return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
            case Fields():
                parts = [
                    f"{field_name(name)}: {self.output_text(part)}"
                    for name, part in tree.fields.items()
                    if has_values(part)
                ]
                return f"{self.resolver.output_type(self.call)} {{ {', '.join(parts)} }}"
            case _:
                raise Refusal("an output is no tensor", module=self.call.name)


def as_result(pending: Pending) -> str:
    """The expression as the `Result` that `forward` gives."""
    text = pending.text
    if pending.is_result and text.endswith("?"):
        return text[:-1]
    return f"Ok({text})"


def argument_name(name: str) -> str:
    return field_name(name)


def default_name(value: Value) -> str:
    """A name for a value that Python gives none: that of its operator."""
    return re.sub(r"_\d+$", "", snake(value.name)).strip("_") or "value"


def default_size_name(side: int, value: Value) -> str:
    is_indices = not value.example.is_floating_point()
    names = {0: "batch", 1: "length"} if is_indices or value.example.dim() == 3 else {0: "batch"}
    return names.get(side, f"size_{side}")


def sizes_line(variable: str, dim: int, names: dict[int, str]) -> str:
    if dim > 6:
        return "\n".join(f"let {name} = {variable}.size()[{side}];" for side, name in names.items())
    parts = ", ".join(names.get(side, "_") for side in range(dim))
    return (
        f"let ({parts}) = {variable}.size{dim}()?;"
        if dim > 1
        else f"let {parts} = {variable}.size1()?;"
    )


def checked_sizes(variable: str, example: torch.Tensor, names: dict[int, str]) -> str:
    """`let (batch, 3, 64, 64) = x.size4()? else …`: the sizes that export fixed."""
    if not 1 <= example.dim() <= 6:
        return ""
    sides = [
        names.get(side, "_") if isinstance(size, torch.SymInt) else number(int(size))
        for side, size in enumerate(example.shape)
    ]
    shown = " × ".join(
        "any" if isinstance(size, torch.SymInt) else str(int(size)) for size in example.shape
    )
    reason = string(
        f"`{variable}` was exported with the size {shown}: export another one, or name it with --dynamic"
    )
    pattern = f"({', '.join(sides)})" if len(sides) > 1 else sides[0]
    return f"let {pattern} = {variable}.size{len(sides)}()? else {{\nreturn Err(TorchError::new({reason}));\n}};"


def has_values(tree: Any) -> bool:
    return any(isinstance(leaf, Value) for leaf in leaves(tree))


def flat_names(statement: Statement | None) -> list[str]:
    if statement is None or not statement.targets:
        return []
    found: list[str] = []
    target = statement.targets[0]
    if isinstance(target, str):
        return [target] if target else []
    tree_map(found.append, target)
    return found


def paths(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The leaves of a tree with how Rust reaches them from `name`."""
    match tree:
        case Fields():
            for key, part in tree.fields.items():
                yield from paths(part, f"{name}.{field_name(key)}")
        case tuple():
            kept = [part for part in tree if has_values(part)]
            for place, part in enumerate(kept):
                yield from paths(part, f"{name}.{place}" if len(kept) > 1 else name)
        case list():
            for place, part in enumerate(part for part in tree if has_values(part)):
                yield from paths(part, f"{name}[{place}]")
        case _:
            yield name, tree


def walk(items: list) -> Iterator[Any]:
    for item in items:
        if isinstance(item, Block):
            yield from walk(item.body)
        else:
            yield item


def versioned(call: Call) -> tuple[list, Any]:
    """The body with a value of its own for each thing that a child gives.

    A child that works in place, or only passes on, gives what it took; in Rust that is another variable.
    """
    known = {id(leaf) for tree in call.arguments.values() for leaf in leaves(tree)}
    newer: dict[int, Value] = {}

    def latest(tree: Any) -> Any:
        return tree_map(lambda x: newer.get(id(x), x) if isinstance(x, Value) else x, tree)

    def given(leaf: Any) -> Any:
        if not isinstance(leaf, Value):
            return leaf
        if id(leaf) in known:
            newer[id(leaf)] = Value(leaf.name, leaf.example)
        known.add(id(leaf))
        return newer.get(id(leaf), leaf)

    def items(body: list) -> list:
        found: list = []
        for item in body:
            match item:
                case Op():
                    args, kwargs = (
                        latest(tuple(item.args)),
                        {k: latest(v) for k, v in item.kwargs.items()},
                    )
                    copy = dataclasses.replace(
                        item, args=args, kwargs=kwargs, value=latest(item.value), origin=item
                    )
                    known.add(id(item.value))
                    found.append(copy)
                case Call():
                    arguments = {name: latest(tree) for name, tree in item.arguments.items()}
                    found.append(Use(item, arguments, tree_map(given, item.output)))
                case Block():
                    found.append(Block(item.kind, items(item.body)))
        return found

    body = items(call.body)
    return body, latest(call.output)


def counted(items: list, output: Any) -> Counter:
    """How often each value is used, by `id`."""
    counts: Counter = Counter()
    for item in walk(items):
        trees = (
            [*item.args, *item.kwargs.values()] if isinstance(item, Op) else item.arguments.values()
        )
        counts.update(
            id(leaf) for tree in trees for leaf in leaves(tree) if isinstance(leaf, Value)
        )
    counts.update(id(leaf) for leaf in leaves(output) if isinstance(leaf, Value))
    return counts


def in_place(items: list) -> set[int]:
    """The values that operators write to."""
    writing = [
        op for op in walk(items) if isinstance(op, Op) and op.args and op.value is op.args[0]
    ]
    return {id(op.value) for op in writing if op.target is not torch.ops.aten.detach_.default}


def elements(items: list) -> dict[int, dict[int, Value]]:
    """The parts that are taken of each value that is a list or a tuple."""
    found: dict[int, dict[int, Value]] = {}
    for op in walk(items):
        if isinstance(op, Op) and getattr(op.target, "__name__", "") == "getitem":
            found.setdefault(id(op.args[0]), {})[op.args[1]] = op.value
    return found


def values_made(items: list) -> list[Value]:
    made = []
    for item in walk(items):
        made += leaves(item.output) if isinstance(item, Use) else [item.value]
    unique = {id(value): value for value in made if isinstance(value, Value)}
    return list(unique.values())


def symbols_used(items: list) -> set[str]:
    found: set[str] = set()
    for op in walk(items):
        if isinstance(op, Op):
            for leaf in leaves([*op.args, *op.kwargs.values()]):
                if isinstance(leaf, torch.SymInt):
                    found |= sizes.symbols(leaf)
    return found


Writer = Callable[[Call], list[str]]
