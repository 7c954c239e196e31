"""Weights and modules as other programs keep them: foreign_files.py WEIGHTS FOLDER."""

import json
import sys
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from load_weights import load_weights
from model import VARIANTS

weights, folder = Path(sys.argv[1]), Path(sys.argv[2])
model = load_weights(weights)
state_dict = model.state_dict()


class Own(nn.Module):
    """As many write it: a Linear in place of C5, names of their own."""

    def __init__(self, side):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2 if side == 28 else 0),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Flatten(),
        )
        self.classifier = nn.Sequential(
            nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)
        )

    def forward(self, x):
        return self.classifier(self.features(x))


def own(side):
    network = Own(side)
    values = iter(state_dict.values())
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(next(values).reshape(parameter.shape))
    return network.eval()


torch.save(own(32).state_dict(), folder / "own.pt")
torch.save(
    {"net": own(32).state_dict(), "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}}},
    folder / "own_beside_optimizer.pt",
)
both = {"net": state_dict, "ema": state_dict}
torch.save(both, folder / "both.pt")
names = {"conv1": "c1", "conv2": "c3", "conv3": "c5", "fc1": "f6", "fc2": "out"}
named = {f"{names[n.split('.')[0]]}.{n.split('.')[1]}": t for n, t in state_dict.items()}
save_file(named, folder / "by_paper.safetensors")
torch.save(torch.optim.swa_utils.AveragedModel(model).state_dict(), folder / "averaged.pt")
save_file({f"_orig_mod.{n}": t for n, t in state_dict.items()}, folder / "compiled.safetensors")
torch.save(
    {
        "state_dict": OrderedDict((f"model.{n}", t) for n, t in state_dict.items()),
        "pytorch-lightning_version": "2.5.0",
        "epoch": 4,
        "global_step": 5,
        "loops": {},
        "callbacks": {},
        "optimizer_states": [],
        "lr_schedulers": [],
    },
    folder / "lightning.ckpt",
)
torch.save(nn.Sequential(nn.Linear(1024, 30), nn.Linear(30, 10)).state_dict(), folder / "mlp.pt")
hub = folder / "hub"
hub.mkdir()
for part in "ab":
    save_file(
        {n: t for n, t in state_dict.items() if (n < "f") == (part == "a")},
        hub / f"{part}.safetensors",
    )
index = {n: f"{'a' if n < 'f' else 'b'}.safetensors" for n in state_dict}
(hub / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))


class Normalized(nn.Module):
    """What was trained on normalised images, and says nothing of it."""

    def __init__(self, network, mean, std):
        super().__init__()
        self.network, self.mean, self.std = network, mean, std

    def forward(self, x):
        return self.network(x * self.std + self.mean)


copy = {n: torch.full_like(t, 0.5) for n, t in state_dict.items()}
torch.save({"model": state_dict, "model_ema": copy, "epoch": 3}, folder / "timm.pt")
torch.save({**state_dict, **{f"ema.{n}": t for n, t in copy.items()}}, folder / "plain_and_ema.pt")
own_names = own(32).state_dict()
torch.save({"net": own_names, "swa": own_names, "step": torch.tensor(5)}, folder / "own_and_swa.pt")
torch.save(
    {
        "state_dict": {
            **{f"model.{n}": t for n, t in own_names.items()},
            "criterion.weight": torch.ones(10),
        }
    },
    folder / "own_and_criterion.ckpt",
)
nan = {n: t.clone() for n, t in own_names.items()}
nan["features.0.bias"][2] = float("nan")
torch.save(nan, folder / "own_nan.pt")
torch.save(
    {f"arr_{i}": t for i, t in enumerate(VARIANTS["modern"]().state_dict().values())},
    folder / "numbered.pt",
)
torch.save(
    {f"\x1b[31mred{i}.{n}": t for i in range(30) for n, t in state_dict.items()}, folder / "red.pt"
)
torch.save(
    {f"{i}.{n}": torch.ones(i % 255 + 2) for i in range(3000) for n in "ab"}, folder / "many.pt"
)
torch.manual_seed(0)
old = VARIANTS["modern"]().eval().state_dict()
save_file(old, folder / "counted.safetensors")
torch.save({n: t for n, t in old.items() if "num_batches" not in n}, folder / "uncounted.pt")


def save(network, side, name):
    torch.jit.trace(network, torch.zeros(2, 1, side, side)).save(folder / name)


save(own(28), 28, "takes_28.pt")
save(own(32), 32, "takes_32.pt")
save(Normalized(own(28), 0.1307, 0.3081).eval(), 28, "normalized.pt")
save(nn.Sequential(own(32), nn.Softmax(1)), 32, "softmax.pt")


class Relu(nn.Module):
    """The names and shapes of classic, and another network."""

    def __init__(self):
        super().__init__()
        for name, module in model.named_children():
            self.add_module(name, module)

    def forward(self, x):
        x = self.pool1(torch.relu(self.conv1(x)))
        x = self.pool2(torch.relu(self.conv2(x)))
        x = torch.relu(self.conv3(x)).flatten(1)
        return self.fc2(torch.relu(self.fc1(x)))


save(Relu(), 32, "relu.pt")
