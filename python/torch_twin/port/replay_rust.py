"""Writes what is replayed as Rust."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._pytree import tree_map

from . import operators
from .initial import Call, View, leaves
from .initial_flow import is_packed, is_whole, operator_name, written
from .operator_arguments import float64, kind
from .refusal import Refusal
from .replay import Copy, Fill, Plan, Step, constant_values
from .replay_filter import FEWEST, Filter
from .replay_loops import loops
from .replay_modules import Layers
from .rust import string

TENSOR = """\
let state_dict = net.state_dict();
let tensor = |name: &str| {
    let entry = state_dict.iter().find(|(own, _)| *own == name);
    let missing = || TorchError::new(&format!("no tensor `{name}`"));
    entry.map(|(_, tensor)| tensor.shallow_clone()).ok_or_else(missing)
};"""
CONSTANTS = """\
// The same with every seed.
let bytes = include_bytes!("../initial.safetensors");
let initial = weights::parse(bytes, weights::DEFAULT_MAX_BYTES)
    .map_err(|error| TorchError::new(&error.to_string()))?;
for (name, values) in &initial.tensors {
    tensor(name)?.f_copy_(values)?;
}"""
RESET = """\
// As a linear layer or a convolution begins.
let reset_parameters = |layer: &str, generator: &mut Generator| -> Result<()> {
    let mut weight = tensor(&format!("{layer}.weight"))?;
    let nonlinearity = init::Nonlinearity::LeakyRelu(5_f64.sqrt());
    init::kaiming_uniform_(&mut weight, init::FanMode::FanIn, nonlinearity, generator)?;
    if let Ok(mut bias) = tensor(&format!("{layer}.bias")) {
        let (fan_in, _) = init::fan_in_and_fan_out(&weight)?;
        let bound = 1.0 / (fan_in as f64).sqrt();
        init::uniform_(&mut bias, -bound, bound, generator)?;
    }
    Ok(())
};"""
# What an operator fills the tensor with that it makes.
FILLED = {"zeros": 0.0, "ones": 1.0, "zeros_like": 0.0, "ones_like": 1.0}
DRAWN = {
    "randn": "init::normal_(&mut {}, 0.0, 1.0, generator)?;",
    "rand": "init::uniform_(&mut {}, 0.0, 1.0, generator)?;",
}


def statements(plan: Plan) -> list[str]:
    """The body of `initialise`, line by line."""
    steps = list(folded(plan))
    writer = _Writer(plan, steps)
    lines = shorter(plan, [line for step in steps for line in writer.step(step)])
    if plan.constants:
        lines += CONSTANTS.splitlines()
    if any(needs_guard(line) for line in lines):
        lines.insert(0, "let _no_grad = no_grad_guard();")
    if any("reset_parameters(" in line for line in lines):
        lines = RESET.splitlines() + lines
    if any("tensor(" in line for line in lines):
        lines = TENSOR.splitlines() + lines
    return lines


def shorter(plan: Plan, lines: list[str]) -> list[str]:
    """The same statements in loops: over modules, parameters, numbers or names, what is shorter."""
    model, values = plan.construction.model, constant_values(plan.construction)
    layers = Layers(model, plan.layers, values)
    parameters = Filter([(name, parameter.dim()) for name, parameter in model.named_parameters()])
    by_layer = in_loops(lines, layers.runs, layers.loop)
    result: list[str] = []
    for is_loop, part in by_layer:
        if is_loop:
            result += part
            continue
        for is_loop, rest in in_loops(part, parameters.runs, parameters.loop):
            result += rest if is_loop else loops(rest)
    return result


# So many statements are written as a loop even where it has more lines.
MANY = 6
Runs = Callable[[Sequence[str]], Iterator[list[str]]]
InLoop = Callable[[Sequence[str]], list[str] | None]


def in_loops(lines: Sequence[str], runs: Runs, loop: InLoop) -> Iterator[tuple[bool, list[str]]]:
    """The lines in parts: those that are a loop now, and those that are not."""
    plain: list[str] = []
    for run in runs(lines):
        written = loop(run) if len(run) >= FEWEST else None
        if written is None or (len(run) < MANY and len(loops(run)) < len(written)):
            plain += run
            continue
        if plain:
            yield False, plain
            plain = []
        yield True, written
    if plain:
        yield False, plain


def needs_guard(line: str) -> bool:
    """Whether a line does something to a parameter that autograd would see."""
    return "f_" in line.replace("Tensor::f_empty", "")


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


class _Writer:
    """Writes the steps in order. What is no parameter or buffer is a variable."""

    def __init__(self, plan: Plan, steps: list[Step | Reset]) -> None:
        self._plan = plan
        self._views = plan.construction.views
        self._variables: dict[int, str] = {}
        self._made: dict[int, View] = {}
        for call in plan.construction.calls:
            for view in call.creates:
                self._made.setdefault(view.storage, view)
        self._uses: dict[int, int] = {}
        self._last: dict[int, int] = {}
        for place, step in enumerate(steps):
            for view in _views_of(step):
                self._uses[view.storage] = self._uses.get(view.storage, 0) + 1
                self._last[view.storage] = place
        self._place = -1

    def step(self, step: Step | Reset) -> list[str]:
        """The lines of a step."""
        self._place += 1
        match step:
            case Reset():
                return [f"reset_parameters({string(step.layer)}, generator)?;"]
            case Fill():
                return [fill(named(step.name), shortest(step.value, step.view.dtype))]
            case Copy():
                return [f"{named(step.name)}.f_copy_(&{self._text(step.source, step)})?;"]
        try:
            return self._call(step)
        except Refusal as refusal:
            if refusal.place:
                raise
            raise Refusal(refusal.reason, step.place) from refusal

    def _call(self, call: Call) -> list[str]:
        if call.is_init:
            return self._filling(call, init_call(call.function, call.args[0], call.kwargs))
        name = operator_name(call)
        if name in ("normal_", "uniform_") and is_default_generator(call):
            low, high = (*call.args[1:], *(0.0, 1.0)[len(call.args) - 1 :])
            low, high = call.kwargs.get("mean", low), call.kwargs.get("std", high)
            low, high = call.kwargs.get("from", low), call.kwargs.get("to", high)
            return self._filling(
                call, f"init::{name}(&mut {{}}, {real(low)}, {real(high)}, generator)?;"
            )
        if name == "zero_" or (name == "fill_" and isinstance(call.args[1], int | float)):
            value = 0.0 if name == "zero_" else call.args[1]
            return self._filling(call, fill("{}", value))
        if call.creates and self._named(call.creates[0]):
            if name in FILLED:
                return [fill(named(self._named(call.creates[0])), FILLED[name])]
            if name.startswith(("empty", "new_empty")):
                return []
        if name in DRAWN and is_default_generator(call):
            return self._filling(call, DRAWN[name])
        return self._operator(call)

    def _named(self, view: View) -> str | None:
        return self._plan.named(view.storage)

    def _filling(self, call: Call, template: str) -> list[str]:
        """A statement that fills one tensor."""
        (view,) = written(call)
        if self._named(view) or view.storage in self._variables:
            return [template.format(self._text(view, call))]
        made = self._made.get(view.storage, view)
        if not is_packed(made):
            raise Refusal("a draw on a tensor that is not contiguous is not ported", call.place)
        empty = f"Tensor::f_empty({list(made.size)}, ({kind(made.dtype)}, Device::Cpu))?"
        if self._uses[view.storage] == 1 and made == view:
            return [template.format(empty)]
        variable = self._variable(view.storage, "drawn" if call.is_draw else "filled")
        text = variable if made == view else self._text(view, call)
        return [f"let mut {variable} = {empty};", template.format(text)]

    def _operator(self, call: Call) -> list[str]:
        """A statement of any other operator."""
        if call.values is not None:
            expression = literal(call.values)
        else:
            expression = self._expression(call)
        if not call.creates:
            if "out" in call.kwargs:
                return [f"{self._text(call.kwargs['out'], call)}.f_copy_(&{expression})?;"]
            return [f"let _ = {expression};"]
        if not isinstance(call.outputs, View):
            return self._several(call, expression)
        (view,) = call.creates
        if self._named(view):
            return [f"{self._text(view, call)}.f_copy_(&{expression})?;"]
        # Layouts of memory other than the usual one stay as they are.
        variable = self._variable(view.storage, "drawn" if call.is_draw else "values")
        is_written = any(
            view.storage == other.storage
            for step in self._plan.steps
            if isinstance(step, Call)
            for other in step.writes
        )
        return [f"let {'mut ' if is_written else ''}{variable} = {expression};"]

    def _several(self, call: Call, expression: str) -> list[str]:
        """A statement that makes several tensors."""
        outputs = leaves(call.outputs)
        if operator_name(call) in ("split", "unbind", "chunk", "meshgrid") or len(outputs) > 3:
            raise Refusal(
                f"{call.function} makes a list of tensors, and is not ported here", call.place
            )
        names, after = [], []
        for view in outputs:
            variable = self._variable(view.storage, "values")
            names.append(variable)
            if self._named(view):
                after.append(f"{self._text(view, call)}.f_copy_(&{variable})?;")
        return [f"let ({', '.join(names)}) = {expression};", *after]

    def _expression(self, call: Call) -> str:
        def argument(leaf: Any) -> Any:
            if isinstance(leaf, torch.Generator):
                return None
            if isinstance(leaf, View):
                return operators.Tensor(
                    self._text(leaf, call), dtype=leaf.dtype, dim=len(leaf.size)
                )
            return leaf

        is_view = {"is_leaf": lambda node: isinstance(node, View)}
        args, kwargs = tree_map(argument, (call.args, call.kwargs), **is_view)
        kwargs = {name: value for name, value in kwargs.items() if name != "generator"}
        if not is_default_generator(call):
            raise Refusal("a draw from a generator of the network's own is not ported")
        function = call.function
        if operator_name(call) == "clone":
            return args[0].text
        if kwargs.pop("out", None) is not None:
            function = without_out(function)
        text = operators.write(function, args, kwargs).text
        return text.replace("pass.generator()?", "generator").replace(")?.shallow_clone().", ")?.")

    def _text(self, view: View, step: Step) -> str:
        """A tensor in Rust: a parameter or buffer, a variable, or a part of one."""
        name = self._named(view)
        if name and view in self._plan.names:
            return named(name)
        if name and is_whole(view, self._plan.construction.sizes[view.storage]):
            return f"{named(name)}.f_view({list(view.size)})?"
        if self._made.get(view.storage) == view and view.storage in self._variables:
            return self._variables[view.storage]
        call = self._views.get(view)
        if call is not None:
            text = self._expression(call)
            if not isinstance(call.outputs, View):
                return f"{text}[{leaves(call.outputs).index(view)}]"
            return text
        place = step.place if isinstance(step, Call) else ""
        raise Refusal("a tensor from outside ATen is part of initial values that are drawn", place)

    def _variable(self, storage: int, base: str) -> str:
        """A name that no variable has that is still needed."""
        taken = {v for s, v in self._variables.items() if self._last.get(s, -1) >= self._place}
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        self._variables[storage] = name
        return name


def _views_of(step: Step | Reset) -> list[View]:
    match step:
        case Reset():
            return [view for call in step.calls for view in call.inputs]
        case Call():
            return [*step.inputs, *step.creates]
        case Copy():
            return [step.source]
        case Fill():
            return [step.view]


def named(name: str) -> str:
    """A parameter or buffer of the network."""
    return f"tensor({string(name)})?"


def fill(target: str, value: float) -> str:
    """The statement that sets all values to one number."""
    if math.copysign(1.0, value) > 0 and value in (0, 1):
        return f"init::{'ones_' if value else 'zeros_'}(&mut {target})?;"
    return f"init::constant_(&mut {target}, {real(value)})?;"


def shortest(value: float, dtype: torch.dtype) -> float:
    """The number with the fewest digits that is the same in that type."""
    if not dtype.is_floating_point or not math.isfinite(value):
        return value
    kept = torch.tensor(value, dtype=dtype)
    texts = (float(f"{value:.{digits}g}") for digits in range(1, 17))
    return next((v for v in texts if torch.tensor(v, dtype=dtype).equal(kept)), value)


def without_out(function: Any) -> Any:
    """The overload that makes the tensor that another one is given as `out`."""
    declared = [(a.name, str(a.type)) for a in function._schema.arguments if a.name != "out"]
    for overload in function.overloadpacket.overloads():
        other = getattr(function.overloadpacket, overload)
        if [(a.name, str(a.type)) for a in other._schema.arguments] == declared:
            return other
    raise Refusal(f"{function} is not ported")


def is_default_generator(call: Call) -> bool:
    """Whether a call draws from the default generator, if it draws."""
    return call.kwargs.get("generator") in (None, torch.default_generator)


def literal(values: torch.Tensor) -> str:
    """A tensor of Python's numbers."""
    flat = values.flatten().tolist()
    numbers = ", ".join(float64(v) if isinstance(v, float) else str(v).lower() for v in flat)
    text = f"Tensor::f_from_slice(&[{numbers}])?.f_to_kind({kind(values.dtype)})?"
    return text if values.dim() == 1 else f"{text}.f_view({list(values.shape)})?"


def init_call(function: str, target: View, arguments: dict[str, Any]) -> str:
    """The statement of a function of `torch.nn.init`, with `{}` for the tensor."""
    draws = True
    match function:
        case "uniform_":
            rest = [real(arguments["a"]), real(arguments["b"])]
        case "normal_":
            rest = [real(arguments["mean"]), real(arguments["std"])]
        case "trunc_normal_":
            bounds = f"[{real(arguments['a'])}, {real(arguments['b'])}]"
            rest = [real(arguments["mean"]), real(arguments["std"]), bounds]
        case "xavier_uniform_" | "xavier_normal_" | "orthogonal_":
            rest = [real(arguments["gain"])]
        case "kaiming_uniform_" | "kaiming_normal_":
            mode = {"fan_in": "FanIn", "fan_out": "FanOut"}[arguments["mode"].lower()]
            rest = [
                f"init::FanMode::{mode}",
                nonlinearity(arguments["nonlinearity"], arguments["a"]),
            ]
        case "sparse_":
            rest = [real(arguments["sparsity"]), real(arguments["std"])]
        case "constant_":
            return fill("{}", arguments["val"])
        case "dirac_":
            rest, draws = [str(int(arguments["groups"]))], False
        case _:
            rest, draws = [], False
    rest = [*rest, "generator"] if draws else rest
    return f"init::{function}({', '.join(['&mut {}', *rest])})?;"


def nonlinearity(name: str, slope: float) -> str:
    """The variant of `Nonlinearity`, as `calculate_gain(nonlinearity, a)` takes it."""
    variants = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu", "selu": "Selu"}
    if name == "leaky_relu":
        return f"init::Nonlinearity::LeakyRelu({real(slope)})"
    return f"init::Nonlinearity::{variants.get(name, 'Linear')}"


def real(value: float) -> str:
    """A number in Rust: one with many digits as a square root, where that has the same bits."""
    value = float(value)
    digits = float64(value)
    if len(digits.lstrip("-")) < 10 or not math.isfinite(value) or value == 0:
        return digits
    sign, size = ("-" if value < 0 else ""), abs(value)
    for factor in (1.0, 0.02, 2.0, 0.5, 0.01, 0.1, 3.0, 6.0):
        count = round((factor / size) ** 2)
        if 0 < count < 2**31 and factor / math.sqrt(count) == size:
            return f"{sign}{float64(factor)} / {count}_f64.sqrt()"
        count = round(factor / size**2)
        if 1 < factor and 0 < count < 2**31 and math.sqrt(factor / count) == size:
            return f"{sign}({float64(factor)} / {count}.0_f64).sqrt()"
    square = round(size**2)
    if 0 < square < 2**31 and math.sqrt(square) == size:
        return f"{sign}{square}_f64.sqrt()"
    return digits
