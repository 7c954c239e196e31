"""Writes the user's `loss(output, …)` as a function of Rust."""

import dataclasses

import torch
from torch import nn
from torch.export import Dim
from torch.utils._pytree import tree_map

from torch_twin.port import capture
from torch_twin.port.body import Body
from torch_twin.port.rust import field_name
from torch_twin.port.source import Arguments, Source
from torch_twin.port.text import is_used


@dataclasses.dataclass
class LossFunction:
    """`pub fn loss`, and the inputs of the network that it takes after the output."""

    text: str
    inputs: list[str]


def all_sizes(value: object) -> object:
    """No size of what a loss takes is fixed."""
    if not isinstance(value, torch.Tensor):
        return None
    return {side: Dim.AUTO if size > 1 else Dim.STATIC for side, size in enumerate(value.shape)}


class Loss(nn.Module):
    """The user's function as a module, so that it is exported like one."""

    def __init__(self, loss) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, output, *inputs):
        return self.loss(output, *inputs)


def loss_function(source: Source, model: nn.Module, arguments: Arguments, network) -> LossFunction:
    """Exports the loss of the example's output.

    Raises:
        Refusal: what cannot be ported.
    """
    tensors = dict(arguments.named_tensors(model))
    wanted = source.loss_inputs(list(tensors))
    with torch.random.fork_rng():
        output = model(*arguments.args, **arguments.kwargs)
    detached = tree_map(lambda x: x.detach().clone() if isinstance(x, torch.Tensor) else x, output)
    inputs = [tensors[name] for name in wanted]
    shapes = {"output": tree_map(all_sizes, detached)}
    if inputs:
        shapes["inputs"] = tuple(map(all_sizes, inputs))
    call = capture.export(Loss(source.loss), (detached, *inputs), {}, shapes).call
    names = [field_name(name) for name in wanted]
    of_inputs = call.arguments.pop("inputs", ())
    call.arguments |= dict(zip(names, of_inputs, strict=True))
    body = Body(call, {}, network, source.loss)
    lines = "\n".join(body.write())
    parameters = [f"output: &{network.output_type(network.train.call)}"]
    used = [name if is_used(name, f"{{\n{lines}") else f"_{name}" for name in names]
    parameters += [f"{name}: &Tensor" for name in used]
    docs = f"/// `{source.loss.__name__}` of {source.name}.\n///\n/// # Errors\n/// A shape that libtorch refuses.\n"
    text = f"{docs}pub fn loss({', '.join(parameters)}) -> Result<Tensor> {{\n{lines}\n}}"
    return LossFunction(text, names)
