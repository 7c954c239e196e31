"""Checkpoints from which this reference or `lenet5 train --resume` goes on: docs/checkpoint.md."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.optim import Optimizer

FORMAT = {"format": "lenet5-checkpoint", "version": "1"}
KEPT = 2

Tensors = dict[str, torch.Tensor]


@dataclass
class Progress:
    """Whole epochs done, and what the steps after them came to."""

    epoch: int = 0
    step: int = 0
    total_loss: float = 0.0
    last_loss: float = 0.0
    seconds: float = 0.0

    def add_step(self, loss: float, images: int, seconds: float) -> None:
        """Counts a step in, given the mean loss of its images and the epoch's time so far."""
        self.step += 1
        self.last_loss = loss
        self.total_loss += loss * images
        self.seconds = seconds


@dataclass
class Header:
    """All of a training that is no tensor."""

    settings: dict[str, Any]
    environment: dict[str, Any]
    data: str
    data_sha256: str
    progress: Progress
    metrics: list[dict[str, Any]]
    best: dict[str, int] | None = None
    init: dict[str, str] | None = None
    checkpoint_every: int | None = None


def environment(device: torch.device) -> dict[str, Any]:
    """What a result's bits depend on beside settings and data."""
    return {
        "torch": torch.__version__,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": str(device),
    }


def sha256(tensors: Iterable[torch.Tensor]) -> str:
    """The digest of all tensors' bytes, one after the other."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


def save(folder: Path, total_steps: int, header: Header, tensors: Tensors) -> None:
    """Writes a checkpoint into `folder`, and removes all but the newest two."""
    metadata = FORMAT | {
        "tensors_sha256": _sha256_by_name(tensors),
        "header": json.dumps(asdict(header)),
    }
    path = folder / f"checkpoint-{total_steps:08}.safetensors"
    temporary = folder / f".unfinished-{os.getpid()}.tmp"
    save_file(tensors, temporary, metadata)
    _sync(temporary)
    temporary.replace(path)
    _sync(folder)
    for older in sorted(folder.glob("checkpoint-*.safetensors"))[:-KEPT]:
        older.unlink()


def load(folder: Path) -> tuple[Header, Tensors]:
    """The newest checkpoint in `folder`."""
    paths = sorted(folder.glob("checkpoint-*.safetensors"))
    if not paths:
        raise SystemExit(f"error: {folder} holds no checkpoint")
    with safe_open(paths[-1], framework="pt") as file:
        metadata = file.metadata() or {}
        if FORMAT.items() - metadata.items():
            raise SystemExit(f"error: {paths[-1]} is no checkpoint of version {FORMAT['version']}")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if _sha256_by_name(tensors) != metadata["tensors_sha256"]:
        raise SystemExit(f"error: the tensors of {paths[-1]} are damaged")
    header = Header(**json.loads(metadata["header"]))
    header.progress = Progress(**header.progress)
    return header, tensors


def state(model: nn.Module, optimizer: Optimizer, generator: torch.Tensor) -> Tensors:
    """The tensors from which `restore` goes on."""
    tensors = {"generator": generator}
    tensors |= {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        for key, tensor in optimizer.state[parameter].items():
            tensors[f"optimizer.{name}.{key}"] = tensor
    return tensors


def restore(tensors: Tensors, model: nn.Module, optimizer: Optimizer) -> None:
    """Gives model, optimiser and generator the state of a checkpoint."""
    model.load_state_dict(_part(tensors, "model."))
    state = {
        index: _part(tensors, f"optimizer.{name}.")
        for index, (name, _) in enumerate(model.named_parameters())
    }
    state = {index: kept for index, kept in state.items() if kept}
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
    torch.set_rng_state(tensors["generator"])


def _part(tensors: Tensors, prefix: str) -> Tensors:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _sha256_by_name(tensors: Tensors) -> str:
    return sha256(tensors[name] for name in sorted(tensors))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
