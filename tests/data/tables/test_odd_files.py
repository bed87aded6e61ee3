"""Names that no file can have, what is no regular file, and metadata that is broken."""

import os
import socket
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from epochal.data import read_table
from epochal.errors import InputError
from epochal.runs import list_runs, read_run

LONG = "x" * 5000
NAME = "must have a name that a file can have, got"


@pytest.mark.parametrize(
    ("read", "what"),
    [(read_table, "data"), (read_run, "run"), (list_runs, "folder of the runs")],
)
@pytest.mark.parametrize(
    ("name", "shown", "reason"),
    [
        (LONG, f"{'x' * 200}...", "File name too long"),
        ("~nouser/t.csv", "~nouser/t.csv", "Could not determine home directory"),
        ("a\0b", "a\\x00b", "embedded null byte"),
    ],
)
def test_a_name_that_no_file_can_have(read, what, name, shown, reason):
    with pytest.raises(InputError) as error:
        read(name)
    assert str(error.value) == f"The {what} {NAME} '{shown}' ({reason}): check the path."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_what_is_no_regular_file_is_said(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.csv"))
        for path in (tmp_path / "pipe.csv", tmp_path / "socket.csv", Path("/dev/null")):
            with pytest.raises(InputError) as error:
                read_table(path)
            assert str(error.value) == (
                f"The data must be a regular file, got {str(path)!r}, which is a device, a pipe "
                "or a socket: write it into a file first, or pipe it into epochal predict RUN -."
            )


FRAME = pd.DataFrame({"a": range(50), "b": list("xy") * 25})
WRITERS = {"parquet": parquet.write_table, "feather": feather.write_feather}


@pytest.mark.parametrize("extension", WRITERS)
@pytest.mark.parametrize("metadata", [b"{}", b"[]", b'{"index_columns": 3}', b"\xff"])
def test_metadata_that_is_broken_is_a_sentence(tmp_path, extension, metadata):
    path = tmp_path / f"t.{extension}"
    table = pa.Table.from_pandas(FRAME).replace_schema_metadata({b"pandas": metadata})
    WRITERS[extension](table, path)
    with pytest.raises(InputError) as error:
        read_table(path)
    assert str(error.value).startswith(
        f"{str(path)!r} must be a {extension} table, got an unreadable file ("
    )


@pytest.mark.parametrize("extension", WRITERS)
def test_bytes_that_are_changed_are_a_sentence_or_a_table(tmp_path, extension):
    path, random = tmp_path / f"t.{extension}", np.random.default_rng(0)
    WRITERS[extension](pa.Table.from_pandas(FRAME), path)
    whole = path.read_bytes()
    refused = 0
    for _ in range(150):
        broken = bytearray(whole)
        for place in random.integers(max(0, len(whole) - 1500), len(whole), 4):
            broken[place] = random.integers(256)
        path.write_bytes(broken)
        try:
            assert len(read_table(path).columns)
        except InputError:
            refused += 1
    assert refused > 50
