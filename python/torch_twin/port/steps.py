"""Writes steps along a sequence, which export has unrolled, as a loop."""

import dataclasses
import re
from collections.abc import Mapping

TOKEN = re.compile(r"\w+|\W")
NAME = re.compile(r"[a-z_]\w*")
LET = re.compile(r"let (?P<pattern>[^=]*?) = (?P<made>.*);", re.DOTALL)
LIST = re.compile(r"&\[(?P<items>&\w+(?:, &\w+)*)\]")
# The most statements of a step, and the fewest steps of a loop.
LONGEST, FEWEST = 12, 3


@dataclasses.dataclass
class Step:
    """A step like the first one: what it calls the first one's values, and the numbers that differ."""

    names: dict[str, str]
    places: dict[tuple[int, int], int]


def with_steps(lines: list[str], lengths: Mapping[str, int]) -> list[str]:
    """The statements with loops; `lengths` are those of lists of tensors, by name."""
    for start in range(len(lines)):
        for length in range(1, LONGEST + 1):
            for count in range(alike(lines, start, length), FEWEST - 1, -1):
                made = rolled(lines, start, length, count, lengths)
                if made is not None:
                    before, loop, after = made
                    return [*before, *loop, *with_steps(after, lengths)]
    return lines


def alike(lines: list[str], start: int, length: int) -> int:
    """How many steps of so many statements there are from `start` on."""
    count = 1
    while start + (count + 1) * length <= len(lines):
        if step(lines, start, length, count) is None:
            break
        count += 1
    return count


def step(lines: list[str], start: int, length: int, number: int) -> Step | None:
    """The step of this number after the first, if it does the same."""
    found = Step({}, {})
    for place in range(length):
        first, other = lines[start + place], lines[start + number * length + place]
        a, b = LET.fullmatch(first), LET.fullmatch(other)
        if a is None or b is None or not same(found, place, a["made"], b["made"], number):
            return None
        names, others = (NAME.findall(match["pattern"]) for match in (a, b))
        if NAME.sub("", a["pattern"]) != NAME.sub("", b["pattern"]) or "mut" in (*names, *others):
            return None
        found.names |= dict(zip(names, others, strict=True))
    return found if found.places else None


def same(found: Step, place: int, first: str, other: str, number: int) -> bool:
    """Whether two expressions are the same but for names of the step, and numbers that count the steps."""
    a, b = TOKEN.findall(first), TOKEN.findall(other)
    if len(a) != len(b):
        return False
    for at, (one, two) in enumerate(zip(a, b, strict=True)):
        if one.isdecimal() and two.isdecimal() and int(two) == int(one) + number:
            found.places[place, at] = int(one)
        elif found.names.get(one, one) != two:
            return False
    return True


def rolled(
    lines: list[str], start: int, length: int, count: int, lengths: Mapping[str, int]
) -> tuple[list[str], list[str], list[str]] | None:
    """What is before the loop, the loop, and what is after it; none where it would not be the same."""
    steps = [step(lines, start, length, number) for number in range(1, count)]
    body = lines[start : start + length]
    before, after = lines[:start], lines[start + count * length :]
    over = element(body, steps, count, lengths)
    names = {name: [name, *(one.names[name] for one in steps)] for name in steps[0].names}
    collected = {name: own for name, own in names.items() if len(set(own)) > 1}
    kept = [name for name in names if name not in collected and name != "_"]
    carried = [name for name in kept if uses_before(body, name)]
    if over is None or any(is_used(after, name) for name in kept if name not in carried):
        return None
    head, written = over
    for name in carried:
        before = mutable(before, name)
        if before is None:
            return None
    found = [name for name, own in collected.items() if any(is_used(after, one) for one in own)]
    if len(found) > 1:
        return None
    body = [assigned(line, carried) for line in written]
    made: list[str] = []
    if found:
        [name] = found
        outputs = fresh(name, lines)
        after = gathered(after, collected[name], outputs)
        body = pushed(body, name, outputs)
        made = [f"let mut {outputs} = Vec::new();"]
    if after is None or None in body:
        return None
    return before, [*made, "\n".join([f"for {head} {{", *body, "}"])], after


def element(
    body: list[str], steps: list[Step], count: int, lengths: Mapping[str, int]
) -> tuple[str, list[str]] | None:
    """The loop's head, and the statements of a step by its variable: a part of a list, or a number."""
    bases = {number for number in steps[0].places.values()}
    if len(bases) != 1 or any(one.places != steps[0].places for one in steps):
        return None
    [base] = bases
    tokens = [TOKEN.findall(LET.fullmatch(line)["made"]) for line in body]
    lists = {
        tokens[place][at - 2] if tokens[place][at - 1] == "[" else ""
        for place, at in steps[0].places
    }
    if len(lists) != 1:
        return None
    [name] = lists
    if name in lengths:
        one = name.removesuffix("s")
        of = f"{name}[{base}]"
        if sum(line.count(of) for line in body) != len(steps[0].places):
            return None
        is_whole = base == 0 and count == lengths[name]
        head = f"{one} in &{name}" if is_whole else f"{one} in &{name}[{base}..{base + count}]"
        return head, [line.replace(f"&{of}", one).replace(of, one) for line in body]
    if name or any("." in tokens[place][at - 1 : at + 2] for place, at in steps[0].places):
        return None
    for place, at in steps[0].places:
        tokens[place][at] = "i"
    pairs = zip(body, tokens, strict=True)
    written = [f"let {LET.fullmatch(line)['pattern']} = {''.join(made)};" for line, made in pairs]
    return f"i in {base}..{base + count}", written


def uses_before(body: list[str], name: str) -> bool:
    """Whether a step takes what the one before has given."""
    for line in body:
        match = LET.fullmatch(line)
        if is_used([match["made"]], name):
            return True
        if name in NAME.findall(match["pattern"]):
            return False
    return False


def is_used(lines: list[str], name: str) -> bool:
    """Whether lines use what is called so now."""
    for line in lines:
        match = LET.fullmatch(line)
        if re.search(rf"(?<![\w.]){name}\b", match["made"] if match else line):
            return True
        if match and name in NAME.findall(match["pattern"]):
            return False
    return False


def mutable(lines: list[str], name: str) -> list[str] | None:
    """The lines in which the last definition of a name lets it change."""
    for place in range(len(lines) - 1, -1, -1):
        match = LET.fullmatch(lines[place])
        if match and name in NAME.findall(match["pattern"]):
            pattern = re.sub(rf"\b{name}\b", f"mut {name}", match["pattern"])
            changed = f"let {pattern} = {match['made']};"
            return [*lines[:place], changed, *lines[place + 1 :]]
    return None


def assigned(line: str, carried: list[str]) -> str | None:
    """A statement that gives new values to what the next step takes."""
    match = LET.fullmatch(line)
    names = [name for name in NAME.findall(match["pattern"]) if name != "_"]
    chosen = [name in carried for name in names]
    if not any(chosen):
        return line
    return line.removeprefix("let ") if all(chosen) else None


def fresh(name: str, lines: list[str]) -> str:
    wanted = re.sub(r"_\d+$", "", name) + "s"
    while any(re.search(rf"\b{wanted}\b", line) for line in lines):
        wanted += "_"
    return wanted


def pushed(body: list[str | None], name: str, outputs: str) -> list[str | None]:
    """The step, which adds its result to the list."""
    if None in body:
        return body
    place = next(
        at for at, line in enumerate(body) if name in NAME.findall(line.partition(" = ")[0])
    )
    match = LET.fullmatch(body[place])
    if match and match["pattern"] == name and not is_used(body[place + 1 :], name):
        return [*body[:place], f"{outputs}.push({match['made']});", *body[place + 1 :]]
    return [*body, f"{outputs}.push({name});"]


def gathered(after: list[str], own: list[str], outputs: str) -> list[str] | None:
    """What comes after the loop, with the list of all steps' results in the place of each; none where it is not one."""
    for place, line in enumerate(after):
        if not any(is_used([line], name) for name in own):
            continue
        lists = [match for match in LIST.finditer(line) if f"&{own[0]}," in match[0]]
        if len(lists) != 1:
            return None
        items = lists[0]["items"].replace("&", "").split(", ")
        rest = items[len(own) :]
        line = line.replace(lists[0][0], f"&{outputs}")
        left = [line, *after[place + 1 :]]
        if items[: len(own)] != own or any(is_used(left, name) for name in items):
            return None
        if any(not is_defined(after[:place], name) for name in rest):
            return None
        extend = [f"{outputs}.extend([{', '.join(rest)}]);"] if rest else []
        return [*after[:place], *extend, *left]
    return None


def is_defined(lines: list[str], name: str) -> bool:
    patterns = [match["pattern"] for match in map(LET.fullmatch, lines) if match]
    return any(name in NAME.findall(pattern) for pattern in patterns)
