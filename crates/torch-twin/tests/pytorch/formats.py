"""Files as PyTorch writes them, and what PyTorch finds in ours."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from reference import main
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, stride=2, padding=1)
        self.bn = nn.BatchNorm2d(3)
        self.fc = nn.Linear(48, 10)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        return self.fc(x.flatten(1))


class Wrapper(nn.Module):
    """A network that calls a part of it as checkpoints call the whole."""

    def __init__(self):
        super().__init__()
        self.model = nn.Linear(3, 2)
        self.head = nn.Linear(2, 2)


def small():
    """A network whose running statistics are not those it starts with, in evaluation."""
    torch.manual_seed(3)
    network = Small()
    network(torch.empty(4, 1, 8, 8).uniform_())
    return network.eval()


def written(record, folder):
    folder = Path(folder)
    network, x = small(), torch.empty(5, 1, 8, 8).uniform_()
    weights = network.state_dict()
    optimizer = torch.optim.Adam(network.parameters())
    checkpoint = {"epoch": 3, "model_state_dict": weights, "optimizer": optimizer.state_dict()}

    torch.save(weights, folder / "state_dict.pt")
    torch.save(weights, folder / "protocol_4.pt", pickle_protocol=4)
    torch.save(weights, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(network, folder / "module.pt")
    torch.save(checkpoint, folder / "checkpoint.pt")
    torch.jit.save(torch.jit.script(network), folder / "scripted.pt")
    torch.jit.save(torch.jit.trace(network, x), folder / "traced.pt")
    save_file(weights, folder / "plain.safetensors")

    record.keep_all("weights", weights)
    record.keep("x", x)
    record.keep("output", network(x))


def in_parts(record, folder):
    """As the Hugging Face Hub splits large networks."""
    folder = Path(folder)
    weights = small().state_dict()
    record.keep_all("weights", weights)
    names = list(weights)
    weight_map = {}
    for part, chosen in enumerate((names[::2], names[1::2]), start=1):
        file = f"model-{part:05}-of-00002.safetensors"
        save_file({name: weights[name] for name in chosen}, folder / file)
        weight_map |= {name: file for name in chosen}
    index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def wrapped(record, folder):
    """A network in what puts a name before its own names."""
    folder = Path(folder)
    network = small()
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(2, 1, 8, 8)).sum().backward()
    optimizer.step()
    record.keep_all("weights", network.state_dict())
    averaged = torch.optim.swa_utils.AveragedModel(network)
    lightning = nn.ModuleDict({"model": network})
    torch.save(nn.DataParallel(network).state_dict(), folder / "module.pt")
    torch.save(averaged.state_dict(), folder / "module+n_averaged.pt")
    torch.save(nn.DataParallel(torch.compile(network)).state_dict(), folder / "module._orig_mod.pt")
    torch.save({"state_dict": lightning.state_dict(), "epoch": 1}, folder / "model.pt")
    torch.save(
        {"net": network.state_dict(), "optimizer": optimizer.state_dict()}, folder / "net.pt"
    )
    save_file(torch.compile(network).state_dict(), folder / "_orig_mod.safetensors")


def layouts(record, folder):
    folder = Path(folder)
    torch.manual_seed(4)
    base = torch.empty(6, 7).normal_()
    kinds = [torch.float64, torch.float16, torch.bfloat16]
    kinds += [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]
    tensors = {
        "base": base,
        "transposed": base.t(),
        "part": base[2:5, 1:],
        "every_second": base[:, ::2],
        "expanded": base[0].expand(4, 7),
        "scalar": torch.tensor(2.5),
        "none": torch.empty(0, 3),
        "channels_last": torch.empty(2, 3, 4, 5).normal_().to(memory_format=torch.channels_last),
        "special": torch.tensor([0.0, -0.0, torch.inf, -torch.inf, torch.nan, 1e-42]),
    }
    for kind in kinds:
        tensors[str(kind)] = (base.abs() * 3).to(kind)
    torch.save(tensors, folder / "zip.pt")
    torch.save(tensors, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    for name, tensor in tensors.items():
        record.keep(name, tensor)


def part_called_model(record, folder):
    weights = Wrapper().state_dict()
    torch.save(weights, Path(folder) / "zip.pt")
    torch.save(weights, Path(folder) / "legacy.pt", _use_new_zipfile_serialization=False)
    record.keep_all("weights", weights)


def names_of_every_length(record, folder):
    folder = Path(folder)
    network, x = small(), torch.empty(2, 1, 8, 8).uniform_()
    scripted = torch.jit.script(network)
    for length in range(1, 101):
        torch.save(network.state_dict(), folder / "saved" / f"{'n' * length}.pt")
        torch.jit.save(scripted, folder / "scripted" / f"{'n' * length}.pt")
    record.keep_all("weights", network.state_dict())
    record.keep("x", x)
    record.keep("output", network(x))


def safetensors_of_ours(record, folder):
    for file in sorted(Path(folder).iterdir()):
        with safe_open(file, "pt") as opened:
            metadata = json.dumps(opened.metadata(), separators=(",", ":"), sort_keys=True)
        record.keep(f"{file.stem}.metadata", torch.tensor(list(metadata.encode())))
        record.keep_all(file.stem, dict(sorted(load_file(file).items())))


def torchscript_of_ours(record, folder):
    x = load_file(Path(folder) / "x.safetensors")["x"]
    for file in Path(folder).glob("*.pt"):
        extra = {f"{file.stem}.json": ""}
        module = torch.jit.load(file, _extra_files=extra)
        assert json.loads(extra[f"{file.stem}.json"]) == {"length": str(len(file.stem))}
        record.keep(file.stem, module(x))


def modules_and_optimizers(record, folder):
    network = small()
    record.keep_all("weights", network.state_dict())
    torch.save(network, Path(folder) / "old_module.pt", _use_new_zipfile_serialization=False)
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    torch.save({"model": network, "optimizer": optimizer}, Path(folder) / "checkpoint.pt")
    torch.save(optimizer, Path(folder) / "optimizer.pt")


main(
    written,
    in_parts,
    wrapped,
    layouts,
    part_called_model,
    names_of_every_length,
    safetensors_of_ours,
    torchscript_of_ours,
    modules_and_optimizers,
)
