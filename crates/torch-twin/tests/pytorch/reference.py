"""What a test's script computes, by name and in order, as the test beside it reads it."""

import sys

import torch
from safetensors.torch import save_file

SEEDS = [0, 1, -1]


class Record(dict):
    """Tensors by name, as they were when they were kept."""

    def keep(self, name, tensor):
        assert name not in self, name
        self[name] = tensor.detach().clone(memory_format=torch.contiguous_format)

    def keep_all(self, prefix, tensors):
        for name, tensor in tensors.items():
            self.keep(f"{prefix}.{name}", tensor)

    def save(self, path):
        # The file sorts its tensors, so the order goes beside them.
        save_file(self, path, {"order": "\n".join(self)})


def refuses(function, *arguments, **options):
    """Whether PyTorch raises an error."""
    try:
        function(*arguments, **options)
    except (ArithmeticError, AssertionError, IndexError, RuntimeError, ValueError):
        return torch.tensor(True)
    return torch.tensor(False)


def main(*functions):
    """Runs the function that the command line names, on as many threads as it says."""
    name, threads, output, *inputs = sys.argv[1:]
    torch.set_num_threads(int(threads))
    record = Record()
    {function.__name__: function for function in functions}[name](record, *inputs)
    record.save(output)
