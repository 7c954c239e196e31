"""Python's statements, and the expressions that wait for a name."""

from typing import Any

from torch_twin.port.calls import Block, Op, Value, leaves
from torch_twin.port.lines import Statement, own_statement
from torch_twin.port.naming import (
    default_name,
    flat_names,
)
from torch_twin.port.refusal import Refusal
from torch_twin.port.scope import Pending, Scope, Variable
from torch_twin.port.values import (
    Use,
    walk,
)

# The most characters of an expression that is not bound to a name.
WIDTH = 90


class Statements(Scope):
    """Binds what statements compute, in the order of Python."""

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
        for name in wanted:
            wanted_name = name or self.wanted_name(self.pending[0].value, statement)
            self.bind(self.pending.pop(0), wanted_name)

    def is_tail(self) -> bool:
        """Whether the one pending expression is what `forward` gives."""
        if self.only_in_training:
            return False
        return len(self.pending) == 1 and self.pending[0].value is self.output

    def flush(self, keep: int) -> None:
        """Binds all but the last `keep` pending expressions."""
        while len(self.pending) > keep:
            self.bind(self.pending.pop(0), "")

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
            wanted = self.wanted_name(value, statement)
            self.pending.clear()
            self.bind(pending, wanted)

    def wanted_name(self, value: Value, statement: Statement | None) -> str:
        """The name that the statement assigns, if this value is what it assigns."""
        names = flat_names(statement)
        for made in self.results.get(statement, []):
            results = [id(result) for result in made]
            if len(names) == len(results) and id(value) in results:
                return names[results.index(id(value))]
        is_member = any(p.value is value and ".get(" in p.text for p in self.pending)
        return names[0] if len(names) == 1 and is_member else ""

    def values_of_statements(self) -> dict[Statement, list[list[Value]]]:
        """What each statement computes and does not use itself, in order; each time that it runs."""
        made: dict[Statement, list[list[Value]]] = {}
        last: Statement | None = None
        for item in walk(self.items):
            statement = self.statement(item)
            if statement is None:
                continue
            runs = made.setdefault(statement, [])
            if statement != last:
                runs.append([])
            last = statement
            trees = (
                [*item.args, *item.kwargs.values()]
                if isinstance(item, Op)
                else item.arguments.values()
            )
            used = {id(leaf) for tree in trees for leaf in leaves(tree)}
            kept = [value for value in runs[-1] if id(value) not in used]
            value = item.value if isinstance(item, Op) else item.output
            runs[-1] = [*kept, *([value] if isinstance(value, Value) else [])]
        return made
