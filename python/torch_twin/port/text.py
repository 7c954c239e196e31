"""Finishes the text of Rust: loops in place of repeated lines, and its format."""

import re
import subprocess

CALL = re.compile(
    r"let (?P<to>\w+) = self\.(?P<list>\w+)\.get\((?P<index>\d+)\)\?\.forward\((?P<inputs>.*), pass\)\?;"
)


def with_loops(lines: list[str], length) -> list[str]:
    """Calls of all members of a list, one after another, as a loop."""
    found: list[str] = []
    place = 0
    while place < len(lines):
        run = members(lines[place:], length)
        if run:
            found.append(loop(run))
            place += len(run)
        else:
            found.append(lines[place])
            place += 1
    return found


def members(lines: list[str], length) -> list[re.Match]:
    """The calls at the beginning that are those of a whole list, each of what the one before gave."""
    run: list[re.Match] = []
    for line in lines:
        match = CALL.fullmatch(line)
        if match is None or int(match["index"]) != len(run):
            break
        if run and (match["list"] != run[0]["list"] or match["to"] != run[0]["to"]):
            break
        if len(run) > 1 and match["inputs"] != run[1]["inputs"]:
            break
        run.append(match)
    is_whole = len(run) > 1 and len(run) == length(run[0]["list"])
    return run if is_whole and first_inputs(run) is not None else []


def first_inputs(run: list[re.Match]) -> str | None:
    """What the loop begins with, if the first call differs from the others in that alone."""
    own = f"&{run[0]['to']}"
    first, rest = parts(run[0]["inputs"]), parts(run[1]["inputs"])
    if len(first) != len(rest) or own not in rest:
        return None
    differing = [(a, b) for a, b in zip(first, rest, strict=True) if a != b]
    if not differing:
        return own
    return differing[0][0] if len(differing) == 1 and differing[0][1] == own else None


def parts(inputs: str) -> list[str]:
    return (
        re.split(r"(?<=[\w?)\]]), ", inputs.removeprefix("&(").removesuffix(")"))
        if inputs.startswith("&(")
        else [inputs]
    )


def loop(run: list[re.Match]) -> str:
    name, begin = run[0]["to"], first_inputs(run)
    value = begin.removeprefix("&") if begin.startswith("&") else f"{begin}.shallow_clone()"
    member = singular(run[0]["list"])
    call = f"{name} = {member}.forward({run[1]['inputs']}, pass)?;"
    return f"let mut {name} = {value};\nfor {member} in &self.{run[0]['list']} {{\n{call}\n}}"


INPUT_NAMES = re.compile(r"(?<=&self, )(?P<names>&\([\w, ()]+\)|\w+)(?=: &)")


def with_unused(forward: str) -> str:
    """`forward` with an underscore before inputs that it does not use."""

    def marked(match: re.Match) -> str:
        rest = forward[match.end() :]
        mark = lambda name: name[0] if is_used(name[0], rest) else f"_{name[0]}"
        return re.sub(r"\w+", mark, match["names"])

    return INPUT_NAMES.sub(marked, forward, count=1)


def is_used(name: str, body: str) -> bool:
    """Whether `body` uses the argument `name`, before another value has this name."""
    first = re.search(rf"\b{name}\b", body)
    if first is None:
        return False
    before = body[: first.start()]
    is_bound = re.search(r"\blet (mut )?(\([^()=]*)?$", before)
    is_in_block = before.count("{") - before.count("}") > 1
    if is_bound is None or is_in_block:
        return True
    return re.search(rf"\b{name}\b", statement(body[first.end() :])) is not None


def statement(text: str) -> str:
    """The rest of the statement that `text` begins in."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "({[") - (character in ")}]")
        if character == ";" and depth <= 0:
            return text[:place]
    return text


def singular(name: str) -> str:
    return name[:-1] if name.endswith("s") and len(name) > 2 else "block"


def formatted(text: str) -> str:
    """The text as rustfmt has it; as it is where rustfmt is not installed.

    rustfmt leaves what is within a macro's braces, so that the lines of `module!` are shown to it in a function.
    """
    lines = [line for macro in MACRO.finditer(text) for line in split_lines(macro["lines"])]
    shown = iter(as_statements(lines))

    def rebuilt(macro: re.Match) -> str:
        docs = "".join(f"    {line}\n" for line in macro["docs"].splitlines())
        own = "\n".join(next(shown) for _ in split_lines(macro["lines"]))
        inner = f"\n{own}\n    " if own else ""
        return f"module! {{\n{docs}    {wrapped(macro['head'])} {{{inner}}}\n}}"

    return rustfmt(MACRO.sub(rebuilt, text))


def wrapped(head: str) -> str:
    """`pub struct Name(…)`, an argument a line where they do not fit into one."""
    if len(head) <= LONGEST_HEAD:
        return head
    name, _, arguments = head.removesuffix(")").partition("(")
    lines = "".join(f"        {argument},\n" for argument in re.split(r", (?=\w+: )", arguments))
    return f"{name}(\n{lines}    )"


def rustfmt(text: str) -> str:
    try:
        done = subprocess.run(
            ["rustfmt", "--edition", "2024", "--emit", "stdout", "--quiet"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return text
    return done.stdout if done.returncode == 0 else text


MACRO = re.compile(
    r"module! \{\n(?P<docs>(?:(?:///|#\[)[^\n]*\n)*)(?P<head>pub struct \w+\([^\n]*\)) \{\n(?P<lines>.*?)\n?\}\n\}",
    re.DOTALL,
)
LONGEST_HEAD = 92
MARK = "// line of a module"
# Ends a line within a line of `module!`.
BREAK = "\x01"
LINE = re.compile(
    r"(?P<attribute>#\[name = [^\n]*\]\n)?(?P<role>param |buffer |field )?(?P<rest>.*),", re.DOTALL
)


def split_lines(text: str) -> list[str]:
    """The lines of a declaration, each with its attribute."""
    found: list[str] = []
    for line in filter(None, text.splitlines()):
        if found and found[-1].startswith("#[name") and "\n" not in found[-1]:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def as_statements(lines: list[str]) -> list[str]:
    """Lines of `module!`, formatted as the statements that they resemble."""
    matches = [LINE.fullmatch(line) for line in lines]
    statements = "\n".join(
        f"{MARK}\nlet {match['rest'].replace(BREAK, chr(10))};" for match in matches if match
    )
    text = rustfmt(f"mod module {{\nfn new() {{\n{statements}\n{MARK}\n}}\n}}\n")
    bodies = re.split(rf"\s*{MARK}\n", text)[1:-1]
    found = []
    for match, body in zip(matches, bodies, strict=True):
        indent = body[: len(body) - len(body.lstrip())]
        attribute = f"{indent}{match['attribute']}" if match["attribute"] else ""
        own = body.rstrip().removesuffix(";").replace("let ", match["role"] or "", 1)
        found.append(f"{attribute}{own},")
    return found
