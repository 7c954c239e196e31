"""Writes what PyTorch makes of a seed, for the parity tests to compare with."""

import argparse
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
from torch_twin import Recorder

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


def trace(args: argparse.Namespace) -> Recorder:
    """A trace of the initial weights, the logits of the test images, and the steps 1 and `args.steps`."""
    train_set, test_set = load_mnist(args.data)
    torch.manual_seed(args.seed)
    model = VARIANTS[args.variant](args.classes)
    if args.weights:
        model.load_state_dict(load_file(args.weights))
    optimizer = recipe.optimizer(args, model.parameters())
    recorder = Recorder(model, optimizer, only_steps={1, *args.steps})
    recorder.output("test", test(model, DataLoader(test_set, batch_size=args.test_batch_size)))
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    train(args, model, optimizer, train_loader, recorder)
    return recorder


@torch.no_grad()
def test(model: nn.Module, loader: DataLoader) -> torch.Tensor:
    """The logits of all test images."""
    model.eval()
    logits = torch.cat([model(images) for images, _ in loader])
    model.train()
    return logits


def train(
    args: argparse.Namespace,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loader: DataLoader,
    recorder: Recorder,
) -> None:
    augment = recipe.augmentation(args)
    loss_function = criterion(model)
    batches = islice(chain.from_iterable(repeat(loader)), max(args.steps))
    for step, (images, labels) in enumerate(batches, start=1):
        images = augment(images)
        with recorder.step(step):
            recorder.output("labels", labels)
            optimizer.zero_grad()
            loss = loss_function(model(images), labels)
            recorder.loss(loss)
            loss.backward()
            recorder.gradients()
            optimizer.step()


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS, default="classic")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    commands = parser.add_subparsers(dest="command", required=True)

    commands.add_parser("initial", help=initial.__doc__)

    command = commands.add_parser("order", help=order.__doc__)
    command.add_argument("--size", type=int, required=True, help="number of samples")
    command.add_argument("--epochs", type=int, required=True)

    command = commands.add_parser("images", help=images.__doc__)
    command.add_argument("--data", type=Path, required=True)

    command = commands.add_parser("trace", help=trace.__doc__)
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
    if args.command == "trace":
        trace(args).save(args.out)
        return
    command = {"initial": initial, "order": order, "images": images}
    save_file(command[args.command](args), args.out)


if __name__ == "__main__":
    main()
