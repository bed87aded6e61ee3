"""Data sets by name: what each holds, where it is looked for, and what is said when nowhere."""

import gzip
import hashlib
import io
import tarfile

import numpy as np
import pandas as pd
import pytest

from epochal.data import datasets
from epochal.data.datasets import ALL_DATASETS, adult, cache, mnist
from epochal.errors import InputError

SHAPES = {
    "titanic": (891, 15),
    "wine": (178, 14),
    "wine-quality": (6497, 13),
    "boston": (506, 14),
    "california": (20_640, 9),
    "adult": (32_561, 15),
    "imdb": (25_000, 3),
    "mnist": (60_000, 28, 28),
    "fashion-mnist": (60_000, 28, 28),
    "cifar-10": (50_000, 32, 32, 3),
}
BUNDLED = ("titanic", "wine", "wine-quality", "boston")


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """Neither a folder of data nor a cache nor a network."""
    monkeypatch.delenv("EPOCHAL_DATA", raising=False)
    monkeypatch.setenv("EPOCHAL_CACHE", str(tmp_path / "cache"))

    def unreachable(*arguments, **more):
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    return tmp_path / "cache"


def test_every_set_is_listed_and_described():
    assert datasets.names() == tuple(SHAPES)
    for name in datasets.names():
        assert len(datasets.describe(name)) > 40


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets_need_nothing(name, nowhere):
    data = datasets.load(name)
    assert isinstance(data, datasets.TableDataset)
    assert data.frame.shape == SHAPES[name]
    assert data.target in data.frame
    assert not data.frame[data.target].isna().any()
    assert not nowhere.exists()


def test_the_wine_sets_are_the_known_ones():
    wine = datasets.load_table("wine")
    assert wine.frame["cultivar"].value_counts().to_dict() == {1: 71, 0: 59, 2: 48}
    quality = datasets.load_table("wine-quality")
    assert quality.frame["colour"].value_counts().to_dict() == {"white": 4898, "red": 1599}


@pytest.mark.parametrize("name", [name for name in SHAPES if name not in BUNDLED])
def test_a_set_that_is_nowhere_says_address_file_and_folder(name, nowhere):
    with pytest.raises(InputError) as caught:
        datasets.load(name)
    sentence = str(caught.value)
    assert "must be downloaded from http" in sentence
    assert "(no network)" in sentence
    assert f"download it yourself to {nowhere}" in sentence
    assert "EPOCHAL_DATA" in sentence
    assert [path for path in nowhere.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["adult", "imdb"])
def test_large_tables(name, data_folder):
    data = datasets.load_table(name)
    assert data.frame.shape == SHAPES[name]
    assert data.test_frame is not None
    assert list(data.test_frame) == list(data.frame)
    value, count = {"adult": (">50K", 7841), "imdb": (1, 12_500)}[name]
    assert (data.frame[data.target] == value).sum() == count


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar-10"])
def test_images(name, data_folder):
    data = datasets.load(name)
    assert isinstance(data, datasets.ImageDataset)
    assert data.x_train.shape == SHAPES[name]
    assert data.x_train.dtype == data.y_train.dtype == np.uint8
    assert data.x_test.shape[1:] == data.x_train.shape[1:]
    assert len(data.y_test) == len(data.x_test)
    assert sorted(set(data.y_train)) == list(range(10))
    assert len(data.class_names) == 10
    assert data.x_train.flags.writeable


def test_the_pixels_of_cifar_are_the_known_ones(data_folder):
    data = datasets.load("cifar-10")
    assert isinstance(data, datasets.ImageDataset)
    means = data.x_train.mean(axis=(0, 1, 2)) / 255
    np.testing.assert_allclose(means, [0.49139968, 0.48215841, 0.44653091], atol=1e-7)
    assert data.note == "" or len(data.x_test) == 1000


def test_a_table_is_asked_of_tables_only():
    with pytest.raises(InputError, match="must be a table, got the images of 'cifar-10': load"):
        datasets.load_table("cifar-10")


def test_images_are_asked_of_images_only(data_folder):
    with pytest.raises(InputError, match="must be images, got the table 'wine': load"):
        datasets.load_images("wine")
    assert datasets.load_images("mnist").x_test.shape == (10000, 28, 28)


def test_an_unknown_name_suggests_the_nearest():
    for function in (datasets.load, datasets.describe):
        with pytest.raises(InputError, match=r"got 'fashion_mnist'\. Did you mean 'fashion-mnist'"):
            function("fashion_mnist")
    with pytest.raises(InputError, match="name must be one of titanic, wine,"):
        datasets.load("zzz")


def test_the_folder_of_data_comes_before_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("EPOCHAL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EPOCHAL_CACHE", str(tmp_path / "cache"))
    for root in ("cache", "data"):
        (tmp_path / root / "set").mkdir(parents=True)
        (tmp_path / root / "set" / "file").write_text(root)
    assert cache.local_file("set", "file") == tmp_path / "data" / "set" / "file"
    (tmp_path / "data" / "set" / "file").unlink()
    assert cache.local_file("set", "file") == tmp_path / "cache" / "set" / "file"
    assert cache.local_file("set", "other") is None


@pytest.mark.parametrize(
    ("platform", "variable", "end"),
    [
        ("linux", "XDG_CACHE_HOME", "kept/epochal"),
        ("win32", "LOCALAPPDATA", "kept/epochal"),
        ("darwin", "HOME", "kept/Library/Caches/epochal"),
    ],
)
def test_the_cache_lies_where_the_platform_keeps_them(monkeypatch, platform, variable, end):
    monkeypatch.delenv("EPOCHAL_CACHE", raising=False)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setenv(variable, "/somewhere/kept")
    assert cache.cache_folder().as_posix() == f"/somewhere/{end}"


def in_folder(monkeypatch, tmp_path, folder, name, content):
    monkeypatch.setenv("EPOCHAL_DATA", str(tmp_path))
    monkeypatch.setenv("EPOCHAL_CACHE", str(tmp_path / "cache"))
    (tmp_path / folder).mkdir()
    (tmp_path / folder / name).write_bytes(content)


@pytest.fixture
def remote():
    """A file that can be fetched nowhere."""
    checksum = "md5:" + hashlib.md5(b"whole").hexdigest()
    address = "http://127.0.0.1:9/file"
    return cache.RemoteFile(name="file", address=address, checksum=checksum, most_bytes=5)


def test_half_a_file_in_the_cache_is_refused(nowhere, remote):
    (nowhere / "set").mkdir(parents=True)
    path = nowhere / "set" / "file"
    path.write_bytes(b"who")
    sums = rf"{remote.checksum[4:]}, got {hashlib.md5(b'who').hexdigest()}"
    for _ in range(2):
        with pytest.raises(
            InputError,
            match=rf"file must have the md5 sum {sums}: delete it to download it again\.",
        ):
            cache.obtain("set", remote)
    path.write_bytes(b"whole")
    assert cache.obtain("set", remote) == path
    path.write_bytes(b"wh")
    with pytest.raises(InputError, match="must have the md5 sum"):
        cache.obtain("set", remote)


def test_a_file_in_the_cache_is_read_once_to_verify_it(nowhere, remote, monkeypatch):
    (nowhere / "set").mkdir(parents=True)
    (nowhere / "set" / "file").write_bytes(b"whole")
    digest, read = hashlib.file_digest, []

    def noted(file, name):
        read.append(name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", noted)
    for _ in range(3):
        cache.obtain("set", remote)
    assert read == ["md5"]
    (nowhere / "set" / "file.verified").write_bytes(b"\xff")
    cache.obtain("set", remote)
    assert read == ["md5", "md5"]


def test_a_cache_that_cannot_be_written_to_is_verified_each_time(nowhere, remote):
    (nowhere / "set" / "file.verified").mkdir(parents=True)  # root may write anywhere else
    (nowhere / "set" / "file").write_bytes(b"whole")
    for _ in range(2):
        assert cache.obtain("set", remote) == nowhere / "set" / "file"


def test_what_was_fetched_is_not_read_again(nowhere, remote, monkeypatch):
    def fetch(address, destination, *more):
        destination.parent.mkdir(parents=True)
        destination.write_bytes(b"whole")

    monkeypatch.setattr(cache, "download", fetch)
    path = cache.obtain("set", remote)
    monkeypatch.setattr(hashlib, "file_digest", None)
    assert cache.obtain("set", remote) == path


def test_files_of_the_users_own_may_be_packed_anew(nowhere, remote, monkeypatch, tmp_path):
    monkeypatch.setenv("EPOCHAL_DATA", str(tmp_path / "data"))
    (tmp_path / "data" / "set").mkdir(parents=True)
    (tmp_path / "data" / "set" / "file").write_bytes(b"another")
    assert cache.obtain("set", remote).read_bytes() == b"another"
    assert [path.name for path in (tmp_path / "data" / "set").iterdir()] == ["file"]


def archive_of(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_the_binary_archive_of_cifar(monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    records = {name: rng.integers(0, 256, (3, 3073), dtype=np.uint8) for name in names}
    members = {f"cifar-10-batches-bin/{name}.bin": part.tobytes() for name, part in records.items()}
    in_folder(monkeypatch, tmp_path, "cifar-10", "cifar-10-binary.tar.gz", archive_of(members))
    data = datasets.load("cifar-10")
    assert isinstance(data, datasets.ImageDataset)
    assert data.x_train.shape == (15, 32, 32, 3)
    assert data.note == ""
    record = records["data_batch_2"][1]
    assert data.y_train[4] == record[0]
    assert data.x_train[4, 5, 7, 2] == record[1 + 2 * 1024 + 5 * 32 + 7]
    members.pop("cifar-10-batches-bin/test_batch.bin")
    (tmp_path / "cifar-10" / "cifar-10-binary.tar.gz").write_bytes(archive_of(members))
    with pytest.raises(InputError, match=r"must hold data_batch_1.bin to .*, got data_batch_1, "):
        datasets.load("cifar-10")


def test_the_archive_of_imdb(monkeypatch, tmp_path):
    members = {
        "aclImdb/train/pos/10_9.txt": b"fine",
        "aclImdb/train/neg/10_2.txt": b"poor",
        "aclImdb/train/neg/2_1.txt": "très poor".encode(),
        "aclImdb/train/unsup/1_0.txt": b"unknown",
        "aclImdb/test/pos/0_10.txt": b"great",
        "aclImdb/README": b"read",
    }
    in_folder(monkeypatch, tmp_path, "imdb-reviews", "aclImdb_v1.tar.gz", archive_of(members))
    data = datasets.load_table("imdb")
    assert data.frame.to_numpy().tolist() == [[1, 0, "très poor"], [2, 0, "poor"], [9, 1, "fine"]]
    assert data.test_frame is not None
    assert data.test_frame.to_numpy().tolist() == [[10, 1, "great"]]


def test_the_archive_of_california(monkeypatch, tmp_path):
    line = b"-122.23,37.88,41.0,880.0,129.0,322.0,126.0,8.3252,452600.0\n" * 2
    content = archive_of({"CaliforniaHousing/cal_housing.data": line})
    in_folder(monkeypatch, tmp_path, "california", "cal_housing.tgz", content)
    row = datasets.load_table("california").frame.iloc[0]
    # The first row of scikit-learn's table.
    expected = [8.3252, 41, 6.98412698, 1.02380952, 322, 2.55555556, 37.88, -122.23, 4.526]
    np.testing.assert_allclose(row.to_numpy(), expected, atol=1e-8)
    (tmp_path / "california" / "cal_housing.tgz").write_bytes(archive_of({"x": b"y"}))
    with pytest.raises(
        InputError, match=r"must hold CaliforniaHousing/cal_housing.data, got another"
    ):
        datasets.load("california")


def test_adult_without_its_last_blank_line_and_points(monkeypatch, tmp_path):
    row = "25, Private, 1, 11th, 7, Single, ?, Own-child, Black, Male, 0, 0, 40, Cuba, <=50K"
    in_folder(monkeypatch, tmp_path, "adult-income", "adult.data", f"{row}\n\n".encode())
    packed = gzip.compress(f"|1x3 Cross validator\n{row}.\n\n".encode())
    (tmp_path / "adult-income" / "adult.test.gz").write_bytes(packed)
    with pytest.raises(
        InputError,
        match=r"adult\.data must hold 32561 rows, got 1: delete it to download it again, or "
        r"replace it with a complete file\.",
    ):
        datasets.load_table("adult")
    monkeypatch.setattr(adult, "_ROWS", dict.fromkeys(adult._ROWS, 1))
    data = datasets.load_table("adult")
    assert data.test_frame is not None
    pd.testing.assert_frame_equal(data.frame, data.test_frame)
    assert data.frame["income"].tolist() == ["<=50K"]
    assert data.frame["occupation"].isna().all()


@pytest.mark.parametrize(
    ("name", "folder", "file", "content"),
    [
        ("mnist", "mnist", "train-images-idx3-ubyte.gz", b"no gzip"),
        ("cifar-10", "cifar-10", "cifar-10-binary.tar.gz", b"no archive"),
        ("cifar-10", "cifar-10", "train-00.webp", b"the first of fifty, and no image"),
        ("imdb", "imdb-reviews", "aclImdb_v1.tar.gz", archive_of({"x": b"y"})[:-20]),
    ],
    ids=["mnist", "cifar-10 archive", "cifar-10 image", "imdb"],  # an archive tells the time
)
def test_files_that_cannot_be_read_are_said(monkeypatch, tmp_path, name, folder, file, content):
    in_folder(monkeypatch, tmp_path, folder, file, content)
    with pytest.raises(
        InputError, match=rf"The files of '{name}' must be complete, got one that cannot"
    ):
        datasets.load(name)


def test_idx_files(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(b"\0\0\x08\x02" + (2).to_bytes(4) + (3).to_bytes(4) + bytes(range(6)))
    np.testing.assert_array_equal(mnist.read_idx(path), [[0, 1, 2], [3, 4, 5]])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"must hold 6 values of shape \(2, 3\), got 5"):
        mnist.read_idx(path)
    path.write_bytes(b"<html>")
    with pytest.raises(
        InputError, match=r"must be an idx file .*, got one that begins with 3c 68 74"
    ):
        mnist.read_idx(path)


def test_the_registry_has_no_name_twice():
    assert len({entry.name for entry in ALL_DATASETS}) == len(ALL_DATASETS)
