"""The steps of a generated crate's parity test in Python: `tests/parity/steps.py` calls `record`.

A run has a seed and a number of threads. It leaves a trace, and a file of the tensors that Rust has to be given: inputs and
weights of the loss, by step. The network and its dropout draw from the default generator, all else from others.
"""

import contextlib
import random
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from torch_twin.port.optimizers import takes_closure
from torch_twin.port.refusal import Refusal
from torch_twin.port.source import Arguments, Source, load, place_of, run
from torch_twin.recorder import Recorder, tensors_in

# Of tensors of more values a trace keeps a digest.
DIGEST_ABOVE = 4_096
TRAINED = (1, 2, 3)
IN_EVAL_MODE = 4
WITHOUT_GRADIENTS = 5
OTHER_SIZES = 6

# What is drawn beside the network must not be what it draws.
INPUT_SEED, WEIGHT_SEED = 1_000_003, 2_000_003

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Dynamic:
    """A size that is not fixed: the dimensions of inputs that have it, and another size to be tried."""

    places: tuple[tuple[str, int], ...]
    other: int

    def __repr__(self) -> str:
        return f"Dynamic({self.places!r}, {self.other})"


@dataclass(frozen=True)
class Step:
    """The arguments of a step, and the weights of the loss once the output is known."""

    number: int
    arguments: Arguments
    seed: int

    @property
    def is_training(self) -> bool:
        return self.number not in (IN_EVAL_MODE, WITHOUT_GRADIENTS)


def record(
    spec: str,
    inputs: Sequence[str],
    inputs_file: str | None = None,
    dynamic: Sequence[Dynamic] = (),
) -> None:
    """Records the runs that the command line names: a folder, then `SEED:THREADS` of each run.

    `inputs` are the names of the network's input tensors in Rust.
    """
    warnings.filterwarnings("ignore")
    folder, *runs = sys.argv[1:]
    try:
        source = load(spec, inputs_file)
        for seed, threads in (map(int, run.split(":")) for run in runs):
            torch.set_num_threads(threads)
            record_run(source, seed, inputs, dynamic, Path(folder) / f"python-{seed}-{threads}")
    except Refusal as refusal:
        sys.exit(f"error: {refusal}")


def record_run(
    source: Source, seed: int, inputs: Sequence[str], dynamic: Sequence[Dynamic], path: Path
) -> None:
    """One run, to `path` with the suffixes `.trace` and `.safetensors`."""
    numbers = [*TRAINED, IN_EVAL_MODE, WITHOUT_GRADIENTS]
    drawn = draw(source, seed, len(numbers))
    steps = [Step(*pair, seed) for pair in zip(numbers, drawn, strict=True)]
    torch.manual_seed(seed)
    model = source.model()
    if dynamic:
        other = of_other_sizes(drawn[0], model, inputs, dynamic)
        steps.append(Step(OTHER_SIZES, other, seed))
    optimizer = source.optimizer(model)
    modes = {name: module.training for name, module in model.named_modules()}
    recorder = Recorder(model, optimizer, digest_above=DIGEST_ABOVE)
    tensors: Tensors = {}
    for step in steps:
        set_modes(model, modes, step.is_training)
        try:
            tensors |= take_step(source, model, optimizer, recorder, step, inputs)
        except Refusal as refusal:
            sizes = [list(tensor.shape) for _, tensor in step.arguments.named_tensors(model)]
            reason = f"{refusal.reason} (step {step.number}, inputs of sizes {sizes})"
            raise Refusal(reason, refusal.place, refusal.module) from refusal
    recorder.save(str(path.with_suffix(".trace")))
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()},
        path.with_suffix(".safetensors"),
    )


def take_step(
    source: Source,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    recorder: Recorder,
    step: Step,
    inputs: Sequence[str],
) -> Tensors:
    """One step under the recorder's eyes; the tensors that Rust needs for it."""
    tensors = {
        f"{step.number}.{name}": tensor.detach().clone()
        for name, (_, tensor) in zip(inputs, step.arguments.named_tensors(model), strict=True)
    }
    with_gradients = torch.set_grad_enabled(step.number != WITHOUT_GRADIENTS)

    def evaluated() -> torch.Tensor:
        optimizer.zero_grad()
        value, weights = loss(source, model, step)
        tensors.update({f"{step.number}.{name}": weight for name, weight in weights.items()})
        recorder.loss(value)
        if value.requires_grad:
            value.backward()
        return value

    with recorder.step(step.number), with_gradients:
        if step.is_training and takes_closure(optimizer):
            optimizer.step(evaluated)
            recorder.gradients()
        else:
            evaluated()
            recorder.gradients()
            if step.is_training:
                optimizer.step()
    return tensors


def loss(source: Source, model: nn.Module, step: Step) -> tuple[torch.Tensor, Tensors]:
    """The loss of a forward pass, and the weights of the outputs in it if the user has no loss of his own.

    Raises:
        Refusal: code of the user that fails, and outputs that have no loss.
    """
    arguments = step.arguments
    named = dict(arguments.named_tensors(model))
    names = source.loss_inputs(list(named))
    # The network may overwrite its inputs.
    of_loss = [named[name].clone() for name in names]
    output = run(lambda: model(*arguments.args, **arguments.kwargs), source.spec)
    if source.loss is not None:
        value = run(source.loss, source.spec, output, *of_loss)
        if not isinstance(value, torch.Tensor) or value.numel() != 1:
            raise Refusal("loss() has to give a tensor of one value", place_of(source.loss))
        return value, {}
    weights = loss_weights(output, step)
    total = None
    for index, tensor in enumerate(tensors_in(output)):
        if f"loss.{index}" in weights:
            part = (tensor * weights[f"loss.{index}"]).sum()
            total = part if total is None else total + part
    return total, weights


def loss_weights(output: object, step: Step) -> Tensors:
    """Fixed random weights of the outputs that are floating-point numbers, so that no gradient is trivially zero."""
    tensors = tensors_in(output)
    generator = torch.Generator().manual_seed(WEIGHT_SEED + step.seed * 10 + step.number)
    weights = {
        f"loss.{index}": torch.randn(tensor.shape, generator=generator).to(tensor.dtype)
        for index, tensor in enumerate(tensors)
        if tensor.is_floating_point()
    }
    if not weights:
        raise Refusal("the network gives no floating-point number to train on: define loss(output)")
    return weights


def draw(source: Source, seed: int, count: int) -> list[Arguments]:
    """The arguments of `count` steps; the default generator is left as it is."""
    with seeded(INPUT_SEED + seed):
        return [source.inputs() for _ in range(count)]


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seeds every generator that `inputs()` may draw from, and puts them back afterwards."""
    states = random.getstate()
    numpy = sys.modules.get("numpy")
    numpy_state = numpy.random.get_state() if numpy else None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        random.seed(seed)
        if numpy:
            numpy.random.seed(seed % 2**32)
        try:
            yield
        finally:
            random.setstate(states)
            if numpy:
                numpy.random.set_state(numpy_state)


def set_modes(model: nn.Module, modes: dict[str, bool], is_training: bool) -> None:
    """Train mode, in which parts that the user has put into eval mode stay there; or eval mode."""
    for name, module in model.named_modules():
        module.training = is_training and modes[name]


def of_other_sizes(
    arguments: Arguments, model: nn.Module, names: Sequence[str], dynamic: Sequence[Dynamic]
) -> Arguments:
    """The same arguments in other sizes: rows are left out, or come again."""
    tensors = [tensor for _, tensor in arguments.named_tensors(model)]
    changed = {id(tensor): tensor for tensor in tensors}
    by_name = dict(zip(names, tensors, strict=True))
    for size in dynamic:
        # A tensor may be several arguments.
        for key, dim in {(id(by_name[name]), dim) for name, dim in size.places}:
            tensor = changed[key]
            rows = torch.arange(size.other) % tensor.shape[dim]
            changed[key] = tensor.index_select(dim, rows)
    return Arguments(replaced(arguments.args, changed), replaced(arguments.kwargs, changed))


def replaced(value: object, by: dict[int, torch.Tensor]) -> object:
    """The same tree of arguments with other tensors."""
    match value:
        case torch.Tensor():
            return by[id(value)]
        case dict():
            return {key: replaced(part, by) for key, part in value.items()}
        case tuple() if hasattr(value, "_fields"):
            return type(value)(*[replaced(part, by) for part in value])
        case tuple() | list():
            return type(value)(replaced(part, by) for part in value)
        case _:
            return value
