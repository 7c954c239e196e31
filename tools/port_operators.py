"""Makes python/torch_twin/port/operators.tsv: which function of tch computes which operator of ATen.

tch's functions are generated from ATen's declarations, so names and types of the arguments are the same on both sides.
A row is written only where they agree; an operator without a row has no function in tch, or one that is excluded there.

    cargo fetch
    .venv/bin/python tools/port_operators.py ~/.cargo/registry/src/*/tch-0.26.0
"""

import re
import sys
from pathlib import Path

import torch

TABLE = Path(__file__).parent.parent / "python/torch_twin/port/operators.tsv"
DECLARATIONS = Path("src/wrappers/tensor_fallible_generated.rs")
FUNCTION = re.compile(
    r"pub fn (f_\w+)(?:<[^(]*>)?\(\s*(.*?),?\s*\) -> Result<(.*?), TchError> \{", re.DOTALL
)

# ATen's types, as torch prints them, and those of tch's arguments.
TYPES = {
    "Tensor": "&Tensor",
    "Optional[Tensor]": "Option<T>",
    "List[Tensor]": "&[T]",
    "List[Optional[Tensor]]": "&[Option<T>]",
    "int": "i64",
    "SymInt": "i64",
    "Optional[int]": "impl Into<Option<i64>>",
    "float": "f64",
    "Optional[float]": "impl Into<Option<f64>>",
    "bool": "bool",
    "Optional[bool]": "bool",
    "List[int]": "impl IntList",
    "Optional[List[int]]": "impl IntListOption",
    "List[float]": "impl DoubleList",
    "Optional[List[float]]": "impl DoubleList",
    "number": "S",
    "Optional[number]": "S",
    "str": "&str",
    "Optional[str]": "&str",
    "ScalarType": "Kind",
    "Optional[ScalarType]": "impl Into<Option<Kind>>",
    "Device": "Device",
    "Layout": "Layout",
    "Optional[Layout]": "Option<Layout>",
}
OPTIONS = ["dtype", "layout", "device", "pin_memory"]
# Names that Rust keeps for itself, or tch for other functions.
RENAMED = {"t": "tr", "where": "where_", "view": "view_", "unsafe": "unsafe_"}


def rust_name(name: str) -> str:
    name = RENAMED.get(name, name).lower().replace("__", "_")
    return f"internal{name}" if name.startswith("_") else name


def declared(source: str) -> dict[str, tuple[list[str], str]]:
    """The arguments and the result of each function of tch."""
    functions = {}
    for name, arguments, result in FUNCTION.findall(source):
        arguments = re.sub(r"\s+", " ", arguments).replace("(Kind, Device)", "(Kind Device)")
        functions[name] = (arguments.split(", ") if arguments else [], result)
    return functions


def arguments_of(schema) -> list[str] | None:
    """The arguments that tch's function has to have, without those that tch leaves out."""
    arguments = list(schema.arguments)
    names = [a.name for a in arguments]
    receiver = next((n for n in ("self", "input") if n in names and is_tensor(schema, n)), None)
    found = []
    for argument in arguments:
        kind = str(argument.real_type)
        if argument.name in OPTIONS and set(OPTIONS) <= set(names):
            if argument.name == "dtype":
                found.append("options: (Kind Device)")
        elif argument.name == receiver:
            written = schema.name.endswith("_")
            found.insert(0, "&mut self" if written else "&self")
        elif kind not in TYPES:
            if not argument.has_default_value():
                return None
        elif kind == "number" and argument.has_default_value():
            if schema.name in ("aten::arange", "aten::baddbmm"):
                found.append(f"{argument.name}: S")
        else:
            found.append(f"{rust_name(scalar_self(argument))}: {TYPES[kind]}")
    return found


def is_tensor(schema, name: str) -> bool:
    return any(a.name == name and str(a.real_type) == "Tensor" for a in schema.arguments)


def scalar_self(argument) -> str:
    is_scalar_self = argument.name == "self" and str(argument.real_type) == "number"
    return "self_scalar" if is_scalar_self else argument.name


def candidates(schema) -> list[str]:
    name, overload = schema.name.removeprefix("aten::"), schema.overload_name.lower()
    # tch tells it from the overload `scatter.reduce`.
    name = f"_{name}" if name.startswith("scatter_reduce") else name
    with_overload = f"{name}{overload}_" if name.endswith("_") else f"{name}_{overload}"
    names = [with_overload, name] if overload else [name]
    return [f"f_{rust_name(name)}" for name in names]


def agree(wanted: list[str], has: list[str]) -> bool:
    """Whether a function is the operator's; tensor options with a default may be missing (`zeros_like`)."""

    def plain(arguments: list[str]) -> list[str]:
        arguments = [re.sub(r"crate::Reduction", "i64", a) for a in arguments]
        return [re.sub(r"^(\w+_?): ", lambda m: m[1].rstrip("_") + ": ", a) for a in arguments]

    without_options = [a for a in wanted if a != "options: (Kind Device)"]
    return plain(has) in (plain(wanted), plain(without_options))


def rows(functions: dict[str, tuple[list[str], str]]):
    for schema in torch._C._jit_get_all_schemas():
        written = [a for a in schema.arguments if a.kwarg_only and a.alias_info]
        wanted = arguments_of(schema) if schema.name.startswith("aten::") else None
        if written or wanted is None:
            continue
        for name in candidates(schema):
            if name in functions and agree(wanted, functions[name][0]):
                arguments, result = functions[name]
                operator = f"{schema.name[6:]}.{schema.overload_name or 'default'}"
                yield "\t".join([operator, name, "; ".join(arguments), result])
                break


def text(source: str) -> str:
    """The table, of tch's declarations."""
    lines = sorted(rows(declared(source)))
    return "\n".join(["operator\tfunction\targuments\tresult", *lines]) + "\n"


def main() -> None:
    source = (Path(sys.argv[1]) / DECLARATIONS).read_text()
    TABLE.write_text(text(source))
    print(f"{TABLE}: {len(TABLE.read_text().splitlines()) - 1} operators")


if __name__ == "__main__":
    main()
