"""The libraries that a program needs: which the loader takes, and copies that need no other place."""

import re
import shutil
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from shell import run

# The parts of glibc. They belong to the kernel and the loader of the machine, and are not packed.
GLIBC = {
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
}


def needed(program: Path) -> list[Path]:
    """All libraries that the loader takes for `program`, but those of glibc."""
    return [path for path in loaded(program) if path.name not in GLIBC]


def loaded(program: Path) -> list[Path]:
    """All libraries that the loader takes for `program`, and the loader."""
    lines = run("ldd", program)
    missing = re.findall(r"(\S+) => not found", lines)
    if missing:
        sys.exit(f"error: {program} does not run here: {', '.join(missing)} not found")
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", lines)]


def copy_libraries(libraries: Iterable[Path], folder: Path) -> None:
    """Copies libraries without the tables of symbols that only debuggers read."""
    folder.mkdir()
    for library in libraries:
        copy = Path(shutil.copy(library, folder / library.name))
        copy.chmod(0o755)
        wheel = distribution(library)
        if wheel and wheel.name.startswith("nvidia"):
            continue  # Its licence allows no change.
        run("strip", "--strip-unneeded", copy)
        # libtorch would look beside the folder first, in what others may have written there.
        if run("patchelf", "--print-rpath", copy).strip():
            run("patchelf", "--set-rpath", "$ORIGIN", copy)


@cache
def distribution(library: Path) -> metadata.Distribution | None:
    """The Python package that a library came with, if it did."""
    resolved = library.resolve()
    for parent in resolved.parents:
        if parent.name == "site-packages":
            break
    else:
        return None
    relative = resolved.relative_to(parent).as_posix()
    for each in metadata.distributions(path=[str(parent)]):
        if any(str(file) == relative for file in each.files or []):
            return each
    return None


def glibc_version(folder: Path) -> str:
    """The oldest version of glibc that has all that the files in `folder` ask for."""
    found = set()
    for path in [*(folder / "bin").iterdir(), *(folder / "lib").iterdir()]:
        found |= set(re.findall(rb"\0GLIBC_(\d+)\.(\d+)", path.read_bytes()))
    return ".".join(map(str, max(tuple(map(int, version)) for version in found)))
