"""Whatever computes knows the processor before its threads do, and computes on as many threads as it asks for."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.torch import save_file

from model import VARIANTS

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "src" / "data" / "sample"
MKL_RACE = HERE.parent / "crates" / "torch-twin" / "tests" / "common" / "mkl_race"

# Longer than any refusal takes, and far shorter than for ever.
LIMIT = 120

# All that can be started, and how it computes.
SCRIPTS = {
    "export.py": ["--out", "exported", "trace", "--data", SAMPLE],
    "export_formats.py": ["--out", "formats"],
    "fingerprint.py": ["--variants", "classic"],
    "load_weights.py": ["model.safetensors", "--data", SAMPLE],
    "train.py": ["--data", SAMPLE, "--epochs", "1"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("threads")
    save_file(VARIANTS["classic"]().state_dict(), folder / "model.safetensors")
    return folder


def start(folder: Path, *arguments: object, **variables: str) -> subprocess.Popen:
    """A Python that computes on two threads by default, with these variables in its environment."""
    return subprocess.Popen(
        [sys.executable, "-B", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "2", "PYTHONPATH": str(HERE)} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(process: subprocess.Popen) -> tuple[int, str]:
    """The exit code, and what is on standard error. A process that does not end fails the test."""
    try:
        _, stderr = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, stderr


def test_every_script_is_tried_here():
    scripts = {path.name for path in HERE.glob("*.py") if path.read_text().endswith("    main()\n")}
    assert scripts == SCRIPTS.keys()


@pytest.fixture(scope="module")
def forced_race(folder) -> Iterator[str]:
    """Libraries to preload that hold the window of the race in MKL open: docs/mkl-race.md."""
    if sys.platform != "linux":
        pytest.skip("the race is forced on Linux alone")
    libraries = []
    is_intel = "GenuineIntel" in Path("/proc/cpuinfo").read_text()
    for name in ["forced_race"] if is_intel else ["forced_race", "pretend_intel"]:
        library = folder / f"{name}.so"
        command = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", library]
        subprocess.run([*command, MKL_RACE / f"{name}.c", "-ldl"], check=True)
        libraries.append(str(library))
    forced = ":".join(libraries)
    process = start(folder, MKL_RACE / "race.py", "--tries", "1", LD_PRELOAD=forced)
    code, stderr = result(process)
    if code and re.search("has no MKL|detects the processor in another way", stderr):
        pytest.skip(stderr)
    assert code == 0, stderr
    return forced


@pytest.mark.parametrize("script", SCRIPTS)
def test_one_thread_lets_mkl_detect_the_processor(script, forced_race, folder):
    with start(folder, HERE / script, *SCRIPTS[script], LD_PRELOAD=forced_race) as process:
        teams = (re.search(r"the processor in a team of (\d+)", line) for line in process.stderr)
        team = next(filter(None, teams), None)
        process.kill()
    assert team, "nothing was computed"
    assert team[1] == "1"


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_is_refused_where_openmp_would_start_fewer_threads(script, folder):
    process = start(folder, HERE / script, *SCRIPTS[script], OMP_THREAD_LIMIT="1")
    code, stderr = result(process)
    assert code == 1
    assert stderr.startswith(
        "error: OMP_THREAD_LIMIT is 1, so OpenMP starts fewer than the 2 threads"
    )


CONVOLUTION = """
import sys, torch, threads
threads.set_num_threads(int(sys.argv[1]))
torch.nn.Conv2d(1, 6, 5)(torch.ones(64, 1, 32, 32)).sum().backward()
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [("OMP_DYNAMIC", " True "), ("OMP_THREAD_LIMIT", "1"), ("OMP_MAX_ACTIVE_LEVELS", "0")],
)
def test_two_threads_are_refused(name, value, folder):
    code, stderr = result(start(folder, "-c", CONVOLUTION, 2, **{name: value}))
    assert code == 1
    assert re.fullmatch(f"error: {name} is .*; unset {name}, or compute on fewer threads\n", stderr)


@pytest.mark.parametrize(
    ("threads", "name", "value"),
    [(1, "OMP_DYNAMIC", "true"), (2, "OMP_DYNAMIC", "1"), (2, "OMP_THREAD_LIMIT", "2")],
)
def test_threads_are_taken(threads, name, value, folder):
    code, stderr = result(start(folder, "-c", CONVOLUTION, threads, **{name: value}))
    assert code == 0, stderr
