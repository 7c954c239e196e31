"""What `make dist` packs runs in a root that holds nothing but it and glibc, with the same bits."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from libraries import GLIBC, loaded
from pack import PROGRAM, ROOT

SCRIPT = Path(__file__).with_name("pack.py")
PICTURE = ROOT / "tests" / "pictures" / "3-pen.png"
COMPUTE = ["--device", "cpu", "--threads", "1"]
TRAIN = ["train", "--data", "sample", "--epochs", "1", "--no-pictures", *COMPUTE, "--out"]

# A namespace of its own for what is mounted, which root may have, and others as its root.
AS_ROOT = [] if os.geteuid() == 0 else ["--map-root-user"]
NAMESPACE = ["unshare", *AS_ROOT, "--mount", "--pid", "--fork"]

# Goes into the root $0, with the devices of the machine, for a command.
ENTER = 'PATH=$PATH:/usr/sbin; mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A root with glibc and what the archive holds, and places for /proc and /dev."""
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("on this machine nobody may enter a root of their own")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, SCRIPT, "--out", folder, "--level", "1"]
        subprocess.run(command, check=True)
        root = folder / "root"
        for inner in ("proc", "dev", "opt"):
            (root / inner).mkdir(parents=True)
        (archive,) = folder.glob("*.tar.zst")
        unpack = ["tar", "--extract", "--directory", root / "opt", "--file", archive]
        subprocess.run([*unpack, "--strip-components", "1"], check=True)
        for library in loaded(PROGRAM):
            if library.name in GLIBC:
                copy = root / library.relative_to("/")
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(library, copy)
        shutil.copy(PICTURE, root)
        yield root


@pytest.fixture(scope="module")
def runs(root: Path) -> list[Path]:
    """The folders of one training, by what was packed and by the program as it was built."""
    inside(root, *TRAIN, "/run")
    output(PROGRAM, *TRAIN, root / "run-outside")
    return [root / "run", root / "run-outside"]


def inside(root: Path, *arguments: str) -> str:
    """What the packed program writes in `root`, from where nothing else can be reached."""
    enter = [f"--mount-proc={root / 'proc'}", "sh", "-c", ENTER, root]
    return output(*NAMESPACE, *enter, "/opt/bin/lenet5", *arguments)


def output(*command: str | Path) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_it_starts_where_nothing_is_installed(root: Path) -> None:
    assert inside(root, "--version") == output(PROGRAM, "--version")


def test_it_trains_to_the_same_bits(runs: list[Path]) -> None:
    digests = [json.loads((run / "run.json").read_text())["weights_sha256"] for run in runs]
    assert digests[0] == digests[1]


def test_it_reads_a_picture_with_the_same_bits(root: Path, runs: list[Path]) -> None:
    options = ["--json", *COMPUTE]
    packed = inside(root, "predict", "/run", f"/{PICTURE.name}", *options)
    built = output(PROGRAM, "predict", runs[1], PICTURE, *options)
    assert json.loads(packed)["logits"] == json.loads(built)["logits"]


def test_it_holds_the_licences_of_all_that_is_packed(root: Path) -> None:
    licences = root / "opt" / "licences"
    for name in ["LICENSE-MIT", "torch/LICENSE", "gcc", "nvidia-cuda-runtime/License.txt"]:
        assert (licences / name).exists(), name
    crates = (licences / "crates" / "README").read_text()
    tch = locked("tch")
    assert f"tch {tch}: MIT/Apache-2.0\n" in crates
    assert (licences / "crates" / f"tch-{tch}" / "LICENSE-MIT").exists()


def locked(package: str) -> str:
    """The version of a package in Cargo.lock."""
    lock = (ROOT / "Cargo.lock").read_text()
    return lock.split(f'name = "{package}"\nversion = "')[1].split('"')[0]
