"""The bench as it is called: which rows are measured, and what it prints and writes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bench
import measure
from context import PYTHON_REF, Context
from process import ProcessError
from rows import Group, Measurement, Row, UnavailableError

BENCH = Path(__file__).with_name("bench.py")
SAMPLE = BENCH.parent.parent / "src" / "data" / "sample"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, BENCH, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def row(name: str, digest: str | None = None) -> Row:
    return Row(name, "", lambda context: Measurement({"epoch, s": [1.0]}, 0.0, digest))


EVERY = [
    Group("train/paper", "", [row("reference"), row("lenet5")]),
    Group("train/paper-rbf", "", [row("lenet5")]),
    Group("peers", "", [row("candle")], on_demand=True),
]


def names(*only: str) -> list[str]:
    return [group.path(row) for group, rows in bench.choose(EVERY, list(only)) for row in rows]


def test_a_name_stands_for_all_rows_below_it_and_no_others():
    assert names("train/paper") == ["train/paper/reference", "train/paper/lenet5"]
    assert names("train/paper/lenet5") == ["train/paper/lenet5"]
    assert names("peers", "train/paper-rbf") == ["train/paper-rbf/lenet5", "peers/candle"]


def test_without_names_all_rows_are_measured_but_those_on_demand():
    assert names() == ["train/paper/reference", "train/paper/lenet5", "train/paper-rbf/lenet5"]
    assert [group.name for group in bench.left_out(EVERY, [])] == ["peers"]


def test_with_names_nothing_is_said_to_be_left_out():
    assert bench.left_out(EVERY, ["train"]) == []


def test_the_list_names_the_rows_on_demand_too():
    listed = run("--list").stdout
    assert "peers: an epoch of classic in other frameworks of Rust (on demand)\n" in listed
    assert "  peers/candle " in listed


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(SAMPLE, threads=1, folder=tmp_path)


def test_rows_that_come_to_other_bits_are_an_error(context):
    rows = [row("reference", "ab"), row("tuned"), row("lenet5", "cd")]
    _, failures = measure.measure(context, Group("train", "", rows), rows, pairs=1)
    assert failures == ["the rows of train came to other bits: ab (reference), cd (lenet5)"]


def test_a_row_that_cannot_be_had_is_left_out_with_the_reason(context, capsys):
    def refuse(context: Context) -> None:
        raise UnavailableError("no compiler")

    rows = [Row("burn", "", row("burn").measure, refuse), row("lenet5")]
    measured, failures = measure.measure(context, Group("peers", "", rows), rows, pairs=1)
    assert (list(measured), failures) == (["lenet5"], [])
    assert "peers/burn is left out: no compiler" in capsys.readouterr().err


def test_a_row_that_fails_is_dropped_and_costs_no_other(context):
    def fail(context: Context) -> Measurement:
        raise ProcessError("candle ended with 101:\nno memory")

    rows = [Row("candle", "", fail), row("lenet5")]
    measured, failures = measure.measure(context, Group("peers", "", rows), rows, pairs=2)
    assert {name: len(each) for name, each in measured.items()} == {"lenet5": 2}
    assert failures == ["peers/candle: candle ended with 101:\nno memory"]


def test_a_row_is_measured_printed_and_written(tmp_path):
    output = tmp_path / "bench.json"
    call = ["--only", "start/version", "--pairs", "2", "--data", SAMPLE, "--output", output]
    done = run(*call)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[2].startswith("| start/version | process, s | ")
    assert "load before: " in done.stderr
    report = json.loads(output.read_text())
    (first, second) = report["measured"]["start"]["version"]
    assert 0 < first["figures"]["process, s"][0] < 60
    assert second["figures"]["peak, MB"][0] > 1
    assert report["machine"]["torch"]


def test_a_name_that_no_row_has_is_refused():
    done = run("--only", "start/nothing")
    assert done.returncode == 2
    assert "error: no row is called start/nothing; --list names them all" in done.stderr


def test_data_that_is_not_there_is_refused(tmp_path):
    done = run("--only", "start", "--data", tmp_path / "none")
    assert done.returncode == 2
    assert "none is not a folder" in done.stderr


def test_the_tuned_program_takes_the_references_recipe_and_data():
    program = BENCH.parent / "programs" / "tuned.py"
    command = [sys.executable, program, "--data", SAMPLE, "--threads", "1", "--epochs", "0"]
    paths = os.environ | {"PYTHONPATH": str(PYTHON_REF)}
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=paths).stdout
    result = json.loads(printed)
    assert result["epochs"] == []
    assert 0 < result["test_accuracy"] < 40
