"""The values of one call: what its body computes, uses and writes to."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch

from torch_twin.port import sizes
from torch_twin.port.calls import Block, Call, Fields, Op, Value, leaves, tree_map
from torch_twin.port.rust import field_name


@dataclasses.dataclass(eq=False)
class Use:
    """A call of a child as its parent sees it."""

    call: Call
    arguments: dict[str, Any]
    output: Any


def argument_name(name: str) -> str:
    return field_name(name)


def has_values(tree: Any) -> bool:
    return any(isinstance(leaf, Value) for leaf in leaves(tree))


def is_size(value: Value) -> bool:
    """Whether it is a size that a module takes."""
    return isinstance(value.example, torch.SymInt)


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
                    found.append(Block(item.kind, items(item.body), item.settings))
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
