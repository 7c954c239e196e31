"""MNIST through torchvision, padded to 32×32 and scaled to [0, 1]."""

import gzip
import shutil
import tempfile
from pathlib import Path

from torchvision import transforms
from torchvision.datasets import MNIST

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def load_mnist(folder: Path) -> tuple[MNIST, MNIST]:
    """The training and the test set of a folder with the four IDX files, plain or .gz."""
    if (folder / "MNIST" / "raw").is_dir():
        return _datasets(folder)
    # torchvision wants the plain files in MNIST/raw, and reads them once, at construction.
    with tempfile.TemporaryDirectory() as root:
        raw = Path(root) / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for name in FILES:
            _unpack(folder / name, raw / name)
        return _datasets(Path(root))


def _datasets(root: Path) -> tuple[MNIST, MNIST]:
    return _dataset(root, train=True), _dataset(root, train=False)


def _dataset(root: Path, train: bool) -> MNIST:
    dataset = MNIST(root, train=train)
    padding = (32 - dataset.data.shape[-1]) // 2  # MNIST's images are 28×28
    dataset.transform = transforms.Compose([transforms.Pad(padding), transforms.ToTensor()])
    return dataset


def _unpack(source: Path, target: Path) -> None:
    with (
        source.open("rb") if source.exists() else gzip.open(f"{source}.gz") as packed,
        target.open("wb") as plain,
    ):
        shutil.copyfileobj(packed, plain)
