"""Writes what is replayed as Rust."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from .initial import Call
from .replay_classes import Classes
from .replay_fans import in_fan_functions
from .replay_filter import FEWEST, Filter
from .replay_folds import folded, in_functions
from .replay_lines import Writer
from .replay_loops import loops
from .replay_modules import Layers
from .replay_plan import Plan, constant_values, not_persistent

TENSOR = """\
let state_dict = net.state_dict();
let tensor = |name: &str| {
    let entry = state_dict.iter().find(|(own, _)| *own == name);
    let missing = || TorchError::new(&format!("no tensor `{name}`"));
    entry.map(|(_, tensor)| tensor.shallow_clone()).ok_or_else(missing)
};"""
NAME = re.compile(r'"([^"]*)"')
FILL = re.compile(r'init::(?:zeros_|ones_|constant_)\(&mut tensor\("([^"]*)"\)\?(?:, [^()]*)?\)\?;')
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


def statements(plan: Plan) -> list[str]:
    """The body of `initialise`, line by line."""
    steps = list(folded(plan))
    writer = Writer(plan, steps)
    written = [(line, step) for step in steps for line in writer.step(step)]
    functions, lines = in_functions([(line, within(step)) for line, step in written])
    lines = [*functions, *shorter(plan, lines, writer.by_fan)]
    persistent = plan.constants.keys() - not_persistent(plan.construction.model)
    if persistent:
        lines += constants(is_mixed=len(persistent) < len(plan.constants)).splitlines()
    if any(needs_guard(line) for line in lines):
        lines.insert(0, "let _no_grad = no_grad_guard();")
    if any("reset_parameters(" in line for line in lines):
        lines = RESET.splitlines() + lines
    if any("tensor(" in line for line in lines):
        lines = TENSOR.splitlines() + lines
    return lines


def within(step: object) -> str:
    """The Python function that a step is from."""
    return step.within if isinstance(step, Call) else ""


def shorter(plan: Plan, lines: list[str], by_fan: dict[str, list[str]]) -> list[str]:
    """The same statements in loops: over modules, parameters, numbers or names, what is shorter."""
    model, values = plan.construction.model, constant_values(plan.construction)
    layers = Layers(model, plan.layers, values, by_fan)
    parameters = Filter([(name, parameter.dim()) for name, parameter in model.named_parameters()])
    orders = (lines, fills_first(lines, layers))
    return min(
        (
            looped(order, layers, parameters, Classes(model, plan.layers), by_fan)
            for order in orders
        ),
        key=height,
    )


def looped(
    lines: list[str],
    layers: Layers,
    parameters: Filter,
    classes: Classes,
    by_fan: dict[str, list[str]],
) -> list[str]:
    """The statements in loops, in this order."""
    result: list[str] = []
    for is_loop, part in in_loops(lines, layers.runs, layers.loop):
        if is_loop:
            result += part
            continue
        for is_shorter, rest in in_loops(part, parameters.runs, parameters.loop):
            result += rest if is_shorter else shortest(rest, by_fan, classes)
    return result


def shortest(lines: list[str], by_fan: dict[str, list[str]], classes: Classes) -> list[str]:
    """The statements with functions for classes, and for draws by the size of a weight where that is shorter."""
    best: list[str] | None = None
    for fans, calls in (([], lines), in_fan_functions(lines, by_fan)):
        own = classes.copied()
        functions, rest = own.in_functions(calls)
        written = [*fans, *functions, *loops(rest)]
        if best is None or height(written) < height(best):
            best, chosen = written, own
    classes.taken = chosen.taken
    return best


def height(lines: Sequence[str]) -> int:
    """About how many lines rustfmt makes of these: an argument a line in long ones."""
    return sum(2 + line.count(", ") if len(line) > LONGEST else 1 for line in lines)


def fills_first(lines: list[str], layers: Layers) -> list[str]:
    """The lines in an order that does the same: numbers for tensors that no other line has to do with come first."""
    counts = Counter(name for line in lines for name in NAME.findall(line))

    def is_draw(line: str) -> bool:
        match = FILL.fullmatch(line)
        if match is None or counts[match[1]] > 1 or layers.statement(line) is not None:
            return True
        # What a layer begins with is drawn by its name.
        return counts[match[1].rpartition(".")[0]] > 0

    return sorted(lines, key=is_draw)


# The longest statement that is one line.
LONGEST = 74
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


def constants(is_mixed: bool) -> str:
    """Reads what is the same with every seed; with `is_mixed` some of it is in no `state_dict`."""
    copy = "tensor(name)?.f_copy_(values)?;"
    if is_mixed:
        copy = "if let Ok(mut tensor) = tensor(name) {\n        tensor.f_copy_(values)?;\n    }"
    return f"""\
// The same with every seed.
let bytes = include_bytes!("../initial.safetensors");
let initial = weights::parse(bytes, weights::DEFAULT_MAX_BYTES)
    .map_err(|error| TorchError::new(&error.to_string()))?;
for (name, values) in &initial.tensors {{
    {copy}
}}"""


def needs_guard(line: str) -> bool:
    """Whether a line does something to a parameter that autograd would see."""
    return "f_" in line.replace("Tensor::f_empty", "")
