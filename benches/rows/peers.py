"""Peers: an epoch of classic in Rust's other frameworks, each as its own examples are written."""

import json
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import process
from context import BENCHES, Context
from say import say

from . import train
from .row import Group, Measurement, Row, UnavailableError

PEERS = BENCHES / "peers"

# 60,000 images in batches of 64.
EPOCH = 938


@dataclass(frozen=True)
class Peer:
    """A program in a Cargo workspace of its own, and how long it is watched."""

    name: str
    about: str
    workspace: Path
    # What cargo needs to know to build it.
    options: tuple[str, ...] = ()
    # Steps that are trained, of which an epoch's time is told.
    steps: int = EPOCH

    @property
    def program(self) -> Path:
        return self.workspace / "target" / "release" / f"train-{self.name}"

    def row(self) -> Row:
        part = f"; {self.steps} steps, scaled to an epoch's {EPOCH}" if self.steps < EPOCH else ""
        return Row(self.name, self.about + part, partial(measure, self), partial(build, self))


def group() -> Group:
    peers = [
        Peer("candle", "candle", PEERS, ("--features", "candle"), steps=200),
        Peer("burn", "burn, on its backend Flex", PEERS, ("--features", "burn")),
        Peer("tch", "tch, by its own layers and optimiser", PEERS / "tch"),
    ]
    lenet5 = Row("lenet5", "lenet5 train", partial(train.exact, "classic", "lenet5"))
    rows = [lenet5, *(peer.row() for peer in peers)]
    about = "an epoch of classic in other frameworks of Rust"
    return Group("peers", about, rows, on_demand=True)


def build(peer: Peer, context: Context) -> None:
    say(f"Building train-{peer.name}, which takes minutes the first time")
    command = ["cargo", "build", "--release", "--locked", "--bin", f"train-{peer.name}"]
    # An exported CARGO_TARGET_DIR is that of lenet5.
    command += ["--target-dir", peer.workspace / "target", *peer.options]
    if subprocess.run(command, cwd=peer.workspace, check=False).returncode != 0:
        raise UnavailableError("it could not be built")


def measure(peer: Peer, context: Context) -> Measurement:
    options = ["--data", context.data, "--threads", str(context.threads)]
    finished = process.run([peer.program, *options, "--steps", str(peer.steps)])
    result = json.loads(finished.output)
    steps = result["steps"]
    return Measurement(
        figures={
            "epoch, s": [result["seconds"] * EPOCH / steps],
            "peak, MB": [finished.peak_mb],
        },
        others=finished.others,
        remarks={"steps": steps, "test_accuracy": result["test_accuracy"]},
    )
