"""The terms under which what is packed may be handed on."""

import json
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from libraries import distribution
from shell import run

# GCC's libraries, which come with the system or inside PyTorch's package.
GCC = {"libgcc_s.so.1", "libgomp.so.1", "libstdc++.so.6"}

# Where Linux distributions keep the licences of GCC's libraries, and the texts that these name.
GCC_LICENCES = [
    "doc/libstdc++6/copyright",
    "doc/libgcc-s1/copyright",
    "common-licenses/GPL-3",
    "licenses/libstdc++/*",
    "licenses/libgcc/*",
    "licenses/gcc-libs/*",
]


def copy_licences(root: Path, libraries: Iterable[Path], crates: list[dict], folder: Path) -> None:
    """Copies the licences of the project in `root`, of `libraries` and of `crates`."""
    copy_all(root.glob("LICENSE-*"), folder, root)
    for library in libraries:
        copy_licences_of_wheel(library, folder)
    share = Path("/usr/share")
    gcc = [path for pattern in GCC_LICENCES for path in share.glob(pattern)]
    if not gcc:
        sys.exit("error: no licence was found for GCC's libraries in /usr/share")
    copy_all(gcc, folder / "gcc", share)
    others = [crate for crate in crates if crate["source"]]  # not of this repository
    for crate in others:
        source = Path(crate["manifest_path"]).parent
        target = folder / "crates" / f"{crate['name']}-{crate['version']}"
        copy_all(filter(is_licence, source.rglob("*")), target, source)
    lines = [f"{crate['name']} {crate['version']}: {crate['license']}\n" for crate in others]
    (folder / "crates" / "README").write_text("".join(sorted(lines)))


def copy_licences_of_wheel(library: Path, folder: Path) -> None:
    wheel = distribution(library)
    if wheel is None:
        if library.name not in GCC:
            sys.exit(f"error: {library} comes with no licence: build with the libtorch of .venv")
        return
    paths = [Path(file.locate()) for file in wheel.files or [] if "licenses" in file.parts]
    if not paths:
        sys.exit(f"error: {wheel.name}, of which {library.name} is, holds no licence")
    top = next(path for path in paths[0].parents if path.name == "licenses")
    copy_all(paths, folder / wheel.name, top)


def copy_all(paths: Iterable[Path], folder: Path, base: Path) -> None:
    for path in paths:
        target = folder / path.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def is_licence(path: Path) -> bool:
    names = r"(LICEN[CS]E|COPYING|COPYRIGHT|NOTICE|UNLICENSE|OFL|UFL)\b.*|.*[-_]LICEN[CS]E.*"
    is_text = path.suffix.lower() in ("", ".md", ".txt", ".mit", ".apache")
    return path.is_file() and is_text and bool(re.fullmatch(names, path.name, re.IGNORECASE))


def crates_of_program(manifest: Path) -> list[dict]:
    """The crates that are in the program of `manifest`, as cargo describes them, itself first."""
    host = re.search(r"^host: (.*)$", run("rustc", "-vV"), re.MULTILINE)[1]
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--manifest-path", manifest]
    everything = json.loads(run(*command, "--filter-platform", host))
    nodes = {node["id"]: node for node in everything["resolve"]["nodes"]}
    waiting, reached = [everything["resolve"]["root"]], set()
    while waiting:
        crate = waiting.pop()
        if crate in reached:
            continue
        reached.add(crate)
        for dependency in nodes[crate]["deps"]:
            # Those of tests and of build scripts are of another kind.
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    return [crate for crate in everything["packages"] if crate["id"] in reached]
