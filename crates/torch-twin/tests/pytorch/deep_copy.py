"""What PyTorch's `copy.deepcopy` makes of a network, and what either becomes by training."""

import copy

import torch
from reference import SEEDS, main
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(6)
        self.act = nn.LeakyReLU(0.2)
        self.lstm = nn.LSTM(6, 6, batch_first=True)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)


class Network(nn.Module):
    """Of all kinds of lines, with tied weights and a frozen one."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 6, padding_idx=2)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.extra = nn.Sequential(nn.Linear(6, 6), nn.LayerNorm(6), nn.GELU())
        self.head = nn.Linear(6, 7, bias=False)
        self.head.weight = self.embedding.weight
        self.scale = nn.Parameter(torch.ones(6))
        self.register_buffer("shift", torch.arange(6.0))
        self.scale.requires_grad_(False)

    def forward(self, x):
        x = self.embedding(x)
        for block in self.blocks:
            x = block.act(block.norm(x.transpose(1, 2)).transpose(1, 2))
            x = block.lstm(x)[0]
            x = block.attention(x, x, x)[0]
        return self.head(self.extra(x) * self.scale + self.shift)


def train(network, words):
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
    loss = nn.functional.cross_entropy(network(words).flatten(0, 1), words.flatten())
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


def deep_copy(record):
    words = (torch.arange(20).reshape(4, 5) * 3) % 7
    for seed in SEEDS:
        torch.manual_seed(seed)
        network = Network()
        train(network, words)
        copied = copy.deepcopy(network)
        train(network, words)
        record.keep_all(f"{seed}.copied", copied.state_dict())
        for _ in range(2):
            train(copied, words)
        record.keep_all(f"{seed}.network", network.state_dict())
        record.keep_all(f"{seed}.trained", copied.state_dict())
        for name, parameter in copied.named_parameters():
            record.keep(f"{seed}.{name}.requires_grad", torch.tensor(parameter.requires_grad))


main(deep_copy)
