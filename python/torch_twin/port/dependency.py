"""Where a generated crate has torch-twin from: a folder, a git repository, or a version."""

import importlib.metadata
import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

from torch_twin.port.refusal import Refusal

VERSION = re.compile(r"[\^~=]?\d+(\.\d+){0,2}[-+.\w]*")


@dataclass(frozen=True)
class Dependency:
    """One of the three; `revision` is git's."""

    kind: str
    place: str
    revision: str | None = None

    def of(self, name: str) -> str:
        """The dependency on the crate `name`, as Cargo.toml has it between braces."""
        match self.kind:
            case "path":
                return f"path = {json.dumps(str(Path(self.place) / 'crates' / name))}"
            case "git":
                revision = f", rev = {json.dumps(self.revision)}" if self.revision else ""
                return f"git = {json.dumps(self.place)}{revision}"
            case _:
                return f"version = {json.dumps(self.place)}"

    @property
    def lock(self) -> Path | None:
        """Cargo.lock with versions that are known to work, where it is at hand."""
        lock = Path(self.place) / "Cargo.lock"
        return lock if self.kind == "path" and lock.is_file() else None

    @property
    def install(self) -> str:
        """How Python gets its package torch_twin."""
        match self.kind:
            case "path":
                return f"pip install {Path(self.place) / 'python'}"
            case "git":
                at = f"@{self.revision}" if self.revision else ""
                return f'pip install "git+{self.place}{at}#subdirectory=python"'
            case _:
                return f"pip install torch-twin=={self.place.lstrip('^~=')}"


def dependency(text: str | None) -> Dependency:
    """What `--torch-twin` names; by default what this package came from.

    Raises:
        Refusal: neither a folder with torch-twin nor the address of a repository nor a version.
    """
    if text is None:
        return of_this_package()
    if re.match(r"(git@|\w+://)", text):
        place, _, revision = text.partition("#")
        return Dependency("git", place, revision or None)
    path = Path(text).resolve()
    roots = [path, path.parent.parent] if path.is_dir() else []
    for root in roots:
        if is_checkout(root):
            return Dependency("path", str(root))
    if roots:
        raise Refusal(f"--torch-twin {text}: the folder has no crates/torch-twin")
    if VERSION.fullmatch(text):
        return Dependency("version", text)
    raise Refusal(
        f"--torch-twin {text}: expected a folder, the address of a git repository, or a version"
    )


def of_this_package() -> Dependency:
    """The checkout or repository that the package torch_twin was installed from, else its version."""
    root = Path(__file__).resolve().parents[3]
    if is_checkout(root):
        return Dependency("path", str(root))
    distribution = importlib.metadata.distribution("torch-twin")
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    url = origin.get("url", "")
    if "vcs_info" in origin:
        return Dependency("git", url, origin["vcs_info"].get("commit_id"))
    folder = Path(unquote(urlparse(url).path)).parent if url.startswith("file:") else None
    if folder and is_checkout(folder):
        return Dependency("path", str(folder))
    return Dependency("version", distribution.version)


def is_checkout(root: Path) -> bool:
    return (root / "crates/torch-twin/Cargo.toml").is_file()
