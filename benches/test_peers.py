"""How the peers are built and measured, shown on a program that takes their place."""

import json
import os
import sys
from pathlib import Path

import pytest

from context import Context
from rows import UnavailableError, peers
from rows.peers import Peer

# Tells what it was called with in place of training.
STAND_IN = f"""#!{sys.executable}
import json, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
steps = min(938, int(options["--steps"]))
print(json.dumps({{"seconds": 0.5 * steps, "steps": steps, "test_accuracy": 97.5}}))
print(json.dumps(options), file=open(__file__ + ".options", "w"))
"""

PACKAGE = """\
[package]
name = "train-nothing"
version = "0.0.0"
edition = "2024"

[workspace]
"""

# No dependencies are a lock too.
LOCK = """\
version = 4

[[package]]
name = "train-nothing"
version = "0.0.0"
"""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path / "data", threads=3, folder=tmp_path)


def peer(folder: Path, steps: int) -> Peer:
    """A peer that is built already."""
    stand_in = Peer("stand-in", "", folder, steps=steps)
    stand_in.program.parent.mkdir(parents=True)
    stand_in.program.write_text(STAND_IN)
    stand_in.program.chmod(0o755)
    return stand_in


def test_some_steps_are_scaled_to_an_epoch_and_their_number_is_kept(context):
    measurement = peers.measure(peer(context.folder, steps=100), context)
    assert measurement.figures["epoch, s"] == [0.5 * 938]
    assert measurement.remarks == {"steps": 100, "test_accuracy": 97.5}


def test_a_whole_epoch_is_measured_as_it_is(context):
    measurement = peers.measure(peer(context.folder, steps=peers.EPOCH), context)
    assert measurement.figures["epoch, s"] == [0.5 * 938]
    assert measurement.remarks["steps"] == 938


def test_a_peer_gets_the_data_and_the_threads_of_the_bench(context):
    stand_in = peer(context.folder, steps=7)
    peers.measure(stand_in, context)
    options = json.loads(Path(f"{stand_in.program}.options").read_text())
    assert options == {"--data": str(context.data), "--threads": "3", "--steps": "7"}


def test_what_the_list_tells_names_the_steps_where_they_are_not_an_epoch():
    some, whole = Peer("a", "candle", Path(), steps=200), Peer("b", "burn", Path())
    assert some.row().about == "candle; 200 steps, scaled to an epoch's 938"
    assert whole.row().about == "burn"


def test_a_peer_is_built_where_its_program_is_looked_for(context):
    built = Peer("nothing", "", context.folder)
    write_package(context.folder, "fn main() {}")
    peers.build(built, context)
    assert os.access(built.program, os.X_OK)


def test_a_peer_that_does_not_compile_is_left_out(context):
    write_package(context.folder, "fn main() { neither }")
    with pytest.raises(UnavailableError, match="it could not be built"):
        peers.build(Peer("nothing", "", context.folder), context)


def write_package(folder: Path, main: str) -> None:
    (folder / "src").mkdir()
    (folder / "src" / "main.rs").write_text(main)
    (folder / "Cargo.toml").write_text(PACKAGE)
    (folder / "Cargo.lock").write_text(LOCK)
