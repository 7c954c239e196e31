"""The files of a generated crate: a network with what trains it, tests it and tells of it."""

import json
import keyword
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

from torch_twin.port import parity, text
from torch_twin.port.dependency import Dependency
from torch_twin.port.optimizers import optimizer_function, takes_closure
from torch_twin.port.parity import Dynamic
from torch_twin.port.refusal import Refusal
from torch_twin.port.source import Source

# The tch that goes with a PyTorch, as crates/torch-twin-build/versions.txt has it.
TCH = {"2.11": "0.24", "2.12": "0.24", "2.13": "0.26"}
# The names in `forward` of training.rs.
LOCALS = ("net", "batch", "pass", "recorded")
# The seed of the example's inputs.
SEED = 0


@dataclass(frozen=True)
class Signature:
    """How Rust calls the network.

    `inputs` are the names of its input tensors, in the order of `forward`'s parameters, as Rust writes them, and `arguments`
    is what `forward` is given where it is not `x` or `&(x, y)` of these, each a `&Tensor`. `output` is the Rust type that it
    gives. `loss` are the names of the inputs that `net::loss` takes after the output; none where there is no `net::loss`.
    `imports` are the names in `net.rs` that `output` has. `in_eval` are the modules that stay in eval mode in training.
    """

    net: str
    inputs: tuple[str, ...]
    output: str = "Tensor"
    arguments: str | None = None
    imports: tuple[str, ...] = ()
    loss: tuple[str, ...] | None = None
    dynamic: tuple[Dynamic, ...] = ()
    in_eval: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ported:
    """A network in Rust: `net.rs`, other files that it needs by their path in the crate, and its structs by name.

    `gaps` are the modules that cannot be ported, where `net.rs` has a `compile_error!`.
    """

    rust: str
    signature: Signature
    modules: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    gaps: tuple[Refusal, ...] = ()


def crate(source: Source, ported: Ported, out: Path, dependency: Dependency) -> dict[str, bytes]:
    """All files of the crate in the folder `out`, by their path in it.

    Raises:
        Refusal: an optimizer that torch-twin lacks, and code of the user that fails.
    """
    signature = ported.signature
    model = source.model()
    texts = {
        **manifest(source, ported, out, dependency),
        "src/lib.rs": filled("src/lib.rs", net=signature.net, source=source.name),
        "src/net.rs": ported.rust,
        "src/training.rs": training(source, signature, model),
        "src/main.rs": filled("src/main.rs", net=signature.net, **names(out)),
        "tests/parity/main.rs": filled("tests/parity/main.rs"),
        "tests/parity/run.rs": filled("tests/parity/run.rs", net=signature.net, **names(out)),
        "tests/parity/verdict.rs": filled("tests/parity/verdict.rs"),
        "tests/parity/steps.py": steps(source, signature, out, dependency),
    }
    for path in ("src/lib.rs", "src/main.rs", "tests/parity/main.rs"):
        texts[path] = texts[path].replace(FORBIDS, FORBIDS + recursion_limit(model), 1)
    made = {
        path: (text.rustfmt(contents) if path.endswith(".rs") else contents).encode()
        for path, contents in texts.items()
    }
    return made | {"example.safetensors": example(source, signature, model)} | dict(ported.files)


FORBIDS = "#![forbid(unsafe_code)]\n"
# rustc follows types this deep by itself.
RECURSION_LIMIT = 128


def recursion_limit(model: nn.Module) -> str:
    """What rustc needs for a network of many levels: a module and its `Child` are two of its steps."""
    levels = 2 * max(name.count(".") + 1 for name, _ in model.named_modules())
    return f'#![recursion_limit = "{2 * levels}"]\n' if 2 * levels > RECURSION_LIMIT else ""


# What files are that only some networks need.
FILES = {
    "weights.safetensors": "the weights that the network begins with",
    "initial.safetensors": "initial values that are the same for every seed",
}


def manifest(source: Source, ported: Ported, out: Path, dependency: Dependency) -> dict[str, str]:
    """What cargo and people read first."""
    version = torch.__version__.partition("+")[0]
    tch = TCH.get(".".join(version.split(".")[:2]), max(TCH.values()))
    licence = (
        f"Lines of it that are quoted in `src/net.rs` are under its licence: {source.licence}.\n\n"
    )
    return {
        "Cargo.toml": filled(
            "Cargo.toml",
            torch=version,
            tch=tch,
            torch_twin=dependency.of("torch-twin"),
            torch_twin_build=dependency.of("torch-twin-build"),
            **names(out),
        ),
        ".cargo/config.toml": filled(
            "config.toml",
            libtorch=quoted(str(Path(torch.__file__).parent)),
            python=quoted(sys.executable),
        ),
        ".gitignore": filled("gitignore"),
        "build.rs": filled("build.rs"),
        "README.md": filled(
            "README.md",
            net=ported.signature.net,
            files="".join(f"| `{name}` | {FILES[name]} |\n" for name in ported.files),
            source=source.name,
            torch=version,
            inputs=source.inputs_path.name if source.inputs_path else source.name,
            install=dependency.install,
            licence=licence if source.licence else "",
            **names(out),
        ),
    }


def training(source: Source, signature: Signature, model: nn.Module) -> str:
    """`training.rs`: optimizer, loss and step."""
    # An input may be called as something else in `forward` of training.rs.
    own = {name: f"{name}_" if name in LOCALS else name for name in signature.inputs}
    gets = [f'let {local} = batch.get("{name}")?;' for name, local in own.items()]
    has_loss = signature.loss is not None
    of_loss = "".join(f', batch.get("{name}")?' for name in signature.loss or ())
    frozen = "".join(
        f"\n        .with_eval_of(net, {python_string(name)})?" for name in signature.in_eval
    )
    arguments = signature.arguments or called_with(list(signature.inputs))
    optimizer = source.optimizer(model)
    step = "src/step_with.rs" if takes_closure(optimizer) else "src/step.rs"
    return filled(
        "src/training.rs",
        net=signature.net,
        imports=", ".join([*(["self"] if has_loss else []), signature.net, *signature.imports]),
        optimizer=optimizer_function(optimizer, model, signature.net),
        and_weights="" if has_loss else ", and the weights of its outputs in the loss",
        gets="\n".join(gets),
        recorded=", ".join(own.values()),
        arguments=re.sub(r"\w+", lambda word: own.get(word[0], word[0]), arguments),
        output=signature.output,
        loss=f"net::loss(&output{of_loss})?" if has_loss else "weighted_sum(&output, batch)?",
        step=filled(step, frozen=frozen),
        weighted_sum="" if has_loss else template("src/weighted_sum.rs"),
    )


def called_with(inputs: list[str]) -> str:
    return inputs[0] if len(inputs) == 1 else f"&({', '.join(inputs)})"


def steps(source: Source, signature: Signature, out: Path, dependency: Dependency) -> str:
    """`steps.py`, which names the user's files from its own folder."""
    folder = out.resolve() / "tests/parity"

    def from_here(path: Path) -> str:
        return os.path.relpath(path.resolve(), folder)

    is_file = source.path is not None and source.name == source.path.name
    inputs_path = source.inputs_path
    return filled(
        "tests/parity/steps.py",
        install=dependency.install,
        spec=python_string(from_here(source.path) if is_file else source.spec),
        inputs=f"[{', '.join(python_string(name) for name in signature.inputs)}]",
        inputs_file=python_string(from_here(inputs_path)) if inputs_path else "None",
        dynamic=f"[{', '.join(map(repr, signature.dynamic))}]",
    )


def example(source: Source, signature: Signature, model: nn.Module) -> bytes:
    """The inputs that `main.rs` trains on, and the weights of its loss."""
    [arguments] = parity.draw(source, SEED, 1)
    tensors = [tensor for _, tensor in arguments.named_tensors(model)]
    named = dict(zip(signature.inputs, tensors, strict=True))
    with parity.seeded(SEED):
        _, weights = parity.loss(source, model, parity.Step(1, arguments, SEED))
    return save(
        {name: tensor.detach().clone().contiguous() for name, tensor in (named | weights).items()}
    )


def names(out: Path) -> dict[str, str]:
    """The crate's name, by the folder's, and as Rust has it."""
    name = re.sub(r"[^a-z0-9_-]+", "-", out.resolve().name.lower()).strip("-_") or "net"
    is_taken = keyword.iskeyword(name) or name in (
        "test",
        "core",
        "std",
        "alloc",
        "tch",
        "torch-twin",
        "build",
    )
    if is_taken or not name[0].isalpha():
        name = f"net-{name}"
    return {"name": name, "crate_name": name.replace("-", "_")}


def template(path: str) -> str:
    return files("torch_twin.port").joinpath("templates", f"{path}.in").read_text(encoding="utf-8")


def filled(path: str, **values: str) -> str:
    """The template with `@name@` replaced."""
    return re.sub(r"@([a-z_]+)@", lambda match: values[match[1]], template(path))


def quoted(text: str) -> str:
    """The inside of a string in TOML."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def python_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
