"""Writes the steps of a plan as lines of Rust."""

import math
import re
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._pytree import tree_map

from . import operators
from .initial import Call, View, leaves
from .initial_flow import FULL, is_packed, is_whole, operator_name, written
from .operator_arguments import float64, kind
from .refusal import Refusal
from .replay_folds import Dropped, Reset, views_of
from .replay_plan import Copy, Fill, Plan, Step
from .rust import string

# A draw that is given 0 and a number, or a number and its negative.
BOUNDED = re.compile(r"(init::(?:normal_|uniform_)\(&mut [^,]*, )([^,]*), ([^,]*), generator\)\?;")
# How initial values depend on a layer's fan in, fan out and groups, in Python and in Rust.
FORMS: tuple[tuple[Callable[[int, int, int], float], str], ...] = (
    (lambda _in, out, _groups: math.sqrt(2 / out), "(2.0 / fan_out as f64).sqrt()"),
    (
        lambda _in, out, groups: math.sqrt(2 / (out // groups)),
        "(2.0 / (fan_out / groups) as f64).sqrt()",
    ),
    (lambda fan, _out, _groups: math.sqrt(2 / fan), "(2.0 / fan_in as f64).sqrt()"),
    (lambda fan, _out, _groups: math.sqrt(1 / fan), "(1.0 / fan_in as f64).sqrt()"),
    (lambda fan, _out, _groups: 1 / math.sqrt(fan), "1.0 / (fan_in as f64).sqrt()"),
    (lambda _in, out, _groups: math.sqrt(1 / out), "(1.0 / fan_out as f64).sqrt()"),
    (lambda _in, out, _groups: 1 / math.sqrt(out), "1.0 / (fan_out as f64).sqrt()"),
    (
        lambda fan, out, _groups: 1 / math.sqrt(fan + out),
        "1.0 / ((fan_in + fan_out) as f64).sqrt()",
    ),
)
# What an operator fills the tensor with that it makes.
FILLED = {"zeros": 0.0, "ones": 1.0, "zeros_like": 0.0, "ones_like": 1.0}
DRAWN = {
    "randn": "init::normal_(&mut {}, 0.0, 1.0, generator)?;",
    "rand": "init::uniform_(&mut {}, 0.0, 1.0, generator)?;",
}


class Writer:
    """Writes the steps in order. What is no parameter or buffer is a variable."""

    def __init__(self, plan: Plan, steps: list[Step | Reset | Dropped]) -> None:
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
            for view in views_of(step):
                self._uses[view.storage] = self._uses.get(view.storage, 0) + 1
                self._last[view.storage] = place
        self._place = -1
        self._relaid: set[int] = set()
        self._bound: dict[View, str] = {}
        self.by_fan: dict[str, list[str]] = {}
        """Lines that say the same by the fan of a layer: one for each of `FORMS`, empty where it is not so."""
        self._modules = dict(plan.construction.model.named_modules())

    def step(self, step: Step | Reset | Dropped) -> list[str]:
        """The lines of a step."""
        self._place += 1
        match step:
            case Reset():
                return [f"reset_parameters({string(step.layer)}, generator)?;"]
            case Dropped():
                sizes = f"{step.in_features}, {step.out_features}"
                return [f"drop(Linear::new({sizes}, generator)?);"]
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
        if call.is_draw and view.storage in self._relaid:
            raise Refusal("a draw on a tensor in another memory format is not ported", call.place)
        if self._named(view) or view.storage in self._variables:
            line = template.format(self._text(view, call))
            self._note_fans(line, view)
            return [line]
        made = self._made.get(view.storage, view)
        empty = self._empty(made, call)
        if self._uses[view.storage] == 1 and made == view:
            return [template.format(empty)]
        variable = self._variable(view.storage, "drawn" if call.is_draw else "filled")
        text = variable if made == view else self._text(view, call)
        return [f"let mut {variable} = {empty};", template.format(text)]

    def _empty(self, made: View, call: Call) -> str:
        """A new tensor that a call fills."""
        if not is_packed(made):
            raise Refusal("a draw on a tensor that is not contiguous is not ported", call.place)
        return f"Tensor::f_empty({list(made.size)}, ({kind(made.dtype)}, Device::Cpu))?"

    def _note_fans(self, line: str, view: View) -> None:
        """Notes how else the number of a line comes about, if a layer's weight is drawn by it."""
        layer = self._modules.get((self._named(view) or "").removesuffix(".weight"))
        match = BOUNDED.fullmatch(line)
        if layer is None or match is None or len(view.size) < 2:
            return
        receptive = math.prod(view.size[2:])
        fan_in, fan_out = view.size[1] * receptive, view.size[0] * receptive
        groups = getattr(layer, "groups", 1)
        low, high = match[2], match[3]
        lines = []
        for formula, text in FORMS:
            number = formula(fan_in, fan_out, groups) if min(view.size) else 0
            is_same = high == real(number) and (low == "0.0" or low == f"-{high}")
            first = low if low == "0.0" else f"-{text}"
            lines.append(f"{match[1]}{first}, {text}, generator)?;" if is_same else "")
        self.by_fan[line] = lines

    def _operator(self, call: Call) -> list[str]:
        """A statement of any other operator."""
        for view in call.writes:
            is_there = self._named(view) or view.storage in self._variables
            if (
                not is_there
                and view == self._made.get(view.storage)
                and operator_name(call) in FULL
            ):
                made = self._variable(view.storage, "drawn" if call.is_draw else "filled")
                return [f"let mut {made} = {self._empty(view, call)};", *self._operator(call)]
        if call.is_draw and call.writes and self._named(call.writes[0]) and not self._bound:
            bound = f"let mut weight = {self._text(call.writes[0], call)};"
            self._bound = {call.writes[0]: "weight"}
            lines = [bound, *self._operator(call)]
            self._bound = {}
            return lines
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
            if operator_name(call) == "clone":
                expression = self._text(call.args[0], call)
            return [f"{self._text(view, call)}.f_copy_(&{expression})?;"]
        if kwargs_format(call) and not is_packed(view):
            self._relaid.add(view.storage)
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
            if not isinstance(view, View):
                raise Refusal(f"{call.function} is not ported here", call.place)
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
        if kwargs_format(call):
            kwargs.pop("memory_format")
        if kwargs.pop("out", None) is not None:
            function = without_out(function)
        text = operators.write(function, args, kwargs).text
        return text.replace("pass.generator()?", "generator").replace(")?.shallow_clone().", ")?.")

    def _text(self, view: View, step: Step) -> str:
        """A tensor in Rust: a parameter or buffer, a variable, or a part of one."""
        if view in self._bound:
            return self._bound[view]
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


def kwargs_format(call: Call) -> bool:
    """Whether a copy has a memory format of its own, which Rust leaves out: the values are the same."""
    is_copy = not call.is_init and operator_name(call) in ("clone", "_to_copy")
    return is_copy and call.kwargs.get("memory_format") is not None


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
    numbers = ", ".join(digits(value) for value in flat)
    text = f"Tensor::f_from_slice(&[{numbers}])?.f_to_kind({kind(values.dtype)})?"
    size = list(values.shape) or "[0i64; 0]"
    return text if values.dim() == 1 else f"{text}.f_view({size})?"


def digits(value: float | bool) -> str:
    """A number of a slice, whose type it gives."""
    if isinstance(value, bool):
        return str(value).lower()
    return float64(value) if isinstance(value, float) else f"{value}_i64"


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
        if 1 <= factor and 0 < count < 2**31 and math.sqrt(factor / count) == size:
            return f"{sign}({float64(factor)} / {count}.0_f64).sqrt()"
    square = round(size**2)
    if 0 < square < 2**31 and math.sqrt(square) == size:
        return f"{sign}{square}_f64.sqrt()"
    return digits
