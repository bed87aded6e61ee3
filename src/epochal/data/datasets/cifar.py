"""CIFAR-10: the official binary archive, or lossless WebP sheets of 1,000 images."""

import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from epochal.data.datasets.cache import RemoteFile, local_file, obtain
from epochal.data.datasets.types import ImageDataset
from epochal.errors import InputError

_FOLDER = "cifar-10"
# The binary version, not the Python one: reading it needs no pickle.
_ARCHIVE = RemoteFile(
    name="cifar-10-binary.tar.gz",
    address="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    checksum="md5:c32a1d4ab5d03f1284b67883e8d87530",
    most_bytes=200_000_000,
)
_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_RECORD_BYTES = 1 + 3 * 32 * 32  # the label, then the red, green and blue planes


def load() -> ImageDataset:
    """Load CIFAR-10."""
    sheet = local_file(_FOLDER, "train-00.webp")
    if sheet and not local_file(_FOLDER, _ARCHIVE.name):
        return _read_sheets(sheet.parent)
    return _read_archive(obtain(_FOLDER, _ARCHIVE))


def _read_archive(path: Path) -> ImageDataset:
    parts: dict[str, np.ndarray] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".bin") else None
            if file:
                records = np.frombuffer(file.read(), np.uint8)
                parts[Path(member.name).stem] = records.reshape(-1, _RECORD_BYTES)
    wanted = [f"data_batch_{number}" for number in range(1, 6)]
    if not {*wanted, "test_batch"} <= parts.keys():
        raise InputError(
            f"{path} must hold data_batch_1.bin to data_batch_5.bin and test_batch.bin, got "
            f"{', '.join(sorted(parts)) or 'none of them'}: delete it to download it again."
        )
    x_train, y_train = _images(np.concatenate([parts[name] for name in wanted]))
    x_test, y_test = _images(parts["test_batch"])
    return ImageDataset(
        x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test, class_names=_CLASSES
    )


def _images(records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, 0].copy()


def _read_sheets(folder: Path) -> ImageDataset:
    sheets = [folder / f"train-{number:02}.webp" for number in range(50)]
    return ImageDataset(
        x_train=np.concatenate([_read_sheet(sheet) for sheet in sheets]),
        y_train=np.loadtxt(folder / "train-labels.txt", dtype=np.uint8),
        x_test=_read_sheet(folder / "test-first1000.webp"),
        y_test=np.loadtxt(folder / "test-first1000-labels.txt", dtype=np.uint8),
        class_names=_CLASSES,
        note="the test part is the first 1,000 of the 10,000 official test images",
    )


def _read_sheet(path: Path) -> np.ndarray:
    """Read 25 x 40 images of 32 x 32 pixels, row by row."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    return pixels.reshape(25, 32, 40, 32, 3).transpose(0, 2, 1, 3, 4).reshape(1000, 32, 32, 3)
