"""Makes fingerprints.json and fingerprints.md in the folder of docs: what this build and PyTorch compute, as SHA-256.

For each kind of CPU kernels that the machine has and for 1 and 2 threads, `lenet5 fingerprint` and
python_ref/fingerprint.py run apart; where they print different lines, nothing is written. Rows of other
versions of torch and of other processors stay as they are.

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

A fingerprint is what one epoch on the sample computes, with seed 0 and the tutorial's recipe, as SHA-256 of its stages:
the initial weights, the first batch's images, logits and gradients, and the weights after 1, 10 and 125 steps (125 steps
are the epoch). The table shows the first eight digits; [fingerprints.json](fingerprints.json) has all of them.

    lenet5 fingerprint                              # what your build computes
    .venv/bin/python python_ref/fingerprint.py      # what PyTorch computes, in the same lines

For every row both were run, neither with the other's results, and both printed the same digests. `make fingerprints` adds
or replaces the rows of the machine that it runs on, for each kind of ATen's kernels that it has (libtorch takes others with
`ATEN_CPU_CAPABILITY=avx2` or `default`). `make fingerprints TORCH=2.11` does so with another PyTorch.

Two rows with equal digests have equal bits. These columns decide them:

- `torch`: the version of PyTorch.
- `cpu_vendor`: the processor's vendor. MKL runs other code on Intel's processors than on others with the same instructions.
- `cpu_capability`: ATen's kernels, as `torch.backends.cpu.get_cpu_capability()`.
- `mkl_branch`: the code that MKL chose, by the names of its `MKL_CBWR` constants. `AUTO` means that MKL does not know the
  processor, as on AMD's. `CNR COMPATIBLE` means that `MKL_CBWR=COMPATIBLE` was set.
- `onednn_isa`: the widest instructions of oneDNN's float32 kernels; `ONEDNN_MAX_CPU_ISA` can lower them.
- `threads`: the number of threads, since sums are split among them.

The rows of `GenuineIntel` were recorded on an Intel Xeon, before `mkl_branch` was. Those of PyTorch 2.13 were computed again
on an AMD processor by MKL's code for `AVX512_E1`, with the same digests.

A test compares the rows of the machine that it runs on; where a machine has no row, the test is reported as skipped.
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
    """All that decides the digests of a variant."""
    return tuple(value for name, value in row.items() if name not in ("variant", "sha256"))


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
    return rows if rows[0]["cpu_capability"].lower() == kernels else []


def parse(text: str) -> list[dict]:
    """The rows in what either program prints."""
    line, *variants = text.strip().split("\n\n")
    settings = dict(part.split(" ", 1) for part in line.split(", "))
    settings["threads"] = int(settings["threads"])
    rows = []
    for variant in variants:
        name, *lines = variant.splitlines()
        digests = dict(line.strip().rsplit(maxsplit=1) for line in lines)
        rows.append(settings | {"variant": name, "sha256": digests})
    return rows


def table(rows: list[dict]) -> str:
    stages = list(rows[0]["sha256"])
    keys = [name for name in rows[0] if name != "sha256"]
    head = [*keys, *stages]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        digests = [f"`{digest[:8]}`" for digest in row["sha256"].values()]
        lines.append([*(str(row[name]) for name in keys), *digests])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
