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
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import MNIST

import checkpoint
import recipe
from augment import RandomAffine
from checkpoint import Header, Progress
from data import load_mnist
from model import VARIANTS, criterion
from threads import set_num_threads

# Beside the recipe's.
SETTINGS = {
    "variant": "classic",
    "test_batch_size": 1000,
    "seed": 0,
    "classes": 10,
    "validation": 0,
}

# How long a run trains may be changed when it goes on: the number of epochs, unless it decides the
# learning rate of each of them, and patience.
LENGTH = ("epochs", "patience")
SPREAD_SCHEDULES = ("cosine", "linear", "onecycle")


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    augment: RandomAffine,
    criterion: nn.Module,
    optimizer: torch.optim.Optimizer,
    device: torch.device,
    progress: Progress,
    after_step: Callable[[], None],
) -> None:
    """One pass over the training set, or the rest of one, which `progress` counts."""
    model.train()
    start = time.perf_counter() - progress.seconds
    batches = ((augment(images.to(device)), labels.to(device)) for images, labels in loader)
    # A training that goes on draws the epoch's batches again, and drops those it has had.
    for images, labels in islice(batches, progress.step, None):
        optimizer.zero_grad()
        logits = model(images)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        correct = (logits.argmax(dim=1) == labels).sum().item()
        progress.add_step(loss.item(), len(labels), correct, time.perf_counter() - start)
        if not math.isfinite(progress.last_loss):
            raise SystemExit(f"error: the loss is {progress.last_loss} in step {progress.step}")
        after_step()


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


class Run:
    """A training, and the folder that it is kept in."""

    def __init__(
        self, args: argparse.Namespace, header: Header, train_set: MNIST, test_set: MNIST
    ) -> None:
        settings = argparse.Namespace(**header.settings)
        torch.manual_seed(settings.seed)
        self.header = header
        self.settings = settings
        self.folder: Path | None = args.resume or args.out
        self.checkpoint_every = header.checkpoint_every
        self.device = torch.device(args.device)

        self.model = VARIANTS[settings.variant](settings.classes).to(self.device)
        self.criterion = criterion(self.model)
        self.augment = recipe.augmentation(settings)
        self.optimizer = recipe.optimizer(settings, self.model.parameters())

        size = len(train_set) - settings.validation
        validation_set = Subset(train_set, range(size, len(train_set)))
        train_set = Subset(train_set, range(size))
        self.train_loader = DataLoader(train_set, settings.batch_size, shuffle=True)
        self.validation_loader = DataLoader(validation_set, settings.test_batch_size)
        self.test_loader = DataLoader(test_set, settings.test_batch_size)

        self.scheduler = recipe.scheduler(settings, self.optimizer, len(self.train_loader))

    def restore(self, tensors: checkpoint.Tensors) -> None:
        """Goes on where the header's progress is, with the tensors of that checkpoint."""
        progress = self.header.progress
        if not (
            0 <= progress.epoch <= self.settings.epochs
            and 0 <= progress.step < len(self.train_loader)
        ):
            raise ValueError(f"epoch {progress.epoch}, step {progress.step} is beyond its end")
        checkpoint.check(tensors, self.model, self.total_steps())
        checkpoint.restore(tensors, self.model, self.optimizer)
        # The schedule's state is what its steps lead to.
        match self.scheduler:
            case OneCycleLR():
                for _ in range(self.total_steps()):
                    self.scheduler.step()
            case ReduceLROnPlateau():
                for metrics in self.header.metrics:
                    self.scheduler.step(metrics["validation_loss"])
            case _:
                for _ in range(progress.epoch):
                    self.scheduler.step()

    def train(self) -> None:
        """Trains to the last epoch, or until patience is at an end."""
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
        while not self.is_trained():
            self.train_epoch()
            metrics = self.end_epoch()
            print(f"Epoch {metrics['epoch']}, Loss: {metrics['last_loss']:.4f}", flush=True)

    def is_trained(self) -> bool:
        progress, best = self.header.progress, self.header.best
        patience = self.header.settings.get("patience")
        if patience and best and progress.step == 0 and progress.epoch - best["epoch"] >= patience:
            return True
        return progress.epoch >= self.settings.epochs

    def train_epoch(self) -> None:
        # From here, a training that goes on draws the same batches.
        generator = torch.get_rng_state()

        def after_step() -> None:
            if isinstance(self.scheduler, OneCycleLR):
                self.scheduler.step()
            if self.checkpoint_every and self.total_steps() % self.checkpoint_every == 0:
                self.save_checkpoint(generator)

        train_epoch(
            self.model,
            self.train_loader,
            self.augment,
            self.criterion,
            self.optimizer,
            self.device,
            self.header.progress,
            after_step,
        )

    def end_epoch(self) -> dict[str, Any]:
        """Sums up the epoch, and gets ready for the next."""
        progress, images = self.header.progress, len(self.train_loader.dataset)
        correct = progress.correct
        metrics = {
            "epoch": progress.epoch + 1,
            "lr": self.optimizer.param_groups[0]["lr"],
            "last_loss": progress.last_loss,
            "mean_loss": progress.total_loss / images,
            "accuracy": None if correct is None else 100 * correct / images,
            "seconds": progress.seconds,
            "images_per_second": images / progress.seconds,
            "finished": checkpoint.now(),
        }
        if self.settings.validation:
            metrics |= self.validate(metrics["epoch"])
        match self.scheduler:
            case OneCycleLR():
                pass
            case ReduceLROnPlateau():
                self.scheduler.step(metrics["validation_loss"])
            case _:
                self.scheduler.step()
        self.header.metrics.append(metrics)
        self.header.progress = Progress(epoch=metrics["epoch"])
        self.save_checkpoint(torch.get_rng_state())
        return metrics

    def validate(self, epoch: int) -> dict[str, float]:
        """How the network does on the images held out; it is kept if it is the best so far."""
        result = evaluate(self.model, self.validation_loader, self.criterion, self.device)
        if self.header.best is None or result["correct"] > self.header.best["correct"]:
            self.header.best = {"epoch": epoch, "correct": result["correct"]}
            if self.folder:
                save_file(self.model.state_dict(), self.folder / "best.safetensors")
        return {f"validation_{key}": result[key] for key in ("loss", "accuracy")}

    def total_steps(self) -> int:
        return self.header.progress.epoch * len(self.train_loader) + self.header.progress.step

    def save_checkpoint(self, generator: torch.Tensor) -> None:
        if self.folder:
            tensors = checkpoint.state(self.model, self.optimizer, generator)
            checkpoint.save(self.folder, self.total_steps(), self.header, tensors)

    def test(self) -> None:
        """Tests the network, and leaves it and its figures in the folder."""
        result = evaluate(self.model, self.test_loader, self.criterion, self.device)
        print(f"Test Accuracy: {result['accuracy']:.2f}%")
        if not self.folder:
            return
        save_file(self.model.state_dict(), self.folder / "model.safetensors")
        lines = "".join(json.dumps(line) + "\n" for line in self.header.metrics)
        (self.folder / "metrics.jsonl").write_text(lines)
        report = {
            "test_loss": result["loss"],
            "test_accuracy": result["accuracy"],
            "correct": result["correct"],
            "total": result["total"],
            "weights_sha256": checkpoint.sha256(self.model.state_dict().values()),
        }
        (self.folder / "run.json").write_text(json.dumps(report, indent=2) + "\n")


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS)
    parser.add_argument("--data", type=Path, required=True, help="folder with the IDX files")
    recipe.add_options(parser)
    parser.add_argument("--test-batch-size", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--classes", type=int)
    parser.add_argument("--validation", type=int, help="training images to hold out, the last")
    parser.add_argument("--patience", type=int, help="epochs without a better result on those")
    parser.add_argument("--threads", type=int, help="torch.set_num_threads")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, help="folder for weights, figures and checkpoints")
    parser.add_argument("--resume", type=Path, help="folder with checkpoints, to go on with")
    parser.add_argument("--checkpoint-every", type=int, metavar="STEPS")
    return parser.parse_args()


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """The defaults, with what the command line gives in their place."""
    variant = args.variant or SETTINGS["variant"]
    defaults = SETTINGS | recipe.defaults(variant, args.optimizer, args.schedule)
    chosen = defaults | recipe.given(args, [*defaults, "patience"])
    goes_by_validation = "patience" in chosen or chosen["schedule"] == "plateau"
    if goes_by_validation and not chosen["validation"]:
        raise SystemExit("error: patience and plateau go by images held out: give --validation N")
    return chosen


def begin(args: argparse.Namespace, data_sha256: str) -> Header:
    return Header(
        settings=settings(args),
        environment=checkpoint.environment(torch.device(args.device)),
        data=str(args.data.absolute()),
        data_sha256=data_sha256,
        progress=Progress(),
        metrics=[],
        checkpoint_every=args.checkpoint_every,
        started=checkpoint.now(),
    )


def check(header: Header, args: argparse.Namespace, data_sha256: str) -> None:
    """Refuses to go on with a run whose bits would come out differently."""
    now = checkpoint.environment(torch.device(args.device)) | {"data_sha256": data_sha256}
    options = {name for takes in recipe.SCHEDULES.values() for name in takes}
    now |= recipe.given(args, options | header.settings.keys())
    saved = header.settings | header.environment | {"data_sha256": header.data_sha256}
    for name, value in now.items():
        if value != saved.get(name) and name not in LENGTH:
            raise SystemExit(f"error: {name} is {saved.get(name)} in the run, {value} now")
    best = {"epoch": 1} if header.best is None else header.best
    if not isinstance(saved.get("patience", 1), int) or not isinstance(best["epoch"], int):
        raise TypeError("patience or the best epoch is no number")
    epochs, done = now.get("epochs", saved["epochs"]), header.progress.epoch
    if epochs != saved["epochs"] and saved["schedule"] in SPREAD_SCHEDULES:
        raise SystemExit(f"error: the {saved['schedule']} learning rate is spread over all epochs")
    if epochs < done + (header.progress.step > 0):
        raise SystemExit(f"error: the run has {done} epochs behind it, more than {epochs}")


def go_on(args: argparse.Namespace, train_set: MNIST, test_set: MNIST, data_sha256: str) -> Run:
    """The run in the folder `args.resume`, from its newest checkpoint."""
    header, tensors = checkpoint.load(args.resume)
    with checkpoint.refusals(args.resume):
        set_num_threads(args.threads or header.environment["threads"])
        check(header, args, data_sha256)
        header.settings |= recipe.given(args, LENGTH)
        header.checkpoint_every = args.checkpoint_every or header.checkpoint_every
        run = Run(args, header, train_set, test_set)
        run.restore(tensors)
        return run


def main() -> None:
    args = parse_args()
    if not args.resume:
        set_num_threads(args.threads)
    train_set, test_set = load_mnist(args.data)
    data_sha256 = checkpoint.sha256(
        tensor for part in (train_set, test_set) for tensor in (part.data, part.targets)
    )
    if args.resume:
        run = go_on(args, train_set, test_set, data_sha256)
    else:
        run = Run(args, begin(args, data_sha256), train_set, test_set)
    run.train()
    run.test()


if __name__ == "__main__":
    main()
