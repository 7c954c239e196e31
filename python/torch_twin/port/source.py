"""The user's network: a Python file or `package.module:factory` that makes it, and the functions beside it.

def model(): ...              # the network, an nn.Module
def inputs(): ...             # its arguments: a tensor, a tuple, a dict of keyword arguments, or (tuple, dict)
def loss(output, x): ...      # if wanted; parameters after the first are inputs of the network, by name
def optimizer(model): ...     # if wanted; one of torch.optim
"""

import importlib
import importlib.metadata
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from torch_twin.port.refusal import Refusal

# Lines at the start of a file in which a licence is looked for.
HEAD = 40
LICENCE = re.compile(r"SPDX-License-Identifier:|licen[cs]ed? ", re.IGNORECASE)
RECURSION_LIMIT = 20_000


@dataclass(frozen=True)
class Arguments:
    """What the network is called with."""

    args: tuple = ()
    kwargs: dict = field(default_factory=dict)

    def named_tensors(self, model: nn.Module) -> list[tuple[str, torch.Tensor]]:
        """The tensors in the order of `forward`'s parameters, by the names of these: `x`, or `state_0` in a tuple.

        Raises:
            Refusal: arguments that `forward` does not take.
        """
        try:
            bound = inspect.signature(model.forward).bind(*self.args, **self.kwargs)
        except TypeError as error:
            advice = "what only the loss needs can be an argument of `forward` as well, such as `labels=None`"
            raise Refusal(f"the inputs do not fit `forward`: {error}; {advice}") from None
        return [pair for name, value in bound.arguments.items() for pair in flat(name, value)]


@dataclass(frozen=True)
class Source:
    """A network to be ported, and how it is tried.

    `spec` is what the user named, `path` the file that defines it, `inputs_path` that of `inputs()`, where it is another.
    """

    spec: str
    name: str
    path: Path | None
    inputs_path: Path | None
    licence: str | None
    make_model: Callable[[], object]
    make_inputs: Callable[[], object]
    loss: Callable | None
    make_optimizer: Callable | None

    def model(self) -> nn.Module:
        """The network, made anew, in the mode in which it is trained.

        Raises:
            Refusal: the user's code fails, or makes something else.
        """
        place = place_of(self.make_model)
        model = run(self.make_model, self.spec)
        if isinstance(model, torch.jit.ScriptModule):
            raise Refusal(
                "the network is TorchScript: give the nn.Module that it was made of", place
            )
        if not isinstance(model, nn.Module):
            is_class = isinstance(model, type) and issubclass(model, nn.Module)
            hint = f": return {model.__name__}()" if is_class else ""
            raise Refusal(f"expected an nn.Module, found {described(model)}{hint}", place)
        for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
            if tensor.device.type != "cpu":
                raise Refusal(f"`{name}` is on {tensor.device}: make the network on the CPU", place)
        # A network that is made in eval mode is trained as a whole; parts that are keep their mode.
        return model if model.training else model.train()

    def inputs(self) -> Arguments:
        """The arguments of the network, drawn anew.

        Raises:
            Refusal: the user's code fails, or gives no tensor.
        """
        arguments = as_arguments(run(self.make_inputs, self.spec))
        tensors = flat("", [arguments.args, arguments.kwargs])
        place = place_of(self.make_inputs)
        if not tensors:
            raise Refusal("inputs() gives no tensor", place)
        for _, tensor in tensors:
            if tensor.device.type != "cpu":
                raise Refusal(f"an input is on {tensor.device}: make inputs on the CPU", place)
        return arguments

    def optimizer(self, model: nn.Module) -> torch.optim.Optimizer:
        """The optimizer that trains `model`: the user's, or AdamW with PyTorch's defaults.

        Raises:
            Refusal: the user's code fails, or makes something else.
        """
        if self.make_optimizer is None:
            return torch.optim.AdamW([{"params": list(model.parameters())}])
        optimizer = run(self.make_optimizer, self.spec, model)
        if not isinstance(optimizer, torch.optim.Optimizer):
            place = place_of(self.make_optimizer)
            found = described(optimizer)
            raise Refusal(
                f"expected optimizer(model) to give a torch.optim.Optimizer, found {found}", place
            )
        for group in optimizer.param_groups:
            # L-BFGS keeps it in its state, by its type.
            if type(group["lr"]) is int:
                group["lr"] = float(group["lr"])
        return optimizer

    def loss_inputs(self, names: list[str]) -> list[str]:
        """Which of the inputs `names` the user's `loss` takes after the output.

        Raises:
            Refusal: a parameter that is no input.
        """
        if self.loss is None:
            return []
        place = place_of(self.loss)
        parameters = list(inspect.signature(self.loss).parameters.values())
        if not parameters:
            raise Refusal("loss() takes no argument: expected loss(output)", place)
        wanted = [p.name for p in parameters[1:] if p.name in names or p.default is p.empty]
        for name in wanted:
            if name not in names:
                known = ", ".join(f"`{known}`" for known in names)
                raise Refusal(
                    f"`{name}` of loss() is no input of the network: it has {known}", place
                )
        return wanted


def load(spec: str, inputs: str | None = None) -> Source:
    """The network that `spec` names: a Python file, or `package.module:factory`.

    `inputs` is a Python file with `inputs()`, and perhaps `loss` and `optimizer`, where the network's own has none.

    Raises:
        Refusal: a file or function that is missing, and code that fails.
    """
    # A copy of a model, and hooks around its calls, take several Python calls for each level of modules.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))
    beside = None if inputs is None else module_of_file(Path(inputs))
    if is_file(spec):
        path = Path(spec)
        module = module_of_file(path)
        make_model = function(module, "model", path)
        licence = licence_of_file(path)
    else:
        module, make_model = factory(spec)
        path = file_of(make_model) or file_of(module)
        licence = licence_of_package(module.__name__) or (licence_of_file(path) if path else None)
    around = beside or module
    if beside is None and not is_file(spec) and not hasattr(module, "inputs"):
        raise Refusal(
            f"{spec} needs inputs: name a Python file that defines inputs() by --inputs FILE"
        )
    around_path = Path(inputs) if inputs else path

    def own(name: str) -> Callable | None:
        return optional(module, name, path) if is_file(spec) else None

    return Source(
        spec=spec,
        name=path.name if path and is_file(spec) else spec,
        path=path,
        inputs_path=Path(inputs) if inputs else None,
        licence=licence,
        make_model=make_model,
        make_inputs=function(around, "inputs", around_path),
        loss=optional(around, "loss", around_path) or own("loss"),
        make_optimizer=optional(around, "optimizer", around_path) or own("optimizer"),
    )


def is_file(spec: str) -> bool:
    return spec.endswith(".py") or Path(spec).is_file() or ":" not in spec


def module_of_file(path: Path) -> ModuleType:
    """Runs a Python file as a module, which finds its neighbours."""
    if not path.is_file():
        raise Refusal(f"{path}: no such file: expected a Python file or package.module:factory")
    if path.suffix != ".py":
        raise Refusal(f"{path}: expected a Python file, whose name ends in .py")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    name = path.stem
    if not name.isidentifier() or name in sys.modules:
        name = f"ported_{re.sub(r'[^0-9a-zA-Z]', '_', name)}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    module = importlib.util.module_from_spec(spec)
    # dataclasses and pickle look a class's module up.
    sys.modules[name] = module
    run(lambda: spec.loader.exec_module(module), str(path))
    return module


def factory(spec: str) -> tuple[ModuleType, Callable]:
    """The module and the function or class that `package.module:factory` names."""
    module_name, _, name = spec.partition(":")
    if not re.fullmatch(r"\w+(\.\w+)*", module_name) or not re.fullmatch(r"\w+(\.\w+)*", name):
        raise Refusal(f"{spec}: expected a Python file or package.module:factory")
    try:
        found = importlib.util.find_spec(module_name)
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise Refusal(
            f"there is no module {module_name} here: install its package into {sys.executable}"
        )
    module = run(lambda: importlib.import_module(module_name), spec)
    made: object = module
    for part in name.split("."):
        made = getattr(made, part, None)
    if not callable(made):
        raise Refusal(f"{module_name} has no function or class {name}")
    return module, made


def function(module: ModuleType, name: str, path: Path | None) -> Callable:
    found = optional(module, name, path)
    if found is None:
        what = {"model": "make the network", "inputs": "give what it is called with"}[name]
        raise Refusal(f"{path or module.__name__} defines no {name}(), which has to {what}")
    return found


def optional(module: ModuleType, name: str, path: Path | None) -> Callable | None:
    found = getattr(module, name, None)
    if found is not None and (not callable(found) or isinstance(found, nn.Module)):
        raise Refusal(
            f"{path or module.__name__}: `{name}` is {described(found)}: define a function {name}()"
        )
    return found


def run(code: Callable, spec: str, *args: object) -> object:
    """Runs the user's code; what fails in it is refused by its line."""
    try:
        return code(*args)
    except Refusal:
        raise
    except SyntaxError as error:
        raise Refusal(error.msg, f"{shown(error.filename or spec)}:{error.lineno}") from error
    except (Exception, SystemExit) as error:
        text = str(error).strip() or "no message"
        kind = type(error).__name__
        raise Refusal(f"{kind}: {text.splitlines()[0]}", place_of_error(error, spec)) from error


def place_of_error(error: BaseException, spec: str) -> str:
    """The innermost line of the user's own code, as `net.py:12`."""
    frames = traceback.extract_tb(error.__traceback__)
    frames = [
        frame
        for frame in frames
        if not frame.filename.startswith("<") and frame.filename != __file__
    ]
    own = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    return f"{shown(own[-1].filename)}:{own[-1].lineno}" if own else spec


def place_of(code: object) -> str:
    """Where a function or class is defined, as `net.py:12`."""
    path = file_of(code)
    try:
        line = inspect.getsourcelines(code)[1]
    except (OSError, TypeError):
        line = 0
    return f"{shown(str(path))}:{line}" if path and line else shown(str(path)) if path else ""


def shown(filename: str) -> str:
    """A file as the user would name it: from the working folder, if it is in it."""
    try:
        return str(Path(filename).resolve().relative_to(Path.cwd()))
    except ValueError:
        return filename


def file_of(code: object) -> Path | None:
    try:
        return Path(inspect.getsourcefile(code) or "") if inspect.getsourcefile(code) else None
    except TypeError:
        return None


def as_arguments(value: object) -> Arguments:
    match value:
        case torch.Tensor():
            return Arguments((value,))
        case (tuple() | list() as args, dict() as kwargs) if all(
            isinstance(k, str) for k in kwargs
        ):
            return Arguments(tuple(args), kwargs)
        case Mapping():
            return Arguments((), dict(value))
        case tuple() | list():
            return Arguments(tuple(value))
        case _:
            return Arguments((value,))


def flat(name: str, value: object) -> list[tuple[str, torch.Tensor]]:
    """The tensors in an argument, from left to right, by their path."""
    match value:
        case torch.Tensor():
            return [(name, value)]
        case Mapping():
            parts = value.items()
        case list() | tuple():
            parts = enumerate(value)
        case _:
            return []
    return [
        pair for key, part in parts for pair in flat(f"{name}_{key}" if name else str(key), part)
    ]


def described(value: object) -> str:
    return "None" if value is None else f"{type(value).__name__}"


def licence_of_file(path: Path) -> str | None:
    """The comment in a file's first lines that names its licence."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[:HEAD]
    comments = [line.lstrip("# \t\"'").rstrip() for line in lines]
    found = [line for line in comments if LICENCE.search(line)]
    if not found:
        return None
    spdx = re.search(r"SPDX-License-Identifier:\s*(.+)", found[0])
    return spdx[1].strip() if spdx else found[0]


def licence_of_package(module: str) -> str | None:
    """The licence of the installed package that a module is from, with the package's name and version."""
    top = module.partition(".")[0]
    names = importlib.metadata.packages_distributions().get(top, [])
    for name in names:
        metadata = importlib.metadata.metadata(name)
        licence = (
            metadata.get("License-Expression") or metadata.get("License") or classified(metadata)
        )
        if licence:
            return f"{licence.strip().splitlines()[0]} ({name} {metadata['Version']})"
    return None


def classified(metadata: importlib.metadata.PackageMetadata) -> str | None:
    classifiers = metadata.get_all("Classifier") or []
    licences = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License ::")]
    return licences[0] if licences else None
