"""Modules and tensors that no trace can hold, in a training that must not notice the recorder."""

import copy
import dataclasses
import sys
import warnings

import torch
from torch import nn, optim

from torch_twin import Recorder

warnings.simplefilter("ignore")


@dataclasses.dataclass
class Output:
    logits: torch.Tensor
    more: tuple


class Names(nn.Module):
    def forward(self, x):
        return ["a", "b"]


class Complex(nn.Module):
    def forward(self, x):
        return torch.view_as_complex(torch.stack([x, x], -1))


class Quantized(nn.Module):
    def forward(self, x):
        return torch.quantize_per_tensor(x, 0.1, 0, torch.qint8)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.scripted = torch.jit.script(nn.Linear(3, 3))
        self.lazy = nn.LazyLinear(2)
        self.unused = nn.Linear(2, 2)
        self.names = Names()
        self.complex = Complex()
        self.quantized = Quantized()

    def forward(self, x):
        self.names(x)
        more = (self.complex(x).real, self.quantized(x).dequantize(), x.detach().to_sparse_csr())
        return Output(self.lazy(self.scripted(self.linear(x))), more)


torch.manual_seed(0)
net = Net()
optimizer = optim.SGD(net.linear.parameters(), lr=0.1)
recorder = Recorder(net, optimizer)
for step in [1, 1, 2]:
    with recorder.step(step):
        hook = net.linear.register_forward_hook(lambda module, args, output: 2 * output)
        x = torch.ones(2, 3)
        output = net(x)
        hook.remove()
        copy.deepcopy(net)(x)
        torch.func.vmap(lambda row: net.linear(row))(x)
        optimizer.zero_grad()
        loss = output.logits.square().sum() + output.more[0].sum()
        recorder.loss(loss)
        loss.backward()
        recorder.gradients()
        optimizer.step()
recorder.save(sys.argv[1])
with torch.no_grad():
    first = Recorder(net.linear)
    with first.step(1):
        hook = net.linear.register_forward_hook(lambda module, args, output: output + 1)
        expected = net.linear(x)
    assert torch.equal(first.tensors["step1/output//1/0"], expected), "a hook is not seen"
