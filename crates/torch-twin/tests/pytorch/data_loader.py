"""The order in which PyTorch's DataLoader hands out rows, epoch after epoch."""

import torch
from reference import SEEDS, main
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler, random_split


def loader_of(size, batch_size, shuffle):
    rows = torch.arange(size)
    return DataLoader(TensorDataset(rows, -rows), batch_size, shuffle=shuffle)


def epochs(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for size, batch_size in [(1, 1), (10, 3), (10, 20), (8001, 32), (60000, 1000)]:
            for shuffle in [True, False]:
                for epoch in range(2):
                    name = f"{seed}.{size}.{batch_size}.{shuffle}.{epoch}"
                    batches = list(loader_of(size, batch_size, shuffle))
                    record.keep(f"{name}.inputs", torch.cat([inputs for inputs, _ in batches]))
                    record.keep(f"{name}.targets", torch.cat([targets for _, targets in batches]))
                    lengths = [len(inputs) for inputs, _ in batches]
                    record.keep(f"{name}.lengths", torch.tensor(lengths))
                    record.keep(f"{name}.state", torch.get_rng_state())


def interleaved(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        train, test = loader_of(7, 3, True), loader_of(5, 2, False)
        for epoch in range(3):
            for step, (inputs, _) in enumerate(train):
                record.keep(f"{seed}.{epoch}.{step}", inputs)
                record.keep(f"{seed}.{epoch}.{step}.noise", torch.empty(3).uniform_())
                for index, (inputs, _) in enumerate(test):
                    record.keep(f"{seed}.{epoch}.{step}.test.{index}", inputs)
        record.keep(f"{seed}.state", torch.get_rng_state())


def keep(record, name, loader):
    record.keep(f"{name}.len", torch.tensor(len(loader)))
    for index, (inputs, _) in enumerate(loader):
        record.keep(f"{name}.{index}", inputs)


def other_orders(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        rows = torch.arange(11)
        dataset = TensorDataset(rows, -rows)
        for epoch in range(2):
            name = f"{seed}.{epoch}"
            keep(record, f"{name}.dropped", DataLoader(dataset, 4, shuffle=True, drop_last=True))
            weights = [float(row % 4) for row in range(11)]
            for replacement, samples in ((True, 20), (False, 7)):
                sampler = WeightedRandomSampler(weights, samples, replacement)
                loader = DataLoader(dataset, 3, sampler=sampler)
                keep(record, f"{name}.weighted.{replacement}", loader)
        generator = torch.Generator().manual_seed(seed)
        for shuffle in (True, False):
            loader = DataLoader(dataset, 4, shuffle=shuffle, generator=generator)
            for epoch in range(2):
                keep(record, f"{seed}.own.{shuffle}.{epoch}", loader)
        for name, lengths in (("counts", [3, 8]), ("fractions", [0.31, 0.31, 0.38])):
            for part, subset in enumerate(random_split(dataset, lengths, generator)):
                record.keep(f"{seed}.{name}.{part}", torch.tensor(subset.indices))
                keep(record, f"{seed}.{name}.{part}.rows", DataLoader(subset, 2, shuffle=True))
        record.keep(f"{seed}.own.state", generator.get_state())
        record.keep(f"{seed}.state", torch.get_rng_state())


main(epochs, interleaved, other_orders)
