"""The Python side of torch-twin: records what a PyTorch program computes."""

from torch_twin.recorder import Recorder

__all__ = ["Recorder"]
