"""What PyTorch's layers start with, give, and learn from."""

import torch
import torch.nn.functional as F
from reference import SEEDS, main
from torch import nn

CONVOLUTIONS = [
    {},
    {"bias": False},
    {"stride": 2},
    {"padding": 1},
    {"dilation": 2},
    {"groups": 2},
    {"stride": 3, "padding": 2, "dilation": 2, "groups": 4, "bias": False},
]


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride=stride),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.shortcut(x))


class Network(nn.Module):
    """Declared in another order than called, so that no order can pass for the other."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16 * 2 * 2, 10)
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.max_pool = nn.MaxPool2d(2, 2)
        self.avg_pool = nn.AvgPool2d(2, 2)
        self.blocks = nn.Sequential(Block(8, 8, 1), Block(8, 16, 2))

    def forward(self, x):
        x = self.max_pool(F.relu(self.stem(x)))
        x = self.avg_pool(self.blocks(x))
        return self.fc(x.flatten(1))


def observe(record, name, module, shape):
    """Three passes in training, whose gradients add up, then one in evaluation."""
    record.keep_all(f"{name}.initial", module.state_dict())
    calls = {}

    def told_of(child):
        return lambda module, inputs, output: calls.update({child: output})

    for child, submodule in module.named_modules():
        if child:
            submodule.register_forward_hook(told_of(child))

    for step in range(3):
        x = torch.empty(shape).uniform_(-1, 1).requires_grad_()
        logits = module(x).flatten(1)
        loss = F.cross_entropy(logits, torch.arange(len(x)) % logits.size(1))
        loss.backward()
        record.keep_all(f"{name}.{step}", {**calls, "logits": logits, "loss": loss, "x": x.grad})
        for parameter, tensor in module.named_parameters():
            record.keep(f"{name}.{step}.grad.{parameter}", tensor.grad)
    record.keep_all(f"{name}.trained", module.state_dict())

    calls.clear()
    output = module.eval()(torch.empty(shape).uniform_(-1, 1))
    record.keep_all(f"{name}.eval", {**calls, "output": output})
    record.keep_all(f"{name}.evaluated", module.state_dict())


def conv2d(record):
    for seed in SEEDS:
        for index, arguments in enumerate(CONVOLUTIONS):
            torch.manual_seed(seed)
            observe(record, f"{seed}.{index}", nn.Conv2d(4, 8, 3, **arguments), (5, 4, 11, 9))


def linear(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}.row", nn.Linear(37, 19), (5, 37))
        observe(record, f"{seed}.rows", nn.Linear(37, 19), (5, 3, 37))


def batch_norm2d(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}", nn.BatchNorm2d(6), (4, 6, 5, 7))


def pool2d(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for kernel_size, stride in [(2, 2), (3, 2), (2, 3)]:
            for name, layer in [("avg", nn.AvgPool2d), ("max", nn.MaxPool2d)]:
                name = f"{seed}.{name}.{kernel_size}.{stride}"
                observe(record, name, layer(kernel_size, stride), (3, 2, 11, 8))


def network(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}", Network(), (6, 3, 16, 16))


main(conv2d, linear, batch_norm2d, pool2d, network)
