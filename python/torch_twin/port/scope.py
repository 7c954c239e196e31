"""The names in the body of one call: arguments, sizes and values."""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import sympy
import torch

from torch_twin.port import sizes
from torch_twin.port.calls import Call, Fields, Op, Value, leaves
from torch_twin.port.lines import Statement, size_names
from torch_twin.port.naming import (
    checked_sizes,
    default_size_name,
    sizes_line,
)
from torch_twin.port.refusal import Refusal
from torch_twin.port.rust import KEYWORDS, field_name, snake, string
from torch_twin.port.values import (
    Use,
    argument_name,
    counted,
    elements,
    in_place,
    is_size,
    paths,
    symbols_used,
    versioned,
    walk,
)
from torch_twin.port.watch import Branch

# Where a receiver has the inputs, if they are not simply those of its `forward`.
INPUTS = "\x02"


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

    def given_flag(self, call: Call) -> str:
        raise NotImplementedError


class Scope:
    """What one call has names for: arguments, sizes and values; `flags` has the operators whose argument is the mode."""

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
        # Structs: what they are called as references, and what is in them.
        self.named_trees: list[tuple[str, Fields]] = []
        # The values that have a name: one, and what is the same under another name in the graph.
        self.live: dict[str, list[int]] = {}
        self.parts: dict[str, list[int]] = {}
        self.pending: list[Pending] = []
        self.lines: list[Line] = []
        self.symbols: dict[str, str] = {}
        # Symbols that only multiples of are sizes here: what they are by these.
        self.solved: dict[sympy.Symbol, sympy.Expr] = {}
        self.remaining = Counter(self.uses)
        self.uses_pass = False
        self.own_names: dict[int, str] = {}
        self.only_in_training = 0
        # How many tensors the lists have, by their names.
        self.part_counts: dict[str, int] = {}
        self.argument_ids = {id(value) for value in self.argument_values()}
        self.examples = self.all_examples()
        self.results = self.values_of_statements()

    # Arguments and sizes

    def bind_arguments(self) -> None:
        for name, tree in self.call.arguments.items():
            for path, value in paths(tree, argument_name(name)):
                if not isinstance(value, Value) or id(value) in self.variables:
                    continue
                if is_size(value):
                    self.symbols[str(value.example)] = path
                    self.variables[id(value)] = Variable(path)
                elif path == argument_name(name):
                    self.define(value, path, is_reference=True)
                else:
                    is_owned = self.takes_owned or "[" in path or isinstance(tree, Fields)
                    self.variables[id(value)] = Variable(path, not is_owned)
            if isinstance(tree, Fields):
                self.named_trees.append((argument_name(name), tree))
            if not isinstance(tree, Value):
                self.hold(argument_name(name), tree)
        for value in self.argument_values():
            if id(value) in self.written_in_place:
                name = self.variables[id(value)].text
                self.emit(f"let mut {name} = {name}.shallow_clone();", None)
                self.variables[id(value)] = Variable(name)
        self.bind_sizes()
        self.check_branches()

    def check_branches(self) -> None:
        """Refuses sizes at which Python takes a branch that was not exported."""
        places: dict[str, list[str]] = {}
        for branch in self.branches:
            other = sympy.Not(branch.condition) if branch.is_true else branch.condition
            place = branch.place.rpartition("/")[2]
            places.setdefault(sizes.condition(other, self.symbol), []).append(place)
        for text, where in places.items():
            takes = "takes" if len(where) == 1 else "take"
            reason = string(
                f"{' and '.join(where)} {takes} another branch for inputs of this size, which was not exported"
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
        needed -= self.symbols.keys()
        self.solve(needed)
        for value in self.argument_values():
            if not isinstance(value.example, torch.Tensor) or not (needed or self.checks_sizes):
                continue
            variable = self.variables[id(value)].text
            unpacked = named.get(variable, ())
            names: dict[int, str] = {}
            for side, size in enumerate(value.example.shape):
                symbol = str(self.size(size))
                if isinstance(size, torch.SymInt) and symbol in needed:
                    has_name = len(unpacked) == value.example.dim() and unpacked[side] != "_"
                    wanted = snake(unpacked[side]) if has_name else default_size_name(side, value)
                    names[side] = self.fresh(wanted)
                    self.symbols[symbol] = names[side]
                    needed.discard(symbol)
            if self.checks_sizes and any(map(sizes.is_fixed, value.example.shape)):
                self.emit(checked_sizes(variable, value.example, names), None)
            elif names:
                self.emit(sizes_line(variable, value.example.dim(), names), None)

    def solve(self, needed: set[str]) -> None:
        """Names a size such as `4*s0` where none is `s0` itself, and writes that by it."""
        sides = [
            sizes.expression(size)
            for value in self.argument_values()
            if isinstance(value.example, torch.Tensor)
            for size in value.example.shape
        ]
        for side in sides:
            factor, symbol = side.as_coeff_Mul()
            is_own = symbol.is_Symbol and str(symbol) in needed and symbol not in sides
            if is_own and symbol not in self.solved:
                whole = sympy.Symbol(str(side), integer=True, positive=True)
                self.solved[symbol] = whole / factor
                needed.discard(str(symbol))
                needed.add(str(whole))

    def size(self, size: int | torch.SymInt) -> sympy.Expr:
        """A size by those that have names here."""
        return sizes.expression(size).subs(self.solved)

    def symbol(self, name: str) -> str:
        if name in self.symbols:
            return self.symbols[name]
        for value_id, variable in reversed(self.variables.items()):
            example = self.examples.get(value_id)
            if isinstance(example, torch.Tensor):
                for side, size in enumerate(example.shape):
                    if isinstance(size, torch.SymInt) and str(self.size(size)) == name:
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

    def hold(self, name: str, tree: Any) -> None:
        """Keeps a name as long as a part of its tree is needed."""
        self.parts[name] = [id(leaf) for leaf in leaves(tree) if isinstance(leaf, Value)]

    def is_taken(self, name: str) -> bool:
        if name in ("pass", "self") or name in KEYWORDS or name in self.symbols.values():
            return True
        # What waits for a name of its own is written after this one.
        if any(re.search(rf"\b{name}\b", pending.text) for pending in self.pending):
            return True
        if any(self.remaining[part] > 0 for part in self.parts.get(name, ())):
            return True
        return any(self.remaining[owner] > 0 for owner in self.live.get(name, ()))

    def define(self, value: Value, wanted: str, is_reference: bool = False) -> str:
        name = self.fresh(wanted)
        self.live[name] = [id(value)]
        self.variables[id(value)] = Variable(name, is_reference)
        return name

    def emit(self, text: str, statement: Statement | None) -> None:
        self.lines.append(Line(text, statement))
