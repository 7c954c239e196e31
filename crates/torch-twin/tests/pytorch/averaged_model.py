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


main(averaged_model)
