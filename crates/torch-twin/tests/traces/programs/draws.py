"""Weights that are drawn in another order than they are listed, as in torchvision's ViT."""

import sys

import torch
from torch import nn, optim

from torch_twin import Recorder


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_proj = nn.Conv2d(1, 4, 2, 2)
        self.mlp_1 = nn.Linear(4, 4)
        self.mlp_2 = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)
        nn.init.xavier_uniform_(self.mlp_1.weight)
        nn.init.normal_(self.mlp_1.bias, std=1e-6)
        nn.init.xavier_uniform_(self.mlp_2.weight)
        nn.init.zeros_(self.mlp_2.bias)
        nn.init.normal_(self.mlp_2.bias, std=1e-6)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.conv_proj.weight)
        nn.init.zeros_(self.conv_proj.bias)

    def forward(self, x):
        x = self.conv_proj(x).flatten(2).mean(2)
        return self.head(x + self.mlp_2(self.mlp_1(x).relu()))


torch.set_num_threads(1)
torch.manual_seed(0)
model = Model()
optimizer = optim.Adam(list(model.parameters()))
recorder = Recorder(model, optimizer)
for step in range(1, 3):
    with recorder.step(step):
        optimizer.zero_grad()
        loss = (model(torch.randn(3, 1, 4, 4)) - 1).square().mean()
        recorder.loss(loss)
        loss.backward()
        recorder.gradients()
        optimizer.step()
recorder.save(sys.argv[1])
