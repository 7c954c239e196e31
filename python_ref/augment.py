"""Random rotation and shift of a batch of images."""

import math

import torch
import torch.nn.functional as F


class RandomAffine:
    """Rotates by up to `rotation` degrees and shifts by up to `shift` pixels each way."""

    def __init__(self, rotation: float, shift: float) -> None:
        self.rotation = rotation
        self.shift = shift

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        if self.rotation == 0 and self.shift == 0:
            return images
        random = torch.empty(len(images), 3).uniform_(-1, 1)
        angle = random[:, 0] * (self.rotation * math.pi / 180)
        # The grid's coordinates go from -1 to 1 across the image.
        x, y = (random[:, 1:] * (2 * self.shift / images.shape[-1])).unbind(1)
        theta = torch.stack([angle.cos(), -angle.sin(), x, angle.sin(), angle.cos(), y], dim=1)
        theta = theta.view(-1, 2, 3).to(images.device)
        grid = F.affine_grid(theta, list(images.shape), align_corners=False)
        return F.grid_sample(images, grid, align_corners=False)
