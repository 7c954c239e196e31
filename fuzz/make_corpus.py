"""Writes what the fuzzer starts from into `corpus/`: files that PyTorch and gzip write."""

import gzip
import io
import pickle
import struct
import zipfile
from pathlib import Path

import torch
from torch import nn

CORPUS = Path(__file__).parent / "corpus"


class Child(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.ones(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.bias


class Net(nn.Module):
    """One attribute of each kind; `src/lib.rs` has its TorchScript program."""

    names: list[str]
    sizes: dict[str, int]
    pair: tuple[int, float]
    maybe: torch.Tensor | None
    tensors: list[torch.Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2, 2))
        self.register_buffer("mean", torch.zeros(2))
        self.names = ["a", "b"]
        self.sizes = {"a": 1}
        self.pair = (1, 2.5)
        self.maybe = None
        self.tensors = [torch.ones(1)]
        self.child = Child()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        counts = len(self.names) + len(self.sizes) + self.pair[0]
        return self.child(x * self.weight) + self.mean + self.tensors[0] + counts


def saved(content: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def scripted(model: nn.Module) -> bytes:
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(model.eval()), buffer)
    return buffer.getvalue()


def torch_save_archives() -> dict[str, bytes]:
    dense = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    state_dict = dense.state_dict()
    optimizer = torch.optim.Adam(dense.parameters())
    dense(torch.ones(2, 2)).sum().backward()
    optimizer.step()
    checkpoint = {"model": state_dict, "optimizer": optimizer.state_dict(), "epoch": 5}
    dtypes = (torch.float64, torch.float16, torch.bfloat16, torch.int16, torch.uint16, torch.bool)
    views = torch.arange(12.0).reshape(3, 4)
    contents = {
        "state_dict": state_dict,
        "module": dense,
        "checkpoint": checkpoint,
        "data_parallel": nn.DataParallel(dense).state_dict(),
        "dtypes": {str(dtype): torch.ones(2, dtype=dtype) for dtype in dtypes},
        "views": {"t": views.T, "column": views[:, 1], "all": torch.ones(1).expand(3, 5)},
        "others": {
            "list": [torch.ones(1), (torch.zeros(()), None)],
            "parameter": nn.Parameter(torch.ones(1)),
            "set": {1, 2},
            "numbers": (1 << 70, -1, 2.5, True, b"bytes", bytearray(b"more")),
            "size": torch.Size([1, 2]),
            "device": torch.device("cpu"),
        },
    }
    archives = {name: saved(content) for name, content in contents.items()}
    for protocol in (3, 4, 5):
        archives[f"protocol_{protocol}"] = saved(contents["others"], pickle_protocol=protocol)
    return archives


def legacy_streams() -> dict[str, bytes]:
    old = {"_use_new_zipfile_serialization": False}
    content = {"weight": torch.ones(2, 2), "part": torch.arange(6.0)[2:4]}
    return {
        "legacy": saved(content, **old),
        "legacy_4": saved(content, pickle_protocol=4, **old),
        "plain": pickle.dumps({"epoch": 1, "names": ["a", "b"]}, protocol=2),
    }


def pickle_in(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        name = next(name for name in files.namelist() if name.endswith("/data.pkl"))
        return files.read(name)


def deflated(archive: bytes) -> bytes:
    """The same files, as `zip` packs them."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as files,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in files.namelist():
            packed.writestr(name, files.read(name))
    return buffer.getvalue()


def idx_files() -> dict[str, bytes]:
    images = struct.pack(">4I", 2051, 2, 3, 3) + bytes(range(18))
    labels = struct.pack(">2I", 2049, 5) + bytes([0, 1, 2, 3, 9])
    members = gzip.compress(images[:20], mtime=0) + gzip.compress(images[20:], mtime=0) + bytes(8)
    named = io.BytesIO()
    with gzip.GzipFile("labels", "wb", fileobj=named, mtime=0) as file:
        file.write(labels)
    return {
        "images": images,
        "labels": labels,
        "images.gz": gzip.compress(images, mtime=0),
        "stored.gz": gzip.compress(images, compresslevel=0, mtime=0),
        "members.gz": members,
        "named.gz": named.getvalue(),
    }


def write(target: str, files: dict[str, bytes]) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, contents in files.items():
        (folder / name).write_bytes(contents)


def main() -> None:
    torch.manual_seed(0)
    archives = torch_save_archives()
    program = scripted(Net())
    write("idx", idx_files())
    pickles = {name: pickle_in(archive) for name, archive in archives.items()}
    write("pickle", pickles | legacy_streams())
    write("torchscript", {"net": pickle_in(program), "child": pickle_in(scripted(Child()))})
    packed = {"deflated": deflated(archives["module"]), "deflated_program": deflated(program)}
    write("zip", archives | packed | {"program": program})


if __name__ == "__main__":
    main()
