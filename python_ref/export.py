"""Writes what PyTorch makes of a seed, for the parity tests to compare with."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice, repeat
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.data import DataLoader

import recipe
from data import load_mnist
from model import VARIANTS, criterion
from threads import set_num_threads

Tensors = dict[str, torch.Tensor]


def initial(args: argparse.Namespace) -> Tensors:
    """The weights that a network starts with."""
    torch.manual_seed(args.seed)
    return VARIANTS[args.variant](args.classes).state_dict()


def order(args: argparse.Namespace) -> Tensors:
    """The samples of each epoch, in the order in which a shuffling DataLoader hands them out."""
    torch.manual_seed(args.seed)
    loader = DataLoader(range(args.size), batch_size=args.batch_size, shuffle=True)
    return {f"epoch{epoch}": torch.cat(list(loader)) for epoch in range(1, args.epochs + 1)}


def images(args: argparse.Namespace) -> Tensors:
    """All test images as the network sees them, and their labels."""
    _, test_set = load_mnist(args.data)
    images, labels = next(iter(DataLoader(test_set, batch_size=len(test_set))))
    return {"images": images, "labels": labels}


def stages(args: argparse.Namespace) -> Tensors:
    """Everything between the first batch and the weights after the last step, stage by stage."""
    train_set, test_set = load_mnist(args.data)
    torch.manual_seed(args.seed)
    model = VARIANTS[args.variant](args.classes)
    if args.weights:
        model.load_state_dict(load_file(args.weights))
    tensors = copies("initial", model.state_dict())
    tensors |= test(model, DataLoader(test_set, batch_size=args.test_batch_size))
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    return tensors | train(args, model, train_loader)


@torch.no_grad()
def test(model: nn.Module, loader: DataLoader) -> Tensors:
    """The logits of all test images, and how many of them are right."""
    model.eval()
    outputs = [(model(images), labels) for images, labels in loader]
    model.train()
    logits, labels = (torch.cat(parts) for parts in zip(*outputs, strict=True))
    correct = (logits.argmax(dim=1) == labels).sum()
    return {"test/logits": logits, "test/correct": correct}


def train(args: argparse.Namespace, model: nn.Module, loader: DataLoader) -> Tensors:
    """All that the first step computes, and the weights after each of `args.steps`."""
    augment = recipe.augmentation(args)
    optimizer = recipe.optimizer(args, model.parameters())
    loss_function = criterion(model)
    tensors: Tensors = {}
    batches = islice(chain.from_iterable(repeat(loader)), max(args.steps))
    for step, (images, labels) in enumerate(batches, start=1):
        images = augment(images)
        optimizer.zero_grad()
        with layer_outputs(model) as outputs:
            loss = loss_function(model(images), labels)
        loss.backward()
        if step == 1:
            tensors |= {"batch/images": images, "batch/labels": labels}
            tensors |= copies("forward", outputs | {"loss": loss})
            tensors |= copies("gradient", {k: p.grad for k, p in model.named_parameters()})
        optimizer.step()
        if step in args.steps:
            tensors |= copies(f"step{step}", model.state_dict())
    return tensors


@contextmanager
def layer_outputs(model: nn.Module) -> Iterator[Tensors]:
    """Gathers each layer's output under the layer's name."""
    outputs: Tensors = {}

    def remember(name: str):
        return lambda module, inputs, output: outputs.update({name: output})

    layers = model.named_children()
    hooks = [layer.register_forward_hook(remember(name)) for name, layer in layers]
    yield outputs
    for hook in hooks:
        hook.remove()


def copies(stage: str, tensors: Tensors) -> Tensors:
    return {f"{stage}/{name}": tensor.detach().clone() for name, tensor in tensors.items()}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS, default="classic")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    commands = parser.add_subparsers(dest="command", required=True)

    commands.add_parser("initial", help=initial.__doc__)

    command = commands.add_parser("order", help=order.__doc__)
    command.add_argument("--size", type=int, required=True, help="number of samples")
    command.add_argument("--epochs", type=int, required=True)

    command = commands.add_parser("images", help=images.__doc__)
    command.add_argument("--data", type=Path, required=True)

    command = commands.add_parser("stages", help=stages.__doc__)
    command.add_argument("--data", type=Path, required=True)
    command.add_argument("--weights", type=Path, help="start from this safetensors file")
    command.add_argument("--test-batch-size", type=int, default=1000)
    recipe.add_step_options(command)
    command.add_argument("--threads", type=int, help="torch.set_num_threads")
    command.add_argument("--steps", type=int, nargs="+", default=[1])
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    set_num_threads(getattr(args, "threads", None))
    defaults = recipe.defaults(args.variant, getattr(args, "optimizer", None))
    vars(args).update(defaults | recipe.given(args, defaults))
    command = {"initial": initial, "order": order, "images": images, "stages": stages}
    save_file(command[args.command](args), args.out)


if __name__ == "__main__":
    main()
