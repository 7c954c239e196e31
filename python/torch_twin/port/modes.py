"""Where a module computes something else in `eval` mode than in `train` mode."""

import math
from collections.abc import Iterator
from typing import Any

import torch

from torch_twin.port.calls import Block, Call, Fields, Op, Value


class Differs(Exception):
    """The two modes have other operators."""


def training_arguments(train: Call, evaluation: Call) -> dict[int, str]:
    """The name of the argument that says the mode, for each operator (by `id`) that has one.

    Raises:
        Differs: bodies of other operators.
    """
    pairing = Pairing()
    pairing.tree(train.arguments, evaluation.arguments)
    pairing.bodies(train.body, evaluation.body)
    pairing.tree(train.output, evaluation.output)
    return pairing.flags


class Pairing:
    """Walks two bodies side by side, and pairs their values."""

    def __init__(self) -> None:
        self.values: dict[int, Value] = {}
        self.flags: dict[int, str] = {}

    def bodies(self, train: list, evaluation: list) -> None:
        rest = list(evaluation)
        for ours in train:
            if is_contiguous(ours) and not (rest and is_contiguous(rest[0])):
                # In eval mode it is contiguous already.
                self.values[id(ours.value)] = self.values.get(id(ours.args[0]))
                continue
            if not rest:
                raise Differs
            theirs = rest.pop(0)
            if type(ours) is not type(theirs):
                raise Differs
            match ours:
                case Op():
                    self.operators(ours, theirs)
                case Call():
                    if ours.name != theirs.name or ours.arguments.keys() != theirs.arguments.keys():
                        raise Differs
                    self.tree(ours.arguments, theirs.arguments)
                    self.tree(ours.output, theirs.output)
                case Block():
                    if (ours.kind, ours.settings) != (theirs.kind, theirs.settings):
                        raise Differs
                    self.bodies(ours.body, theirs.body)
        if rest:
            raise Differs

    def operators(self, ours: Op, theirs: Op) -> None:
        if ours.target is not theirs.target:
            raise Differs
        for place, (own, other) in enumerate(with_defaults(ours, theirs)):
            if is_mode(ours.target, place, own, other):
                self.flags[id(ours)] = ours.target._schema.arguments[place].name
            else:
                self.tree(own, other)
        self.tree(ours.kwargs, theirs.kwargs)
        self.tree(ours.value, theirs.value)

    def tree(self, ours: Any, theirs: Any) -> None:
        if type(ours) is not type(theirs):
            raise Differs
        match ours:
            case Value():
                if self.values.setdefault(id(ours), theirs) is not theirs:
                    raise Differs
            case dict():
                if ours.keys() != theirs.keys():
                    raise Differs
                for name in ours:
                    self.tree(ours[name], theirs[name])
            case Fields():
                self.tree(ours.fields, theirs.fields)
            case list() | tuple():
                if len(ours) != len(theirs):
                    raise Differs
                for own, other in zip(ours, theirs, strict=True):
                    self.tree(own, other)
            case torch.SymInt() | torch.SymFloat():
                pass
            case float() if math.isnan(ours) and math.isnan(theirs):
                pass
            case _:
                if ours is not theirs and ours != theirs:
                    raise Differs


def is_contiguous(item: Any) -> bool:
    return isinstance(item, Op) and item.target is torch.ops.aten.contiguous.default


def with_defaults(ours: Op, theirs: Op) -> Iterator[tuple[Any, Any]]:
    """The positional arguments of both, which a graph leaves out where they are the default."""
    schema = getattr(ours.target, "_schema", None)
    if schema is None and len(ours.args) != len(theirs.args):
        raise Differs
    for place in range(max(len(ours.args), len(theirs.args))):
        yield tuple(
            op.args[place] if place < len(op.args) else schema.arguments[place].default_value
            for op in (ours, theirs)
        )


def is_mode(target: Any, place: int, train: Any, evaluation: Any) -> bool:
    """Whether an argument is `self.training`, or a probability that is 0 outside training."""
    name = target._schema.arguments[place].name if hasattr(target, "_schema") else ""
    if name in ("train", "training", "use_input_stats") and isinstance(train, bool):
        return train and not evaluation
    return name == "dropout_p" and train != evaluation and evaluation == 0.0
