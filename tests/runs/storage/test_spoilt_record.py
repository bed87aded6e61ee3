"""A run.json in which anything was changed is read or refused in one sentence: no raw error."""

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from epochal.cli.commands.runs import _row
from epochal.cli.commands.train import show_result
from epochal.errors import InputError
from epochal.runs import RunFolder
from epochal.runs.storage.record import RunRecord

DELETED = object()
VALUES = st.one_of(
    st.sampled_from(
        [DELETED, None, True, -1, 0, 10**400, 1e308, "", "x", "\x1b[1m", [], {}, [None]]
    ),
    st.sampled_from([float("nan"), float("inf")]),
)


def places(content: Any, start: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part, however deep."""
    parts = content.items() if isinstance(content, dict) else enumerate(content)
    return [
        found
        for name, part in parts
        for found in (
            (*start, name),
            *(places(part, (*start, name)) if isinstance(part, dict | list) else ()),
        )
    ]


def changed(content: Any, place: tuple[Any, ...], value: Any) -> Any:
    copied = json.loads(json.dumps(content))
    part = copied
    for name in place[:-1]:
        part = part[name]
    if value is DELETED:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    return copied


def read_and_show(path: Path) -> None:
    """All that commands and notebooks read of a record."""
    record = RunRecord.read(path)
    run = RunFolder(path=path.parent, record=record)
    record.load_task()
    assert record.decision_threshold >= 0 or record.threshold is not None
    _row(run)
    assert run._repr_html_()
    show_result(Console(file=StringIO(), width=100), run, "held-out rows")
    record.write(path.with_name("again.json"))


def refusal(path: Path) -> str | None:
    """The sentence that a record is refused with; None where it is read."""
    try:
        read_and_show(path)
    except InputError as error:
        return str(error)
    return None


@pytest.fixture(scope="module")
def copied(titanic_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of which other tests know nothing."""
    return shutil.copytree(titanic_run.path, tmp_path_factory.mktemp("spoilt") / "run")


@pytest.fixture(scope="module")
def content(titanic_run: RunFolder) -> Any:
    return json.loads((titanic_run.path / "run.json").read_text(encoding="utf-8"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(data=st.data())
def test_any_part_may_be_spoilt(content, copied, data):
    place = data.draw(st.sampled_from(places(content)))
    path = copied / "spoilt.json"
    path.write_text(json.dumps(changed(content, place, data.draw(VALUES))), encoding="utf-8")
    said = refusal(path)
    assert said is None or ("train again" in said and "\n" not in said)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(part=st.floats(0, 1))
@example(part=0.0)
def test_a_file_may_end_anywhere(copied, part):
    text = (copied / "run.json").read_bytes().rstrip()
    path = copied / "spoilt.json"
    path.write_bytes(text[: int(part * (len(text) - 1))])
    with pytest.raises(InputError, match=r"readable run\.json"):
        read_and_show(path)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("training", "diagnosis", "line"), DELETED, "an invalid 'training'"),
        (("training", "seconds"), "x", "an invalid 'training'"),
        (("training", "seconds"), float("nan"), r"NaN is no number"),
        (("settings", "cost"), {"fp": "much", "fn": 1}, "an invalid 'settings'"),
        (("columns", 0, "missing"), -1, "an invalid 'columns'"),
        (("format",), 3, "of format 3: read it with the epochal that wrote it"),
        (("network",), DELETED, "of format"),
    ],
)
def test_what_is_wrong_is_said(content, copied, place, value, message):
    path = copied / "spoilt.json"
    path.write_text(json.dumps(changed(content, place, value)), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        RunRecord.read(path)
