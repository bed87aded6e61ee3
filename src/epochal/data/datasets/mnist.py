"""MNIST and Fashion-MNIST: four gzip-compressed files in the idx format."""

import gzip
from pathlib import Path

import numpy as np

from epochal.data.datasets.cache import RemoteFile, obtain
from epochal.data.datasets.types import ImageDataset
from epochal.errors import InputError

# x_train, y_train, x_test, y_test; for each its MD5 sum and an upper bound of its bytes
_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
_MNIST = (
    ("f68b3c2dcbeaaa9fbdd348bbdeb94873", 10_000_000),
    ("d53e105ee54ea40749a09fcbcd1e9432", 30_000),
    ("9fb629c4189551a2d022fa330f9573f3", 2_000_000),
    ("ec29112dd5afa0611ce80d1b7f02629c", 5_000),
)
_FASHION = (
    ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880),
    ("25c81989df183df01b3e8a0aad5dffbe", 29_515),
    ("bef4ecab320f06d8554ea6380940ec79", 4_422_102),
    ("bb300cfdad3c16e7a12a480ee83cd310", 5_148),
)
_CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def mnist() -> ImageDataset:
    """Load MNIST."""
    # The authors' own site no longer serves the files; this is the copy that they name.
    address = "https://ossci-datasets.s3.amazonaws.com/mnist/"
    return _load("mnist", address, _MNIST, tuple("0123456789"))


def fashion_mnist() -> ImageDataset:
    """Load Fashion-MNIST."""
    address = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    return _load("fashion-mnist", address, _FASHION, _CLOTHES)


def _load(
    folder: str, address: str, known: tuple[tuple[str, int], ...], class_names: tuple[str, ...]
) -> ImageDataset:
    x_train, y_train, x_test, y_test = (
        read_idx(
            obtain(
                folder,
                RemoteFile(
                    name=name,
                    address=address + name,
                    checksum=f"md5:{md5}",
                    most_bytes=most_bytes,
                ),
                name.removesuffix(".gz"),
            )
        )
        for name, (md5, most_bytes) in zip(_FILES, known, strict=True)
    )
    return ImageDataset(
        x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test, class_names=class_names
    )


def read_idx(path: Path) -> np.ndarray:
    """Read unsigned bytes in the idx format, gzip-compressed if the name ends in .gz.

    The header: two zero bytes, 8 for unsigned bytes, the rank, then each length as a big-endian
    32-bit integer.

    Raises
    ------
    InputError
        The header or the length does not follow the format.
    """
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        raise InputError(
            f"{path} must be an idx file of unsigned bytes, got one that begins with "
            f"{content[:3].hex(' ')}: download it again."
        )
    rank = content[3]
    shape = tuple(int(length) for length in np.frombuffer(content, ">i4", count=rank, offset=4))
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * rank)
    if values.size != np.prod(shape):
        raise InputError(
            f"{path} must hold {np.prod(shape)} values of shape {shape}, got {values.size}: "
            "download it again."
        )
    return values.reshape(shape).copy()  # a buffer of bytes is read-only
