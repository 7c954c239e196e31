"""Records the step that `train-candle --trace` and `train-burn --trace` record, in PyTorch.

python benches/peers/pytorch.py DATA theirs.trace weights.safetensors
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.utils.data import DataLoader

from torch_twin import Recorder

sys.path.insert(0, str(Path(__file__).parents[2] / "python_ref"))

from data import load_mnist  # python_ref is no package
from model.classic import Classic


def main() -> None:
    data, trace, weights = sys.argv[1:]
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = Classic()
    save_file(model.state_dict(), weights)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    recorder = Recorder(model)
    images, labels = next(iter(DataLoader(load_mnist(Path(data))[0], batch_size=64)))
    with recorder.step(1):
        loss = nn.functional.cross_entropy(model(images), labels)
        recorder.loss(loss)
        loss.backward()
        recorder.gradients()
        optimizer.step()
    recorder.save(trace)


if __name__ == "__main__":
    main()
