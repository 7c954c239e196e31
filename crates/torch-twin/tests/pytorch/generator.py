"""What PyTorch draws from a seed, and the state in which that leaves a generator."""

import torch
import torch.nn.functional as F
from reference import SEEDS, main
from safetensors.torch import load_file

# Of 16 numbers on, PyTorch draws normal ones many at once.
SIZES = [0, 1, 2, 15, 16, 17, 31, 1000]
# A generator makes 624 words at once.
DRAWS = [0, 1, 5, 623, 624, 625]
INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]


def for_each_seed(draw):
    def draws(record):
        for seed in SEEDS:
            draw(record, f"{seed}", torch.Generator().manual_seed(seed))

    draws.__name__ = draw.__name__
    return draws


@for_each_seed
def random(record, seed, generator):
    for dtype in [*INTEGERS, torch.float32, torch.float64]:
        for size in SIZES:
            tensor = torch.empty(size, dtype=dtype).random_(generator=generator)
            record.keep(f"{seed}.{dtype}.{size}", tensor)
    record.keep(f"{seed}.state", generator.get_state())


@for_each_seed
def real(record, seed, generator):
    for dtype in [torch.float32, torch.float64]:
        for size in SIZES:
            name = f"{seed}.{dtype}.{size}"
            tensor = torch.empty(size, dtype=dtype)
            record.keep(f"{name}.uniform", tensor.uniform_(-0.3, 1.7, generator=generator))
            record.keep(f"{name}.normal", tensor.normal_(0.1, 2.5, generator=generator))
            record.keep(f"{name}.bernoulli", tensor.bernoulli_(0.3, generator=generator))
            record.keep(f"{name}.state", generator.get_state())


@for_each_seed
def randperm(record, seed, generator):
    for n in [0, 1, 2, 10, 1000, 300_000, 1_000_001]:
        record.keep(f"{seed}.{n}", torch.randperm(n, generator=generator))
        record.keep(f"{seed}.{n}.state", generator.get_state())


def dropout(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for p in [0.0, 0.1, 0.5, 0.9, 1.0]:
            x = torch.empty(7, 30).uniform_(-1, 1).requires_grad_()
            output = F.dropout(x, p)
            output.square().sum().backward()
            record.keep(f"{seed}.{p}", output)
            record.keep(f"{seed}.{p}.grad", x.grad)
            record.keep(f"{seed}.{p}.state", torch.get_rng_state())


@for_each_seed
def going_on(record, seed, generator):
    for draws in DRAWS:
        # One normal number of an odd count stays behind for the next call.
        torch.empty(draws).normal_(generator=generator)
        record.keep(f"{seed}.{draws}.state", generator.get_state())
        tensor = torch.empty(9).normal_(generator=generator)
        record.keep(f"{seed}.{draws}.next", tensor)


def going_on_from(record, states):
    for name, state in load_file(states).items():
        generator = torch.Generator()
        generator.set_state(state)
        record.keep(name, torch.empty(9).normal_(generator=generator))


@for_each_seed
def made(record, seed, generator):
    for size in [(), (3,), (4, 5), (17, 2)]:
        for dtype in [torch.float32, torch.float64]:
            name = f"{seed}.{dtype}.{list(size)}"
            record.keep(f"{name}.rand", torch.rand(size, generator=generator, dtype=dtype))
            normal = torch.randn(size, generator=generator, dtype=dtype)
            record.keep(f"{name}.randn", normal)
            # 2.11 has no generator in randn_like.
            record.keep(f"{name}.like", torch.empty_like(normal).normal_(generator=generator))
        for dtype in [torch.int32, torch.int64, torch.float32]:
            drawn = torch.randint(-3, 1000, size, generator=generator, dtype=dtype)
            record.keep(f"{seed}.{dtype}.{list(size)}.randint", drawn)
    large = torch.randint(-(2**62), 2**62, (5,), generator=generator)
    record.keep(f"{seed}.large", large)


main(random, real, randperm, made, dropout, going_on, going_on_from)
