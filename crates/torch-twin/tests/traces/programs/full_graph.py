"""Networks that torch.compile may not leave for the recorder: they train as without it, by whatever is compiled."""

import sys
import warnings
from contextlib import nullcontext

import torch
from torch import nn, optim

from torch_twin import Recorder

warnings.simplefilter("ignore")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.second = nn.Linear(8, 3)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


def compiled(net):
    return torch.compile(net, fullgraph=True, backend="eager")


def compiled_in_place(net):
    net.compile(fullgraph=True, backend="eager")
    return net


def function(net):
    return torch.compile(lambda x: net(x), fullgraph=True, backend="eager")


def train(how, is_recorded):
    torch.manual_seed(0)
    net = Net()
    run = how(net)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    recorder = Recorder(run if isinstance(run, nn.Module) else net, optimizer)
    for step in range(1, 4):
        with recorder.step(step) if is_recorded else nullcontext():
            optimizer.zero_grad()
            loss = run(torch.randn(5, 4)).square().mean()
            recorder.loss(loss)
            loss.backward()
            recorder.gradients()
            optimizer.step()
    return net, recorder


torch.set_num_threads(1)
for how in [compiled, compiled_in_place, function]:
    torch.compiler.reset()
    plain, _ = train(how, is_recorded=False)
    torch.compiler.reset()
    net, recorder = train(how, is_recorded=True)
    for ours, theirs in zip(net.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours, theirs), f"{how.__name__}: the recorder changed the training"
    recorder.note_uncalled()
    notes = ["torch.compile(fullgraph=True): modules inside the graph are not seen"]
    assert recorder.notes == notes, (how.__name__, recorder.notes)
    recorder.save(f"{sys.argv[1]}/{how.__name__}.trace")
