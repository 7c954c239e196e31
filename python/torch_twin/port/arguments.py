"""The arguments of a constructor: the numbers in which instances of a class differ."""

from typing import Any

from torch_twin.port.rust import field_name, number
from torch_twin.port.unify import Hole, Template


class Arguments:
    """The arguments of `new` for the numbers in which instances differ."""

    def __init__(self, lines: Template, forward: Template, init: list[dict[str, Any]]) -> None:
        self.init = init
        self.named: dict[tuple, str] = {}
        self.of_forward = [(hole.kind, hole.values) for hole in forward.holes]
        for hole in [*lines.holes, *forward.holes]:
            if self.key(hole) not in self.named:
                self.named[self.key(hole)] = self.fresh(hole)
        order = list(init[0]) if init else []
        as_in_init = lambda item: order.index(item[1]) if item[1] in order else len(order)
        self.named = dict(sorted(self.named.items(), key=as_in_init))

    @staticmethod
    def key(hole: Hole) -> tuple:
        return ("int" if hole.kind in ("usize", "i64") else hole.kind, hole.values)

    def fresh(self, hole: Hole) -> str:
        from_init = [
            name
            for name in (self.init[0] if self.init else {})
            if tuple(
                number(of.get(name)) if isinstance(of.get(name), int | float) else ""
                for of in self.init
            )
            == hole.values
        ]
        hint = "size" if hole.hint.startswith("f_") else hole.hint
        wanted = field_name(from_init[0] if from_init else hint)
        name, count = wanted, 1
        while name in self.named.values():
            count += 1
            name = f"{wanted}_{count}"
        return name

    def parameters(self) -> list[tuple[str, str]]:
        """Name and type."""
        return [(name, KIND_OF[kind]) for (kind, _), name in self.named.items()]

    @staticmethod
    def key_of(kind: str, values: tuple) -> tuple:
        return ("int" if kind in ("usize", "i64") else kind, values)

    def fields(self) -> list[tuple[str, str, str]]:
        """What `forward` takes: name, type and value."""
        types = dict(self.parameters())
        wanted = {}
        for kind, values in self.of_forward:
            name = self.named[self.key_of(kind, values)]
            made = f"{name} as {kind}" if types[name] == "usize" and kind == "i64" else name
            wanted[name] = (name, kind, made)
        return list(wanted.values())

    def constructor_name(self, hole: Hole) -> str:
        name = self.named[self.key(hole)]
        is_cast = hole.kind == "i64" and dict(self.parameters())[name] == "usize"
        return f"{name} as i64" if is_cast else name

    def forward_name(self, hole: Hole) -> str:
        return f"self.{self.named[self.key(hole)]}"

    def given(self, place: int) -> list[str]:
        return [values[place] for _, values in self.named]


KIND_OF = {"int": "usize", "f64": "f64", "bool": "bool"}
