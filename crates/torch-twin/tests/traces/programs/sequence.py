"""An LSTM whose state is carried from step to step."""

import sys

import torch
from torch import nn, optim

from torch_twin import Recorder


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5)
        self.head = nn.Linear(5, 3)

    def forward(self, x, h, c):
        output, (h, c) = self.lstm(x, (h, c))
        return self.head(output), h, c


torch.set_num_threads(1)
torch.manual_seed(0)
model = Model()
optimizer = optim.Adam(model.parameters())
recorder = Recorder(model, optimizer)
h = c = torch.zeros(1, 2, 5)
for step in range(1, 4):
    with recorder.step(step):
        optimizer.zero_grad()
        logits, h, c = model(torch.randn(4, 2, 3), h, c)
        h, c = h.detach(), c.detach()
        loss = logits.square().mean()
        recorder.loss(loss)
        loss.backward()
        recorder.gradients()
        optimizer.step()
recorder.save(sys.argv[1])
