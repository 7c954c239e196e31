"""What the rows share: the data, the threads, the programs, and a folder for what they make."""

import sys
from dataclasses import dataclass
from pathlib import Path

import process

ROOT = Path(__file__).resolve().parent.parent
PYTHON_REF = ROOT / "python_ref"
BENCHES = ROOT / "benches"
PROGRAMS = BENCHES / "programs"
LENET5 = ROOT / "target" / "release" / "lenet5"


@dataclass(frozen=True)
class Context:
    """One call of the bench."""

    data: Path
    threads: int
    # For what the rows make; it goes when the bench ends.
    folder: Path

    def lenet5(self, *arguments: str | Path) -> list[str | Path]:
        """The command line of a subcommand of lenet5 that computes."""
        return [LENET5, *arguments, "--device", "cpu", "--threads", str(self.threads)]

    def reference(self, script: str, *arguments: str | Path) -> list[str | Path]:
        """The command line of a script of the reference that computes."""
        return [sys.executable, PYTHON_REF / script, *arguments, "--threads", str(self.threads)]

    def program(self, script: str, *arguments: str | Path) -> list[str | Path]:
        """The command line of a script of the bench that computes."""
        return [sys.executable, PROGRAMS / script, *arguments, "--threads", str(self.threads)]

    def weights(self) -> Path:
        """The weights of classic after an epoch, which are made at the first call."""
        run = self.folder / "weights"
        if not run.exists():
            train = ["train", "--epochs", "1", "--data", self.data, "--out", run]
            process.run(self.lenet5(*train))
        return run / "model.safetensors"

    def onnx_model(self) -> Path:
        """The same as an ONNX model, which is made at the first call."""
        model = self.folder / "weights.onnx"
        if not model.exists():
            process.run([LENET5, "convert", self.weights(), model])
        return model
