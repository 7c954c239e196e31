"""Which code libtorch and its libraries run on this processor: bits can differ where any of it differs."""

import ctypes
import os
from pathlib import Path

import torch

MKL_CBWR_BRANCH = 1
MKL_CBWR_BRANCH_OFF = 1
MKL_BRANCHES = {
    2: "AUTO",
    3: "COMPATIBLE",
    4: "SSE2",
    6: "SSSE3",
    7: "SSE4_1",
    8: "SSE4_2",
    9: "AVX",
    10: "AVX2",
    11: "AVX512_MIC",
    12: "AVX512",
    13: "AVX512_MIC_E1",
    14: "AVX512_E1",
}
ONEDNN_ISAS = {"AVX512_CORE": "avx512bw", "AVX2": "avx2", "AVX": "avx", "SSE41": "sse4_1"}


def processor() -> dict[str, str]:
    """The vendor, ATen's kernels, MKL's branch, and the widest instructions of oneDNN's float32 kernels."""
    cpuinfo = _cpuinfo()
    return {
        "cpu_vendor": cpuinfo.get("vendor_id", "unknown"),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "mkl_branch": _mkl_branch(),
        "onednn_isa": _onednn_isa(cpuinfo.get("flags", "").split()),
    }


def _cpuinfo() -> dict[str, str]:
    """The lines of Linux on the first processor."""
    path = Path("/proc/cpuinfo")
    first = path.read_text().split("\n\n")[0] if path.exists() else ""
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def _mkl_branch() -> str:
    """The branch that MKL takes by itself, or after CNR the one that MKL_CBWR chose."""
    if not torch.backends.mkl.is_available():
        return "none"
    libtorch = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"))
    chosen = libtorch.mkl_serv_cbwr_get(MKL_CBWR_BRANCH)
    if chosen != MKL_CBWR_BRANCH_OFF:
        return f"CNR {MKL_BRANCHES.get(chosen, chosen)}"
    by_itself = libtorch.mkl_serv_cbwr_get_auto_branch()
    return MKL_BRANCHES.get(by_itself, str(by_itself))


def _onednn_isa(flags: list[str]) -> str:
    names = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
    limit = next((os.environ[name] for name in names if name in os.environ), "").upper()
    isas = list(ONEDNN_ISAS)
    # AVX2_VNNI is of the kind AVX2; a limit of another name is above all of these.
    allowed = next((i for i, isa in enumerate(isas) if f"{limit}_".startswith(f"{isa}_")), 0)
    return next((isa for isa in isas[allowed:] if ONEDNN_ISAS[isa] in flags), "none")
