"""Names and literals of Rust."""

import math
import re

KEYWORDS = {
    "as",
    "async",
    "await",
    "break",
    "const",
    "continue",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "return",
    "self",
    "Self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "type",
    "unsafe",
    "use",
    "where",
    "while",
    "abstract",
    "become",
    "box",
    "do",
    "final",
    "macro",
    "override",
    "priv",
    "try",
    "typeof",
    "unsized",
    "virtual",
    "yield",
}


def field_name(name: str) -> str:
    """A Python attribute's name as a field: `type` becomes `type_`, `0` becomes `module_0`."""
    name = re.sub(r"\W", "_", name)
    if name[:1].isdigit():
        name = f"module_{name}"
    name = snake(name)
    return f"{name}_" if name in KEYWORDS else name


def snake(name: str) -> str:
    """`layerNorm1` as `layer_norm1`; what is snake case already stays."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"_{2,}", "_", name.lower()) if name != name.lower() else name


def type_name(name: str) -> str:
    """A Python class's name as a type: `GPT` becomes `Gpt`, `MLP_block` becomes `MlpBlock`."""
    words = [word for word in re.split(r"\W|_", name) if word]
    words = [word.capitalize() if word.isupper() and len(word) > 1 else word for word in words]
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Module{joined}"


def string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def number(value: float | bool) -> str:
    """A literal of exactly this value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return grouped(value)
    if math.isnan(value):
        return "f64::NAN"
    if value in (float("inf"), float("-inf")):
        return "f64::INFINITY" if value > 0 else "f64::NEG_INFINITY"
    text = repr(value)
    return text if "." in text or "e" in text else f"{text}.0"


def grouped(value: int) -> str:
    """Thousands apart from five digits on, as clippy wants long literals."""
    return f"{value:_}" if abs(value) >= 100_000 else str(value)
