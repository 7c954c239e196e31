"""What networks do beside calling layers, each in a module of its own."""

import torch
import torch.nn.functional as F
from torch import nn

WIDTH = 8


class Flagged(nn.Module):
    """Called twice with different flags."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(WIDTH, WIDTH)

    def forward(self, x, skip=False):
        y = self.fc(x)
        if skip:
            y = y + x
        return F.relu(y)


class TwoNames(nn.Module):
    """One module under two names, and one without tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.other_norm = self.norm
        self.act = nn.GELU()
        self.other_act = self.act

    def forward(self, x):
        return self.other_act(self.other_norm(self.act(self.norm(x))))


class Decoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, x):
        return self.embed(x)


class Tied(nn.Module):
    """A weight that a module of another level has as well."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(WIDTH, WIDTH, bias=False)
        self.decoder = Decoder()
        self.decoder.embed.weight = self.embed.weight

    def forward(self, x):
        return self.decoder(torch.tanh(self.embed(x)))


class InPlace(nn.Module):
    """Writes through views."""

    def forward(self, x):
        y = x * 2
        y[:, 0] = 1.0
        y[:, 1:3].mul_(0.5)
        half = y.view(-1, 2, WIDTH // 2)[:, 1]
        half += 1
        return y


class Frozen(nn.Module):
    """A part that stays in eval mode and is not trained."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.BatchNorm1d(WIDTH), nn.Dropout())
        self.features.requires_grad_(False)
        self.features.eval()
        self.fc = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        return self.fc(self.features(x))


class Modes(nn.Module):
    """Blocks without gradients, with them and with casts; random numbers; names that Rust does not take."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = nn.Linear(WIDTH, WIDTH)
        self.add_module("0", nn.Linear(WIDTH, WIDTH))
        self.match = nn.Parameter(torch.ones(WIDTH))
        self.parameters_ = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        with torch.no_grad():
            scale = self.loop(x).abs()
            with torch.enable_grad():
                move = self.parameters_(x)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = F.relu(self.loop(x))
            y = getattr(self, "0")(y) @ self.loop.weight
        noise = torch.rand_like(x) if self.training else 0.5
        return (y.float() * self.match + move * scale) * noise


class Fixtures(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.flagged = Flagged()
        self.two_names = TwoNames()
        self.tied = Tied()
        self.in_place = InPlace()
        self.frozen = Frozen()
        self.modes = Modes()

    def forward(self, x):
        x = self.flagged(x, skip=True)
        x = self.two_names(x)
        x = self.flagged(x)
        x = self.tied(x)
        x = self.in_place(x)
        x = self.frozen(x)
        return self.modes(x)


class Nested(nn.Module):
    def __init__(self, depth: int) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.inner = Nested(depth - 1) if depth > 1 else None

    def forward(self, x):
        x = x + 0.1 * self.fc(x)
        return x if self.inner is None else self.inner(x)


class Children(nn.Module):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(count))

    def forward(self, x):
        for layer in self.layers:
            x = x + 0.1 * layer(x)
        return x
