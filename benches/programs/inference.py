"""Times a network of the reference on test images, as PyTorch runs it or as ONNX Runtime does.

Each call gets the same images, padded and scaled before, and gives their logits.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

from data import load_mnist
from load_weights import load_weights

Call = Callable[[torch.Tensor], torch.Tensor]


def eager(weights: Path, threads: int) -> Call:
    """The module as it is."""
    torch.set_num_threads(threads)
    return load_weights(weights)


def onnxruntime(weights: Path, threads: int) -> Call:
    """The model that `lenet5 convert` wrote, with all of ONNX Runtime's optimisations."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    return lambda images: torch.from_numpy(session.run(None, {"images": images.numpy()})[0])


def timed(call: Call, images: torch.Tensor, seconds: float) -> list[float]:
    """The seconds of each call, of as many as `seconds` hold and of five at the least."""
    call(images)
    times: list[float] = []
    while len(times) < 5 or sum(times) < seconds:
        start = time.perf_counter()
        call(images)
        times.append(time.perf_counter() - start)
    return times


@torch.inference_mode()
def main() -> None:
    runtimes = {"eager": eager, "onnxruntime": onnxruntime}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runtime", choices=runtimes)
    parser.add_argument("--weights", type=Path, required=True, help="safetensors or ONNX")
    parser.add_argument("--data", type=Path, required=True, help="folder with the IDX files")
    parser.add_argument("--images", type=int, required=True, help="images a call")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()

    _, test_set = load_mnist(args.data)
    images = F.pad(test_set.data[: args.images], (2, 2, 2, 2)).unsqueeze(1).float() / 255
    call = runtimes[args.runtime](args.weights, args.threads)
    logits = call(images)
    print(
        json.dumps(
            {
                "seconds": timed(call, images, args.seconds),
                "logits_sha256": hashlib.sha256(logits.numpy().tobytes()).hexdigest(),
            }
        )
    )


if __name__ == "__main__":
    main()
