"""One training, plain and in each wrapper: writes `FOLDER/NAME.trace` for each."""

import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn, optim
from torch.distributed.fsdp import FullyShardedDataParallel
from torch.nn.parallel import DataParallel, DistributedDataParallel

from torch_twin import Recorder


def fsdp(module, **options):
    return FullyShardedDataParallel(module, device_id=torch.device("cpu"), **options)


def nested(module):
    for place in ["0", "4"]:
        setattr(module, place, fsdp(getattr(module, place), use_orig_params=True))
    return fsdp(module, use_orig_params=True)


class Around(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)


WRAPPERS = {
    "plain": lambda module: module,
    "own": Around,
    "data_parallel": DataParallel,
    "ddp": DistributedDataParallel,
    "compile": lambda module: torch.compile(module, backend="eager"),
    "ddp_in_compile": lambda module: torch.compile(
        DistributedDataParallel(module), backend="eager"
    ),
    "fsdp": lambda module: fsdp(module, use_orig_params=True),
    "nested_fsdp": nested,
    "flat_fsdp": fsdp,
}


def main(folder):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=0, world_size=1)
    for name, wrap in WRAPPERS.items():
        torch.manual_seed(0)
        layers = [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)]
        model = wrap(nn.Sequential(*layers))
        optimizer = optim.Adam(model.parameters())
        recorder = Recorder(model, optimizer)
        for step in range(1, 3):
            with recorder.step(step):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(
                    model(torch.randn(2, 1, 8, 8)), torch.ones(2).long()
                )
                recorder.loss(loss)
                loss.backward()
                recorder.gradients()
                optimizer.step()
        recorder.save(str(folder / f"{name}.trace"))
    dist.destroy_process_group()


main(Path(sys.argv[1]))
