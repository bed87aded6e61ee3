"""What every argument that is a number or a folder is asked for, in one sentence."""

import os
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from epochal import checks
from epochal.errors import InputError

NOT_NUMBERS = [True, "1", None, [1.0]]
NOT_POSITIVE = [0, -1, float("nan"), float("inf"), np.float32(0)]


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.25), np.int64(3), 1e-300])
def test_a_rate_is_any_number_above_0(value):
    for found in (
        checks.check_rate("rate", value),
        checks.check_positive("rate", value, "do so"),
    ):
        assert type(found) is float
        assert found == value


@pytest.mark.parametrize("value", [*NOT_NUMBERS, *NOT_POSITIVE])
def test_a_rate_that_is_none_is_refused_by_name_and_value(value):
    with pytest.raises(InputError, match=rf"^rate must be .*got {re.escape(repr(value))}: .*0.01"):
        checks.check_rate("rate", value)
    with pytest.raises(InputError, match=rf"^size .* above 0, got .*{re.escape(repr(value))}: do"):
        checks.check_positive("size", value, "do so")


def test_whole_numbers():
    for value in (2, np.int32(2)):
        assert type(checks.check_whole("epochs", value, 2, "give more")) is int
    wrong: Any
    for wrong in (1, 2.0, True, "2", None):
        with pytest.raises(
            InputError,
            match=rf"^epochs must be a whole number of at least 2, got {re.escape(repr(wrong))}: g",
        ):
            checks.check_whole("epochs", wrong, 2, "give more")
    with pytest.raises(InputError, match=r"least 1, got 0: give epochs x ceil\(rows / batch_size"):
        checks.check_steps("steps", 0)


def test_momenta_are_a_high_and_a_lower_one():
    assert checks.check_momenta("momentum", [0.95, 0]) == (0.95, 0.0)
    for value in ((0.85, 0.95), (0.9, 0.9), (1, 0.5), (0.9, -0.1), (0.9,), 0.9, (True, 0.5)):
        with pytest.raises(InputError, match=r"^momentum must be a highest momentum below 1"):
            checks.check_momenta("momentum", value)


def test_boundaries_rise():
    checks.check_boundaries(SimpleNamespace(boundaries=[1, 2, 5]))
    checks.check_boundaries(object())  # no piecewise schedule
    with pytest.raises(
        InputError, match="boundaries of SimpleNamespace must rise, got 2 after 2: sort them"
    ):
        checks.check_boundaries(SimpleNamespace(boundaries=[1, 2, 2]))


def test_a_folder_can_be_written_to(tmp_path, monkeypatch):
    checks.check_writable("out must be a folder", tmp_path / "new" / "newer", "name another")
    (tmp_path / "file").write_text("")
    with pytest.raises(
        InputError, match=r"^out must be a folder that .*file', which is a file: name"
    ):
        checks.check_writable("out must be a folder", tmp_path / "file" / "new", "name another")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match=r"which is not writable: name another\."):
        checks.check_writable("out must be a folder", tmp_path / "new", "name another")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        ("no", "'no'"),
        ([1, 2], "a list"),
        ({}, "a dict"),
        (np.zeros(2), "a numpy.ndarray"),
    ],
)
def test_what_came_is_told_in_short(value, text):
    assert checks.describe_kind(value) == text
