"""Checkpoints from which this reference or `lenet5 train --resume` goes on: docs/checkpoint.md."""

import hashlib
import json
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn
from torch.optim import Optimizer

from processor import processor

FORMAT = {"format": "lenet5-checkpoint", "version": "1"}
KEPT = 2
MAX_THREADS = 1024

Tensors = dict[str, torch.Tensor]


@dataclass
class Progress:
    """Whole epochs done, and what the steps after them came to."""

    epoch: int = 0
    step: int = 0
    total_loss: float = 0.0
    last_loss: float = 0.0
    correct: int | None = 0
    seconds: float = 0.0

    def add_step(self, loss: float, images: int, correct: int, seconds: float) -> None:
        """Counts a step in, given the mean loss of its images, how many of them were answered right,
        and the epoch's time so far."""
        self.step += 1
        self.last_loss = loss
        self.total_loss += loss * images
        # Where steps before were not counted, no sum says how many were right.
        self.correct = None if self.correct is None else self.correct + correct
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
    labels_from: int = 0
    started: str | None = None


def now() -> str:
    """Now, in UTC as RFC 3339 has it, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def environment(device: torch.device) -> dict[str, Any]:
    """What a result's bits depend on beside settings and data."""
    return {
        "torch": torch.__version__,
        **processor(),
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
    for older in _paths(folder)[:-KEPT]:
        older.unlink()


def load(folder: Path) -> tuple[Header, Tensors]:
    """The newest checkpoint in `folder`."""
    paths = _paths(folder)
    if not paths:
        raise SystemExit(f"error: {folder} holds no checkpoint")
    with refusals(paths[-1]):
        return _read(paths[-1])


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turns what a file that is no checkpoint brings about into an error that names it."""
    errors = (
        OSError,
        SafetensorError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
    )
    try:
        yield
    except errors as error:
        reason = ascii(str(error)[:200])
        raise SystemExit(f"error: {path} is no checkpoint to go on from: {reason}") from error


def _read(path: Path) -> tuple[Header, Tensors]:
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if FORMAT.items() - metadata.items():
            raise ValueError(f"it is none of version {FORMAT['version']}")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if _sha256_by_name(tensors) != metadata["tensors_sha256"]:
        raise ValueError("its tensors are damaged")
    header = Header(**json.loads(metadata["header"]))
    header.progress = Progress(**{"correct": None} | header.progress)
    if len(header.metrics) != header.progress.epoch:
        raise ValueError("its figures are not those of its epochs")
    if not 1 <= header.environment["threads"] <= MAX_THREADS:
        raise ValueError(f"it has {header.environment['threads']} threads")
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


def check(tensors: Tensors, model: nn.Module, total_steps: int) -> None:
    """Refuses tensors that are not those of a training of `model` after so many steps."""
    parameters = dict(model.named_parameters())
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ValueError(f"{name} is not finite")
        if not name.startswith("optimizer."):
            continue
        parameter, _, key = name.removeprefix("optimizer.").rpartition(".")
        if key == "step":
            fits = tensor.shape == () and tensor.item() == total_steps
        else:
            fits = tensor.shape == parameters[parameter].shape
        if not fits:
            raise ValueError(f"{name} is not of this training")
    if not _is_generator_state(tensors["generator"]):
        raise ValueError("generator is not the state of one")


def _is_generator_state(state: torch.Tensor) -> bool:
    """Whether PyTorch could have given `state`: it would take others, and read beyond its memory."""
    generator = torch.Generator()
    generator.set_state(state)
    _seed, left, seeded, following = struct.unpack_from("<QiiQ", state.numpy().tobytes())
    is_fresh = left == 1 and following == 0
    is_used = 1 <= following <= 624 and left == 625 - following
    return bool(seeded) and (is_fresh or is_used) and generator.get_state().equal(state)


def _paths(folder: Path) -> list[Path]:
    """The checkpoints in `folder`, the newest last."""
    steps = {
        path: path.stem.removeprefix("checkpoint-")
        for path in folder.glob("checkpoint-*.safetensors")
    }
    return sorted(
        (path for path in steps if steps[path].isdecimal()), key=lambda path: int(steps[path])
    )


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
