"""Ports the networks of `tools/ports`, runs each crate's parity test, and writes docs/ports.md.

    python tools/port_matrix.py [NAME …]

What is equal already is kept in target/ports/results.json; a name repeats it.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "target/ports"
RESULTS = FOLDER / "results.json"
DOCUMENT = ROOT / "docs/ports.md"
HEAD = """\
# Networks that were ported

`make port-matrix` ports each network, builds the crate and runs its parity test: initial values, three steps of
training, eval mode with and without gradients and another batch size, from two seeds, with one and with two threads.
Every stage is compared by bits: what each module takes and gives, the loss, gradients, optimizer states and weights.
Seconds are those of 2 cores beside other work; pictures have 64×64 pixels, language models small random configurations.
A verdict that is no "no difference" is what the porter, the compiler or the test said last.

| network | group | lines of Rust | stages | verdict | porting, s | building and testing, s |
| --- | --- | --- | --- | --- | --- | --- |
"""

sys.path.insert(0, str(ROOT / "tools"))
from ports.networks import NETWORKS  # tools is no package


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    is_done = lambda name: results.get(name, {}).get("verdict") == "no difference"
    wanted = sys.argv[1:] or [name for name in NETWORKS if not is_done(name)]
    for name in wanted:
        results[name] = {"group": NETWORKS[name].group, **ported(name)}
        RESULTS.write_text(json.dumps(results, indent=1))
        print(f"{name}: {results[name]['verdict']}", flush=True)
    if not sys.argv[1:]:
        rows = [row(name, results[name]) for name in NETWORKS if name in results]
        DOCUMENT.write_text(HEAD + "\n".join(rows) + "\n")
    failed = [name for name in wanted if not results[name]["verdict"].startswith("no difference")]
    return 1 if failed else 0


def ported(name: str) -> dict:
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
    return {
        "verdict": "no difference" if stages else last_line(output),
        "stages": int(stages[1].replace(",", "")) if stages else None,
        "lines": lines,
        "port_seconds": seconds,
        "test_seconds": test_seconds,
    }


def run(command: list[str], folder: Path) -> tuple[float, str, int]:
    """Seconds, what the command printed and its exit code."""
    libtorch = ROOT / ".venv/libtorch"
    environment = {
        **({"LIBTORCH": str(libtorch)} if libtorch.exists() else {}),
        **os.environ,
        # What the tests of the workspace have built is taken as it is.
        "CARGO_TARGET_DIR": str(ROOT / "target"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "python"), os.environ.get("PYTHONPATH", "")]),
        "OMP_WAIT_POLICY": "passive",
    }
    start = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return round(time.monotonic() - start, 1), done.stdout + done.stderr, done.returncode


def last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if "error" in line or "first difference" in line]
    return (lines or output.strip().splitlines() or ["nothing was printed"])[0].strip()


def row(name: str, result: dict) -> str:
    cells = [name, result["group"]]
    cells += [
        str(result.get(key) or "")
        for key in ("lines", "stages", "verdict", "port_seconds", "test_seconds")
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
