"""Instances of one class that differ in numbers alone become one text with arguments."""

import dataclasses
import re
from collections.abc import Mapping

TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|//[^\n\x01]*|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?|[A-Za-z_]\w*|\s+|.', re.DOTALL
)
NUMBER = re.compile(r"\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?|true|false")

# What the arguments of constructors are called in Python, for the names of ours.
ARGUMENTS = {
    "Linear": ["in_features", "out_features"],
    "Conv1d": ["in_channels", "out_channels", "kernel_size"],
    "Conv2d": ["in_channels", "out_channels", "kernel_size"],
    "ConvTranspose2d": ["in_channels", "out_channels", "kernel_size"],
    "BatchNorm1d": ["num_features"],
    "BatchNorm2d": ["num_features"],
    "LayerNorm": ["normalized_shape"],
    "GroupNorm": ["num_groups", "num_channels"],
    "Embedding": ["num_embeddings", "embedding_dim"],
    "Dropout": ["p"],
    "MultiheadAttention": ["embed_dim", "num_heads"],
    "Lstm": ["input_size", "hidden_size"],
    "AdaptiveAvgPool2d": ["output_size"],
}


@dataclasses.dataclass
class Hole:
    """A literal that differs among instances: its type in Rust, a hint for its name, and all its values."""

    kind: str
    hint: str
    values: tuple[str, ...]


@dataclasses.dataclass
class Template:
    """Texts of one shape: `tokens` has a `Hole` where they differ."""

    tokens: list

    def text(self, name) -> str:
        return "".join(name(token) if isinstance(token, Hole) else token for token in self.tokens)

    @property
    def holes(self) -> list[Hole]:
        return [token for token in self.tokens if isinstance(token, Hole)]


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text)


def shape(text: str) -> tuple[str, ...]:
    """The text without its numbers: equal for texts that unify."""
    return tuple("#" + sort(token) if NUMBER.fullmatch(token) else token for token in tokens(text))


def sort(token: str) -> str:
    if token in ("true", "false"):
        return "bool"
    return "f64" if "." in token or "e" in token else "int"


def unified(
    texts: list[str], integers: str, arguments: Mapping[str, list[str]] | None = None
) -> Template:
    """The template of texts of one `shape`; whole numbers are of the type `integers`.

    `arguments` are those of the functions and structs that were written before, for the names of ours.
    """
    known = ARGUMENTS | dict(arguments or {})
    columns = zip(*(tokens(text) for text in texts), strict=True)
    result: list = []
    for column in columns:
        if len(set(column)) == 1:
            result.append(column[0])
        else:
            kind = sort(column[0])
            hole = Hole(integers if kind == "int" else kind, hint(result, known), tuple(column))
            if follows_index(result):
                hole.kind = "usize"
            elif kind == "int" and in_tensor_size(result):
                hole.kind = "i64"
            result.append(hole)
    return Template(result)


def follows_index(before: list) -> bool:
    text = "".join(token for token in before[-4:] if isinstance(token, str))
    return text.endswith((".get(", ".size()["))


def in_tensor_size(before: list) -> bool:
    """Whether what follows is a size in `Tensor::f_zeros([…`."""
    text = "".join(token if isinstance(token, str) else "n" for token in before[-40:])
    return re.search(r"Tensor::f_\w+\(\[[^\]]*$", text) is not None


def hint(before: list, known: Mapping[str, list[str]]) -> str:
    """A name for the argument after these tokens: `.stride(` or `Conv2d::new(64, `."""
    depth, place = 0, 0
    for index in range(len(before) - 1, -1, -1):
        token = before[index]
        if token in (")", "]", "}"):
            depth += 1
        elif token in ("(", "[", "{"):
            if depth == 0 and token == "(":
                return called(before[:index], place, known)
            depth = max(0, depth - 1)
        elif token == "," and depth == 0:
            place += 1
    return "size"


def called(before: list, place: int, known: Mapping[str, list[str]]) -> str:
    words = [token for token in before[-6:] if isinstance(token, str)]
    if not words or not words[-1].isidentifier():
        return "size"
    of = words[-4] if words[-1] in ("new", "builder") and len(words) >= 4 else words[-1]
    names = known.get(of)
    if names is not None:
        return names[place] if place < len(names) else "size"
    return words[-1].removeprefix("f_").strip("_") if of == words[-1] else "size"
