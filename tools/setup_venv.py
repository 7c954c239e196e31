"""Sets up .venv with python_ref/requirements.txt and the package of python/, and .venv/libtorch for the Rust build.

It does nothing where all is in place, and mends a set-up that was cut off. It runs on any
Python 3, so that one that is too old gets a clear message, and needs only the standard library.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "python_ref" / "requirements.txt"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LIBTORCH = VENV / "libtorch"

# The folder of the package torch_twin, and the file by which the environment finds it there.
PACKAGES = ROOT / "python"
PATH_FILE = "torch_twin.pth"

# Says how far a set-up came: UNFINISHED, or the digest of the requirements that it installed.
STATE = VENV / "setup-state"
UNFINISHED = "unfinished"

OLDEST_PYTHON = (3, 10)
PRINT_TORCH_FOLDER = (
    "import importlib.util as util; print(util.find_spec('torch').submodule_search_locations[0])"
)


def main():
    check_python()
    with REQUIREMENTS.open("rb") as requirements:
        # A second make waits here until the first is done, and then finds nothing to do.
        fcntl.flock(requirements, fcntl.LOCK_EX)
        digest = hashlib.sha256(requirements.read()).hexdigest()
        if not is_ready(digest):
            set_up(digest)
        link_package()


def check_python():
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        fail(
            f"Python 3.10 or newer is needed, and {sys.executable} is {found}",
            "name a newer one: make PYTHON=python3.12 ...",
        )
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            fail(
                f"{sys.executable} lacks its module {module}",
                "install it (on Debian and Ubuntu: the package python3-venv)",
            )


def is_ready(digest):
    """Whether .venv holds these requirements, runs, and lends its libtorch."""
    return (
        read_state() == digest
        and (LIBTORCH / "lib").is_dir()
        and LIBTORCH.resolve() == torch_folder()
    )


def set_up(digest):
    print("Setting up .venv with PyTorch (several gigabytes)", file=sys.stderr)
    if read_state() == UNFINISHED or not python_runs():
        remove_venv()
    # Before the first file of the environment, so that no half-made one goes unnoticed.
    VENV.mkdir(exist_ok=True)
    STATE.write_text(UNFINISHED)
    if not python_runs():
        run([sys.executable, "-m", "venv", VENV])
    if not python_runs("-m", "pip", "--version"):
        run([VENV_PYTHON, "-m", "ensurepip", "--default-pip"])
    if not install_by_uv():
        # Not bin/pip: its first line names the folder in which the environment was made.
        pip = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
        run([*pip, "install", "--requirement", REQUIREMENTS.name])
    link_libtorch()
    STATE.write_text(digest)


def install_by_uv():
    """Whether uv is there and has installed the requirements, which takes it a tenth of pip's time."""
    uv = shutil.which("uv")
    if uv is None:
        return False
    command = [uv, "pip", "install", "--quiet", "--python", VENV_PYTHON]
    if "PIP_NO_COMPILE" not in os.environ:
        command.append("--compile-bytecode")
    # The system's certificates, as pip takes them.
    environment = {"UV_NATIVE_TLS": "1", **os.environ}
    command += ["--requirement", REQUIREMENTS.name]
    installed = subprocess.run(command, check=False, cwd=REQUIREMENTS.parent, env=environment)
    if installed.returncode != 0:
        print("uv did not install the packages; pip tries now", file=sys.stderr)
    return installed.returncode == 0


def read_state():
    return STATE.read_text() if STATE.is_file() else None


def python_runs(*arguments):
    if not VENV_PYTHON.exists():
        return False
    command = [VENV_PYTHON, *(arguments or ("-c", ""))]
    null = subprocess.DEVNULL
    return subprocess.run(command, check=False, stdout=null, stderr=null).returncode == 0


def torch_folder():
    """The package folder of the environment's torch, or None where there is none."""
    if not python_runs():
        return None
    found = subprocess.run(
        [VENV_PYTHON, "-c", PRINT_TORCH_FOLDER],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if found.returncode != 0:
        return None
    return Path(os.fsdecode(found.stdout).rstrip("\n")).resolve()


def remove_venv():
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)


def link_libtorch():
    torch = torch_folder()
    if torch is None:
        fail("the environment in .venv has no torch", "remove .venv and call make again")
    if LIBTORCH.is_symlink():
        LIBTORCH.unlink()
    # Relative, so that a checkout can be moved.
    LIBTORCH.symlink_to(os.path.relpath(torch, VENV.resolve()))


def link_package():
    """Lets the environment find the package where it is, so that no change needs another set-up."""
    site_packages = torch_folder().parent
    # Relative, as above.
    line = os.path.relpath(PACKAGES, site_packages) + "\n"
    path_file = site_packages / PATH_FILE
    if not path_file.is_file() or path_file.read_text() != line:
        path_file.write_text(line)


def run(command):
    """Runs a command in the folder of the requirements, which may name files beside them."""
    try:
        subprocess.run(command, cwd=REQUIREMENTS.parent, check=True)
    except subprocess.CalledProcessError as error:
        fail(
            "setting up .venv failed, see above",
            f"mend that and call make again ({error})",
        )


def fail(what, advice):
    sys.exit(f"error: {what}\n{advice}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        fail("interrupted", "call make again: it goes on from here")
    except OSError as error:
        fail(f"setting up .venv failed: {error}", "mend that and call make again")
