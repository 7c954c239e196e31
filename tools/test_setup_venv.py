"""The set-up of .venv: complete at the first call, idle at the second, and mended after harm.

Each test sets up a project of its own with real environments and a real pip, and with a torch
of a few bytes from a wheel beside the requirements, so that no network is needed.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("setup_venv.py")
WHEEL = "torch-2.13.0-py3-none-any.whl"
INFO = "torch-2.13.0.dist-info"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture(scope="module")
def once_set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose first set-up printed that it was one, and whose second nothing."""
    root = make_project(tmp_path_factory.mktemp("once"))
    assert "Setting up" in set_up(root)
    assert set_up(root) == ""
    return root


@pytest.fixture
def ready(once_set_up: Path, tmp_path: Path) -> Path:
    """A project that is set up: a copy, since one that was moved works as well."""
    return shutil.copytree(once_set_up, tmp_path / "a copy", symlinks=True)


def make_project(folder: Path) -> Path:
    root = folder / "a project"
    tools, reference = root / "tools", root / "python_ref"
    tools.mkdir(parents=True)
    reference.mkdir()
    shutil.copy(SCRIPT, tools)
    write_wheel(reference / WHEEL)
    (reference / "requirements.txt").write_text(f"./{WHEEL}\n")
    package = root / "python" / "torch_twin"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    return root


def write_wheel(path: Path, headers: int = 1) -> None:
    """Writes a wheel whose files pip installs in this order."""
    metadata = "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0\n"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{INFO}/METADATA", metadata)
        wheel.writestr(f"{INFO}/WHEEL", tags)
        for number in range(headers):
            wheel.writestr(f"torch/include/{number}.h", "")
        wheel.writestr("torch/__init__.py", "")
        wheel.writestr("torch/lib/libtorch_cpu.so", "")
        wheel.writestr(f"{INFO}/RECORD", "")


def start(project: Path, programs: Path | None = None, **options) -> subprocess.Popen:
    """Begins to set the project up, with the folder `programs` for a uv, or without any."""
    command = [sys.executable, project / "tools" / "setup_venv.py"]
    pipe = subprocess.PIPE
    folders = os.environ["PATH"].split(os.pathsep)
    folders = [folder for folder in folders if not Path(folder, "uv").exists()]
    path = os.pathsep.join(map(str, [programs, *folders] if programs else folders))
    environment = {**os.environ, "PATH": path}
    return subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env=environment, **options
    )


def set_up(project: Path) -> str:
    """Sets the project up and returns what was printed: nothing where nothing was done."""
    process = start(project)
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stdout + stderr
    assert_ready(project)
    return stdout + stderr


def assert_ready(project: Path) -> None:
    assert (project / ".venv" / "libtorch" / "lib" / "libtorch_cpu.so").is_file()
    assert not os.path.isabs(os.readlink(project / ".venv" / "libtorch"))
    imports = "import torch, torch_twin"
    # Without the PYTHONPATH of this process.
    python = [project / ".venv" / "bin" / "python", "-E", "-c", imports]
    subprocess.run(python, check=True, cwd=project)


def test_an_environment_of_before_is_given_the_package(ready: Path) -> None:
    [path_file] = ready.glob(".venv/lib/python*/site-packages/torch_twin.pth")
    path_file.unlink()
    assert set_up(ready) == ""
    path_file.write_text("elsewhere\n")
    assert set_up(ready) == ""


def test_a_second_call_does_nothing(once_set_up: Path) -> None:
    assert set_up(once_set_up) == ""


def test_a_set_up_killed_between_two_files_is_mended(project: Path) -> None:
    # Enough files for the kill to come before the last of them. pip takes a package for
    # installed once its METADATA is there.
    write_wheel(project / "python_ref" / WHEEL, headers=5000)
    process = start(project, start_new_session=True)
    wait_for(project, f".venv/lib/python*/site-packages/{INFO}/METADATA")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not list(project.glob(".venv/lib/python*/site-packages/torch/lib/*"))
    assert "Setting up" in set_up(project)


def test_an_environment_that_was_never_finished_is_mended(project: Path) -> None:
    process = start(project, start_new_session=True)
    wait_for(project, ".venv/pyvenv.cfg")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert "Setting up" in set_up(project)


def test_two_calls_at_once_set_up_once(project: Path) -> None:
    both = [start(project), start(project)]
    printed = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], printed
    assert sum("Setting up" in stderr for _, stderr in printed) == 1
    assert_ready(project)


def test_harm_to_a_finished_environment_is_mended(ready: Path) -> None:
    project = ready
    venv = project / ".venv"
    packages = (venv / "libtorch").resolve().parent

    (venv / "libtorch").unlink()
    assert "Setting up" in set_up(project)

    (venv / "libtorch").unlink()
    (venv / "libtorch").symlink_to("nowhere")
    assert "Setting up" in set_up(project)

    for package in packages.glob("pip*"):
        shutil.rmtree(package)
    with (project / "python_ref" / "requirements.txt").open("a") as requirements:
        requirements.write("# changed\n")
    assert "Setting up" in set_up(project)

    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/nowhere/python")
    assert "Setting up" in set_up(project)


def test_a_moved_project_still_works(ready: Path) -> None:
    moved = ready.rename(ready.with_name("moved"))
    assert set_up(moved) == ""
    (moved / "python_ref" / "requirements.txt").write_text(f"# changed\n./{WHEEL}\n")
    assert "Setting up" in set_up(moved)


def test_an_environment_made_by_hand_is_kept(project: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", project / ".venv"], check=True)
    (project / ".venv" / "mine").touch()
    assert "Setting up" in set_up(project)
    assert (project / ".venv" / "mine").exists()


def test_a_link_to_nowhere_is_replaced(project: Path) -> None:
    (project / ".venv").symlink_to(project / "gone")
    assert "Setting up" in set_up(project)


def test_a_failing_install_is_a_clear_error_and_tried_again(project: Path) -> None:
    requirements = project / "python_ref" / "requirements.txt"
    good = requirements.read_text()
    requirements.write_text("./missing-1.0-py3-none-any.whl\n")
    process = start(project)
    _, stderr = process.communicate()
    assert process.returncode == 1
    assert "error: setting up .venv failed" in stderr
    assert "Traceback" not in stderr
    requirements.write_text(good)
    set_up(project)


@pytest.mark.parametrize("works", [True, False])
def test_uv_is_taken_where_it_works_and_else_pip(project: Path, works: bool) -> None:
    programs = project / "programs"
    programs.mkdir()
    uv = programs / "uv"
    # Called as uv pip install --quiet --python PYTHON …
    install = 'shift 3; shift; python="$1"; shift; [ "$1" = --compile-bytecode ] && shift\n'
    install += 'exec "$python" -m pip install --quiet "$@"\n'
    uv.write_text(
        f"#!/bin/sh\ntouch {str(project / 'called')!r}\n" + (install if works else "exit 1\n")
    )
    uv.chmod(0o755)
    process = start(project, programs)
    _, stderr = process.communicate()
    assert process.returncode == 0, stderr
    assert (project / "called").exists()
    assert ("pip tries now" in stderr) != works
    assert_ready(project)


def wait_for(project: Path, pattern: str) -> None:
    deadline = time.monotonic() + 60
    while not list(project.glob(pattern)):
        assert time.monotonic() < deadline, f"{pattern} did not appear"
        time.sleep(0.001)
