"""The first tanh of a program, on two threads, and the second."""

import torch

torch.set_num_threads(2)
torch.manual_seed(0)
x = torch.randn(16, 6, 28, 28)
first, second = torch.tanh(x), torch.tanh(x)
print(f"{int((first != second).sum())} of {x.numel()} values differ")
