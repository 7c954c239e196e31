"""A network within `torch.autocast`, with a part that is not cast, and a weight that is used twice."""

import torch
from reference import SEEDS, main
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(36, 36)
        self.layer_norm = nn.LayerNorm(36)

    def forward(self, x, dtype):
        with torch.autocast("cpu", dtype=dtype):
            x = self.pool(torch.relu(self.norm(self.conv(x)))).flatten(1)
            x = self.fc(torch.tanh(self.fc(x)))
            with torch.autocast("cpu", enabled=False):
                y = self.layer_norm(x.float())
            return x, y, x @ y.t()


def autocast(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for dtype in (torch.bfloat16, torch.float16):
            net = Net()
            x = torch.empty(3, 1, 8, 8).uniform_(-1, 1)
            outputs = net(x, dtype)
            name = f"{seed}.{str(dtype).removeprefix('torch.')}"
            for place, output in enumerate(outputs):
                record.keep(f"{name}.{place}", output)
            sum(output.float().sum() for output in outputs).backward()
            for own, parameter in net.named_parameters():
                record.keep(f"{name}.{own}.grad", parameter.grad)


main(autocast)
