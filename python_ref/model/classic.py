"""LeNet-5 as the PyTorch tutorials write it: tanh, average pooling, a full C3."""

import torch
from torch import nn


class Classic(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5)
        self.pool1 = nn.AvgPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.pool2 = nn.AvgPool2d(2, 2)
        self.conv3 = nn.Conv2d(16, 120, kernel_size=5)
        self.fc1 = nn.Linear(120, 84)
        self.fc2 = nn.Linear(84, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # N×1×32×32
        x = self.pool1(torch.tanh(self.conv1(x)))  # N×6×14×14
        x = self.pool2(torch.tanh(self.conv2(x)))  # N×16×5×5
        x = torch.tanh(self.conv3(x))  # N×120×1×1
        x = torch.flatten(x, 1)  # N×120
        x = torch.tanh(self.fc1(x))  # N×84
        return self.fc2(x)  # N×num_classes
