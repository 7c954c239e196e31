"""The twin of small_network.rs: the same network, the same data, the same bits."""

import hashlib

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class SmallNetwork(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc = nn.Linear(16 * 2 * 2, num_classes)

    def forward(self, x):
        first = F.relu(self.bn1(self.conv1(x)))  # N×8×8×8
        second = F.relu(self.conv2(first))  # N×16×4×4
        pooled = self.pool(second)  # N×16×2×2
        return self.fc(pooled.flatten(1))  # N×num_classes


def noisy_rows():
    """Noise, in which the class is a row made brighter."""
    images = torch.empty(960, 1, 16, 16).normal_(0.0, 1.0)
    labels = torch.arange(960) % 10
    for i in range(960):
        images[i, 0, i % 10].add_(1.5)
    return images, labels


def main():
    # Sums are taken in parts, one a thread, so their number belongs to the result.
    torch.set_num_threads(1)
    torch.manual_seed(0)
    images, labels = noisy_rows()
    loader = DataLoader(TensorDataset(images, labels), batch_size=32, shuffle=True)

    network = SmallNetwork(10)
    optimizer = torch.optim.SGD(network.parameters(), 0.02, momentum=0.9, weight_decay=0.0005)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)

    step = 0
    for _epoch in range(10):
        network.train()
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(network(inputs), targets)
            loss.backward()
            optimizer.step()
            step += 1
            if step % 50 == 0:
                print(f"step {step}: loss {loss.item():.12f}")
        scheduler.step()

    network.eval()
    with torch.no_grad():
        correct = (network(images).argmax(1) == labels).sum()
    print(f"correct: {correct.item()} of 960")
    weights = b"".join(tensor.numpy().tobytes() for tensor in network.state_dict().values())
    print(f"weights: {hashlib.sha256(weights).hexdigest()}")


if __name__ == "__main__":
    main()
