"""Holds the rows of docs/fingerprints.json that are of this machine's kind."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from fingerprints import PROGRAM, ROOT

ROWS = json.loads((ROOT / "docs/fingerprints.json").read_text())
PRETEND_INTEL = ROOT / "crates/torch-twin/tests/common/mkl_race/pretend_intel.c"
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


# MKL takes its code for Intel's processors on others, too, if it is told that they are Intel's.
@pytest.mark.parametrize("threads", [1, 2])
def test_intels_rows_are_what_mkls_code_for_intel_computes_elsewhere(threads, tmp_path):
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if sys.platform != "linux" or not compiler:
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path / "pretend_intel.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, PRETEND_INTEL], check=True)
    report = fingerprint(ALL, threads, {"LD_PRELOAD": str(library)})
    compare(report | {"cpu_vendor": "GenuineIntel"}, ROWS)


def fingerprint(variants: str, threads: int, environment: dict[str, str]) -> dict:
    command = [PROGRAM, "fingerprint", "--variants", variants, "--threads", str(threads), "--json"]
    run = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.PIPE
    )
    return json.loads(run.stdout)


def compare(report: dict, rows: list[dict]) -> None:
    """Each variant's digests are those of its row; without rows of this kind, nothing is compared."""
    settings = {name: value for name, value in report.items() if name != "fingerprints"}
    of_its_kind = [row for row in rows if settings.items() <= row.items()]
    rows = {row["variant"]: row["sha256"] for row in of_its_kind}
    if not rows:
        kind = ", ".join(f"{name} {value}" for name, value in settings.items())
        pytest.skip(f"docs/fingerprints.json has no row of {kind}")
    assert report["fingerprints"]
    for of_variant in report["fingerprints"]:
        digests = {digest["stage"]: digest["sha256"] for digest in of_variant["digests"]}
        assert digests == rows[of_variant["variant"]], of_variant["variant"]
