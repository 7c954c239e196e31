"""Trains the network of a source in eager PyTorch as its port does, and prints the milliseconds of each step.

python tools/port_speed.py SOURCE STEPS
"""

import sys
import time

import torch

from torch_twin.port import parity, source


def main() -> None:
    loaded = source.load(sys.argv[1], None)
    torch.manual_seed(0)
    model = loaded.model()
    optimizer = loaded.optimizer(model)
    step = parity.Step(1, parity.draw(loaded, 0, 1)[0], 0)
    for number in range(1, int(sys.argv[2]) + 1):
        start = time.perf_counter()
        value = train(loaded, model, optimizer, step)
        milliseconds = (time.perf_counter() - start) * 1000
        print(f"step {number}: loss {value} ({milliseconds:.2f} ms)", flush=True)


def train(loaded, model, optimizer, step) -> float:
    def evaluated() -> torch.Tensor:
        optimizer.zero_grad()
        value, _ = parity.loss(loaded, model, step)
        if value.requires_grad:
            value.backward()
        return value

    if parity.takes_closure(optimizer):
        return optimizer.step(evaluated).item()
    value = evaluated()
    optimizer.step()
    return value.item()


if __name__ == "__main__":
    main()
