"""Makes fingerprints.json and fingerprints.md in the folder of docs: what this build and PyTorch compute, as SHA-256.

For each kind of CPU kernels that the machine has and for 1 and 2 threads, `lenet5 fingerprint` and
python_ref/fingerprint.py run apart; where they print different lines, nothing is written. Rows of other
versions of torch stay as they are.

    make fingerprints
    make fingerprints TORCH=2.11
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRAM = Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "release/lenet5"
KERNELS = ("avx512", "avx2", "default")
THREADS = (1, 2)

INTRODUCTION = """\
# Fingerprints

What an epoch on the sample computes, from seed 0 with the tutorial's recipe, as SHA-256 of its stages: the initial
weights, the first batch's images, logits and gradients, and the weights after 1 step, 10 and 125, which is the epoch.
The first eight digits of each stand here, all of them in [fingerprints.json](fingerprints.json).

    lenet5 fingerprint                     # what your build computes
    python python_ref/fingerprint.py       # what PyTorch computes, in the same lines

Both have run apart for every row, and printed the same. `make fingerprints` makes the rows of a machine anew, with the
kernels that it has, and `make fingerprints TORCH=2.11` those of another PyTorch: libtorch takes those of the processor, and others by `ATEN_CPU_CAPABILITY=avx2` or `default`.

Two rows with equal digits have equal bits. Where they part, what differs above is the reason: other kernels, another
number of threads, among which sums are taken in parts, or another libtorch.
"""


def main() -> None:
    docs = Path(sys.argv[1])
    rows = [row for kernels in KERNELS for threads in THREADS for row in measure(kernels, threads)]
    of_now = {kind(row) for row in rows}
    rows += [
        row
        for row in json.loads((docs / "fingerprints.json").read_text())
        if kind(row) not in of_now
    ]
    rows.sort(key=lambda row: row["torch"], reverse=True)
    (docs / "fingerprints.json").write_text(json.dumps(rows, indent=1) + "\n")
    (docs / "fingerprints.md").write_text(INTRODUCTION + "\n" + table(rows))


def kind(row: dict) -> tuple:
    return row["torch"], row["kernels"], row["threads"]


def measure(kernels: str, threads: int) -> list[dict]:
    """The rows of all variants; none where the machine lacks the kernels."""
    environment = os.environ | {"ATEN_CPU_CAPABILITY": kernels}
    commands = (
        [PROGRAM, "fingerprint"],
        [sys.executable, "python_ref/fingerprint.py"],
    )
    ours, theirs = (
        subprocess.run(
            [*command, "--threads", str(threads)],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        for command in commands
    )
    if ours != theirs:
        sys.exit(
            f"error: {kernels}, {threads} threads: lenet5 and PyTorch differ:\n{ours}\n{theirs}"
        )
    rows = parse(ours)
    return rows if rows[0]["kernels"].lower() == kernels else []


def parse(text: str) -> list[dict]:
    """The rows in what either program prints."""
    settings, *variants = text.strip().split("\n\n")
    torch, kernels, threads = (part.split()[1] for part in settings.split(", "))
    rows = []
    for variant in variants:
        name, *lines = variant.splitlines()
        digests = dict(line.strip().rsplit(maxsplit=1) for line in lines)
        of = {"torch": torch, "kernels": kernels, "threads": int(threads), "variant": name}
        rows.append(of | {"sha256": digests})
    return rows


def table(rows: list[dict]) -> str:
    stages = list(rows[0]["sha256"])
    head = ["torch", "kernels", "threads", "variant", *stages]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        digests = [f"`{digest[:8]}`" for digest in row["sha256"].values()]
        lines.append([row["torch"], row["kernels"], str(row["threads"]), row["variant"], *digests])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
