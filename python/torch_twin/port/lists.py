"""Lists that grow from line to line: each call takes all that was computed before it, as in a dense block."""

import re
from collections.abc import Sequence

LIST = re.compile(r"&vec!\[([^\[\]]*)\]")
ARRAY = re.compile(r"&\[([^\[\]]*)\]")
LET = re.compile(r"let (\w+) = (.*);", re.DOTALL)
# The fewest lists that are written as one.
FEWEST = 3


def with_growing_lists(lines: list[str]) -> list[str]:
    """The lines with `outputs.push(…)` in place of lists that are the one before and what was computed since."""
    place = 0
    while place < len(lines):
        count = growing(lines[place:])
        if count >= FEWEST:
            return [*lines[:place], *grown(lines[place:], count, free_name(lines))]
        place += 1
    return lines


def growing(lines: Sequence[str]) -> int:
    """How many lines at the beginning have such lists."""
    count, expected = 0, None
    for line in lines:
        match, made = LIST.search(line), LET.fullmatch(line)
        if match is None or made is None or len(LIST.findall(line)) > 1:
            break
        names = names_in(match[1])
        if expected is not None and names != expected:
            break
        expected, count = [*names, made[1]], count + 1
    return count


def names_in(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [part.removesuffix(".shallow_clone()").removeprefix("&") for part in parts]


def grown(lines: Sequence[str], count: int, name: str) -> list[str]:
    """The first `count` lines, each of which adds to the list `name`, and the rest, which takes the list."""
    first = LIST.search(lines[0])
    made = [LET.fullmatch(line) for line in lines[:count]]
    every = [*names_in(first[1]), *(match[1] for match in made)]
    rest = [with_list(line, every, name) for line in lines[count:]]
    result = [f"let mut {name} = vec![{first[1]}];"]
    for match in made:
        value = LIST.sub(f"&{name}", match[2])
        if is_used(match[1], rest):
            result += [
                f"let {match[1]} = {value};",
                f"{name}.push({match[1]}.shallow_clone());",
            ]
        else:
            result.append(f"{name}.push({value});")
    return [*result, *rest]


def with_list(line: str, every: list[str], name: str) -> str:
    """The line with the list in place of an array of all that is in it."""

    def instead(match: re.Match) -> str:
        return f"&{name}" if names_in(match[1]) == every else match[0]

    return ARRAY.sub(instead, LIST.sub(instead, line))


def is_used(name: str, lines: Sequence[str]) -> bool:
    return any(re.search(rf"\b{name}\b", line) for line in lines)


def free_name(lines: Sequence[str]) -> str:
    name, count = "outputs", 1
    while is_used(name, lines):
        count += 1
        name = f"outputs_{count}"
    return name
