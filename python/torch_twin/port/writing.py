"""Writes a crate's files, and leaves those alone that a person has edited since.

`.torch-twin-port.json` in the crate holds the SHA-256 of each file as it was written.
"""

import difflib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch_twin.port.refusal import Refusal

RECORD = ".torch-twin-port.json"


@dataclass
class Outcome:
    """What became of the files, by their paths: `kept` and `edited` were edited and left as they
    are, and would be other files now if they are in `edited`; `diffs` are those of files in Rust."""

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    diffs: list[str] = field(default_factory=list)


def write(out: Path, made: Mapping[str, bytes], is_forced: bool, is_part: bool = False) -> Outcome:
    """Writes `made` into the folder `out`, each file as a whole or not at all.

    `is_part`: the crate has other files, which stay.

    Raises:
        Refusal: a folder with other things in it, and files that cannot be written.
    """
    try:
        recorded = read_record(out, is_forced)
        outcome = Outcome()
        for path, new in made.items():
            put(out, path, new, recorded, is_forced, outcome)
        if not is_part:
            remove_others(out, made, recorded, outcome)
        record = {"files": dict(sorted(recorded.items()))}
        replace(out / RECORD, (json.dumps(record, indent=1) + "\n").encode())
    except OSError as error:
        raise Refusal(f"{error.filename or out}: {error.strerror or error}") from error
    return outcome


def read_record(out: Path, is_forced: bool) -> dict[str, str]:
    """The digests of the files as they were written last."""
    if out.exists() and not out.is_dir():
        raise Refusal(f"{out} is no folder: name another by --out")
    record = out / RECORD
    if record.is_file():
        try:
            files = json.loads(record.read_bytes())["files"]
            return {str(path): str(digest) for path, digest in files.items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            if not is_forced:
                raise Refusal(f"{record} is damaged: use --force to write all files anew") from None
    elif out.is_dir() and any(out.iterdir()) and not is_forced:
        raise Refusal(f"{out} has other files in it: name another folder by --out, or use --force")
    return {}


def put(
    out: Path, path: str, new: bytes, recorded: dict[str, str], is_forced: bool, outcome: Outcome
) -> None:
    target = out / path
    old = target.read_bytes() if target.is_file() else None
    if old == new:
        recorded[path] = digest(new)
        return
    is_edited = old is not None and digest(old) != recorded.get(path)
    # What would be written is what the user's edit began with.
    if is_edited and not is_forced and recorded.get(path) == digest(new):
        outcome.kept.append(path)
        return
    if old is not None and path.endswith((".rs", ".toml", ".py")):
        outcome.diffs.append(difference(path, old, new))
    if is_edited and not is_forced:
        outcome.edited.append(path)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    replace(target, new)
    recorded[path] = digest(new)
    outcome.written.append(path)


def remove_others(
    out: Path, made: Mapping[str, bytes], recorded: dict[str, str], outcome: Outcome
) -> None:
    """Removes files of an earlier run that are not made any more, and were not edited."""
    for path in [path for path in recorded if path not in made]:
        target = out / path
        if target.is_file() and digest(target.read_bytes()) == recorded[path]:
            target.unlink()
            outcome.removed.append(path)
        del recorded[path]


def replace(target: Path, contents: bytes) -> None:
    """Puts a whole file in the place of what was there."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_bytes(contents)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def difference(path: str, old: bytes, new: bytes) -> str:
    lines = [text.decode(errors="replace").splitlines(keepends=True) for text in (old, new)]
    return "".join(difflib.unified_diff(*lines, f"{path} (there)", f"{path} (new)"))


def digest(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()
