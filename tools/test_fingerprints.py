"""Holds the rows of docs/fingerprints.json that are of this machine's kind."""

import json
import os
import subprocess

import pytest
from fingerprints import PROGRAM, ROOT

ROWS = json.loads((ROOT / "docs/fingerprints.json").read_text())
ALL = "classic,paper,paper-rbf,modern"


# All variants with the processor's own kernels, one with others. Where the machine lacks those, libtorch takes the
# ones that it has.
@pytest.mark.parametrize(
    ("variants", "threads", "kernels"),
    [(ALL, 1, None), (ALL, 2, None), ("modern", 1, "avx2"), ("modern", 2, "default")],
)
def test_the_rows_in_docs_are_what_this_machine_computes(variants, threads, kernels):
    environment = {"ATEN_CPU_CAPABILITY": kernels} if kernels else {}
    report = fingerprint(variants, threads, environment)
    compare(report, ROWS)


def fingerprint(variants: str, threads: int, environment: dict[str, str]) -> dict:
    command = [PROGRAM, "fingerprint", "--variants", variants, "--threads", str(threads), "--json"]
    run = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.PIPE
    )
    return json.loads(run.stdout)


def compare(report: dict, rows: list[dict]) -> None:
    """Each variant's digests are those of its row; without rows of this kind, nothing is compared."""
    fingerprints = report.pop("fingerprints")
    of_its_kind = [row for row in rows if report.items() <= row.items()]
    rows = {row["variant"]: row["sha256"] for row in of_its_kind}
    if not rows:
        settings = ", ".join(f"{name} {value}" for name, value in report.items())
        pytest.skip(f"docs/fingerprints.json has no row of {settings}")
    assert fingerprints
    for of_variant in fingerprints:
        digests = {digest["stage"]: digest["sha256"] for digest in of_variant["digests"]}
        assert digests == rows[of_variant["variant"]], of_variant["variant"]
