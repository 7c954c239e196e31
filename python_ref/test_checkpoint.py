"""Files that are no checkpoints are refused by name, and neither followed nor answered by a trace."""

import json
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import checkpoint
from train import main

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "src" / "data" / "sample"


def train(*options: str | Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["train.py", "--data", str(SAMPLE), *map(str, options)])
        main()


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A run that was broken off in its first epoch, as far as its files show."""
    folder = tmp_path_factory.mktemp("run")
    options = ("--epochs", "1", "--batch-size", "1000", "--checkpoint-every", "3")
    train(*options, "--threads", "1", "--out", folder)
    folder.joinpath("checkpoint-00000008.safetensors").unlink()
    return folder


def rewrite(path: Path, change: Callable[[dict, dict], None]) -> None:
    """Changes header and tensors, and makes the digest fit, as whoever means harm would."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    header = json.loads(metadata["header"])
    change(header, tensors)
    digest = checkpoint.sha256(tensors[name] for name in sorted(tensors))
    metadata |= {"header": json.dumps(header), "tensors_sha256": digest}
    save_file(tensors, path, metadata)


def with_counters(tensors: dict, left: int, following: int) -> None:
    state = bytearray(tensors["generator"].numpy().tobytes())
    struct.pack_into("<i", state, 8, left)
    struct.pack_into("<Q", state, 16, following)
    tensors["generator"] = torch.frombuffer(state, dtype=torch.uint8).clone()


CHANGES: dict[str, Callable[[dict, dict], None]] = {
    "more epochs done than there are": lambda header, _: header["progress"].update(epoch=10**12),
    "a step beyond the epoch": lambda header, _: header["progress"].update(step=10**12),
    "a step before the first": lambda header, _: header["progress"].update(step=-3),
    "no progress": lambda header, _: header.pop("progress"),
    "a field that none has": lambda header, _: header.update(unknown=1),
    "settings that are none": lambda header, _: header.update(settings=[]),
    "a setting less": lambda header, _: header["settings"].pop("lr"),
    "a variant that none is": lambda header, _: header["settings"].update(variant="x\nerror: lost"),
    "patience that is none": lambda header, _: header["settings"].update(patience="long"),
    "a best epoch that is none": lambda header, _: header.update(best={"epoch": "1"}),
    "a rate that is none": lambda header, _: header["settings"].update(lr=-1.0),
    "too many threads": lambda header, _: header["environment"].update(threads=10**9),
    "no weights": lambda _, tensors: tensors.pop("model.conv1.weight"),
    "weights of another shape": lambda _, tensors: tensors.update(
        {"model.fc2.bias": torch.ones(7)}
    ),
    "weights that are not finite": lambda _, tensors: tensors["model.fc2.bias"].fill_(torch.inf),
    "a state of another shape": lambda _, tensors: tensors.update(
        {"optimizer.fc2.bias.exp_avg": torch.ones(2, 10)}
    ),
    "a state of no parameter": lambda _, tensors: tensors.update(
        {"optimizer.fc9.bias.exp_avg": torch.ones(10)}
    ),
    "a step that is not the training's": lambda _, tensors: tensors[
        "optimizer.fc2.bias.step"
    ].fill_(-1),
    "no generator": lambda _, tensors: tensors.pop("generator"),
    "a generator that would read beyond": lambda _, tensors: with_counters(tensors, 10**6, 10**9),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_checkpoint_with(change, run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    rewrite(folder / "checkpoint-00000006.safetensors", CHANGES[change])
    with pytest.raises(SystemExit, match="error: .*is no checkpoint to go on from: .*") as refused:
        train("--resume", folder)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff" * 100, b"\x08" + bytes(7) + b"{}      "])
def test_a_file_that_is_none_is_refused(content, run, tmp_path):
    path = tmp_path / "checkpoint-00000001.safetensors"
    path.write_bytes(content)
    with pytest.raises(SystemExit, match="is no checkpoint to go on from"):
        checkpoint.load(tmp_path)


def test_a_checkpoint_that_was_not_changed_is_gone_on_from(run, tmp_path, capsys):
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    rewrite(folder / "checkpoint-00000006.safetensors", lambda header, tensors: None)
    (folder / "checkpoint-old.safetensors").write_bytes(b"not one of the run's")
    train("--resume", folder)
    assert "Test Accuracy" in capsys.readouterr().out
