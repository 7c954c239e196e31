"""What PyTorch's modules for sequences start with, give, and learn from."""

import torch
from reference import SEEDS, main
from torch import nn

LSTMS = [
    {},
    {"bias": False},
    {"batch_first": True},
    {"num_layers": 2},
    {"num_layers": 3, "dropout": 0.4},
    {"num_layers": 2, "bidirectional": True, "dropout": 0.2, "batch_first": True},
]

# Arguments of the module, then of the call: masks by name.
ATTENTIONS = [
    ({}, {}),
    ({"bias": False}, {"average_attn_weights": False}),
    ({"batch_first": True}, {}),
    ({"batch_first": True}, {"need_weights": False}),
    ({"batch_first": True, "dropout": 0.3}, {}),
    ({"dropout": 0.3}, {"need_weights": False}),
    ({"batch_first": True}, {"attn_mask": "causal", "need_weights": False, "is_causal": True}),
    ({"batch_first": True}, {"attn_mask": "causal", "key_padding_mask": "padding"}),
    ({}, {"key_padding_mask": "padding", "need_weights": False}),
    ({}, {"attn_mask": "scores", "need_weights": False}),
    ({}, {"attn_mask": "scores"}),
]

MASKS = {
    "causal": torch.ones(5, 5, dtype=torch.bool).triu(1),
    "padding": torch.arange(5).repeat(3, 1) > torch.tensor([[2], [4], [3]]),
    "scores": torch.arange(25).reshape(5, 5) % 7 / 8,
}


def lstm(record):
    for seed in SEEDS:
        for index, arguments in enumerate(LSTMS):
            torch.manual_seed(seed)
            module = nn.LSTM(6, 8, **arguments)
            name = f"{seed}.{index}"
            record.keep_all(f"{name}.initial", module.state_dict())
            state = None
            for step in range(2):
                x = torch.empty(5, 3, 6).uniform_(-1, 1).requires_grad_()
                output, (h, c) = module(x, state)
                (output.square().sum() + h.square().sum() + c.square().sum()).backward()
                record.keep_all(f"{name}.{step}", {"output": output, "h": h, "c": c, "x": x.grad})
                for parameter, tensor in module.named_parameters():
                    record.keep(f"{name}.{step}.grad.{parameter}", tensor.grad)
                state = (h.detach(), c.detach())
            module.eval()
            with torch.no_grad():
                output, (h, c) = module(torch.empty(5, 3, 6).uniform_(-1, 1))
            record.keep_all(f"{name}.eval", {"output": output, "h": h, "c": c})


def attention(record):
    for seed in SEEDS:
        for index, (arguments, options) in enumerate(ATTENTIONS):
            torch.manual_seed(seed)
            module = nn.MultiheadAttention(8, 2, **arguments)
            options = {name: MASKS.get(value, value) for name, value in options.items()}
            record.keep_all(f"{seed}.{index}.initial", module.state_dict())
            observe_attention(record, f"{seed}.{index}", module, options)


def observe_attention(record, name, module, options):
    """Self-attention, attention to another sequence, and to two others, in training; then the first in eval."""
    shape = (3, 5, 8) if module.batch_first else (5, 3, 8)
    for shared in (3, 2, 1):
        x, y, z = (torch.empty(shape).uniform_(-1, 1).requires_grad_() for _ in range(3))
        inputs = {3: (x, x, x), 2: (x, y, y), 1: (x, y, z)}[shared]
        output, weights = module(*inputs, **options)
        output.square().sum().backward()
        record.keep_all(f"{name}.{shared}", {"output": output, "x": x.grad})
        if weights is not None:
            record.keep(f"{name}.{shared}.weights", weights)
        for parameter, tensor in module.named_parameters():
            record.keep(f"{name}.{shared}.grad.{parameter}", tensor.grad)
    module.eval()
    x = torch.empty(shape).uniform_(-1, 1)
    record.keep(f"{name}.eval", module(x, x, x, **options)[0])
    with torch.no_grad():
        output, weights = module(x, x, x, **options)
    record.keep(f"{name}.native", output)
    if weights is not None:
        record.keep(f"{name}.native_weights", weights)


main(lstm, attention)
