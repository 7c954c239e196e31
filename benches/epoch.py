"""Times one epoch of the PyTorch reference and of lenet5 on MNIST, in turn, on equal threads.

It prints each time and the ratio of the medians, and writes all of it as JSON. Seconds are those
of the training epoch alone, as each program reports them; process seconds include start and
evaluation. Runs that do not end with the same weights are an error.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = {
    "reference": [sys.executable, str(ROOT / "python_ref" / "train.py")],
    "lenet5": [str(ROOT / "target" / "release" / "lenet5"), "train"],
}


def main() -> None:
    arguments = parse_arguments()
    runs: dict[str, list[dict]] = {name: [] for name in PROGRAMS}
    for number in range(1, arguments.repeats + 1):
        for name, command in PROGRAMS.items():
            result = train(command, arguments.data, arguments.threads)
            runs[name].append(result)
            print(
                f"{number}/{arguments.repeats}  {name:<9}  epoch {result['seconds']:6.2f} s"
                f"  process {result['process_seconds']:6.2f} s",
                flush=True,
            )
    digests = {result["weights_sha256"] for results in runs.values() for result in results}
    if len(digests) != 1:
        sys.exit(f"error: the runs ended with different weights: {', '.join(sorted(digests))}")
    report = {
        "threads": arguments.threads,
        "weights_sha256": digests.pop(),
        "ratio": ratio(runs, "seconds"),
        "process_ratio": ratio(runs, "process_seconds"),
        "runs": runs,
    }
    print(f"lenet5 takes {report['ratio']:.3f} of the reference's time (medians of the epoch)")
    print(f"and {report['process_ratio']:.3f} of it with start and evaluation")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(report, indent=2) + "\n")
    print(f"Wrote {arguments.output}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("LENET5_DATA"),
        help="folder that holds MNIST (default: $LENET5_DATA)",
    )
    parser.add_argument("--repeats", type=positive, default=5, help="runs of each (default: 5)")
    parser.add_argument(
        "--threads",
        type=positive,
        default=len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        help="threads of both programs (default: one a core)",
    )
    parser.add_argument("--output", type=Path, default=ROOT / "runs" / "bench.json")
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("name the folder that holds MNIST: --data, or LENET5_DATA")
    if not arguments.data.is_dir():
        parser.error(f"{arguments.data} is not a folder")
    return arguments


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(f"{number} is below 1")
    return number


def train(command: list[str], data: Path, threads: int) -> dict:
    """Trains one epoch in a process of its own and returns its times and its weights' digest."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        options = ["--epochs", "1", "--seed", "0", "--threads", str(threads)]
        options += ["--data", str(data.resolve()), "--out", str(out)]
        if command == PROGRAMS["lenet5"]:
            options += ["--device", "cpu"]
        start = time.perf_counter()
        done = subprocess.run(command + options, check=False, capture_output=True, text=True)
        process_seconds = time.perf_counter() - start
        if done.returncode != 0:
            sys.exit(f"error: {command[0]} ended with {done.returncode}:\n{done.stderr.rstrip()}")
        epoch = json.loads((out / "metrics.jsonl").read_text().splitlines()[0])
        run = json.loads((out / "run.json").read_text())
    return {
        "seconds": epoch["seconds"],
        "process_seconds": process_seconds,
        "weights_sha256": run["weights_sha256"],
    }


def ratio(runs: dict[str, list[dict]], key: str) -> float:
    medians = {
        name: statistics.median(result[key] for result in results) for name, results in runs.items()
    }
    return medians["lenet5"] / medians["reference"]


if __name__ == "__main__":
    main()
