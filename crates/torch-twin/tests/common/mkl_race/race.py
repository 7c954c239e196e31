"""Shows that PyTorch's first tanh on several threads can differ from every later one.

MKL's variable for the processor's type is reset before each try, so that each try is a first call. `--warm` computes
a tanh of one value before each. docs/mkl-race.md explains what happens.

    python race.py --tries 100000
    python race.py --tries 100000 --warm
    python race.py --tries 100000 --function exp --dtype float64
"""

import argparse
import ctypes
import struct
import sys
from pathlib import Path

import torch

UNKNOWN = -1


def processor_type() -> ctypes.c_int:
    """The variable in which MKL's vector mathematics keep the processor's type."""
    library = ctypes.CDLL(Path(torch.__path__[0]) / "lib" / "libtorch_cpu.so")
    try:
        function = ctypes.cast(library.mkl_vml_serv_cpu_detect, ctypes.c_void_p).value
    except AttributeError:
        sys.exit("this PyTorch has no MKL")
    # mov displacement(%rip), %eax; cmp $-1, %eax
    code = ctypes.string_at(function, 9)
    if code[:2] != b"\x8b\x05" or code[6:] != b"\x83\xf8\xff":
        sys.exit("MKL detects the processor in another way than in PyTorch 2.13")
    (displacement,) = struct.unpack("<i", code[2:6])
    return ctypes.c_int.from_address(function + 6 + displacement)


def ulp(actual: torch.Tensor, expected: torch.Tensor) -> int:
    """The largest distance in units in the last place, where no sign differs."""
    integer = {torch.float32: torch.int32, torch.float64: torch.int64}[actual.dtype]
    return int((actual.view(integer).long() - expected.view(integer).long()).abs().max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warm", action="store_true", help="compute a tanh of one value first")
    parser.add_argument("--function", default="tanh")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    args = parser.parse_args()
    function = getattr(torch, args.function)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    # All functions of MKL that PyTorch calls are defined between 0 and 1.
    one, x = torch.zeros(1), torch.rand(100_000, dtype=getattr(torch, args.dtype)) * 0.98 + 0.01
    torch.tanh(one)
    expected = function(x)
    detected = processor_type()
    wrong = largest = 0
    for _ in range(args.tries):
        detected.value = UNKNOWN
        if args.warm:
            torch.tanh(one)
        actual = function(x)
        wrong += not torch.equal(actual, expected)
        largest = max(largest, ulp(actual, expected))
    print(f"{args.tries} tries, {wrong} wrong, by up to {largest} ULP")


if __name__ == "__main__":
    main()
