"""A small GAN with its average, two optimizers and two losses a step."""

import copy
import sys

import torch
from torch import nn, optim

from torch_twin import Recorder

torch.set_num_threads(1)
torch.manual_seed(0)
G = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6))
D = nn.Sequential(nn.Linear(6, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
ema = copy.deepcopy(G)
opt_g = optim.Adam(G.parameters(), lr=0.01, betas=(0.5, 0.999))
opt_d = optim.Adam(D.parameters(), lr=0.02, betas=(0.5, 0.999), eps=1e-8)
criterion = nn.BCEWithLogitsLoss()
recorder = Recorder({"G": G, "D": D}, [opt_g, opt_d])
ones, zeros = torch.ones(5, 1), torch.zeros(5, 1)
for step in range(1, 4):
    with recorder.step(step):
        opt_d.zero_grad()
        fake = G(torch.randn(5, 4))
        loss_d = criterion(D(torch.randn(5, 6)), ones) + criterion(D(fake.detach()), zeros)
        recorder.loss(loss_d, "D")
        loss_d.backward()
        recorder.gradients("D")
        opt_d.step()
        with torch.no_grad():
            for parameter in D.parameters():
                parameter.clamp_(-0.3, 0.3)
        opt_g.zero_grad()
        loss_g = criterion(D(fake), ones)
        recorder.loss(loss_g, "G")
        loss_g.backward()
        recorder.gradients("G")
        opt_g.step()
        with torch.no_grad():
            for average, parameter in zip(ema.parameters(), G.parameters()):
                average.lerp_(parameter, 0.1)
        recorder.weights("ema", ema.state_dict())
recorder.save(sys.argv[1])
