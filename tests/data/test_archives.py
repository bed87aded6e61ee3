"""Zip files that would unpack to more than a memory holds."""

import zipfile
from pathlib import Path

import pytest

from epochal.bridge.saved_models import check_saved_classes
from epochal.data import archives, load_preprocessing
from epochal.data.archives import check_archive
from epochal.errors import InputError

END = ": if you trust it, set the environment variable EPOCHAL_LARGEST_UNPACKED_GIB to more."
MUST = "must unpack to at most 4 GiB and not very tightly, got"


def bomb(path: Path, name: str, megabytes: int) -> Path:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as file,
    ):
        for _ in range(megabytes):
            file.write(bytes(1 << 20))
    return path


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bomb(tmp_path_factory.mktemp("bombs") / "bomb.zip", "schema.json", 100)


@pytest.mark.parametrize("read", [check_archive, load_preprocessing, check_saved_classes])
def test_a_bomb_is_refused_by_the_sizes_that_it_names(read, tight):
    with pytest.raises(InputError) as error:
        read(tight)
    begin, _, times = str(error.value).partition(MUST)
    assert begin == f"{str(tight)!r} "
    assert times.endswith(f" times its size{END}")


def test_large_files_are_refused_by_their_sum(tmp_path, monkeypatch):
    path = bomb(tmp_path / "some.zip", "weights.h5", 3)
    check_archive(path)
    monkeypatch.setenv(archives.VARIABLE, "0.001")
    with pytest.raises(InputError) as error:
        check_archive(path)
    assert str(error.value) == (
        f"{str(path)!r} must unpack to at most 0.001 GiB and not very tightly, got 0.0 GiB{END}"
    )


def test_the_limit_can_be_raised(tight, monkeypatch):
    monkeypatch.setenv(archives.VARIABLE, "8")
    check_archive(tight)


@pytest.mark.parametrize("given", ["much", "-1", "nan", "inf", ""])
def test_a_limit_that_is_none_is_refused(tight, monkeypatch, given):
    monkeypatch.setenv(archives.VARIABLE, given)
    with pytest.raises(InputError) as error:
        check_archive(tight)
    assert str(error.value) == (
        f"EPOCHAL_LARGEST_UNPACKED_GIB must be a number above 0, got {given!r}: set it to 4."
    )


def test_a_large_json_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_LARGEST_TEXT", 1 << 20)
    path = bomb(tmp_path / "some.zip", "schema.json", 2)
    with pytest.raises(InputError, match=r"got a JSON of 0\.0 GiB"):
        check_archive(path)
