"""The layers of `torch.nn` that torch-twin has, as calls of their constructors in Rust."""

import dataclasses
from collections.abc import Callable

from torch import nn

from torch_twin.port.rust import number

# The tensors of layers that may be missing.
OPTIONAL = {
    **dict.fromkeys(("Linear", "Conv1d", "Conv2d", "ConvTranspose2d"), ("bias",)),
    **dict.fromkeys(("LayerNorm", "GroupNorm", "BatchNorm1d", "BatchNorm2d"), ("weight", "bias")),
}


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer in Rust: its type and what makes it; `draws` says whether that takes the generator.

    `options` are all that its builder has, with whether each is PyTorch's default; `parts` the layers of a Sequential.
    """

    type_name: str
    make: str
    draws: bool = False
    required: tuple[str, ...] = ()
    options: tuple[tuple[str, str, bool], ...] = ()
    parts: tuple["Layer", ...] = ()

    def showing(self, names: set[str]) -> "Layer":
        """The same layer, with these options written even where they are the default."""
        options = [
            (name, value, is_default and name not in names)
            for name, value, is_default in self.options
        ]
        shown = built(self.type_name, list(self.required), options, self.draws)
        return dataclasses.replace(shown, options=self.options)


def aligned(layers: list[Layer]) -> list[Layer]:
    """The same layers, each with all options that one of them has, so that they differ in numbers alone."""
    first = layers[0]
    if any(
        one.type_name != first.type_name or len(one.parts) != len(first.parts) for one in layers
    ):
        return layers
    if first.parts:
        columns = [
            aligned(list(column)) for column in zip(*(one.parts for one in layers), strict=True)
        ]
        return [sequential(list(parts)) for parts in zip(*columns, strict=True)]
    names = {name for one in layers for name, _, is_default in one.options if not is_default}
    return [one.showing(names) if one.options else one for one in layers]


def aligned_groups(layers: list[Layer]) -> list[Layer]:
    """The layers, those of the same number of parts aligned with each other."""
    result = list(layers)
    for kind in {tuple(part.type_name for part in one.parts) for one in layers}:
        places = [
            k for k, one in enumerate(layers) if tuple(part.type_name for part in one.parts) == kind
        ]
        for place, made in zip(places, aligned([layers[k] for k in places]), strict=True):
            result[place] = made
    return result


def module_list(children: list[Layer], draws: bool) -> Layer:
    types = {child.type_name for child in children}
    if len(types) == 1:
        of = children[0].type_name
        makes = [child.make for child in children]
        if len(makes) > 1 and len(set(makes)) == 1:
            made = makes[0].removesuffix("?")
            if not makes[0].endswith("?"):
                made = f"Ok({makes[0]})"
            blocks = f"(0..{len(makes)}).map(|_| {made}).collect::<Result<Vec<_>>>()?"
            return Layer(f"ModuleList<{of}>", f"ModuleList::new({blocks})", draws)
        return Layer(f"ModuleList<{of}>", f"ModuleList::new([{', '.join(makes)}])", draws)
    makes = ", ".join(f"Box::new({child.make}) as Box<dyn Layer>" for child in children)
    return Layer("ModuleList<Box<dyn Layer>>", f"ModuleList::new([{makes}])", draws)


def sequential(parts: list[Layer]) -> Layer:
    makes = ", ".join(part.make for part in parts)
    return Layer(
        "Sequential", f"sequential![{makes}]", any(part.draws for part in parts), parts=tuple(parts)
    )


def layer(module: nn.Module) -> Layer | None:
    """The layer of torch-twin that is this module, or none where it has other arguments or a forward of its own."""
    write = WRITERS.get(type(module))
    if write is None or "forward" in vars(module) or has_hooks(module):
        return None
    if any(p is not None and not p.is_floating_point() for p in module._parameters.values()):
        return None
    return write(module)


def has_hooks(module: nn.Module) -> bool:
    return bool(
        module._forward_hooks
        or module._forward_pre_hooks
        or module._backward_hooks
        or module._backward_pre_hooks
    )


def sides(value: int | tuple[int, ...] | list[int]) -> str:
    """One number where all sides are equal, an array otherwise."""
    if isinstance(value, int):
        return number(value)
    if len(set(value)) == 1:
        return number(value[0])
    return f"[{', '.join(number(side) for side in value)}]"


def built(
    name: str, required: list[str], options: list[tuple[str, str, bool]], draws: bool
) -> Layer:
    """`Name::new(…)?`, or `Name::builder(…).option(…).build(…)?` where an option is not PyTorch's default."""
    generator = ["generator"] if draws else []
    set_options = [f".{option}({value})" for option, value, is_default in options if not is_default]
    make = f"{name}::new({', '.join(required + generator)})?"
    if set_options:
        build = f".build({', '.join(generator)})?"
        make = f"{name}::builder({', '.join(required)}){''.join(set_options)}{build}"
    return Layer(name, make, draws, tuple(required), tuple(options))


def linear(m: nn.Linear) -> Layer:
    options = [("bias", number(m.bias is not None), m.bias is not None)]
    return built("Linear", [number(m.in_features), number(m.out_features)], options, True)


def convolution(name: str) -> Callable[[nn.Module], Layer | None]:
    def write(m) -> Layer | None:
        if m.padding_mode != "zeros" or isinstance(m.padding, str):
            return None
        required = [number(m.in_channels), number(m.out_channels), sides(m.kernel_size)]
        options = [
            ("stride", sides(m.stride), set(m.stride) == {1}),
            ("padding", sides(m.padding), set(m.padding) == {0}),
            ("output_padding", sides(m.output_padding), set(m.output_padding) == {0}),
            ("dilation", sides(m.dilation), set(m.dilation) == {1}),
            ("groups", number(m.groups), m.groups == 1),
            ("bias", number(m.bias is not None), m.bias is not None),
        ]
        return built(name, required, options, True)

    return write


def batch_norm(name: str) -> Callable[[nn.Module], Layer]:
    def write(m) -> Layer:
        momentum = "None" if m.momentum is None else f"Some({number(float(m.momentum))})"
        options = [
            ("eps", number(float(m.eps)), m.eps == 1e-5),
            ("momentum", momentum, m.momentum == 0.1),
            ("affine", number(m.weight is not None), m.weight is not None),
            ("track_running_stats", number(m.track_running_stats), m.track_running_stats),
        ]
        if m.weight is not None and m.bias is None:
            options.append(("bias", "false", False))
        return built(name, [number(m.num_features)], options, False)

    return write


def layer_norm(m: nn.LayerNorm) -> Layer:
    shape = f"[{', '.join(number(side) for side in m.normalized_shape)}]"
    options = [
        ("eps", number(float(m.eps)), m.eps == 1e-5),
        ("elementwise_affine", number(m.elementwise_affine), m.elementwise_affine),
        ("bias", number(m.bias is not None), m.bias is not None or not m.elementwise_affine),
    ]
    return built("LayerNorm", [shape], options, False)


def group_norm(m: nn.GroupNorm) -> Layer:
    options = [("eps", number(float(m.eps)), m.eps == 1e-5), ("affine", number(m.affine), m.affine)]
    return built("GroupNorm", [number(m.num_groups), number(m.num_channels)], options, False)


def embedding(m: nn.Embedding) -> Layer | None:
    if m.max_norm is not None or m.scale_grad_by_freq or m.sparse:
        return None
    options = [("padding_idx", number(m.padding_idx or 0), m.padding_idx is None)]
    return built("Embedding", [number(m.num_embeddings), number(m.embedding_dim)], options, True)


def dropout(name: str) -> Callable[[nn.Module], Layer]:
    return lambda m: Layer(name, f"{name}::new({number(float(m.p))})?")


def plain(name: str) -> Callable[[nn.Module], Layer]:
    return lambda _m: Layer(name, name)


def pool(name: str) -> Callable[[nn.Module], Layer | None]:
    def write(m) -> Layer | None:
        if getattr(m, "return_indices", False):
            return None
        kernel, stride = sides(m.kernel_size), sides(m.stride)
        options = [
            ("stride", stride, stride == kernel),
            ("padding", sides(m.padding), sides(m.padding) == "0"),
            ("ceil_mode", number(m.ceil_mode), not m.ceil_mode),
        ]
        if isinstance(m, nn.MaxPool2d):
            options.append(("dilation", sides(m.dilation), sides(m.dilation) == "1"))
        else:
            divisor = m.divisor_override
            options.append(("count_include_pad", number(m.count_include_pad), m.count_include_pad))
            options.append(("divisor_override", f"Some({divisor})", divisor is None))
        return built(name, [kernel], options, False)

    return write


def adaptive(m: nn.AdaptiveAvgPool2d) -> Layer | None:
    size = m.output_size
    if size is None or (not isinstance(size, int) and None in size):
        return None
    return Layer("AdaptiveAvgPool2d", f"AdaptiveAvgPool2d::new({sides(size)})?")


def flatten(m: nn.Flatten) -> Layer | None:
    return Layer("Flatten", "Flatten") if (m.start_dim, m.end_dim) == (1, -1) else None


def gelu(m: nn.GELU) -> Layer:
    is_default = m.approximate == "none"
    return built("Gelu", [], [("approximate", "Approximate::Tanh", is_default)], False)


def activation(name: str, **defaults: float) -> Callable[[nn.Module], Layer]:
    """An activation whose options are numbers."""

    def write(m) -> Layer:
        values = {option: float(getattr(m, option)) for option in defaults}
        options = [(option, number(x), x == defaults[option]) for option, x in values.items()]
        return built(name, [], options, False)

    return write


def softmax(name: str) -> Callable[[nn.Module], Layer | None]:
    return lambda m: None if m.dim is None else Layer(name, f"{name}::new({number(m.dim)})?")


def lstm(m: nn.LSTM) -> Layer | None:
    if m.proj_size:
        return None
    options = [
        ("num_layers", number(m.num_layers), m.num_layers == 1),
        ("bias", number(m.bias), m.bias),
        ("batch_first", number(m.batch_first), not m.batch_first),
        ("dropout", number(float(m.dropout)), m.dropout == 0),
        ("bidirectional", number(m.bidirectional), not m.bidirectional),
    ]
    return built("Lstm", [number(m.input_size), number(m.hidden_size)], options, True)


def attention(m: nn.MultiheadAttention) -> Layer | None:
    if not m._qkv_same_embed_dim or m.bias_k is not None or m.add_zero_attn:
        return None
    options = [
        ("dropout", number(float(m.dropout)), m.dropout == 0),
        ("bias", number(m.in_proj_bias is not None), m.in_proj_bias is not None),
        ("batch_first", number(m.batch_first), not m.batch_first),
    ]
    required = [number(m.embed_dim), number(m.num_heads)]
    return built("MultiheadAttention", required, options, True)


WRITERS: dict[type, Callable] = {
    nn.Linear: linear,
    nn.Conv1d: convolution("Conv1d"),
    nn.Conv2d: convolution("Conv2d"),
    nn.ConvTranspose2d: convolution("ConvTranspose2d"),
    nn.BatchNorm1d: batch_norm("BatchNorm1d"),
    nn.BatchNorm2d: batch_norm("BatchNorm2d"),
    nn.LayerNorm: layer_norm,
    nn.GroupNorm: group_norm,
    nn.Embedding: embedding,
    nn.Dropout: dropout("Dropout"),
    nn.Dropout2d: dropout("Dropout2d"),
    nn.Identity: plain("Identity"),
    nn.Flatten: flatten,
    nn.MaxPool2d: pool("MaxPool2d"),
    nn.AvgPool2d: pool("AvgPool2d"),
    nn.AdaptiveAvgPool2d: adaptive,
    nn.LSTM: lstm,
    nn.MultiheadAttention: attention,
    nn.GELU: gelu,
    nn.ELU: activation("Elu", alpha=1.0),
    nn.LeakyReLU: activation("LeakyRelu", negative_slope=0.01),
    nn.Hardtanh: activation("Hardtanh", min_val=-1.0, max_val=1.0),
    nn.Softplus: activation("Softplus", beta=1.0, threshold=20.0),
    nn.Softmax: softmax("Softmax"),
    nn.LogSoftmax: softmax("LogSoftmax"),
    nn.ReLU: plain("Relu"),
    nn.ReLU6: plain("Relu6"),
    nn.SELU: plain("Selu"),
    nn.SiLU: plain("Silu"),
    nn.Mish: plain("Mish"),
    nn.Hardswish: plain("Hardswish"),
    nn.Hardsigmoid: plain("Hardsigmoid"),
    nn.Sigmoid: plain("Sigmoid"),
    nn.LogSigmoid: plain("LogSigmoid"),
    nn.Tanh: plain("Tanh"),
}
