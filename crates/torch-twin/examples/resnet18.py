"""ResNet-18 as torchvision builds it, trained by SGD on random pictures of 64×64.

Its `state_dict` has the names and shapes of `torchvision.models.resnet18().state_dict()`.
"""

import arguments
import torch
import torch.nn.functional as F
from torch import nn, optim

from torch_twin import Recorder


class BasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet18(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.inplanes = 64
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = self.make_layer(64, stride=1)
        self.layer2 = self.make_layer(128, stride=2)
        self.layer3 = self.make_layer(256, stride=2)
        self.layer4 = self.make_layer(512, stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def make_layer(self, planes, stride):
        """Two blocks, the first of which makes the picture smaller by `stride`."""
        downsample = None
        if stride != 1 or self.inplanes != planes:
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, planes, 1, stride=stride, bias=False),
                nn.BatchNorm2d(planes),
            )
        first = BasicBlock(self.inplanes, planes, stride, downsample)
        self.inplanes = planes
        return nn.Sequential(first, BasicBlock(planes, planes))

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))  # N×64×32×32
        x = self.maxpool(x)  # N×64×16×16
        x = self.layer1(x)
        x = self.layer2(x)  # N×128×8×8
        x = self.layer3(x)  # N×256×4×4
        x = self.layer4(x)  # N×512×2×2
        x = self.avgpool(x)  # N×512×1×1
        return self.fc(torch.flatten(x, 1))  # N×num_classes


def main():
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(2)
    model = ResNet18(num_classes=10)
    optimizer = optim.SGD(
        model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4, nesterov=True
    )
    recorder = Recorder(model, optimizer, digest_above=20_000, only_steps=arguments.RECORDED)
    for step in range(1, arguments.steps + 1):
        images = torch.randn(4, 3, 64, 64)
        labels = torch.arange(4) * step % 10
        with recorder.step(step):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images), labels)
            recorder.loss(loss)
            loss.backward()
            recorder.gradients()
            optimizer.step()
        if step % 10 == 0:
            print(f"step {step}: loss {loss.item():.9f}")
    if arguments.trace:
        recorder.save(arguments.trace)


if __name__ == "__main__":
    main()
