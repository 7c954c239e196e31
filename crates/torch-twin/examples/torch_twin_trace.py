"""Records what a PyTorch program computes, stage by stage, for `torch-twin diff` to compare.

Copy this file beside the program; it needs torch and safetensors.

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

Tensors are copied, nothing is drawn and nothing is changed: the numbers are those of a run without it.
"""

import hashlib
import inspect
import json
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

FORMAT = "torch-twin trace"
VERSION = "1"

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


class Recorder:
    """Keeps weights, inputs and outputs of every module, losses, gradients and the optimiser's state.

    Of tensors of more than `digest_above` values it keeps a digest and statistics alone, and of training
    only the steps in `only_steps`, if there are any.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None = None,
        digest_above: int | None = None,
        only_steps: Collection[int] = (),
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.digest_above = digest_above
        self.only_steps = only_steps
        self.number = 0
        self.calls: Counter[str] = Counter()
        self.stages: list[dict] = []
        self.keys: set[str] = set()
        self.tensors: dict[str, torch.Tensor] = {}
        self.device: torch.device | None = None
        self.weights()

    @contextmanager
    def step(self, number: int) -> Iterator[None]:
        """A step of training: what the model computes in it, and the weights and the state after it."""
        self.number = number
        self.calls.clear()
        if not self.is_recording():
            yield
            return
        with self.hooks():
            yield
        self.optimizer_state()
        self.weights()

    def is_recording(self) -> bool:
        return self.number == 0 or not self.only_steps or self.number in self.only_steps

    @contextmanager
    def hooks(self) -> Iterator[None]:
        """Sees every call of every module, until the end of the `with`."""
        handles = []
        for name, module in self.model.named_modules():
            # A call's inputs, before a module that works in place has overwritten them.
            begun: list[list[torch.Tensor]] = []

            def before(module, args, kwargs, begun=begun):
                inputs = tensors_in(arguments(module, args, kwargs))
                begun.append([tensor.detach().clone() for tensor in inputs])

            def after(_module, _args, output, name=name, begun=begun):
                self.call(name, begun.pop(), tensors_in(output))

            handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
            handles.append(module.register_forward_hook(after))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def call(self, name: str, inputs: list[torch.Tensor], outputs: list[torch.Tensor]) -> None:
        self.calls[name] += 1
        for kind, tensors in [("input", inputs), ("output", outputs)]:
            for index, tensor in enumerate(tensors):
                self.record(kind, name, tensor, self.calls[name], index)

    def loss(self, loss: torch.Tensor) -> None:
        self.record("loss", "loss", loss)

    def gradients(self) -> None:
        for name, parameter in self.model.named_parameters():
            if parameter.grad is not None:
                self.record("gradient", name, parameter.grad)

    def optimizer_state(self) -> None:
        if self.optimizer is None:
            return
        state = self.optimizer.state_dict()["state"]
        names = {
            f"{index}.{key}": torch.as_tensor(value)
            for index, values in state.items()
            for key, value in values.items()
            if isinstance(value, torch.Tensor | float | int)
        }
        for name in sorted(names):
            self.record("optimizer", name, names[name])

    def weights(self) -> None:
        for name, tensor in self.model.state_dict().items():
            self.record("weight", name, tensor)

    def record(
        self, kind: str, name: str, tensor: torch.Tensor, call: int = 0, index: int = 0
    ) -> None:
        if not self.is_recording():
            return
        self.device = self.device or tensor.device
        stage = {"step": self.number, "kind": kind, "name": name, "call": call, "index": index}
        key = f"step{self.number}/{kind}/{name}" + (f"/{call}/{index}" if call else "")
        if key in self.keys:
            raise ValueError(
                f"{key} is recorded twice: a step has one of each; of a loss in parts, record the sum"
            )
        self.keys.add(key)
        dense = tensor.detach().to_dense() if tensor.is_sparse else tensor.detach()
        copy = dense.to("cpu", copy=True, memory_format=torch.contiguous_format)
        if self.digest_above is not None and tensor.numel() > self.digest_above:
            stage["digest"] = digest(copy)
        else:
            self.tensors[key] = copy
        self.stages.append(stage)

    def save(self, path: str) -> None:
        metadata = {
            "format": FORMAT,
            "version": VERSION,
            "recorder": "torch_twin_trace.py",
            "torch": torch.__version__,
            "threads": str(torch.get_num_threads()),
            "cpu_vendor": cpu_vendor(),
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
            "device": str(self.device),
            "stages": json.dumps(self.stages),
        }
        save_file(self.tensors, path, metadata)


def cpu_vendor() -> str:
    """The processor's vendor, which Linux on x86-64 tells."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    vendors = (line.split(":", 1)[1].strip() for line in lines if line.startswith("vendor_id"))
    return next(vendors, "unknown")


def arguments(module: nn.Module, args: tuple, kwargs: dict) -> list[object]:
    """What a module is called with, in the order of its `forward`'s parameters."""
    try:
        return list(inspect.signature(module.forward).bind(*args, **kwargs).arguments.values())
    except (TypeError, ValueError):
        return [*args, *kwargs.values()]


def tensors_in(value: object) -> list[torch.Tensor]:
    """The tensors in what a module takes or gives, from left to right."""
    match value:
        case torch.Tensor():
            return [value]
        case dict():
            return tensors_in(list(value.values()))
        case list() | tuple():
            return [tensor for part in value for tensor in tensors_in(part)]
        case _:
            return []


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
