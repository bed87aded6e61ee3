"""Hyperparameters that TensorBoard's table cannot hold are refused when the callback is made."""

import re

import numpy as np
import pytest

from epochal.callbacks import TensorBoard
from epochal.errors import InputError


def test_numpy_scalars_become_pythons():
    given = {
        "rate": np.float32(0.5),
        "units": np.int64(3),
        "deep": np.bool_(True),
        "kind": np.str_("plain"),
        "momentum": 0.9,
    }
    found = TensorBoard(hparams=given).hparams
    assert found == {"rate": 0.5, "units": 3, "deep": True, "kind": "plain", "momentum": 0.9}
    assert [type(value) for value in found.values()] == [float, int, bool, str, float]


def test_none_are_none():
    assert TensorBoard().hparams == {}


@pytest.mark.parametrize("value", [[1, 2], None, np.ones(2), 1j, np.complex64(1), len])
def test_what_is_no_single_value_is_refused(value):
    sentence = (
        f"hparams must have a number, bool or str for each name, got {value!r} for 'units': "
        "give one of those, for example its str."
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        TensorBoard(hparams={"units": value})


def test_a_name_that_is_no_str_is_refused():
    sentence = "hparams must have str as names, got 1: give str(1)."
    with pytest.raises(InputError, match=re.escape(sentence)):
        TensorBoard(hparams={1: 2})  # type: ignore[dict-item]


def test_what_is_no_dict_is_refused():
    sentence = (
        "hparams must be a dict of names to values, got ['rate']: "
        'give for example {"learning_rate": 0.01}.'
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        TensorBoard(hparams=["rate"])  # type: ignore[arg-type]
