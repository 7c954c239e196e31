"""The threads that PyTorch computes on."""

import ctypes

import torch


def set_num_threads(threads: int | None) -> None:
    """`torch.set_num_threads`, or PyTorch's own number of threads, to be called before anything is computed.

    One thread computes a value first, since MKL detects the processor in its first call, and a second thread in such
    a call at that moment could take other kernels: docs/mkl-race.md.
    """
    torch.tanh(torch.zeros(1))
    if threads:
        torch.set_num_threads(threads)
    _check(torch.get_num_threads())


def _check(threads: int) -> None:
    """Refuses what makes OpenMP start fewer threads than PyTorch asks for: oneDNN would wait for them for ever."""
    openmp = ctypes.CDLL(None)
    if threads == 1 or not hasattr(openmp, "omp_get_dynamic"):
        return
    limit = openmp.omp_get_thread_limit()
    if openmp.omp_get_dynamic():
        variable, fewer = "OMP_DYNAMIC is true", "may start fewer than"
    elif limit < threads:
        variable, fewer = f"OMP_THREAD_LIMIT is {limit}", "starts fewer than"
    elif openmp.omp_get_max_active_levels() < 1:
        variable, fewer = "OMP_MAX_ACTIVE_LEVELS is 0", "starts none of"
    else:
        return
    raise SystemExit(
        f"error: {variable}, so OpenMP {fewer} the {threads} threads that PyTorch waits for; "
        f"unset {variable.split()[0]}, or compute on fewer threads"
    )
