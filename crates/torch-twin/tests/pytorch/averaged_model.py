"""What PyTorch's averages of a network's weights are, update by update."""

import torch
from reference import SEEDS, main
from torch import nn
from torch.optim.swa_utils import (
    AveragedModel,
    get_ema_avg_fn,
    get_ema_multi_avg_fn,
)

AVERAGES = [
    {},
    {"use_buffers": True},
    {"multi_avg_fn": get_ema_multi_avg_fn(0.9)},
    {"multi_avg_fn": get_ema_multi_avg_fn(0.97), "use_buffers": True},
    {"avg_fn": get_ema_avg_fn(0.9)},
    {"avg_fn": get_ema_avg_fn(0.97), "use_buffers": True},
]


def averaged_model(record):
    for seed in SEEDS:
        for index, arguments in enumerate(AVERAGES):
            torch.manual_seed(seed)
            model = nn.Sequential(
                nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3)
            )
            averaged = AveragedModel(model, **arguments)
            record.keep_all(f"{seed}.{index}.initial", averaged.state_dict())
            for step in range(4):
                model(torch.empty(3, 1, 4, 4).uniform_(-1, 1))
                with torch.no_grad():
                    for parameter in model.parameters():
                        parameter.add_(torch.empty_like(parameter).uniform_(-1, 1))
                averaged.update_parameters(model)
                record.keep_all(f"{seed}.{index}.{step}", averaged.state_dict())
            output = averaged.eval()(torch.empty(3, 1, 4, 4).uniform_(-1, 1))
            record.keep(f"{seed}.{index}.output", output)


class Weight(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(weight)


DTYPES = {
    "half": torch.float16,
    "bfloat16": torch.bfloat16,
    "double": torch.float64,
    "complex": torch.complex64,
}


def of_other_types(record):
    for seed in SEEDS:
        for index, arguments in enumerate(AVERAGES):
            for kind, dtype in DTYPES.items():
                torch.manual_seed(seed)
                values = [torch.empty(70, 2).uniform_(-1, 1) for _ in range(5)]
                if dtype.is_complex:
                    values = [torch.view_as_complex(value) for value in values]
                values = [value.to(dtype) for value in values]
                averaged = AveragedModel(Weight(values[0]), **arguments)
                for step, value in enumerate(values[1:]):
                    averaged.update_parameters(Weight(value))
                    weight = averaged.module.weight
                    weight = torch.view_as_real(weight) if dtype.is_complex else weight
                    record.keep(f"{seed}.{index}.{kind}.{step}", weight)


main(averaged_model, of_other_types)
