"""Writes what one call of a module computes as the body of `forward` in Rust, one line for each Python line."""

import re
from typing import Any

import torch

from torch_twin.port import operator_arguments, operators, sizes
from torch_twin.port.calls import Block, Fields, Op, Value, leaves
from torch_twin.port.lines import Statement
from torch_twin.port.lists import with_growing_lists
from torch_twin.port.naming import (
    default_name,
    flat_names,
)
from torch_twin.port.refusal import Refusal
from torch_twin.port.rust import field_name
from torch_twin.port.scope import Pending, Variable
from torch_twin.port.signatures import is_same_tree
from torch_twin.port.steps import with_steps
from torch_twin.port.text import with_loops
from torch_twin.port.uses import Uses
from torch_twin.port.values import (
    argument_name,
    has_values,
    is_size,
    values_made,
)

# The devices of `torch.autocast`.
DEVICES = {"cpu": "Device::Cpu", "cuda": "Device::Cuda(0)"}


class Body(Uses):
    """The statements of one call."""

    def write(self) -> list[str]:
        """The lines of `forward`, the last of which is what it gives."""
        self.bind_arguments()
        self.write_items(self.items)
        result = self.result()
        lines = with_loops([line.text for line in self.lines], self.list_length)
        return with_steps(with_growing_lists([*lines, result]), self.part_counts)

    def list_length(self, name: str) -> int:
        return self.resolver.list_length(self.call.name, name)

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
            self.part_counts[name] = len(value.example)
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
            self.live[variable.text].append(id(op.value))

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
                return operators.Size(sizes.rust(self.size(argument), self.symbol))
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
            if variable is not None and not is_size(value):
                return operators.Tensor(variable.text, variable.is_reference)
        return None

    def block(self, block: Block, statement: Statement | None) -> None:
        """`no_grad(|| { … })`, which gives what is used after it."""
        opening = opened(block)
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
        self.emit(f"{binding}{opening} {{\n{lines}\nOk({given})\n}})?;", statement)

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
            case Fields() if self.owned_tree(tree):
                return self.owned_tree(tree)
            case Fields():
                kept = {
                    field_name(name): self.output_text(part)
                    for name, part in tree.fields.items()
                    if has_values(part)
                }
                parts = [own if own == text else f"{own}: {text}" for own, text in kept.items()]
                return f"{self.resolver.output_type(self.call)} {{ {', '.join(parts)} }}"
            case _:
                raise Refusal("an output is no tensor", module=self.call.name)

    def owned_tree(self, tree: Fields) -> str:
        """The struct with these values that a child gave."""
        found = [name for name, other in self.named_trees if is_same_tree(other, tree)]
        return found[0].removeprefix("&") if found and found[0].startswith("&") else ""


def opened(block: Block) -> str:
    """The head of the closure that is a `with` block in Python."""
    if block.kind == "no_grad":
        return "no_grad(|| -> Result<_>"
    if block.kind == "enable_grad":
        return "with_grad(|| -> Result<_>"
    device, dtype, enabled, *_ = block.settings
    if device not in DEVICES:
        raise Refusal(f"autocast of the device `{device}` is not ported")
    kind = f"Some({operator_arguments.kind(dtype)})" if enabled else "None"
    return f"autocast({DEVICES[device]}, {kind}, ||"


def as_result(pending: Pending) -> str:
    """The expression as the `Result` that `forward` gives."""
    text = pending.text
    if pending.is_result and text.endswith("?"):
        return text[:-1]
    return f"Ok({text})"
