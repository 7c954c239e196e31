"""Records what a PyTorch program computes, stage by stage, for `torch-twin diff` to compare.

This file stands alone: it may be copied beside a program, and needs torch and safetensors.

    recorder = Recorder(model, optimizer)
    for step, (inputs, targets) in enumerate(loader, start=1):
        with recorder.step(step):
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            recorder.loss(loss)
            loss.backward()
            recorder.gradients()
            optimizer.step()
    recorder.save("theirs.trace")

Tensors are copied, nothing is drawn and nothing is changed: the numbers are those of a run without it, and of one that
MKL's data race (docs/mkl-race.md in torch-twin's repository) has not changed. What
cannot be stored is skipped with a warning, and no training stops because of it.
"""

import dataclasses
import hashlib
import inspect
import json
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

# MKL detects the processor at its first function, and has a data race there on several threads, by which a program
# can differ from itself. A value on one thread, before all others, prevents it.
torch.tanh(torch.zeros(1, dtype=torch.float32, device="cpu"))

FORMAT = "torch-twin trace"
VERSION = "1"
RECORDER = "torch_twin 0.1.0 (Python)"

DTYPES = {
    torch.float32: "F32",
    torch.float64: "F64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}

Networks = nn.Module | Mapping[str, nn.Module]
Optimizers = (
    torch.optim.Optimizer
    | Sequence[torch.optim.Optimizer]
    | Mapping[str, torch.optim.Optimizer]
    | None
)


class Recorder:
    """Keeps weights, inputs and outputs of every module, losses, gradients and optimizers' states.

    Several networks have names, `{"G": generator, "D": discriminator}`, and so may several optimizers; one in a
    list has the name of the network that it trains, or else its place. Of tensors of more than `digest_above`
    values a digest and statistics are kept alone, and of training the steps in `only_steps` alone, if there are any.
    """

    def __init__(
        self,
        model: Networks,
        optimizer: Optimizers = None,
        digest_above: int | None = None,
        only_steps: Collection[int] = (),
    ) -> None:
        self.networks = dict(model) if isinstance(model, Mapping) else {"": model}
        self.optimizers = named_optimizers(optimizer, self.networks)
        self.digest_above = digest_above
        self.only_steps = only_steps
        self.number = 0
        self.is_skipped = False
        self.counts: Counter[tuple[str, str]] = Counter()
        self.called: set[str] = set()
        self.unseen: set[str] = set()
        self.versions: dict[str, list[tuple[torch.Tensor, int]]] = {}
        self.stages: list[dict] = []
        self.tensors: dict[str, torch.Tensor] = {}
        self.changed_weights: list[dict] = []
        self.learning_rates: list[dict] = []
        self.notes: list[str] = []
        self.device: torch.device | None = None
        self.weights()

    @contextmanager
    def step(self, number: int) -> Iterator[None]:
        """A step of training: what the networks compute in it, and the weights and the states after it.

        Steps are numbered upwards from 1; a number that is not is skipped.
        """
        self.is_skipped = number <= self.number
        if self.is_skipped:
            self.note(
                f"step {number} came after step {self.number}, and was skipped: number upwards"
            )
            yield
            return
        self.number = number
        self.counts.clear()
        if not self.is_recording():
            yield
            return
        stepped: set[str] = set()
        with self.module_hooks(), self.optimizer_hooks(stepped):
            yield
        for name, optimizer in self.optimizers.items():
            if name not in stepped:
                self.optimizer_state(name, optimizer, learning_rates(optimizer))
        self.weights()

    def is_recording(self) -> bool:
        is_chosen = self.number == 0 or not self.only_steps or self.number in self.only_steps
        return is_chosen and not self.is_skipped

    @contextmanager
    def module_hooks(self) -> Iterator[None]:
        """Sees every call of every module, until the end of the `with`."""
        handles = []
        for name, module in self.modules():
            self.versions[name] = versions(module)
            try:
                handles += self.hook(name, module)
            except Exception as error:  # noqa: BLE001  # No module stops a training.
                self.note(f"calls of {name or 'the network'} are not seen: {error}")
                self.unseen.add(name)
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def modules(self) -> Iterator[tuple[str, nn.Module]]:
        for network, root in self.networks.items():
            for name, module in root.named_modules():
                yield join(network, name), module

    def hook(self, name: str, hooked: nn.Module) -> list:
        # A call's inputs, before a module that works in place has overwritten them.
        begun: list[list[torch.Tensor | None]] = []

        def before(module, args, kwargs):
            # A copy of the module has copies of its hooks.
            if module is not hooked or torch.jit.is_tracing():
                return
            # The last of the hooks, so that it sees what the others have made of the output.
            hooks = getattr(module, "_forward_hooks", {})
            if handle.id in hooks:
                hooks.move_to_end(handle.id)
            inputs = tensors_in(arguments(module, args, kwargs))
            begun.append([self.copy("input", name, tensor) for tensor in inputs])

        def after(module, _args, output):
            if module is hooked and begun and not torch.jit.is_tracing():
                self.call(name, begun.pop(), output)

        if hooked._forward_hooks or hooked._forward_pre_hooks:
            self.note(f"{name or 'the network'} has hooks of its own, which may change its tensors")
        # torch.compile leaves its graph for them, unless it may not.
        before, after = torch.compiler.disable(before), torch.compiler.disable(after)
        not_seen = torch.compiler.assume_constant_result(lambda: self.is_inside_full_graph(name))

        def before_call(module, args, kwargs):
            if not torch.compiler.is_compiling() or not not_seen():
                before(module, args, kwargs)

        def after_call(module, args, output):
            if not torch.compiler.is_compiling() or not not_seen():
                after(module, args, output)

        handle = hooked.register_forward_hook(after_call)
        return [handle, hooked.register_forward_pre_hook(before_call, with_kwargs=True)]

    def is_inside_full_graph(self, name: str) -> bool:
        """Whether torch.compile is told not to leave its graph: what is called inside is then not seen."""
        is_inside = compiles_full_graph()
        if is_inside:
            self.unseen.add(name)
            self.note("torch.compile(fullgraph=True): modules inside the graph are not seen")
        return is_inside

    def call(self, name: str, inputs: list[torch.Tensor | None], output: object) -> None:
        self.called.add(name)
        self.counts["call", name] += 1
        call = self.counts["call", name]
        outputs = [self.copy("output", name, tensor) for tensor in tensors_in(output)]
        if not outputs:
            self.note(f"{name or 'the network'} gave no tensor, but {type(output).__name__}")
        for kind, tensors in [("input", inputs), ("output", outputs)]:
            for index, tensor in enumerate(tensors):
                self.record(kind, name, tensor, call, index)
        if any(parameter._version != version for parameter, version in self.versions.get(name, [])):
            changed = {"step": self.number, "name": name, "call": call}
            self.changed_weights.append(changed)

    @contextmanager
    def optimizer_hooks(self, stepped: set[str]) -> Iterator[None]:
        """Sees every step of every optimizer that tells of its steps, and puts its name into `stepped`."""
        handles = []
        for name, optimizer in self.optimizers.items():
            if not isinstance(optimizer, torch.optim.Optimizer):
                continue
            rates: list[float] = []

            def before(optimizer, _args, _kwargs, rates=rates):
                rates[:] = learning_rates(optimizer)

            def after(optimizer, _args, _kwargs, name=name, rates=rates):
                stepped.add(name)
                self.optimizer_state(name, optimizer, rates)

            handles.append(optimizer.register_step_pre_hook(before))
            handles.append(optimizer.register_step_post_hook(after))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def optimizer_state(self, name: str, optimizer: object, rates: list[float]) -> None:
        if not self.is_recording():
            return
        rates = {"step": self.number, "optimizer": name, "lrs": list(rates)}
        self.learning_rates.append(rates)
        try:
            state = flat(optimizer.state_dict()["state"])
        except Exception as error:  # noqa: BLE001  # As above.
            self.note(f"the optimizer's state was skipped: {error}")
            return
        for key in sorted(state):
            self.record_once_more("optimizer", join(name, key), state[key])

    def loss(self, loss: torch.Tensor | float, name: str = "") -> None:
        """A loss; several of a step have names, such as that of the network that each trains."""
        self.record_once_more("loss", join(name, "loss"), torch.as_tensor(loss))

    def output(self, name: str, tensor: torch.Tensor) -> None:
        """A tensor that no module gave, such as the logits of a whole test set, under a name of its own."""
        if self.is_recording():
            self.counts["call", name] += 1
            copy = self.copy("output", name, tensor)
            self.record("output", name, copy, self.counts["call", name])

    def gradients(self, network: str | None = None) -> None:
        """The gradients of all networks, or of the one of this name."""
        for own_name, root in self.networks.items():
            if network in (None, own_name):
                for name, parameter in root.named_parameters():
                    if parameter.grad is not None:
                        self.record_once_more("gradient", join(own_name, name), parameter.grad)

    def weights(
        self, name: str | None = None, state_dict: Mapping[str, torch.Tensor] | None = None
    ) -> None:
        """The parameters and buffers of all networks; or others, such as an average, under a name of their own."""
        if name is not None and state_dict is not None:
            states = {name: state_dict}
        else:
            states = {network: root.state_dict() for network, root in self.networks.items()}
        for network, state in states.items():
            for own_name, tensor in state.items():
                if isinstance(tensor, torch.Tensor):
                    self.record_once_more("weight", join(network, own_name), tensor)

    def record_once_more(self, kind: str, name: str, tensor: torch.Tensor) -> None:
        """Records what belongs to no call; what comes again in a step has its number for a call."""
        if self.is_recording():
            self.counts[kind, name] += 1
            count = self.counts[kind, name]
            self.record(kind, name, self.copy(kind, name, tensor), 0 if count == 1 else count)

    def copy(self, kind: str, name: str, tensor: torch.Tensor) -> torch.Tensor | None:
        """The values of a tensor on the CPU, or none where they cannot be stored."""
        try:
            copy = stored(tensor)
        except Exception as error:  # noqa: BLE001  # As above.
            self.note(f"{kind} of {name or 'the network'} was skipped: {error}")
            return None
        self.device = self.device or tensor.device
        return copy

    def record(
        self, kind: str, name: str, copy: torch.Tensor | None, call: int = 0, index: int = 0
    ) -> None:
        if copy is None:
            return
        stage = {"step": self.number, "kind": kind, "name": name, "call": call, "index": index}
        if self.digest_above is not None and copy.numel() > self.digest_above:
            stage["digest"] = digest(copy)
        else:
            self.tensors[key(stage)] = copy
        self.stages.append(stage)

    def tensor(self, stage: dict) -> torch.Tensor:
        """The recorded tensor of one of `stages`, which is not one of a digest alone."""
        return self.tensors[key(stage)]

    def note(self, text: str) -> None:
        """Warns, and leaves a note in the trace; once of each."""
        if text not in self.notes:
            self.notes.append(text)
            warnings.warn(f"torch_twin: {text}", stacklevel=3)

    def note_uncalled(self) -> None:
        """Notes the modules that could have been called and never were."""
        is_abstract = nn.Module().forward.__func__
        names = [
            name
            for name, module in self.modules()
            if name not in self.called | self.unseen
            and getattr(type(module), "forward", None) is not is_abstract
        ]
        if self.called and names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            self.note(f"never called: {', '.join(names[:5])}{more}")

    def save(self, path: str) -> None:
        self.note_uncalled()
        remarks = {
            "changed_weights": self.changed_weights,
            "learning_rates": self.learning_rates,
            "notes": self.notes,
        }
        metadata = {
            "format": FORMAT,
            "version": VERSION,
            "recorder": RECORDER,
            "torch": torch.__version__,
            "threads": str(torch.get_num_threads()),
            "cpu_vendor": cpu_vendor(),
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
            "device": str(self.device or "cpu"),
            "stages": json.dumps(self.stages),
            **{name: json.dumps(remark) for name, remark in remarks.items() if remark},
        }
        save_file(self.tensors, path, metadata)


def key(stage: dict) -> str:
    """The name of a stage's tensor in the file: `step1/output/layer1.0.conv1/1/0`."""
    name = f"step{stage['step']}/{stage['kind']}/{stage['name']}"
    return f"{name}/{stage['call']}/{stage['index']}" if stage["call"] else name


def compiles_full_graph() -> bool:
    """Whether the graph that torch.compile is making must be one, by `fullgraph=True`."""
    try:
        from torch._dynamo.symbolic_convert import InstructionTranslator

        return bool(InstructionTranslator.current_tx().one_graph)
    except (AttributeError, ImportError):
        return False


def cpu_vendor() -> str:
    """The processor's vendor, which Linux on x86-64 tells."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    vendors = (line.split(":", 1)[1].strip() for line in lines if line.startswith("vendor_id"))
    return next(vendors, "unknown")


def join(network: str, name: str) -> str:
    """What is called `name` in a network; of the network itself its own name."""
    return f"{network}.{name}" if network and name else network or name


def named_optimizers(optimizers: Optimizers, networks: Mapping[str, nn.Module]) -> dict:
    """Optimizers by name; those of a list by the network whose parameters they train, or by their place."""
    if optimizers is None:
        return {}
    if isinstance(optimizers, Mapping):
        return dict(optimizers)
    if not isinstance(optimizers, Sequence):
        return {"": optimizers}
    named: dict = {}
    for place, optimizer in enumerate(optimizers):
        trained = {id(p) for group in optimizer.param_groups for p in group["params"]}
        owners = [
            name
            for name, network in networks.items()
            if name and name not in named and trained <= {id(p) for p in network.parameters()}
        ]
        named[owners[0] if owners else str(place)] = optimizer
    return named


def learning_rates(optimizer: object) -> list[float]:
    """Those of the groups of parameters, where they are numbers."""
    groups = getattr(optimizer, "param_groups", [])
    rates = [group.get("lr") for group in groups]
    is_known = all(isinstance(rate, float | int | torch.Tensor) for rate in rates)
    return [float(rate) for rate in rates] if is_known else []


def versions(module: nn.Module) -> list[tuple[torch.Tensor, int]]:
    """The module's own parameters, and how often each was changed so far."""
    parameters = [p for p in module._parameters.values() if p is not None]
    is_counted = [not nn.parameter.is_lazy(p) and not p.is_inference() for p in parameters]
    return [(p, p._version) for p, is_one in zip(parameters, is_counted, strict=True) if is_one]


def flat(state: object, name: str = "") -> dict[str, torch.Tensor]:
    """The tensors and numbers in an optimizer's state by their path, such as `0.exp_avg`."""
    match state:
        case float():
            return {name: torch.tensor(state, dtype=torch.float64)}
        case torch.Tensor() | int():
            return {name: torch.as_tensor(state)}
        case Mapping():
            parts = state.items()
        case list() | tuple():
            parts = enumerate(state)
        case _:
            return {}
    return {key: x for own, part in parts for key, x in flat(part, join(name, str(own))).items()}


def arguments(module: nn.Module, args: tuple, kwargs: dict) -> list[object]:
    """What a module is called with, in the order of its `forward`'s parameters."""
    try:
        return list(inspect.signature(module.forward).bind(*args, **kwargs).arguments.values())
    except (TypeError, ValueError):
        return [*args, *kwargs.values()]


def tensors_in(value: object, around: tuple[int, ...] = ()) -> list[torch.Tensor]:
    """The tensors in what a module takes or gives, from left to right."""
    if id(value) in around:
        return []
    match value:
        case torch.Tensor():
            return [value]
        case Mapping():
            parts = list(value.values())
        case list() | tuple():
            parts = list(value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            parts = [getattr(value, field.name, None) for field in dataclasses.fields(value)]
        case _:
            return []
    return [tensor for part in parts for tensor in tensors_in(part, (*around, id(value)))]


def stored(tensor: torch.Tensor) -> torch.Tensor:
    """A dense copy of a tensor's values on the CPU.

    Raises:
        ValueError: values that a trace cannot hold.
    """
    is_inside_transform: Callable = torch._C._functorch.is_functorch_wrapped_tensor
    if nn.parameter.is_lazy(tensor):
        raise ValueError("it has no values before the first call")
    if is_inside_transform(tensor):
        raise ValueError("it is inside a transform of torch.func")
    if tensor.device.type == "meta" or tensor.is_nested:
        raise ValueError("it has no values of its own")
    if tensor.dtype not in DTYPES:
        raise ValueError(f"its values are of type {tensor.dtype}")
    tensor = tensor.detach()
    if hasattr(tensor, "full_tensor"):
        tensor = tensor.full_tensor()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    return tensor.to("cpu", copy=True, memory_format=torch.contiguous_format)


def digest(tensor: torch.Tensor) -> dict:
    """SHA-256 and statistics of a tensor."""
    values = tensor.double()
    statistics = {"min": values.min(), "max": values.max(), "mean": values.mean()}
    raw = tensor.flatten().view(torch.uint8).numpy()
    return {
        "dtype": DTYPES[tensor.dtype],
        "shape": list(tensor.shape),
        "sha256": hashlib.sha256(raw).hexdigest(),
        # JSON has no NaN and no infinity.
        **{name: x.item() if x.isfinite() else None for name, x in statistics.items()},
    }
