"""Writes the files of weights in data/made: make_files.py FOLDER, with torch 2.13, numpy and safetensors.

X.safetensors holds the right answer for each file X_*.
"""

import pickle
import sys
import warnings
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrizations, prune

warnings.simplefilter("ignore")
folder = Path(sys.argv[1])
torch.manual_seed(0)


def save(value, name, **options):
    torch.save(value, folder / name, **options)


def save_both(value, name):
    save(value, f"{name}_zip.pt")
    save(value, f"{name}_stream.pt", _use_new_zipfile_serialization=False)
    hide_folders(f"{name}_stream.pt")


def hide_folders(name):
    """Puts others of the same length in place of this machine's folders: beside a module's class its file is named."""
    file = folder / name
    contents = file.read_bytes()
    for place in (Path(torch.__file__).parents[1], Path(__file__).resolve().parent):
        own = str(place).encode()
        contents = contents.replace(own, b"/".ljust(len(own), b"x"))
    file.write_bytes(contents)


def expect(tensors, name):
    contiguous = {n: t.detach().resolve_neg().clone().contiguous() for n, t in tensors.items()}
    save_file(contiguous, folder / f"{name}.safetensors")


# Every type, and views of all kinds.
base = torch.arange(-6, 18).reshape(2, 3, 4)
kinds = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8"]
layouts = OrderedDict((kind, base.to(getattr(torch, kind))) for kind in kinds)
layouts["uint8"], layouts["bool"] = base.abs().to(torch.uint8), base > 3
floats = base.float() / 3
layouts["transposed"] = floats.transpose(0, 2)
layouts["permuted_half"] = floats.half().permute(1, 2, 0)
layouts["sliced"] = floats[1:, ::2, 1:3]
layouts["offset"] = floats.flatten()[5:11]
layouts["expanded"] = floats[:, :1, :1].expand(2, 3, 4)
layouts["diagonal"] = torch.arange(25.0).reshape(5, 5).diagonal()
layouts["scalar"], layouts["empty"] = torch.tensor(2.5), torch.empty(0, 3)
layouts["negative"] = torch.complex(floats, floats + 1).conj().imag
layouts["parameter"] = nn.Parameter(floats.clone(), requires_grad=False)
layouts["buffer"] = nn.Buffer(floats + 2)
marked = nn.Parameter(floats + 1)
marked.note = "a parameter with an attribute"
layouts["marked"] = marked
save_both(layouts, "layouts")
save(layouts, "layouts_protocol_5.pt", pickle_protocol=5)
expect(layouts, "layouts")


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.bn = nn.BatchNorm2d(2)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(8, 3, bias=False))
        self.register_buffer("steps", torch.tensor(7))
        self.register_buffer("table", torch.ones(5), persistent=False)
        self.tied = self.head[1]

    def forward(self, x):
        return self.tied(self.head[0](self.bn(self.conv(x))))


network = Network()
network(torch.rand(4, 1, 4, 4))
network.eval()
save_both(network, "module")
save(network, "module_protocol_4.pt", pickle_protocol=4)
expect(network.state_dict(), "module")


class Scripted(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.bn = network.conv, network.bn

    def forward(self, x):
        return self.bn(self.conv(x))


scripted = Scripted().eval()
torch.jit.script(scripted).save(folder / "script_scripted.pt")
torch.jit.trace(scripted, torch.zeros(1, 1, 4, 4)).save(folder / "script_traced.pt")
torch.jit.trace(lambda x: x * torch.ones(3), torch.zeros(3)).save(str(folder / "constants.pt"))
expect(scripted.state_dict(), "script")


# Weights with all that scripts put beside them.
class Settings:
    def __init__(self):
        self.lr, self.weights = 0.1, torch.ones(2)


class Config(dict):
    pass


linear = nn.Linear(3, 2)
adam = torch.optim.Adam(linear.parameters())
linear(torch.ones(1, 3)).sum().backward()
adam.step()
quantized = torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8)
save(
    {
        "epoch": 3,
        "settings": Settings(),
        "config": Config(lr=0.1),
        "history": np.arange(3.0),
        "best": np.float64(0.5),
        "seen": {1, 2},
        "model_state_dict": linear.state_dict(),
        "optimizer": adam.state_dict(),
        "adam": adam,
        ("loss", 0): [torch.tensor(1.5)],
        None: {2.5: torch.tensor(True)},
        "complex": torch.ones(2, dtype=torch.complex64),
        "counts": torch.ones(2, dtype=torch.uint16),
        "quantized": quantized,
        "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "meta": torch.empty(2, device="meta"),
        "csr": torch.eye(2).to_sparse_csr(),
    },
    "checkpoint.pt",
)
expect(linear.state_dict(), "linear")
save({"state_dict": linear, "ema": linear}, "linear_module_under_key.pt")
save({0: {"weight": linear.weight.data}, True: linear.bias.data}, "keys.pt")
state = {"step": torch.tensor(1.0), "sparse": torch.eye(2).to_sparse()}
save({"net": linear.state_dict(), "optimizer": {"state": {0: state}}}, "net.pt")
save([p.detach() for p in linear.parameters()], "list.pt")
save(Settings(), "object.pt")
save({"w": linear.weight.data.numpy()}, "arrays.pt")
with (folder / "plain_pickle.pt").open("wb") as file:
    pickle.dump({"w": 1}, file)
for name, tensor in {
    "complex": torch.ones(2, dtype=torch.complex64),
    "uint16": torch.ones(2, dtype=torch.uint16),
    "quantized": quantized,
    "sparse": torch.eye(2).to_sparse(),
    "meta": torch.empty(2, device="meta"),
}.items():
    save({"w": torch.ones(2), name: tensor}, f"unread_{name}.pt")

# All floats of a byte.
every = torch.arange(256, dtype=torch.uint8)
names = ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"]
float8 = {name: every.clone().view(getattr(torch, name)) for name in names}
save_both(float8, "float8")
save_file(float8, folder / "float8_file.safetensors")
expect({name: t.float() for name, t in float8.items()}, "float8")

# Weights in parts.
for kind in ["float64", "float32", "float16", "bfloat16"]:
    pruned = nn.Linear(3, 2).to(getattr(torch, kind))
    prune.random_unstructured(pruned, "weight", 3)
    save(pruned.state_dict(), f"pruned_{kind}.pt")
    prune.remove(pruned, "weight")
    expect(pruned.state_dict(), f"pruned_{kind}")
parts = nn.ModuleDict(
    {
        "old": nn.utils.weight_norm(nn.Linear(2, 2)),
        "new": parametrizations.weight_norm(nn.Linear(2, 2)),
        "orthogonal": parametrizations.orthogonal(nn.Linear(2, 2)),
        "spectral": nn.utils.spectral_norm(nn.Linear(2, 2)),
    }
)
save(parts.state_dict(), "parts.pt")

# NumPy.
array = np.arange(24.0).reshape(2, 3, 4)
arrays = {
    "rows": array,
    "columns": np.asfortranarray(array.astype("f4")),
    "big": array.astype(">f4"),
    "big_int": array.astype(">i2"),
    "half": array.astype("f2"),
    "flags": array > 5,
    "bytes": array.astype("u1"),
    "scalar": np.float32(1.5),
    "layer/empty": np.zeros((0, 2), "f4"),
}
text = np.array(["a", "b"])
record = np.zeros(2, dtype=[("a", "f4"), ("b", "i4")])
np.savez(folder / "numpy_stored.npz", **arrays, text=text, record=record)
np.savez_compressed(folder / "numpy_packed.npz", **arrays, text=text, record=record)
native = {
    n: torch.from_numpy(np.array(a, dtype=a.dtype.newbyteorder("<"))) for n, a in arrays.items()
}
expect(native, "numpy")

# What our writer must write to the byte.
ours = {n: layouts[n] for n in [*kinds, "uint8", "bool", "scalar", "empty"]}
ours['"ü\n'] = torch.ones(1)
save_file(ours, folder / "writer.safetensors", metadata={"format": "pt\n"})
