"""Writes calls of children: what they are given, and the names of what they give."""

import re
from typing import Any

from torch import nn

from torch_twin.port import sizes
from torch_twin.port.calls import Fields, Value, leaves
from torch_twin.port.layers import layer
from torch_twin.port.lines import Statement
from torch_twin.port.naming import default_name
from torch_twin.port.refusal import Refusal
from torch_twin.port.rust import number
from torch_twin.port.scope import INPUTS, Variable
from torch_twin.port.signatures import is_same_tree
from torch_twin.port.statements import Statements
from torch_twin.port.values import Use, has_values, is_size, paths

# What an attention takes beside query, key and value, with PyTorch's defaults.
OPTIONS = {
    "key_padding_mask": None,
    "attn_mask": None,
    "need_weights": True,
    "average_attn_weights": True,
    "is_causal": False,
}

# The devices of `torch.autocast`.


class Uses(Statements):
    """The calls of children in one body."""

    def child(self, use: Use, statement: Statement | None) -> None:
        if type(use.call.module) is nn.MultiheadAttention and layer(use.call.module):
            self.attention(use, statement)
            return
        trees = [tree for tree in use.arguments.values() if has_values(tree)]
        values = [leaf for tree in trees for leaf in leaves(tree) if isinstance(leaf, Value)]
        self.consume(values)
        receiver = self.resolver.child(self.call.name, use.call.name)
        if INPUTS in receiver:
            # What is called within another module must not be computed there.
            self.flush(0)
        flag = self.resolver.given_flag(use.call)
        if len(trees) == 1 and isinstance(trees[0], Value) and not flag:
            inputs = self.borrowed(trees[0])
        else:
            parts = [self.inputs(tree) for tree in trees] + ([flag] if flag else [])
            inputs = f"&({', '.join(parts)})" if len(parts) != 1 else f"&{parts[0]}"
            if len(parts) == 1 and isinstance(trees[0], Fields | list):
                inputs = parts[0]
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

    def attention(self, use: Use, statement: Statement | None) -> None:
        """A call of `nn.MultiheadAttention`, which has options and gives its weights where they are asked for."""
        self.flush(0)
        query, key, value, *_ = use.arguments.values()
        options = [
            self.option(name, use.arguments[name]) for name in OPTIONS if name in use.arguments
        ]
        chosen = ", ".join(filter(None, options))
        rest = f", AttentionOptions {{ {chosen}, ..AttentionOptions::default() }}" if chosen else ""
        inputs = ", ".join(self.borrowed(part) for part in (query, key, value))
        self.taken(
            [
                leaf
                for tree in use.arguments.values()
                for leaf in leaves(tree)
                if isinstance(leaf, Value)
            ]
        )
        self.uses_pass = True
        output, weights = use.output
        if isinstance(weights, Value) and self.uses[id(weights)]:
            raise Refusal(
                "the weights of its attention are used, which is not ported", module=use.call.name
            )
        receiver = self.resolver.child(self.call.name, use.call.name)
        names = statement.targets[0] if statement and statement.targets else ()
        wanted = (
            names[0] if isinstance(names, tuple) and names and isinstance(names[0], str) else ""
        )
        name = self.define(output, wanted or use.call.name.rpartition(".")[2])
        self.emit(f"let ({name}, _) = {receiver}.forward(&({inputs}{rest}), pass)?;", statement)

    def option(self, name: str, value: Any) -> str:
        """An argument of attention that is not the default."""
        if isinstance(value, Value):
            return f"{name}: Some({self.borrowed(value)})"
        return f"{name}: {number(value)}" if value is not None and value != OPTIONS[name] else ""

    def borrowed(self, value: Value) -> str:
        if is_size(value):
            return f"&{self.size_text(value)}"
        variable = self.text_of(value)
        return variable.text if variable.is_reference else f"&{variable.text}"

    def size_text(self, value: Value) -> str:
        return sizes.rust(self.size(value.example), self.symbol)

    def inputs(self, tree: Any) -> str:
        match tree:
            case Value():
                return self.size_text(tree) if is_size(tree) else self.borrowed(tree)
            case tuple():
                parts = [self.inputs(part) for part in tree if has_values(part)]
                return f"({', '.join(parts)})" if len(parts) != 1 else parts[0]
            case list():
                return f"&vec![{', '.join(self.cloned(part) for part in tree)}]"
            case Fields():
                return self.tree_name(tree)
            case _:
                raise Refusal(
                    "an argument is neither a tensor nor a tuple of tensors", module=self.call.name
                )

    def tree_name(self, tree: Fields) -> str:
        """A reference to the struct that has these values."""
        for name, other in self.named_trees:
            if is_same_tree(other, tree):
                return name
        reason = "an argument with names that no module gives as it is, is not ported"
        raise Refusal(reason, module=self.call.name)

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
            case Fields() | list():
                return self.whole(tree, names if isinstance(names, str) and names else "output")
            case tuple():
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
                return f"({', '.join(parts)})"
            case _:
                return "_"

    def whole(self, tree: Fields | list, wanted: str) -> str:
        """Names a struct or a `Vec`, whose parts are reached by it."""
        name = self.fresh(wanted)
        self.hold(name, tree)
        if isinstance(tree, Fields):
            self.named_trees.append((f"&{name}", tree))
        for path, value in paths(tree, name):
            if isinstance(value, Value):
                self.variables[id(value)] = Variable(path)
        return name
