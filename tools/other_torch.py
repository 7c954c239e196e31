"""Calls make in target/torch-VERSION: this tree as it is now, with another PyTorch and the tch that goes with it.

    python tools/other_torch.py 2.11 build

is what `make build TORCH=2.11` does. So every version has an environment, a Cargo.lock and a target folder of its
own, and what is built for one is not built anew for another. The versions stand in
crates/torch-twin-build/versions.txt.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TABLE = Path("crates/torch-twin-build/versions.txt")

# Names what a call has put there, for the next one to remove what is no longer in the tree.
COPIED = "copied-files"


class Versions(NamedTuple):
    torch: str
    torchvision: str
    tch: str
    tch_sha256: str
    torch_sys_sha256: str


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit("usage: python tools/other_torch.py VERSION GOAL...")
    name, *goals = sys.argv[1:]
    table = read_table((ROOT / TABLE).read_text())
    # 2.11.0 is 2.11, too.
    name = next((known for known, row in table.items() if name in (known, row.torch)), name)
    if name not in table:
        sys.exit(f"error: there is no tch for PyTorch {name}\nname one of {', '.join(table)}")
    folder = ROOT / "target" / f"torch-{name}"
    copy(ROOT, folder, table[name])
    if not is_made_for(table, name):
        os.environ["LIBTORCH_BYPASS_VERSION_CHECK"] = "1"
    make = os.environ.get("MAKE", "make")
    os.execvp(make, [make, "-C", str(folder), *goals, "TORCH=", *variables(folder)])


def is_made_for(table: dict[str, Versions], name: str) -> bool:
    """Whether the tch of a row was made for its PyTorch, and not for that of a row before it."""
    first = next(row for row in table.values() if row.tch == table[name].tch)
    return first == table[name]


def variables(folder: Path) -> list[str]:
    """What make in `folder` has to know of where it was called, with paths that hold there too."""
    known = [f"CALLED_FROM={Path.cwd()}", f"CARGO_TARGET_DIR={folder / 'target'}"]
    for name in ("LENET5_DATA", "LIBTORCH"):
        path = os.environ.get(name)
        if path and Path(path).exists():
            known.append(f"{name}={Path(path).absolute()}")
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    commit = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if commit.returncode == 0:
        os.environ["LENET5_COMMIT"] = commit.stdout.strip()
    return known


def read_table(text: str) -> dict[str, Versions]:
    """The rows of versions.txt by the first two numbers of PyTorch's version."""
    rows = [Versions(*line.split()) for line in text.splitlines() if not line.startswith("#")]
    return {row.torch.rpartition(".")[0]: row for row in rows}


def copy(source: Path, folder: Path, versions: Versions) -> None:
    """Brings `folder` to what `source` is, but for the versions."""
    contents = {path: (source / path).read_bytes() for path in tracked(source)}
    for path, change in (
        (Path("python_ref/requirements.txt"), require),
        (Path("Cargo.lock"), lock),
    ):
        contents[path] = change(contents[path].decode(), versions).encode()
    folder.mkdir(parents=True, exist_ok=True)
    copied = folder / COPIED
    old = copied.read_text().split("\0") if copied.exists() else []
    # Before the files, so that one that was put there is known even if the rest is not done.
    copied.write_text("\0".join({*old, *map(str, contents)}))
    for path in {*map(Path, filter(None, old))} - contents.keys():
        (folder / path).unlink(missing_ok=True)
    for path, content in contents.items():
        write(folder / path, content, (source / path).stat().st_mode)
    copied.write_text("\0".join(map(str, contents)))


def tracked(source: Path) -> list[Path]:
    """The files that git has or would take, without those that are gone."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=source, check=True, stdout=subprocess.PIPE)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: git does not list the files of {source}: {error}\nwork in a clone")
    paths = [Path(os.fsdecode(name)) for name in listed.stdout.split(b"\0") if name]
    return [path for path in paths if (source / path).is_file()]


def require(text: str, versions: Versions) -> str:
    text = replaced(r"^torch==.*$", f"torch=={versions.torch}", text)
    return replaced(r"^torchvision==.*$", f"torchvision=={versions.torchvision}", text)


def lock(text: str, versions: Versions) -> str:
    """Cargo.lock with the tch of `versions`, which depends on the same packages."""
    packages = (("tch", versions.tch_sha256), ("torch-sys", versions.torch_sys_sha256))
    for name, sha256 in packages:
        text = replaced(
            rf'(^name = "{name}"\nversion = )"[^"]*"(\nsource = .*\nchecksum = )"[^"]*"$',
            rf'\g<1>"{versions.tch}"\g<2>"{sha256}"',
            text,
        )
    return text


def replaced(pattern: str, by: str, text: str) -> str:
    text, count = re.subn(pattern, by, text, flags=re.MULTILINE)
    if count != 1:
        sys.exit(f"error: {pattern} is there {count} times, not once")
    return text


def write(path: Path, content: bytes, mode: int) -> None:
    """Writes a file that is not so yet: cargo and make go by the time of the last change."""
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    path.chmod(mode)


if __name__ == "__main__":
    main()
