"""Writes runs of lines that differ in a number, or in a name, as loops."""

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# A quoted name, cut at its numbers; one that begins with 0 is none that a loop could count.
NAME = re.compile(r'("[^"]*")')
NUMBER = re.compile(r"(?<!\d)(0|[1-9]\d*)(?!\d)")
# A statement for one part of a list.
PART = re.compile(r"(init::\w+\()&mut (tensor\(.*\)\?)\[(\d+)\](, .*)")
# The size of a new tensor.
DROPPED = re.compile(r"(?<=Tensor::f_empty\()\[[^]]*\]")
TARGET = re.compile(r'"[^"]*"')
INDICES = "ijklmn"
# The longest body of a loop, in statements, and the fewest names of a loop over names.
LONGEST = 200
FEWEST = 3
# The lines that a loop needs beside its body.
COST = 2

Pieces = tuple[str | int, ...]
"""A line: text, the numbers in its names, and below -1 the variables of loops around it."""


@dataclass(frozen=True)
class Loop:
    """Statements that are repeated with the variable from `start` on."""

    variable: int
    start: int
    count: int
    body: tuple["Node", ...]


Node = Pieces | Loop


def loops(lines: Sequence[str]) -> list[str]:
    """The same statements in the same order, in fewer lines."""
    nodes = compressed(tuple(pieces(line) for line in lines), 0)
    assert expanded(nodes) == list(lines), "a loop that does other things"
    return _written(nodes)


@functools.cache
def pieces(line: str) -> Pieces:
    """The text and the numbers of a line."""
    parts: list[str | int] = []
    for place, text in enumerate(NAME.split(line)):
        if place % 2 == 0:
            parts.append(text)
        else:
            split = NUMBER.split(text)
            parts += [int(part) if at % 2 else part for at, part in enumerate(split)]
    return tuple(parts)


def compressed(lines: tuple[Pieces, ...], depth: int) -> tuple[Node, ...]:
    """The lines with the loop that saves most of them, and so on within, before and after it."""
    best = max(_repetitions(lines), default=None)
    if best is None or depth == len(INDICES):
        return lines
    _, place, length, count = best
    place = -place
    body, again = lines[place : place + length], lines[place + length : place + 2 * length]
    start, turned = 0, []
    for line, other in zip(body, again, strict=True):
        parts = list(line)
        for at, (a, b) in enumerate(zip(line, other, strict=True)):
            if a != b:
                start, parts[at] = a, Variable(depth)
        turned.append(tuple(parts))
    loop = Loop(depth, start, count, compressed(tuple(turned), depth + 1))
    after = lines[place + length * count :]
    return (*compressed(lines[:place], depth), loop, *compressed(after, depth))


@dataclass(frozen=True)
class Variable:
    """The variable of a loop, in a line."""

    depth: int


def _repetitions(lines: tuple[Pieces, ...]) -> Iterator[tuple[int, int, int, int]]:
    """The loops that would save lines: how many, where (negative), the body's length, the count."""
    shapes = [tuple(None if isinstance(part, int) else part for part in line) for line in lines]
    known = {shape: number for number, shape in enumerate(dict.fromkeys(shapes))}
    kinds = [known[shape] for shape in shapes]
    for length in range(1, min(LONGEST, len(lines) // 2) + 1):
        for place in range(len(lines) - 2 * length + 1):
            if kinds[place : place + length] == kinds[place + length : place + 2 * length]:
                count = _count(lines, kinds, place, length)
                saved = length * (count - 1) - COST
                if saved > 0:
                    yield saved, -place, length, count


def _count(lines: tuple[Pieces, ...], kinds: list[int], place: int, length: int) -> int:
    """How often the lines at a place are repeated as they are, or with the same numbers one larger each time."""
    first = [part for line in lines[place : place + length] for part in line]
    varying: set[int] | None = None
    count = 1
    while True:
        at = place + count * length
        if kinds[place : place + length] != kinds[at : at + length]:
            return count
        parts = [part for line in lines[at : at + length] for part in line]
        different = {p for p, (a, b) in enumerate(zip(first, parts, strict=True)) if a != b}
        starts = {first[p] for p in different}
        is_next = not starts or (
            len(starts) == 1 and all(parts[p] == first[p] + count for p in different)
        )
        if not is_next or (varying is not None and varying != different):
            return count
        varying, count = different, count + 1


def expanded(nodes: Sequence[Node], values: tuple[int, ...] = ()) -> list[str]:
    """The lines one by one."""
    lines = []
    for node in nodes:
        if isinstance(node, Loop):
            for value in range(node.start, node.start + node.count):
                lines += expanded(node.body, (*values, value))
        else:
            parts = (values[p.depth] if isinstance(p, Variable) else p for p in node)
            lines.append("".join(map(str, parts)))
    return lines


def _written(nodes: Sequence[Node]) -> list[str]:
    lines: list[str] = []
    for node in nodes:
        if isinstance(node, Loop):
            is_used = any(Variable(node.variable) in line for line in _flat(node.body))
            index = INDICES[node.variable] if is_used else "_"
            lines.append(f"for {index} in {node.start}..{node.start + node.count} {{")
            lines += (f"    {line}" for line in _written(node.body))
            lines.append("}")
        else:
            lines.append(_line(node))
    return by_names(by_sizes(by_parts(lines)))


def _flat(nodes: Sequence[Node]) -> Iterator[Pieces]:
    for node in nodes:
        yield from _flat(node.body) if isinstance(node, Loop) else [node]


def _line(parts: Pieces) -> str:
    text = "".join(f"{{{INDICES[p.depth]}}}" if isinstance(p, Variable) else str(p) for p in parts)
    return TARGET.sub(lambda name: f"&format!({name[0]})" if "{" in name[0] else name[0], text)


def by_parts(lines: list[str]) -> list[str]:
    """Equal statements for one part of a list after the other as a loop over these parts."""
    result: list[str] = []
    place = 0
    while place < len(lines):
        match, end = PART.fullmatch(lines[place]), place + 1
        while match and end < len(lines):
            first = int(match[3])
            following = f"{match[1]}&mut {match[2]}[{first + end - place}]{match[4]}"
            if lines[end] != following:
                break
            end += 1
        if match is None or end - place < FEWEST:
            result += lines[place:end]
        else:
            parts = f"{int(match[3])}..{int(match[3]) + end - place}"
            body = f"    {match[1]}part{match[4]}"
            result += [f"for part in &mut {match[2]}[{parts}] {{", body, "}"]
        place = end
    return result


def by_sizes(lines: list[str]) -> list[str]:
    """Equal draws of tensors that are dropped as a loop over their sizes."""
    result: list[str] = []
    for (template, _), group in itertools.groupby(lines, _dropped):
        same = list(group)
        if template is None or len(same) < FEWEST:
            result += same
            continue
        sizes = ", ".join(DROPPED.search(line)[0] for line in same)
        result += [f"for size in [{sizes}] {{", f"    {template}", "}"]
    return result


def _dropped(line: str) -> tuple[str | None, int]:
    """The line without the size of the tensor in it, and how many dimensions it has."""
    match = DROPPED.search(line)
    if match is None or not line.startswith("init::"):
        return None, 0
    return DROPPED.sub("size", line), match[0].count(",")


def by_names(lines: list[str]) -> list[str]:
    """Equal statements for several names as a loop over the names."""
    result: list[str] = []
    place = 0
    while place < len(lines):
        template = TARGET.sub("{}", lines[place])
        end = place
        while end < len(lines) and _fits(lines[end], template):
            end += 1
        if end - place < FEWEST:
            result.append(lines[place])
            place += 1
            continue
        names = ", ".join(TARGET.search(line)[0] for line in lines[place:end])
        body = template.replace("{}", "name")
        result += [f"for name in [{names}] {{", f"    {body}", "}"]
        place = end
    return result


def _fits(line: str, template: str) -> bool:
    is_one = (
        len(TARGET.findall(line)) == 1 and "format!" not in line and not line.startswith("    ")
    )
    return is_one and TARGET.sub("{}", line) == template
