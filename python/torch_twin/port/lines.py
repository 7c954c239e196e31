"""The Python statements behind a graph: which line computes a value, and what it is called there."""

import ast
import dataclasses
import functools
import inspect
import linecache
from collections.abc import Callable

from torch import nn

from torch_twin.port.calls import Place


@dataclasses.dataclass(frozen=True)
class Statement:
    """A statement of a Python file: its lines, and the names that it assigns, nested as in the source."""

    file: str
    first: int
    last: int
    targets: tuple
    is_return: bool


@functools.cache
def statements(file: str) -> dict[int, Statement]:
    """The innermost simple statement of each line of a file."""
    source = "".join(linecache.getlines(file))
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return {}
    found: dict[int, Statement] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            statement = Statement(
                file,
                node.lineno,
                node.end_lineno or node.lineno,
                targets(node),
                isinstance(node, ast.Return),
            )
            for line in range(statement.first, statement.last + 1):
                found[line] = statement
        elif isinstance(node, ast.stmt):
            header = Statement(file, node.lineno, node.lineno, (), False)
            found.setdefault(node.lineno, header)
    return found


def targets(node: ast.stmt) -> tuple:
    match node:
        case ast.Assign(targets=[target]):
            return (names(target),)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return (names(target),)
        case _:
            return ()


def names(target: ast.expr):
    """`x` as a string, `q, (k, v)` as a tuple; what is no name as an empty string."""
    match target:
        case ast.Name(id=name):
            return name
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return tuple(names(element) for element in elements)
        case _:
            return ""


@functools.cache
def ranges(code: type[nn.Module] | Callable) -> list[tuple[str, int, int]]:
    """Where a class and its bases stand, up to `nn.Module`; or where a function does."""
    found = []
    for base in getattr(code, "__mro__", [code]):
        if base in (nn.Module, object):
            continue
        try:
            lines, first = inspect.getsourcelines(base)
            found.append((inspect.getsourcefile(base) or "", first, first + len(lines) - 1))
        except (OSError, TypeError):
            continue
    return found


def own_statement(frames: list[Place], code: type[nn.Module] | Callable) -> Statement | None:
    """The statement of the module's own class on the way to a node, the innermost one.

    What a method returns has the names that its caller gives it.
    """
    own = [
        statements(file).get(place.line)
        for place in reversed(frames)
        for file, first, last in ranges(code)
        if place.file == file and first <= place.line <= last
    ]
    found = [statement for statement in own if statement is not None]
    if len(found) > 1 and found[0].is_return:
        return dataclasses.replace(found[0], targets=found[1].targets)
    return found[0] if found else None


@functools.cache
def size_names(code: type[nn.Module] | Callable) -> dict[str, tuple[str, ...]]:
    """What `forward` calls the sizes of its arguments: `{"x": ("batch", "length", "_")}`."""
    found: dict[str, tuple[str, ...]] = {}
    for file, first, last in ranges(code):
        tree = ast.parse("".join(linecache.getlines(file)))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and first <= node.lineno <= last:
                match node:
                    case ast.Assign(
                        targets=[ast.Tuple() as target],
                        value=ast.Attribute(value=ast.Name(id=of), attr="shape")
                        | ast.Call(func=ast.Attribute(value=ast.Name(id=of), attr="size"), args=[]),
                    ):
                        unpacked = names(target)
                        if all(isinstance(name, str) for name in unpacked):
                            found.setdefault(of, unpacked)
    return found
