"""Scores written by their fields and read back."""

import json
from dataclasses import asdict

import numpy as np

from epochal.scoring import Comparison, Interval, Score
from epochal.scoring.json_numbers import nan_to_none, none_to_nan

GAIN = Interval(value=0.1, low=0.05, high=0.2)
SCORE = Score(
    name="accuracy",
    higher_is_better=True,
    percent=True,
    network=Interval(value=0.8, low=0.7, high=0.9),
    baselines={"mean": GAIN},
)


def test_a_score_comes_back_from_json():
    assert Score.from_dict(json.loads(json.dumps(asdict(SCORE)))) == SCORE
    comparison = Comparison(model="network", baseline="mean", gain=GAIN)
    assert Comparison.from_dict(json.loads(json.dumps(asdict(comparison)))) == comparison


def test_what_is_undefined_is_null_in_json_and_nan_in_memory():
    undefined = Interval(value=0.5, low=float("nan"), high=float("inf"))
    content = nan_to_none(asdict(undefined))
    assert content == {"value": 0.5, "low": None, "high": None}
    read = Interval.from_dict(content)
    assert read.value == 0.5
    assert np.isnan([read.low, read.high]).all()
    assert np.isnan(none_to_nan(None))
