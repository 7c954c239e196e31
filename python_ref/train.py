"""Trains LeNet-5 on MNIST: the reference that `lenet5 train` equals bit for bit."""

import argparse
import hashlib
import json
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.utils.data import DataLoader

import recipe
from augment import RandomAffine
from data import load_mnist
from model import VARIANTS, criterion


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    augment: RandomAffine,
    criterion: nn.Module,
    optimizer: torch.optim.Optimizer,
    device: torch.device,
) -> dict[str, float]:
    """One pass over the training set: its last and its mean loss."""
    model.train()
    total = 0.0
    for images, labels in loader:
        images, labels = augment(images.to(device)), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    return {"last_loss": loss.item(), "mean_loss": total / len(loader.dataset)}


@torch.no_grad()
def evaluate(
    model: nn.Module, loader: DataLoader, criterion: nn.Module, device: torch.device
) -> dict[str, float]:
    """The mean loss and the number of right answers on the test set."""
    model.eval()
    loss, correct = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        loss += criterion(logits, labels).item() * len(labels)
        correct += (logits.argmax(dim=1) == labels).sum().item()
    total = len(loader.dataset)
    return {
        "test_loss": loss / total,
        "correct": correct,
        "total": total,
        "test_accuracy": 100 * correct / total,
    }


def sha256(model: nn.Module) -> str:
    """One digest of all weights, the one that `lenet5 train` writes too."""
    tensors = model.state_dict().values()
    return hashlib.sha256(b"".join(t.cpu().numpy().tobytes() for t in tensors)).hexdigest()


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS, default="classic")
    parser.add_argument("--data", type=Path, required=True, help="folder with the IDX files")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--test-batch-size", type=int, default=1000)
    recipe.add_options(parser)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--threads", type=int, help="torch.set_num_threads")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, help="folder for weights and figures")
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    train_set, test_set = load_mnist(args.data)

    torch.manual_seed(args.seed)
    model = VARIANTS[args.variant](args.classes).to(device)
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=args.test_batch_size)
    loss = criterion(args.variant)
    augment = recipe.augmentation(args)
    optimizer = recipe.optimizer(args, model.parameters())
    scheduler = recipe.scheduler(args, optimizer)

    metrics = []
    for epoch in range(1, args.epochs + 1):
        start = time.perf_counter()
        losses = train_epoch(model, train_loader, augment, loss, optimizer, device)
        seconds = time.perf_counter() - start
        if scheduler:
            scheduler.step()
        metrics.append({"epoch": epoch, **losses, "seconds": seconds})
        print(f"Epoch {epoch}, Loss: {losses['last_loss']:.4f}", flush=True)
    result = evaluate(model, test_loader, loss, device)
    print(f"Test Accuracy: {result['test_accuracy']:.2f}%")

    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        save_file(model.state_dict(), args.out / "model.safetensors")
        lines = "".join(json.dumps(line) + "\n" for line in metrics)
        (args.out / "metrics.jsonl").write_text(lines)
        run = {**result, "weights_sha256": sha256(model)}
        (args.out / "run.json").write_text(json.dumps(run, indent=2) + "\n")


if __name__ == "__main__":
    main()
