"""The copy of the tree for another PyTorch: all of it, nothing beside, and only what changed anew."""

import subprocess
from pathlib import Path

import other_torch
import pytest

TABLE = other_torch.read_table((other_torch.ROOT / other_torch.TABLE).read_text())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A clone with this repository's requirements and lock, as they are for the newest PyTorch."""
    source = tmp_path / "source"
    for name in ("python_ref/requirements.txt", "Cargo.lock"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        change = other_torch.lock if name == "Cargo.lock" else other_torch.require
        text = (other_torch.ROOT / name).read_text()
        (source / name).write_text(change(text, list(TABLE.values())[-1]))
    (source / "src").mkdir()
    (source / "src" / "main.rs").write_text("fn main() {}\n")
    (source / "run.sh").write_text("#!/bin/sh\n")
    (source / "run.sh").chmod(0o755)
    (source / ".gitignore").write_text("/target\n")
    subprocess.run(["git", "init", "-q", source], check=True)
    return source


def test_the_copy_has_the_other_versions_and_all_else_as_it_is(tree: Path) -> None:
    folder = tree / "target" / "torch-2.11"
    other_torch.copy(tree, folder, TABLE["2.11"])
    requirements = (folder / "python_ref/requirements.txt").read_text().splitlines()
    assert "torch==2.11.0" in requirements
    assert "torchvision==0.26.0" in requirements
    ours = (tree / "Cargo.lock").read_text().splitlines()
    theirs = (folder / "Cargo.lock").read_text().splitlines()
    changed = [new for old, new in zip(ours, theirs, strict=True) if old != new]
    checksums = [f'checksum = "{sum}"' for sum in TABLE["2.11"][3:]]
    version = 'version = "0.24.0"'
    assert changed == [version, checksums[0], version, checksums[1]]
    assert (folder / "src/main.rs").read_text() == "fn main() {}\n"
    assert (folder / "run.sh").stat().st_mode & 0o111


def test_what_the_repository_has_is_a_row_of_the_table() -> None:
    requirements = (other_torch.ROOT / "python_ref/requirements.txt").read_text()
    lock = (other_torch.ROOT / "Cargo.lock").read_text()
    same = [
        row
        for row in TABLE.values()
        if other_torch.require(requirements, row) == requirements
        and other_torch.lock(lock, row) == lock
    ]
    assert len(same) == 1


def test_the_tch_of_2_12_was_made_for_2_11() -> None:
    made_for = {name: other_torch.is_made_for(TABLE, name) for name in TABLE}
    assert made_for == {"2.11": True, "2.12": False, "2.13": True}


def test_paths_hold_in_the_copy_too(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    monkeypatch.setenv("LENET5_DATA", "src")
    monkeypatch.setenv("LIBTORCH", "not/there")
    variables = other_torch.variables(tree / "target" / "torch-2.11")
    assert f"LENET5_DATA={tree / 'src'}" in variables
    assert f"CALLED_FROM={tree}" in variables
    assert not any(variable.startswith("LIBTORCH=") for variable in variables)


def test_a_second_call_touches_what_changed_and_removes_what_is_gone(tree: Path) -> None:
    folder = tree / "target" / "torch-2.12"
    other_torch.copy(tree, folder, TABLE["2.12"])
    built = folder / "target" / "built"
    built.parent.mkdir()
    built.touch()
    kept = (folder / "run.sh").stat().st_mtime_ns
    (tree / "src" / "main.rs").rename(tree / "src" / "lib.rs")
    other_torch.copy(tree, folder, TABLE["2.12"])
    assert (folder / "run.sh").stat().st_mtime_ns == kept
    assert not (folder / "src/main.rs").exists()
    assert (folder / "src/lib.rs").exists()
    assert built.exists()


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="work in a clone"):
        other_torch.copy(tmp_path, tmp_path / "target" / "x", TABLE["2.11"])
