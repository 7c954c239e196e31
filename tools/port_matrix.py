"""Ports the networks of `tools/ports`, runs each crate's parity test, and writes docs/ports.md.

    python tools/port_matrix.py [--proofs-only] [NAME …]

What is equal already is kept in target/ports/results.json; a name repeats it. `--proofs-only` measures neither the time
of a step nor memory.
"""

import importlib.util
import inspect
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from torch import nn

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "target/ports"
RESULTS = FOLDER / "results.json"
DOCUMENT = ROOT / "docs/ports.md"
HEAD = """\
# Networks that were ported

`make port-matrix` ports each network, builds the crate and runs its parity test: initial values, three steps of
training, eval mode with and without gradients and another batch size, from two seeds, with one and with two threads.
Every stage is compared by bits: what each module takes and gives, the loss, gradients, optimizer states and weights.
Pictures have 64×64 pixels, language models small random configurations. Any other verdict than "no difference" is the
last line of the porter, the compiler or the test.

Lines of Python are those of the network's classes. A step is a training step of the example on 2 threads: the median of
12, the lower of two runs, in Rust and in eager PyTorch in turn. Memory is the peak of each process.

{summary}

| network | group | lines of Python | of Rust | stages | verdict | porting, s | building and testing, s | step, ms | eager, ms | memory, MiB | eager, MiB |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""
COLUMNS = [
    "python_lines", "lines", "stages", "verdict", "port_seconds", "test_seconds", "step_ms", "eager_ms", "memory_mib",
    "eager_mib",
]  # fmt: skip
STEPS = 14

sys.path.insert(0, str(ROOT / "tools"))
from ports.networks import NETWORKS  # tools is no package


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    is_done = lambda name: results.get(name, {}).get("verdict") == "no difference"
    names = [argument for argument in sys.argv[1:] if argument != "--proofs-only"]
    has_speed = "--proofs-only" not in sys.argv
    wanted = names or [name for name in NETWORKS if not is_done(name)]
    for name in wanted:
        results[name] = {"group": NETWORKS[name].group, **ported(name, has_speed)}
        RESULTS.write_text(json.dumps(results, indent=1))
        print(f"{name}: {results[name]['verdict']}", flush=True)
    if not names:
        known = {name: results[name] for name in NETWORKS if name in results}
        rows = [row(name, result) for name, result in known.items()]
        head = HEAD.replace("{summary}", summary(list(known.values())))
        DOCUMENT.write_text(head + "\n".join(rows) + "\n")
    failed = [name for name in wanted if not results[name]["verdict"].startswith("no difference")]
    return 1 if failed else 0


def ported(name: str, has_speed: bool) -> dict:
    """Ports one network, and runs the parity test of its crate."""
    package = NETWORKS[name].package
    if package is not None and importlib.util.find_spec(package) is None:
        return {"verdict": f"the package {package} is missing"}
    source = FOLDER / f"port_{name}.py"
    source.write_text(
        f"import sys\n\nsys.path.insert(0, {str(ROOT / 'tools')!r})\n"
        f"from ports.networks import NETWORKS\n\nnetwork = NETWORKS[{name!r}]\n"
        "model, inputs, loss, optimizer = network.model, network.inputs, network.loss, network.optimizer\n"
    )
    crate = FOLDER / "crates" / name
    port = [sys.executable, "-m", "torch_twin", "port", str(source), "--out", str(crate), "--force"]
    shutil.rmtree(crate, ignore_errors=True)
    seconds, output, code = run(port, ROOT)
    if code != 0:
        return {"verdict": last_line(output), "port_seconds": seconds}
    lines = len((crate / "src/net.rs").read_text().splitlines())
    test_seconds, output, _ = run(["cargo", "test", "--release", "--quiet"], crate)
    stages = re.search(r"no difference: ([\d,]+) stages", output)
    (FOLDER / f"{name}.log").write_text(output)
    warnings = re.findall(r"^warning: .*", output, re.MULTILINE)
    verdict = "no difference" if stages else last_line(output)
    result = {
        "verdict": warnings[0] if stages and warnings else verdict,
        "stages": int(stages[1].replace(",", "")) if stages else None,
        "lines": lines,
        "python_lines": python_lines(NETWORKS[name].model()),
        "port_seconds": seconds,
        "test_seconds": test_seconds,
    }
    return result | (speed(name, source, crate) if stages and has_speed else {})


def python_lines(model: nn.Module) -> int:
    """The lines of the classes of a network that are not PyTorch's."""
    kinds = {type(module) for module in model.modules()}
    own = [kind for kind in kinds if not kind.__module__.startswith("torch.")]
    return sum(len(inspect.getsourcelines(kind)[0]) for kind in own)


def speed(name: str, source: Path, crate: Path) -> dict:
    """The milliseconds of a training step and the most memory, in Rust and in eager PyTorch."""
    run(["cargo", "build", "--release", "--quiet"], crate)
    commands = {
        "step": [str(ROOT / "target/release" / name), "--steps", str(STEPS)],
        "eager": [sys.executable, str(ROOT / "tools/port_speed.py"), str(source), str(STEPS)],
    }
    times: dict[str, list[float]] = {side: [] for side in commands}
    memory: dict[str, list[float]] = {side: [] for side in commands}
    for side in ("step", "eager", "step", "eager"):
        milliseconds, mib = timed(commands[side])
        times[side].append(milliseconds)
        memory[side].append(mib)
    return {
        "step_ms": round(min(times["step"]), 2),
        "eager_ms": round(min(times["eager"]), 2),
        "memory_mib": round(max(memory["step"])),
        "eager_mib": round(max(memory["eager"])),
    }


def timed(command: list[str]) -> tuple[float, float]:
    """The median step of a program that prints its steps, without the first two, and its peak of memory in MiB."""
    with tempfile.TemporaryFile("w+") as file:
        process = subprocess.Popen(command, stdout=file, text=True, env=environment())
        peak = 0
        # getrusage tells of the memory of this process as well, from which the other began.
        while process.poll() is None:
            peak = max(peak, peak_kib(process.pid))
            time.sleep(0.01)
        file.seek(0)
        output = file.read()
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {output}")
    steps = [float(ms) for ms in re.findall(r"\(([\d.]+) ms\)", output)]
    return statistics.median(steps[2:]), peak / 1024


def peak_kib(process: int) -> int:
    """The most memory that a process has had; 0 where it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) if found else 0


def run(command: list[str], folder: Path) -> tuple[float, str, int]:
    """Seconds, what the command printed and its exit code."""
    start = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    return round(time.monotonic() - start, 1), done.stdout + done.stderr, done.returncode


def environment() -> dict[str, str]:
    libtorch = ROOT / ".venv/libtorch"
    return {
        **({"LIBTORCH": str(libtorch)} if libtorch.exists() else {}),
        **os.environ,
        # What the tests of the workspace have built is taken as it is.
        "CARGO_TARGET_DIR": str(ROOT / "target"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "python"), os.environ.get("PYTHONPATH", "")]),
        "OMP_WAIT_POLICY": "passive",
    }


def last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if "error" in line or "first difference" in line]
    return (lines or output.strip().splitlines() or ["nothing was printed"])[0].strip()


def summary(results: list[dict]) -> str:
    equal = [result for result in results if result["verdict"] == "no difference"]
    stages = sum(result["stages"] for result in equal)
    ratios = [result["step_ms"] / result["eager_ms"] for result in equal if "step_ms" in result]
    return (
        f"{len(equal)} of {len(results)} networks have no difference, in {stages:,} stages. The median training step "
        f"takes {statistics.median(ratios):.2f} of eager's time."
    )


def row(name: str, result: dict) -> str:
    cells = [name, result["group"]]
    cells += [str(result.get(key) or "") for key in COLUMNS]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
