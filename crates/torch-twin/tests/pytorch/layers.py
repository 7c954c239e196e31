"""What PyTorch's layers start with, give, and learn from."""

import torch
import torch.nn.functional as F
from reference import SEEDS, main
from torch import nn

CONVOLUTIONS = [
    {},
    {"bias": False},
    {"stride": 2},
    {"padding": 1},
    {"dilation": 2},
    {"groups": 2},
    {"stride": 3, "padding": 2, "dilation": 2, "groups": 4, "bias": False},
    {"stride": (2, 1), "padding": (0, 3), "dilation": (1, 2)},
]

CONVOLUTIONS_1D = [
    {},
    {"bias": False, "stride": 2},
    {"padding": 2, "dilation": 2},
    {"stride": 3, "padding": 1, "groups": 2},
]

TRANSPOSED_CONVOLUTIONS = [
    {},
    {"bias": False},
    {"stride": 2, "padding": 1, "output_padding": 1},
    {"dilation": 2, "groups": 2},
    {"stride": (3, 2), "padding": (1, 0), "output_padding": (2, 1), "dilation": (1, 2)},
]

BATCH_NORMS = [
    {},
    {"eps": 1e-3, "momentum": 0.3},
    {"momentum": None},
    {"affine": False},
    {"bias": False},
    {"track_running_stats": False},
]

ACTIVATIONS = [
    nn.ReLU(),
    nn.ReLU6(),
    nn.SELU(),
    nn.SiLU(),
    nn.Mish(),
    nn.Hardswish(),
    nn.Hardsigmoid(),
    nn.Sigmoid(),
    nn.LogSigmoid(),
    nn.Tanh(),
    nn.GELU(),
    nn.GELU(approximate="tanh"),
    nn.LeakyReLU(),
    nn.LeakyReLU(0.2),
    nn.ELU(),
    nn.ELU(0.7),
    nn.Hardtanh(),
    nn.Hardtanh(-0.3, 0.6),
    nn.Softplus(),
    nn.Softplus(beta=2, threshold=0.5),
    nn.Softmax(dim=1),
    nn.LogSoftmax(dim=-1),
    nn.Flatten(),
    nn.Identity(),
]


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride=stride),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.shortcut(x))


class Network(nn.Module):
    """Declared in another order than called, so that no order can pass for the other."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16 * 2 * 2, 10)
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.max_pool = nn.MaxPool2d(2, 2)
        self.avg_pool = nn.AvgPool2d(2, 2)
        self.blocks = nn.Sequential(Block(8, 8, 1), Block(8, 16, 2))

    def forward(self, x):
        x = self.max_pool(F.relu(self.stem(x)))
        x = self.avg_pool(self.blocks(x))
        return self.fc(x.flatten(1))


def first(output):
    return output[0] if isinstance(output, tuple) else output


def observe(record, name, module, shape):
    """Three passes in training, whose gradients add up, then one in evaluation."""
    record.keep_all(f"{name}.initial", module.state_dict())
    calls = {}

    def told_of(child):
        return lambda module, inputs, output: calls.update({child: first(output)})

    for child, submodule in module.named_modules():
        if child:
            submodule.register_forward_hook(told_of(child))

    for step in range(3):
        x = torch.empty(shape).uniform_(-1, 1).requires_grad_()
        logits = module(x).flatten(1)
        loss = F.cross_entropy(logits, torch.arange(len(x)) % logits.size(1))
        loss.backward()
        record.keep_all(f"{name}.{step}", {**calls, "logits": logits, "loss": loss, "x": x.grad})
        for parameter, tensor in module.named_parameters():
            record.keep(f"{name}.{step}.grad.{parameter}", tensor.grad)
    record.keep_all(f"{name}.trained", module.state_dict())

    calls.clear()
    output = module.eval()(torch.empty(shape).uniform_(-1, 1))
    record.keep_all(f"{name}.eval", {**calls, "output": output})
    record.keep_all(f"{name}.evaluated", module.state_dict())


def conv2d(record):
    for seed in SEEDS:
        for index, arguments in enumerate(CONVOLUTIONS):
            torch.manual_seed(seed)
            observe(record, f"{seed}.{index}", nn.Conv2d(4, 8, 3, **arguments), (5, 4, 11, 9))


def conv2d_of_an_oblong_kernel(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}", nn.Conv2d(4, 8, (3, 5)), (5, 4, 11, 9))


def conv1d(record):
    for seed in SEEDS:
        for index, arguments in enumerate(CONVOLUTIONS_1D):
            torch.manual_seed(seed)
            observe(record, f"{seed}.{index}", nn.Conv1d(4, 6, 3, **arguments), (5, 4, 17))


def conv_transpose2d(record):
    for seed in SEEDS:
        for index, arguments in enumerate(TRANSPOSED_CONVOLUTIONS):
            torch.manual_seed(seed)
            layer = nn.ConvTranspose2d(4, 6, 3, **arguments)
            observe(record, f"{seed}.{index}", layer, (5, 4, 5, 7))


def linear(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}.row", nn.Linear(37, 19), (5, 37))
        observe(record, f"{seed}.rows", nn.Linear(37, 19), (5, 3, 37))
        observe(record, f"{seed}.no_bias", nn.Linear(37, 19, bias=False), (5, 37))


def batch_norm(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for index, arguments in enumerate(BATCH_NORMS):
            if "bias" in arguments and torch.__version__.startswith("2.11."):
                continue
            name = f"{seed}.{index}"
            observe(record, f"{name}.2d", nn.BatchNorm2d(6, **arguments), (4, 6, 5, 7))
            observe(record, f"{name}.1d", nn.BatchNorm1d(6, **arguments), (4, 6, 5))
            observe(record, f"{name}.vectors", nn.BatchNorm1d(6, **arguments), (9, 6))


def layer_norm(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}.last", nn.LayerNorm(33), (4, 5, 33))
        observe(record, f"{seed}.two", nn.LayerNorm((5, 33), eps=1e-2), (4, 5, 33))
        observe(record, f"{seed}.no_bias", nn.LayerNorm(33, bias=False), (4, 33))
        observe(record, f"{seed}.plain", nn.LayerNorm(33, elementwise_affine=False), (4, 33))


def group_norm(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}.two", nn.GroupNorm(2, 6), (4, 6, 5, 7))
        observe(record, f"{seed}.plain", nn.GroupNorm(3, 6, eps=1e-2, affine=False), (4, 6, 5))


def activation(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for index, layer in enumerate(ACTIVATIONS):
            observe(record, f"{seed}.{index}", layer.train(), (4, 6, 9))


def dropout(record):
    for seed in SEEDS:
        for p in [0.0, 0.1, 0.5, 1.0]:
            torch.manual_seed(seed)
            observe(record, f"{seed}.{p}", nn.Dropout(p), (4, 6, 9))
            observe(record, f"{seed}.{p}.2d", nn.Dropout2d(p), (4, 6, 3, 5))


def embedding(record):
    words = torch.arange(30).reshape(5, 6) * 7 % 11
    for seed in SEEDS:
        torch.manual_seed(seed)
        for name, layer in [
            ("plain", nn.Embedding(11, 8)),
            ("padded", nn.Embedding(11, 8, padding_idx=3)),
            ("last", nn.Embedding(11, 8, padding_idx=-1)),
        ]:
            record.keep(f"{seed}.{name}.initial", layer.weight)
            output = layer(words)
            F.cross_entropy(output.flatten(1), torch.arange(5)).backward()
            record.keep(f"{seed}.{name}.output", output)
            record.keep(f"{seed}.{name}.grad", layer.weight.grad)


def pool2d(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for kernel_size, stride in [(2, 2), (3, 2), (2, 3)]:
            for name, layer in [("avg", nn.AvgPool2d), ("max", nn.MaxPool2d)]:
                name = f"{seed}.{name}.{kernel_size}.{stride}"
                observe(record, name, layer(kernel_size, stride), (3, 2, 11, 8))


POOLS = [
    nn.AvgPool2d(3, 2, padding=1),
    nn.AvgPool2d(3, 2, padding=1, count_include_pad=False),
    nn.AvgPool2d(3, 2, ceil_mode=True),
    nn.AvgPool2d(2, 2, divisor_override=3),
    nn.AvgPool2d((2, 3), (1, 2)),
    nn.AvgPool2d((2, 3)),
    nn.MaxPool2d(3, 2, padding=1),
    nn.MaxPool2d(3, 2, ceil_mode=True),
    nn.MaxPool2d(2, 2, dilation=2),
    nn.MaxPool2d((2, 3), (1, 2), padding=(0, 1)),
    nn.MaxPool2d((2, 3)),
    nn.AdaptiveAvgPool2d(1),
    nn.AdaptiveAvgPool2d((3, 5)),
]


def pool2d_with_arguments(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for index, layer in enumerate(POOLS):
            observe(record, f"{seed}.{index}", layer.train(), (3, 2, 11, 8))


def network(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}", Network(), (6, 3, 16, 16))


class Frozen(nn.Module):
    """A network of which parts are left in eval mode, lists have members, and a weight has two names."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(4, 4, 1), Block(4, 4, 1)])
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(4, 4, bias=False)
        self.tied = nn.Linear(4, 4, bias=False)
        self.tied.weight = self.fc.weight

    def train(self, mode=True):
        super().train(mode)
        self.blocks[1].bn1.eval()
        self.blocks[0].shortcut.eval()
        return self

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.tied(F.relu(self.fc(self.drop(x.mean((2, 3))))))


def frozen(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}", Frozen().train(), (6, 4, 8, 8))


class InvertedResidual(nn.Module):
    """As in torchvision's MobileNetV2."""

    def __init__(self, inp, oup, stride):
        super().__init__()
        self.use_res_connect = stride == 1 and inp == oup
        self.conv = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(inp, 2 * inp, 1, bias=False), nn.BatchNorm2d(2 * inp), nn.ReLU6()
            ),
            nn.Sequential(
                nn.Conv2d(2 * inp, 2 * inp, 3, stride, 1, groups=2 * inp, bias=False),
                nn.BatchNorm2d(2 * inp),
                nn.ReLU6(),
            ),
            nn.Conv2d(2 * inp, oup, 1, bias=False),
            nn.BatchNorm2d(oup),
        )

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


def inverted_residual(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for index, (inp, oup, stride) in enumerate([(4, 4, 1), (4, 4, 2), (4, 6, 1)]):
            module = InvertedResidual(inp, oup, stride)
            observe(record, f"{seed}.{index}", module, (3, inp, 8, 8))


class BasicBlock(nn.Module):
    """As in torchvision's ResNet, shorter."""

    def __init__(self, inplanes, planes, act):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.act = act
        self.downsample = None
        if inplanes != planes:
            self.downsample = nn.Sequential(
                nn.Conv2d(inplanes, planes, 1, bias=False), nn.BatchNorm2d(planes)
            )

    def forward(self, x):
        out = self.bn1(self.conv1(x))
        identity = x if self.downsample is None else self.downsample(x)
        return self.act(out + identity)


def basic_block(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        for planes, act in [(4, nn.ReLU()), (6, nn.GELU())]:
            observe(record, f"{seed}.{planes}", BasicBlock(4, planes, act), (3, 4, 8, 8))


class EncoderBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(8)
        self.self_attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.ln_2 = nn.LayerNorm(8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))

    def forward(self, x):
        y = self.ln_1(x)
        y, _ = self.self_attention(y, y, y, need_weights=False)
        x = x + y
        return x + self.mlp(self.ln_2(x))


class VisionTransformer(nn.Module):
    """As in torchvision, smaller."""

    def __init__(self):
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, 8))
        self.conv_proj = nn.Conv2d(3, 8, 4, stride=4)
        self.pos_embedding = nn.Parameter(torch.randn(1, 5, 8))
        self.register_buffer("mean", torch.full((3, 1, 1), 0.25))
        self.layers = nn.ModuleList([EncoderBlock(), EncoderBlock()])
        self.match = nn.Linear(8, 10)

    def forward(self, x):
        x = self.conv_proj(x - self.mean).flatten(2, 3).permute(0, 2, 1)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], dim=1) + self.pos_embedding
        for layer in self.layers:
            x = layer(x)
        return self.match(x[:, 0])


def vision_transformer(record):
    for seed in SEEDS:
        torch.manual_seed(seed)
        observe(record, f"{seed}", VisionTransformer(), (3, 3, 8, 8))


main(
    conv2d,
    conv2d_of_an_oblong_kernel,
    conv1d,
    conv_transpose2d,
    linear,
    batch_norm,
    layer_norm,
    group_norm,
    activation,
    dropout,
    embedding,
    pool2d,
    pool2d_with_arguments,
    network,
    frozen,
    inverted_residual,
    basic_block,
    vision_transformer,
)
