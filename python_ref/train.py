"""Trains LeNet-5 on MNIST: the reference that `lenet5 train` equals bit for bit."""

import argparse
import json
import math
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn
from torch.utils.data import DataLoader, Subset

import checkpoint
import recipe
from augment import RandomAffine
from checkpoint import Header, Progress
from data import load_mnist
from model import VARIANTS, criterion

SETTINGS = {
    "variant": "classic",
    "epochs": 5,
    "batch_size": 64,
    "test_batch_size": 1000,
    "seed": 0,
    "classes": 10,
    "validation": 0,
}


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    augment: RandomAffine,
    criterion: nn.Module,
    optimizer: torch.optim.Optimizer,
    device: torch.device,
    progress: Progress,
    after_step: Callable[[torch.Tensor], None],
) -> dict[str, Any]:
    """One pass over the training set, or the rest of one: its last and its mean loss."""
    model.train()
    start = time.perf_counter() - progress.seconds
    # From here, a training that goes on draws the same batches, and drops those it has had.
    rng_state = torch.get_rng_state()
    batches = ((augment(images.to(device)), labels.to(device)) for images, labels in loader)
    for images, labels in islice(batches, progress.step, None):
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        progress.step += 1
        progress.last_loss = loss.item()
        progress.total_loss += loss.item() * len(labels)
        progress.seconds = time.perf_counter() - start
        if not math.isfinite(progress.last_loss):
            raise SystemExit(f"error: the loss is {progress.last_loss} in step {progress.step}")
        after_step(rng_state)
    return {
        "epoch": progress.epoch + 1,
        "lr": optimizer.param_groups[0]["lr"],
        "last_loss": progress.last_loss,
        "mean_loss": progress.total_loss / len(loader.dataset),
        "seconds": progress.seconds,
        "images_per_second": len(loader.dataset) / progress.seconds,
    }


@torch.no_grad()
def evaluate(
    model: nn.Module, loader: DataLoader, criterion: nn.Module, device: torch.device
) -> dict[str, float]:
    """The mean loss and the number of right answers on a set."""
    model.eval()
    loss, correct = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        loss += criterion(logits, labels).item() * len(labels)
        correct += (logits.argmax(dim=1) == labels).sum().item()
    total = len(loader.dataset)
    return {
        "loss": loss / total,
        "correct": correct,
        "total": total,
        "accuracy": 100 * correct / total,
    }


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS)
    parser.add_argument("--data", type=Path, required=True, help="folder with the IDX files")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--test-batch-size", type=int)
    recipe.add_options(parser)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--classes", type=int)
    parser.add_argument("--validation", type=int, help="training images to hold out, the last")
    parser.add_argument("--threads", type=int, help="torch.set_num_threads")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, help="folder for weights, figures and checkpoints")
    parser.add_argument("--resume", type=Path, help="folder with checkpoints, to go on with")
    parser.add_argument("--checkpoint-every", type=int, metavar="STEPS")
    return parser.parse_args()


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """The defaults, with what the command line gives in their place."""
    defaults = SETTINGS | recipe.defaults(args.variant or SETTINGS["variant"])
    given = {name: getattr(args, name) for name in defaults}
    return defaults | {name: value for name, value in given.items() if value is not None}


def begin(args: argparse.Namespace, data_sha256: str) -> Header:
    return Header(
        settings=settings(args),
        environment=checkpoint.environment(torch.device(args.device)),
        data=str(args.data.absolute()),
        data_sha256=data_sha256,
        progress=Progress(),
        metrics=[],
    )


def check(header: Header, args: argparse.Namespace, data_sha256: str) -> None:
    """Refuses to go on with a run whose bits would come out differently."""
    now = checkpoint.environment(torch.device(args.device)) | {"data_sha256": data_sha256}
    given = {name: getattr(args, name) for name in header.settings}
    now |= {name: value for name, value in given.items() if value is not None}
    saved = header.settings | header.environment | {"data_sha256": header.data_sha256}
    for name, value in now.items():
        if value != saved[name]:
            raise SystemExit(f"error: {name} is {saved[name]} in the run, {value} now")


def main() -> None:
    args = parse_args()
    folder: Path | None = args.resume or args.out
    header, tensors = checkpoint.load(args.resume) if args.resume else (None, None)
    threads = args.threads or (header and header.environment["threads"])
    if threads:
        torch.set_num_threads(threads)
    device = torch.device(args.device)
    train_set, test_set = load_mnist(args.data)
    data_sha256 = checkpoint.sha256(
        tensor for part in (train_set, test_set) for tensor in (part.data, part.targets)
    )
    if header:
        check(header, args, data_sha256)
    else:
        header = begin(args, data_sha256)
    setting = argparse.Namespace(**header.settings)

    torch.manual_seed(setting.seed)
    model = VARIANTS[setting.variant](setting.classes).to(device)
    size = len(train_set) - setting.validation
    validation_set = Subset(train_set, range(size, len(train_set)))
    train_set = Subset(train_set, range(size))
    train_loader = DataLoader(train_set, batch_size=setting.batch_size, shuffle=True)
    validation_loader = DataLoader(validation_set, batch_size=setting.test_batch_size)
    test_loader = DataLoader(test_set, batch_size=setting.test_batch_size)
    loss = criterion(setting.variant)
    augment = recipe.augmentation(setting)
    optimizer = recipe.optimizer(setting, model.parameters())
    scheduler = recipe.scheduler(setting, optimizer)
    if tensors:
        checkpoint.restore(tensors, model, optimizer)
        # The schedule's state is its epoch, which leads to the learning rate of that epoch again.
        for _ in range(header.progress.epoch):
            scheduler.step()

    def total_steps() -> int:
        return header.progress.epoch * len(train_loader) + header.progress.step

    def save(rng_state: torch.Tensor) -> None:
        if folder:
            checkpoint.save(folder, total_steps(), header, model, optimizer, rng_state)

    def after_step(rng_state: torch.Tensor) -> None:
        if args.checkpoint_every and total_steps() % args.checkpoint_every == 0:
            save(rng_state)

    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    while header.progress.epoch < setting.epochs:
        progress = header.progress
        metrics = train_epoch(
            model, train_loader, augment, loss, optimizer, device, progress, after_step
        )
        scheduler.step()
        if setting.validation:
            result = evaluate(model, validation_loader, loss, device)
            metrics |= {f"validation_{key}": result[key] for key in ("loss", "accuracy")}
            if header.best is None or result["correct"] > header.best["correct"]:
                header.best = {"epoch": metrics["epoch"], "correct": result["correct"]}
                if folder:
                    save_file(model.state_dict(), folder / "best.safetensors")
        header.metrics.append(metrics)
        header.progress = Progress(epoch=metrics["epoch"])
        save(torch.get_rng_state())
        print(f"Epoch {metrics['epoch']}, Loss: {metrics['last_loss']:.4f}", flush=True)
    result = evaluate(model, test_loader, loss, device)
    print(f"Test Accuracy: {result['accuracy']:.2f}%")

    if folder:
        save_file(model.state_dict(), folder / "model.safetensors")
        lines = "".join(json.dumps(line) + "\n" for line in header.metrics)
        (folder / "metrics.jsonl").write_text(lines)
        run = {
            "test_loss": result["loss"],
            "test_accuracy": result["accuracy"],
            "correct": result["correct"],
            "total": result["total"],
            "weights_sha256": checkpoint.sha256(model.state_dict().values()),
        }
        (folder / "run.json").write_text(json.dumps(run, indent=2) + "\n")


if __name__ == "__main__":
    main()
