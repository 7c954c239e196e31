"""The twin of the ported ResNet-18 against torchvision's own: names, initial values, logits and gradients."""

import sys
from pathlib import Path

import torch
from torchvision.models import resnet18

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from resnet18 import ResNet18

torch.set_num_threads(1)
torch.manual_seed(0)
theirs = resnet18()
torch.manual_seed(0)
ours = ResNet18()

ours.load_state_dict(theirs.state_dict())
torch.manual_seed(0)
ours = ResNet18()
state, expected = ours.state_dict(), theirs.state_dict()
assert list(state) == list(expected)
assert all(torch.equal(state[name], expected[name]) for name in expected)

images = torch.randn(2, 3, 64, 64)
for model in (theirs, ours):
    model(images).square().sum().backward()
assert torch.equal(theirs(images), ours(images))
for parameter, twin in zip(theirs.parameters(), ours.parameters(), strict=True):
    assert torch.equal(parameter.grad, twin.grad)
print(f"{len(expected)} tensors are torchvision's")
