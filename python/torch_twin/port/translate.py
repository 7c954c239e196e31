"""From a loaded source to `net.rs`: exports the network, plans its initial values and writes both."""

import copy
import inspect
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
from safetensors.torch import save
from torch import nn
from torch.export import Dim
from torch.utils import _pytree as pytree

from torch_twin.port import capture, initial, replay, replay_plan, text
from torch_twin.port.calls import Fields, Value, leaves
from torch_twin.port.capture import Exported
from torch_twin.port.conversion import before_conversion
from torch_twin.port.crate import Ported, Signature
from torch_twin.port.loss import loss_function
from torch_twin.port.model_function import model_function
from torch_twin.port.network import Network
from torch_twin.port.parity import Dynamic
from torch_twin.port.refusal import Refusal
from torch_twin.port.rust import field_name
from torch_twin.port.source import Arguments, Source
from torch_twin.port.values import has_values

SEED = 0
CONSTANT = """\
/// A tensor of `initial.safetensors`, which is the same with every seed.
fn constant(name: &str) -> Result<Tensor> {
    let bytes = include_bytes!("../initial.safetensors");
    let initial = weights::parse(bytes, weights::DEFAULT_MAX_BYTES)
        .map_err(|error| TorchError::new(&error.to_string()))?;
    let missing = || TorchError::new(&format!("initial.safetensors has no tensor `{name}`"));
    initial.tensors.get(name).map(Tensor::shallow_clone).ok_or_else(missing)
}"""


def translate(source: Source, dynamic: Sequence[tuple[str, int]]) -> Ported:
    """The network of a source in Rust.

    `dynamic` are sizes of inputs that may change beside the batch: the input's name and the dimension.

    Raises:
        Refusal: what cannot be ported, with its Python line.
    """
    init_arguments: dict[int, dict[str, Any]] = {}
    factory, dtype = before_conversion(source.model, seeded(source.model), SEED)
    construction = initial.record(lambda: with_init_arguments(factory, init_arguments), SEED)
    model = construction.model
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        arguments = source.inputs()
    converted = copy.deepcopy(model).to(dtype) if dtype else model
    train, evaluation, quiet = exported(converted, arguments, dynamic)
    constants = replay_plan.constant_values(construction)
    network = Network(model, train, evaluation, quiet, init_arguments, constants)
    structs = network.write()
    plan = replay.plan(construction, network.constructed(), network.fills)
    names = [field_name(name) for name, _ in arguments.named_tensors(model)]
    sizes = dynamic_sizes(train, names)
    loss = loss_function(source, converted, arguments, network) if source.loss else None
    parts = [
        header(source, plan),
        "use torch_twin::prelude::*;",
        *network.output_structs(),
        structs,
    ]
    parts += [loss.text] if loss else []
    parts += [CONSTANT] if network.from_file else []
    parts.append(model_function(network.root, network.structs[-1].draws, plan, dtype))
    output = network.output_type(train.call)
    signature = Signature(
        net=network.root,
        inputs=tuple(names),
        output=output,
        arguments=called_with(train.call.arguments, names),
        imports=tuple(name for name in network.outputs if re.search(rf"\b{name}\b", output)),
        loss=tuple(loss.inputs) if loss else None,
        dynamic=tuple(sizes),
        in_eval=tuple(in_eval(model)),
    )
    files = {"initial.safetensors": save(contiguous(plan.constants))} if plan.constants else {}
    if plan.loaded:
        files["weights.safetensors"] = save(contiguous(plan.loaded))
    modules = tuple(struct.name for struct in reversed(network.structs))
    return Ported(
        text.formatted("\n\n".join(parts) + "\n"),
        signature,
        modules,
        files,
        tuple(network.notes),
        tuple(network.gaps),
    )


def seeded(factory: Callable[[], nn.Module]) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return factory()


def with_init_arguments(
    factory: Callable[[], nn.Module], found: dict[int, dict[str, Any]]
) -> nn.Module:
    """Makes a model, and keeps what each module's `__init__` was called with, by the module's `id`."""
    previous = sys.getprofile()

    def watch(frame, event, _argument):
        if event == "call" and frame.f_code.co_name == "__init__":
            module = frame.f_locals.get("self")
            if isinstance(module, nn.Module):
                names = inspect.getargs(frame.f_code).args[1:]
                found.setdefault(id(module), {name: frame.f_locals.get(name) for name in names})

    sys.setprofile(watch)
    try:
        return factory()
    finally:
        sys.setprofile(previous)


def exported(
    model: nn.Module, arguments: Arguments, dynamic: Sequence[tuple[str, int]]
) -> tuple[Exported, Exported, Exported]:
    """The network in train mode, in eval mode, and in eval mode under `no_grad`."""
    shapes = dynamic_shapes(model, arguments, dynamic)
    train = capture.export(model, arguments.args, arguments.kwargs, shapes)
    in_eval_mode = copy.deepcopy(model).eval()
    evaluation = capture.export(in_eval_mode, arguments.args, arguments.kwargs, shapes)
    if not (evaluation.has_gradient_blocks or evaluation.watch.asks_for_gradients):
        # Nothing in it depends on whether gradients are recorded.
        return train, evaluation, evaluation
    quiet = capture.export(in_eval_mode, arguments.args, arguments.kwargs, shapes, grad=False)
    return train, evaluation, quiet


def dynamic_shapes(
    model: nn.Module, arguments: Arguments, dynamic: Sequence[tuple[str, int]]
) -> dict:
    """What `torch.export` takes as `dynamic_shapes`: the first dimension of all, the second of indices."""
    known = {name: tensor for name, tensor in arguments.named_tensors(model)}
    bound = inspect.signature(model.forward).bind(*arguments.args, **arguments.kwargs).arguments
    for name, side in dynamic:
        if name not in known or side >= known[name].dim():
            inputs = ", ".join(
                f"`{own}` of {tensor.dim()} dimensions" for own, tensor in known.items()
            )
            raise Refusal(
                f"there is no dimension {side} of an input `{name}`: the inputs are {inputs}"
            )
    named = {id(tensor): name for name, tensor in known.items()}

    def shape(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor):
            return None
        chosen = {side for name, side in dynamic if name == named.get(id(leaf))}
        is_indices = not leaf.is_floating_point() and leaf.dtype != torch.bool
        by_default = {0, 1} if is_indices and leaf.dim() == 2 else {0}
        return {
            side: Dim.AUTO if side in chosen | by_default and leaf.shape[side] > 1 else Dim.STATIC
            for side in range(leaf.dim())
        }

    return {name: pytree.tree_map(shape, value) for name, value in bound.items()}


def dynamic_sizes(train: Exported, names: list[str]) -> list[Dynamic]:
    """The sizes that stayed symbolic, with another size to try."""
    places: dict[str, list[tuple[str, int]]] = {}
    hints: dict[str, int] = {}
    for name, value in zip(names, input_values(train.call.arguments), strict=True):
        for side, size in enumerate(value.example.shape):
            if isinstance(size, torch.SymInt) and size.node.expr.is_Symbol:
                places.setdefault(str(size.node.expr), []).append((name, side))
                hints[str(size.node.expr)] = size.node.hint
    found = []
    for symbol, where in places.items():
        lower, upper = train.ranges.get(symbol, (2, float("inf")))
        size = hints[symbol]
        # More in a batch; shorter sequences, since what is longer may be beyond a table of positions.
        is_batch = all(side == 0 for _, side in where)
        other = size + 1 if is_batch and size + 1 <= upper else size - 1
        if lower <= other <= upper and other > 1:
            found.append(Dynamic(tuple(where), other))
    return found


def input_values(arguments: dict[str, Any]) -> list[Value]:
    found = [leaf for tree in arguments.values() for leaf in leaves(tree)]
    return [leaf for leaf in found if isinstance(leaf, Value)]


def called_with(arguments: dict[str, Any], names: list[str]) -> str:
    """What `forward` is given in Rust: `x`, or `&(x, mask)`."""
    remaining = iter(names)

    def written(tree: Any) -> str:
        match tree:
            case Value():
                return next(remaining)
            case tuple() | list():
                parts = [written(part) for part in tree if has_values(part)]
                left, right = "()" if isinstance(tree, tuple) else "[]"
                return parts[0] if len(parts) == 1 else f"{left}{', '.join(parts)}{right}"
            case Fields():
                raise Refusal("an input that is a dictionary or a dataclass is not ported")
            case _:
                raise Refusal(f"an input of type {type(tree).__name__} is not ported")

    trees = [tree for tree in arguments.values() if has_values(tree)]
    parts = [written(tree) for tree in trees]
    if len(trees) == 1:
        return parts[0] if isinstance(trees[0], Value) else f"&{parts[0]}"
    return f"&({', '.join(parts)})"


def in_eval(model: nn.Module) -> list[str]:
    """The outermost modules that stay in eval mode while the network trains."""
    found: list[str] = []
    for name, module in model.named_modules():
        is_within = any(name.startswith(f"{outer}.") for outer in found)
        if not module.training and not is_within:
            found.append(name)
    return found


def contiguous(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}


def header(source: Source, plan: replay_plan.Plan) -> str:
    version = torch.__version__.partition("+")[0]
    lines = [f"`{source.name}`, ported from PyTorch {version} by torch-twin.", ""]
    lines.append("`cargo test` compares it with the Python source, bit by bit.")
    if source.licence:
        lines.append(f"The source is under its own licence: {source.licence}.")
    if plan.loaded:
        lines.append("The weights that Python loads are in `weights.safetensors`.")
    if plan.constants:
        named = ", ".join(f"`{name}`" for name in list(plan.constants)[:8])
        more = f" and {len(plan.constants) - 8} more" if len(plan.constants) > 8 else ""
        lines.append(f"Independent of the seed, in `initial.safetensors`: {named}{more}.")
    return "\n".join(f"//! {line}".rstrip() for line in lines)
