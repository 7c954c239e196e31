"""Instances of one class with other children or other branches become one struct: an `Option`, a `bool`, an argument."""

import dataclasses
import re

from torch import nn

from torch_twin.port.layers import Layer, aligned
from torch_twin.port.unify import shape


@dataclasses.dataclass
class Field:
    """A line of `module!`: `role` is empty for a child."""

    own: str
    field: str
    attribute: str
    role: str
    made: Layer
    is_layer: bool = False

    @property
    def text(self) -> str:
        return f"{self.attribute}{self.role}{self.field}: {self.made.type_name} = {self.made.make},"


@dataclasses.dataclass
class Drawn:
    """What one instance looks like: its lines, the head of `forward` and the statements in it."""

    fields: list[Field]
    head: str
    statements: list[str]
    # What its constructor is given beside numbers: name, type and expression.
    given: list[tuple[str, str, str]] = dataclasses.field(default_factory=list)

    @property
    def lines(self) -> str:
        return "".join(f"{field.text}\n" for field in self.fields)

    @property
    def forward(self) -> str:
        if not self.head:
            return ""
        body = "\n".join(self.statements)
        return f"{without_unused(self.head, body)} {{\n{body}\n}}\n}}"

    @property
    def draws(self) -> bool:
        return any(field.made.draws for field in self.fields)

    @property
    def shape(self) -> tuple:
        return shape(self.lines), shape(self.forward)


def without_unused(head: str, body: str) -> str:
    """The head with `_` for the arguments that nothing uses."""
    match = PARAMETERS.search(head)
    if match is None:
        return head
    names = match["names"].split(", ")
    instead = "_" if len(names) > 1 else f"_{names[0]}"
    kept = [name if is_used(name, [body]) else instead for name in names]
    return f"{head[: match.start('names')]}{', '.join(kept)}{head[match.end('names') :]}"


PARAMETERS = re.compile(r"&self, (?:&\(|&)?(?P<names>[a-z_]\w*(?:, [a-z_]\w*)*)\)?: ")


class Apart(Exception):
    """Instances that do not become one struct."""


def merged(drawn: dict[str, Drawn], modules: dict[str, nn.Module]) -> dict[str, Drawn]:
    """The instances in one shape.

    Raises:
        Apart: they differ in more than children and one branch.
    """
    instances = list(drawn.values())
    if len({shape(one.head) for one in instances}) > 1:
        raise Apart
    names: dict[str, None] = {}
    for one in instances:
        names |= dict.fromkeys(field.field for field in one.fields)
    result = {
        name: Drawn([], one.head, list(one.statements), list(one.given))
        for name, one in drawn.items()
    }
    optional = [field for field in names if join_field(field, drawn, result)]
    join_bodies(result, optional, modules)
    return result


def join_field(field: str, drawn: dict[str, Drawn], result: dict[str, Drawn]) -> bool:
    """Adds one line to all instances; whether it is an `Option`."""
    found = {
        name: next((f for f in one.fields if f.field == field), None) for name, one in drawn.items()
    }
    present = [one for one in found.values() if one is not None]
    is_optional = len(present) < len(found)
    if not is_optional and len({shape(one.text) for one in present}) == 1:
        for name, one in found.items():
            result[name].fields.append(one)
        return False
    if any(one.role for one in present):
        raise Apart
    types = {one.made.type_name for one in present}
    if len(types) > 1 and not all(one.is_layer for one in present):
        raise Apart
    of = types.pop() if len(types) == 1 else "Box<dyn Layer>"
    kind = f"Option<{of}>" if is_optional else of
    for name, one in found.items():
        made = "None"
        if one is not None:
            make = one.made.make
            made = f"Box::new({make}) as Box<dyn Layer>" if of == "Box<dyn Layer>" else make
            made = f"Some({made})" if is_optional else made
        line = dataclasses.replace(present[0], made=Layer(kind, field))
        result[name].fields.append(line)
        result[name].given.append((field, kind, made))
    return is_optional


def join_bodies(
    result: dict[str, Drawn], optional: list[str], modules: dict[str, nn.Module]
) -> None:
    """Gives all instances the same statements, with a branch where they differ."""
    kinds: dict[tuple, list[str]] = {}
    for name, one in result.items():
        kinds.setdefault(shape("\n".join(one.statements)), []).append(name)
    if len(kinds) == 1:
        if any(
            f"self.{field}." in "\n".join(one.statements)
            for one in result.values()
            for field in optional
        ):
            raise Apart
        return
    if len(kinds) > 2:
        raise Apart
    first, second = kinds.values()
    condition, first = chosen(first, second, result, optional, modules)
    second = [name for name in result if name not in first]
    one, other = result[first[0]], result[second[0]]
    joined = branch(one.statements, other.statements, condition, one.head)
    for name, one in result.items():
        own = result[first[0]] if name in first else result[second[0]]
        if one.statements != own.statements:
            # Numbers that differ within one kind would have to be arguments of one branch alone.
            raise Apart
    if any(f"self.{field}." in "\n".join(joined) for field in optional):
        # Another child that is not always there.
        raise Apart
    for one in result.values():
        one.statements = joined


def chosen(
    first: list[str],
    second: list[str],
    result: dict[str, Drawn],
    optional: list[str],
    modules: dict[str, nn.Module],
) -> tuple[str, list[str]]:
    """The condition of the branch, and the instances for which it is true."""
    for field in optional:
        has = [
            name
            for name, one in result.items()
            if ("None" not in [e for n, _, e in one.given if n == field])
        ]
        if set(has) in (set(first), set(second)):
            return f"let Some({field}) = &self.{field}", has
    for attribute in plain_attributes(modules[first[0]]):
        values = {name: getattr(modules[name], attribute, None) for name in result}
        has = [name for name, value in values.items() if value is True]
        lacks = [name for name, value in values.items() if value is False]
        if set(has) in (set(first), set(second)) and len(has) + len(lacks) == len(result):
            add_flag(result, attribute, has)
            return f"self.{attribute}", has
    raise Apart


def plain_attributes(module: nn.Module) -> list[str]:
    """The attributes that are bools, which `forward` may branch on."""
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, bool) and name != "training"
    ]


def add_flag(result: dict[str, Drawn], name: str, has: list[str]) -> None:
    for instance, one in result.items():
        one.fields.insert(0, Field(name, name, "", "field ", Layer("bool", name)))
        one.given.append((name, "bool", "true" if instance in has else "false"))


def branch(first: list[str], second: list[str], condition: str, head: str) -> list[str]:
    """The statements with `if condition { first } else { second }` where they differ."""
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    end = 0
    while end < min(len(first), len(second)) - start and first[-1 - end] == second[-1 - end]:
        end += 1
    middle = [first[start : len(first) - end], second[start : len(second) - end]]
    after = first[len(first) - end :]
    name = re.match(r"let Some\((\w+)\)", condition)
    if name:
        middle[0] = [line.replace(f"self.{name[1]}.", f"{name[1]}.") for line in middle[0]]
        rest = "\n".join([*first[:start], *after, *middle[1]])
        if f"self.{name[1]}." in rest:
            raise Apart
    own = [defined(part) for part in middle]
    needed = [name for name in dict.fromkeys(own[0] + own[1]) if is_used(name, after)]
    if not after or not needed:
        return [*first[:start], either(condition, *middle), *after]
    known = [*defined(first[:start]), *re.findall(r"\w+(?=: &Tensor)", head)]
    if any(name not in names + known for name in needed for names in own):
        raise Apart
    given = needed[0] if len(needed) == 1 else f"({', '.join(needed)})"
    results = [
        [name if name in names else f"{name}.shallow_clone()" for name in needed] for names in own
    ]
    ends = [result[0] if len(result) == 1 else f"({', '.join(result)})" for result in results]
    text = either(condition, *(ended(part, end) for part, end in zip(middle, ends, strict=True)))
    return [*first[:start], f"let {given} = {text};", *after]


def ended(lines: list[str], result: str) -> list[str]:
    """The lines of a block that gives `result`, which is not bound just before."""
    last = (
        re.fullmatch(rf"let {re.escape(result)} = (.*);", lines[-1], re.DOTALL) if lines else None
    )
    return [*lines[:-1], last[1]] if last else [*lines, result]


def either(condition: str, first: list[str], second: list[str]) -> str:
    lines = "\n".join(first)
    if not second:
        return f"if {condition} {{\n{lines}\n}}"
    others = "\n".join(second)
    return f"if {condition} {{\n{lines}\n}} else {{\n{others}\n}}"


def defined(lines: list[str]) -> list[str]:
    """The names that statements bind; what may be changed in place keeps its own name."""
    found: dict[str, None] = {}
    for line in lines:
        match = re.match(r"let (?:mut )?(\w+) = ", line)
        pattern = re.match(r"let \(([^=]*)\) = ", line)
        names = [match[1]] if match else re.findall(r"\w+", pattern[1]) if pattern else []
        found |= dict.fromkeys(name for name in names if name not in ("_", "mut"))
    return list(found)


def is_used(name: str, lines: list[str]) -> bool:
    return any(re.search(rf"\b{name}\b", line) for line in lines)


def align(instances: list[Drawn]) -> None:
    """Writes the same options of the same layer in all instances."""
    names = dict.fromkeys(field.field for one in instances for field in one.fields)
    for name in names:
        fields = [field for one in instances for field in one.fields if field.field == name]
        for field, made in zip(fields, aligned([field.made for field in fields]), strict=True):
            field.made = made
