"""Draws that belong together: those of a layer as it begins, and those of a function of the network's own."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from .initial import Call, View
from .replay_plan import Copy, Fill, Plan, Step

FIRST = re.compile(r'init::\w+\(&mut tensor\("([^"]*)"\)\?(, .*)')


@dataclass(frozen=True, eq=False)
class Reset:
    """The weight and the bias of a linear layer or a convolution, drawn as it begins."""

    layer: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, eq=False)
class Dropped:
    """A linear layer that is made and drawn, and that the network does not keep."""

    in_features: int
    out_features: int


def folded(plan: Plan) -> Iterator[Step | Reset | Dropped]:
    """The steps, with the draws of a layer as one."""
    names = {name for names in plan.names.values() for name in names}
    uses = Counter(view.storage for step in plan.steps for view in views_of(step))
    steps = iter([*plan.steps, None])
    step = next(steps)
    while step is not None:
        following = next(steps)
        layer = weight_of_layer(plan, step)
        if is_dropped(plan, step, following, uses):
            yield Dropped(*step.args[0].size[::-1])
            step = next(steps)
            continue
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
    if not draws_weight(step):
        return None
    name = whole_name(plan, step.args[0])
    is_weight = name is not None and name.endswith(".weight")
    return name.removesuffix(".weight") if is_weight else None


def draws_weight(step: Step) -> bool:
    expected = {"a": math.sqrt(5), "mode": "fan_in", "nonlinearity": "leaky_relu"}
    is_kaiming = isinstance(step, Call) and step.function == "kaiming_uniform_"
    return is_kaiming and step.kwargs == expected


def is_bias(plan: Plan, step: Step | None, layer: str, weight: View) -> bool:
    """Whether a step draws the bias that goes with a weight."""
    return draws_bias(step, weight) and whole_name(plan, step.args[0]) == f"{layer}.bias"


def draws_bias(step: Step | None, weight: View) -> bool:
    if not isinstance(step, Call) or step.function != "uniform_":
        return False
    fan_in = math.prod(weight.size[1:])
    bound = 1 / math.sqrt(fan_in) if fan_in else 0
    return step.kwargs == {"a": -bound, "b": bound} and fan_in > 0


def is_dropped(plan: Plan, step: Step, following: Step | None, uses: Counter) -> bool:
    """Whether two steps draw weight and bias of a linear layer that nothing else has to do with."""
    if not draws_weight(step) or not draws_bias(following, step.args[0]):
        return False
    weight, bias = step.args[0], following.args[0]
    is_linear = len(weight.size) == 2 and bias.size == weight.size[:1]
    return is_linear and all(
        uses[view.storage] == 1 and plan.named(view.storage) is None and view.dtype == torch.float32
        for view in (weight, bias)
    )


def views_of(step: Step | Reset | Dropped) -> list[View]:
    """The tensors that a step has to do with."""
    match step:
        case Reset():
            return [view for call in step.calls for view in call.inputs]
        case Call():
            return [*step.inputs, *step.creates]
        case Copy():
            return [step.source]
        case Fill():
            return [step.view]
        case _:
            return []


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
