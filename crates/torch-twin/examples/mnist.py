"""pytorch/examples' MNIST network, on 1000 digits: two convolutions, dropout, Adadelta with StepLR."""

import gzip
from pathlib import Path

import arguments
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

from torch_twin import Recorder

SAMPLE = Path(__file__).parent / "../../../src/data/sample"
MEAN, STD = 0.1307, 0.3081


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))  # N×32×26×26
        x = F.relu(self.conv2(x))  # N×64×24×24
        x = F.max_pool2d(x, 2)  # N×64×12×12
        x = self.dropout1(x)
        x = torch.flatten(x, 1)  # N×9216
        x = F.relu(self.fc1(x))  # N×128
        x = self.dropout2(x)
        x = self.fc2(x)  # N×10
        return F.log_softmax(x, dim=1)


def read_idx(name, header):
    """The bytes of an IDX file after its header."""
    with gzip.open(SAMPLE / name) as file:
        return torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8)


def load():
    """1000 digits, N×1×28×28, normalised, and their labels."""
    images = read_idx("train-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)[:1000]
    labels = read_idx("train-labels-idx1-ubyte.gz", 8)[:1000]
    images = images.float().div(255).sub(MEAN).div(STD)
    return TensorDataset(images, labels.long())


def main():
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    loader = DataLoader(load(), batch_size=64, shuffle=True)
    model = Net()
    optimizer = optim.Adadelta(model.parameters(), lr=1.0)
    scheduler = StepLR(optimizer, step_size=1, gamma=0.7)
    recorder = Recorder(model, optimizer, digest_above=20_000, only_steps=arguments.RECORDED)

    step = 0
    while step < arguments.steps:
        for inputs, targets in loader:
            step += 1
            with recorder.step(step):
                optimizer.zero_grad()
                loss = F.nll_loss(model(inputs), targets)
                recorder.loss(loss)
                loss.backward()
                recorder.gradients()
                optimizer.step()
            if step % 10 == 0:
                print(f"step {step}: loss {loss.item():.9f}")
            if step == arguments.steps:
                break
        scheduler.step()
    if arguments.trace:
        recorder.save(arguments.trace)


if __name__ == "__main__":
    main()
