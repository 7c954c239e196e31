"""Draws that belong together: those of a layer as it begins, and those of a function of the network's own."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .initial import Call, View
from .replay import Plan, Step

FIRST = re.compile(r'init::\w+\(&mut tensor\("([^"]*)"\)\?(, .*)')


@dataclass(frozen=True, eq=False)
class Reset:
    """The weight and the bias of a linear layer or a convolution, drawn as it begins."""

    layer: str
    calls: tuple[Call, ...]


def folded(plan: Plan) -> Iterator[Step | Reset]:
    """The steps, with the draws of a layer as one."""
    names = {name for names in plan.names.values() for name in names}
    steps = iter([*plan.steps, None])
    step = next(steps)
    while step is not None:
        following = next(steps)
        layer = weight_of_layer(plan, step)
        if layer and f"{layer}.bias" not in names:
            yield Reset(layer, (step,))
        elif layer and is_bias(plan, following, layer, step.args[0]):
            yield Reset(layer, (step, following))
            following = next(steps)
        else:
            yield step
        step = following


def weight_of_layer(plan: Plan, step: Step) -> str | None:
    """The layer whose weight a step draws as it begins."""
    if not isinstance(step, Call) or step.function != "kaiming_uniform_":
        return None
    expected = {"a": math.sqrt(5), "mode": "fan_in", "nonlinearity": "leaky_relu"}
    name = whole_name(plan, step.args[0])
    is_first = step.kwargs == expected and name is not None and name.endswith(".weight")
    return name.removesuffix(".weight") if is_first else None


def is_bias(plan: Plan, step: Step | None, layer: str, weight: View) -> bool:
    """Whether a step draws the bias that goes with a weight."""
    if not isinstance(step, Call) or step.function != "uniform_":
        return False
    fan_in = math.prod(weight.size[1:])
    bound = 1 / math.sqrt(fan_in) if fan_in else 0
    is_bounded = step.kwargs == {"a": -bound, "b": bound} and fan_in > 0
    return is_bounded and whole_name(plan, step.args[0]) == f"{layer}.bias"


def whole_name(plan: Plan, view: View) -> str | None:
    """The parameter or buffer that a tensor is."""
    return plan.named(view.storage) if view in plan.names else None


@dataclass(frozen=True)
class Function:
    """Lines that several tensors are drawn by, each of which stands for `{}`."""

    name: str
    lines: tuple[str, ...]

    def closure(self) -> list[str]:
        """The function in Rust."""
        body = (line.replace("&mut {}", "weight").replace("{}", "weight") for line in self.lines)
        head = (
            f"let {self.name} = |weight: &mut Tensor, generator: &mut Generator| -> Result<()> {{"
        )
        return [head, *(f"    {line}" for line in body), "    Ok(())", "};"]


def in_functions(lines: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """The functions, and the lines that call them. Each line comes with the Python function that it is from."""
    groups = list(_groups(lines))
    counts = Counter(template for _, template, _, _ in groups if len(template) > 1)
    functions: dict[tuple[str, ...], Function] = {}
    result: list[str] = []
    for target, template, within, plain in groups:
        if counts[template] < 2:
            result += plain
            continue
        if template not in functions:
            functions[template] = Function(_name(within, functions), template)
        result.append(f'{functions[template].name}(&mut tensor("{target}")?, generator)?;')
    return [line for function in functions.values() for line in function.closure()], result


def _groups(
    lines: Sequence[tuple[str, str]],
) -> Iterator[tuple[str, tuple[str, ...], str, list[str]]]:
    """A draw and what is done to its tensor right after it: the tensor, the lines, whence they are."""
    place = 0
    while place < len(lines):
        line, within = lines[place]
        match, end = FIRST.fullmatch(line), place + 1
        if match is None or "generator" not in line:
            yield "", (), within, [line]
            place += 1
            continue
        target = f'tensor("{match[1]}")?'
        while end < len(lines) and lines[end][0].startswith(f"let _ = {target}."):
            end += 1
        plain = [line for line, _ in lines[place:end]]
        yield match[1], tuple(line.replace(target, "{}") for line in plain), within, plain
        place = end


def _name(within: str, functions: dict[tuple[str, ...], Function]) -> str:
    base = within.strip("_<>")
    base = (
        f"{base}_" if base.isidentifier() and base not in ("init", "lambda", "module") else "draw_"
    )
    taken = {function.name for function in functions.values()}
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}_", number + 1
    return name
