"""Tables from files of every kind, and the sentence for each that is none."""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from epochal.data import infer_columns, read_table
from epochal.data.tables.reading import read_blocks
from epochal.errors import InputError

FRAME = pd.DataFrame({"age": [22.5, 38.0], "name": ["Braund, Owen", 'Heath "Florence"']})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", [".csv", ".txt", ".csv.gz"])
def test_text_tables_of_any_delimiter(tmp_path, delimiter, ending):
    path = tmp_path / f"table{ending}"
    FRAME.to_csv(path, sep=delimiter, index=False)
    pd.testing.assert_frame_equal(read_table(path), FRAME)


@pytest.mark.parametrize("ending", ["tsv", "parquet", "feather", "xlsx"])
def test_other_formats(tmp_path, ending):
    path = tmp_path / f"table.{ending}"
    if ending == "xlsx":
        pytest.importorskip("openpyxl")
        FRAME.to_excel(path, index=False)
    elif ending == "tsv":
        FRAME.to_csv(path, sep="\t", index=False)
    else:
        getattr(FRAME, f"to_{ending}")(path)
    pd.testing.assert_frame_equal(read_table(str(path)), FRAME)


def test_text_tables_as_spreadsheets_write_them(tmp_path):
    path = tmp_path / "excel.csv"
    path.write_text("price;city\n1,5;Köln\n?;Łódź\n", encoding="utf-8-sig")
    frame = read_table(path)
    assert list(frame.columns) == ["price", "city"]
    assert frame["price"].tolist()[0] == 1.5
    assert frame["price"].isna().tolist() == [False, True]


def test_the_decimal_comma_is_told_column_by_column_and_in_late_rows(tmp_path):
    path = tmp_path / "table.csv"
    rows = [f"{i};{i},5;{i}.25;{i},5" for i in range(200)]
    path.write_text("\n".join(["a;b;c;d", *rows, "0,5;+1,5e2;7;oops"]) + "\n")
    frame = read_table(path)
    assert frame.iloc[-1].tolist() == [0.5, 150, 7, "oops"]
    assert frame["c"].iloc[0] == 0.25
    with pytest.raises(InputError, match=r"'d' must hold numbers.*got 'oops' in row 200"):
        infer_columns(frame, target="c")


def test_spaces_around_names_and_cells_go(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('a ,"b", y \n1 ,x,Yes \nNA ,y ,Yes\n3, ,"No "\n')
    frame = read_table(path)
    assert list(frame.columns) == ["a", "b", "y"]
    assert frame["y"].tolist() == ["Yes", "Yes", "No"]
    assert frame["a"].tolist()[::2] == [1, 3]
    assert frame["b"].isna().tolist() == [False, False, True]


def test_names_that_differ_in_spaces_only_are_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,a \n1,2\n")
    with pytest.raises(InputError, match="got 'a' 2 times"):
        read_table(path)


def test_what_counts_as_missing(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("word,number,day,null\nNone,None,None,x\nhigh,1,2020-01-02,null\nNA,2,,?\n")
    missing = read_table(path).isna()
    assert missing["word"].tolist() == [False, False, True]
    assert missing["number"].tolist() == [True, False, False]
    assert missing["day"].tolist() == [True, False, True]
    assert missing["null"].tolist() == [False, True, True]


def test_a_delimiter_at_the_end_of_every_line_is_let_pass(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2,\n3,4,\n")
    assert read_table(path).to_numpy().tolist() == [[1, 2], [3, 4]]
    path.write_text("a,b\n" + "1,2,\n" * 500 + "1,2,3\n")
    with pytest.raises(InputError, match=r"got 3 in line 502|must be a table"):
        read_table(path)


def test_a_row_that_ends_in_an_empty_cell_is_no_short_line(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,\n \n3,4\n")
    assert len(read_table(path)) == 2


def test_blank_lines_and_cells_of_several_lines(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('\na;b\n1;"two\n lines; and more"\n\n3;\u2028\n', encoding="utf-8")
    assert read_table(path).to_numpy().tolist() == [[1, "two\n lines; and more"], [3, "\u2028"]]


def test_a_very_long_cell_and_a_very_long_header(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "x" * 200_000 + ",1\n")
    assert read_table(path).shape == (1, 2)
    names = [f"a_column_with_a_long_name_{i}" for i in range(12_000)]
    path.write_text(",".join([*names, names[0]]) + "\n" + "1," * 12_000 + "1\n")
    with pytest.raises(InputError, match="got 'a_column_with_a_long_name_0' 2 times"):
        read_table(path)


def test_one_column_and_one_row_are_a_table(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("text\nhello, world\n".replace(",", ""))
    assert read_table(path).shape == (1, 1)


def test_a_frame_is_taken_as_it_is_and_its_names_become_text():
    assert read_table(FRAME) is FRAME
    assert list(read_table(pd.DataFrame([[1, 2]])).columns) == ["0", "1"]


def test_a_bundled_name_is_a_table_unless_a_file_has_it(tmp_path, monkeypatch):
    assert read_table("titanic").shape == (891, 15)


def test_ten_thousand_columns_are_read(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(10_000)) + "\n" + ("1," * 10_000)[:-1] + "\n")
    assert read_table(path).shape == (1, 10_000)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", r"must hold a table, got the empty file '.*empty.csv'"),
        ("blank.csv", b" \n\n", "got the blank file '.*blank.csv'"),
        ("header.csv", b"a,b\n", "must have rows and columns, got 0 rows and 2 columns in"),
        ("twice.csv", b"a,b,a\n1,2,3\n", "must be unique, got 'a' 2 times in .*: rename them"),
        (
            "long.csv",
            b"a,b\n1,2\n1,2,3\n",
            "must have the 2 fields of its first line, got 3 in line 3: quote",
        ),
        (
            "short.csv",
            b"a,b,c\n1,2,3\n\n4,5\n",
            "must have the 3 fields of its first line, got 2 in line 4: complete it",
        ),
        (
            "title.csv",
            b"My report\n\na,b,y\n0,0,0\n1,1,1\n",
            "must name all 3 columns, got 1 field: remove the title",
        ),
        ("titles.csv", b"My,report\na,b,y\n0,0,0\n", "must name all 3 columns, got 2 fields"),
        ("lines.csv", b'[\n {"a": 1},\n {"a": 2}\n]\n', "got what looks like JSON"),
        (
            "latin.csv",
            "name\nKöln\n".encode("latin1"),
            "must be UTF-8 text, got another encoding at byte 6",
        ),
        ("utf16.csv", "a,b\n1,2\n".encode("utf-16"), "must be UTF-8 text, got UTF-16: save it"),
        ("image.csv", b"\x89PNG\r\n\x1a\n\0\0", r"got binary data \(byte 8 is 0\): give it"),
        ("page.csv", b"<!DOCTYPE html><html>", "one row per line, got what looks like HTML or XML"),
        ("data.csv", b'{"a": [1, 2]}', "got what looks like JSON"),
        (
            "cut.csv.gz",
            gzip.compress(b"a,b\n" * 99, mtime=0)[:-12],
            "must be a complete file, got one that cannot be read to its end",
        ),
        ("no.csv.gz", b"a,b\n1,2\n", "must be a complete file, got one that cannot"),
        ("bad.parquet", b"a,b\n1,2\n", "must be a parquet table, got an unreadable file"),
        ("bad.feather", b"a,b\n1,2\n", "must be a feather table, got an unreadable file"),
        (
            "model.keras",
            b"PK",
            r"table \(\.csv.*'.*model.keras', which has an unsupported extension",
        ),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_table(tmp_path / name)


def test_the_offset_of_a_byte_that_is_not_utf8_is_found_beyond_the_sample(tmp_path):
    path = tmp_path / "late.csv"
    path.write_bytes(b"name\n" + "Köln\n".encode() * 300_000 + b"\xff\n")
    with pytest.raises(InputError, match=f"at byte {5 + 6 * 300_000}: save it .*iconv -f latin1"):
        read_table(path)
    with gzip.open(tmp_path / "late.csv.gz", "wb") as file:
        file.write(path.read_bytes())
    with pytest.raises(InputError, match=f"at byte {5 + 6 * 300_000}: "):
        read_table(tmp_path / "late.csv.gz")


def test_a_late_line_of_another_length_is_named(tmp_path):
    path = tmp_path / "late.csv"
    path.write_text("a,b\n" + "1,2\n" * 5000 + "1,2,3\n")
    with pytest.raises(InputError, match="got 3 in line 5002"):
        read_table(path)


def test_an_excel_file_without_a_reader_says_what_to_install(tmp_path, monkeypatch):
    def no_reader(*args, **kwargs):
        raise ImportError("no openpyxl")

    monkeypatch.setattr(pd, "ExcelFile", no_reader)
    (tmp_path / "sheet.xlsx").write_bytes(b"PK")
    with pytest.raises(
        InputError,
        match=r"A package for Excel files must be installed .*: pip install 'epochal\[excel\]'",
    ):
        read_table(tmp_path / "sheet.xlsx")


def test_excel_columns_of_one_name_are_refused(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "sheet.xlsx"
    pd.DataFrame([["a", "a"], [1, 2]]).to_excel(path, index=False, header=False)
    with pytest.raises(InputError, match=r"must be unique, got 'a' 2 times in "):
        read_table(path)


def test_what_is_nowhere_suggests_the_nearest(tmp_path):
    with pytest.raises(
        InputError, match=r"got 'titanik', which does not exist\. Did you mean 'titanic'\?"
    ):
        read_table("titanik")
    (tmp_path / "passengers.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"Did you mean 'passengers.csv'\?"):
        read_table(tmp_path / "pasengers.csv")
    with pytest.raises(InputError, match=r"must be a file, got the folder .*: name a file"):
        read_table(tmp_path)


def test_frames_that_are_no_table_are_refused():
    with pytest.raises(InputError, match="must be unique, got 'a' 2 times in the frame"):
        read_table(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(InputError, match=r"must have a single level, got 2 levels in the frame"):
        read_table(pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])))
    with pytest.raises(InputError, match="rows and columns"):
        read_table(pd.DataFrame())


@pytest.mark.parametrize(
    ("source", "shown"), [({"a": [1]}, "a dict"), ([[1]], "a list"), (None, "None")]
)
def test_a_source_of_another_type_is_refused(source, shown):
    with pytest.raises(InputError, match=f"source must be a file.*, got {shown}: convert it with"):
        read_table(source)


def test_images_are_no_table():
    with pytest.raises(InputError, match="must be a table, got the images of 'mnist'"):
        read_table("mnist")


def test_a_sheet_is_read_by_its_name(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"a": [1]}).to_excel(book, sheet_name="First", index=False)
        pd.DataFrame({"b": [2, 3]}).to_excel(book, sheet_name="Second", index=False)
        pd.DataFrame().to_excel(book, sheet_name="Empty", index=False)
    assert read_table(path).to_dict("list") == {"a": [1]}
    assert read_table(path, sheet="Second").to_dict("list") == {"b": [2, 3]}
    with pytest.raises(InputError, match=r"got 'second'\. Did you mean 'Second'\?"):
        read_table(path, sheet="second")
    with pytest.raises(InputError, match=r"The sheets are First, Second, Empty\."):
        read_table(path, sheet="2019")
    with pytest.raises(InputError, match="got an empty sheet 'Empty' in"):
        read_table(path, sheet="Empty")
    for source in ("titanic", FRAME):
        with pytest.raises(InputError, match="sheet must be given for an Excel file only"):
            read_table(source, sheet="First")
    FRAME.to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(InputError, match=r"only, got 'First' for '.*table\.csv'"):
        read_table(tmp_path / "table.csv", sheet="First")


def test_a_parquet_file_comes_in_blocks_of_the_same_types(tmp_path):
    path = tmp_path / "table.parquet"
    frame = read_table("titanic").assign(
        day=pd.date_range("2020-01-01", periods=891), size=pd.Categorical(["s", "m", "l"] * 297)
    )
    frame.to_parquet(path, row_group_size=300)
    blocks = list(read_blocks(path, rows=200))
    assert max(map(len, blocks)) <= 200
    pd.testing.assert_frame_equal(pd.concat(blocks, ignore_index=True), read_table(path))
    assert [len(block) for block in read_blocks(path, rows=891)] == [891]
    assert [len(block) for block in read_blocks(frame, rows=200)] == [891]


def test_memory_is_that_of_a_row_group_however_many_there_are(tmp_path):
    rows, groups = 4000, 40
    path = tmp_path / "t.parquet"
    numbers = np.random.default_rng(0).standard_normal((rows * groups, 4), np.float32)
    pd.DataFrame(numbers).add_prefix("c").to_parquet(path, row_group_size=rows)
    before, most = pa.total_allocated_bytes(), 0
    for block in read_blocks(path, rows=1000):
        most = max(most, pa.total_allocated_bytes() - before)
        assert len(block) == 1000
    assert most < numbers.nbytes / 4


def test_small_row_groups_are_read_together(tmp_path):
    path, frame = tmp_path / "t.parquet", pd.DataFrame({"a": range(1000)})
    frame.to_parquet(path, row_group_size=30)
    blocks = list(read_blocks(path, rows=200))
    assert [len(block) for block in blocks] == [180] * 5 + [100]
    pd.testing.assert_frame_equal(pd.concat(blocks, ignore_index=True), frame)


def test_what_is_wrong_with_a_large_parquet_file_is_said(tmp_path):
    path = tmp_path / "table.parquet"
    FRAME.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match="must be a parquet table, got an unreadable file"):
        list(read_blocks(path, rows=1))
    FRAME.head(0).to_parquet(path)
    with pytest.raises(InputError, match="must have rows and columns, got 0 rows"):
        list(read_blocks(path, rows=1))
    with pytest.raises(InputError, match="which does not exist"):
        list(read_blocks(tmp_path / "none.parquet", rows=1))
