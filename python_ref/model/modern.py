"""LeNet-5 as the tutorials improve it: ReLU, maximum pooling, batch normalisation."""

import torch
from torch import nn


class Modern(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5)
        self.bn1 = nn.BatchNorm2d(6)
        self.pool1 = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.bn2 = nn.BatchNorm2d(16)
        self.pool2 = nn.MaxPool2d(2, 2)
        self.conv3 = nn.Conv2d(16, 120, kernel_size=5)
        self.bn3 = nn.BatchNorm2d(120)
        self.fc1 = nn.Linear(120, 84)
        self.fc2 = nn.Linear(84, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # N×1×32×32
        x = self.pool1(torch.relu(self.bn1(self.conv1(x))))  # N×6×14×14
        x = self.pool2(torch.relu(self.bn2(self.conv2(x))))  # N×16×5×5
        x = torch.relu(self.bn3(self.conv3(x)))  # N×120×1×1
        x = torch.flatten(x, 1)  # N×120
        x = torch.relu(self.fc1(x))  # N×84
        return self.fc2(x)  # N×num_classes
