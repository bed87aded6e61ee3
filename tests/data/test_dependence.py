"""How alike rows of a group are, and rows that nearly equal another, beside all pairs."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from epochal.data import infer_columns
from epochal.data.dependence import Likeness, near_duplicates


@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_likeness_is_what_all_pairs_say(kind):
    random = np.random.default_rng(0)
    groups = random.integers(0, 8, 60)
    numbers = groups + random.normal(0, 2, 60)
    values = pd.Series(
        numbers if kind == "numbers" else [f"class {number // 3}" for number in numbers]
    )
    told: dict[bool, list[float]] = {True: [], False: []}
    for one, other in combinations(range(60), 2):
        differ = (
            (numbers[one] - numbers[other]) ** 2
            if kind == "numbers"
            else float(values[one] != values[other])
        )
        told[bool(groups[one] == groups[other])].append(differ)
    expected = 1 - np.mean(told[True]) / np.mean(told[True] + told[False])
    (found,) = Likeness(values.to_frame("v"), ["v"]).within(groups).values()
    assert found == pytest.approx(expected)


def test_near_duplicates_are_those_of_all_pairs():
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.normal(size=(80, 3)), columns=list("abc"))
    frame["d"] = random.choice(["x", "y"], 80)
    twins = frame.iloc[:30].assign(a=lambda rows: rows["a"] + 0.004)
    apart = frame.iloc[30:50].assign(a=lambda rows: rows["a"] + 0.2)
    other = frame.iloc[50:60].assign(d=lambda rows: rows["d"].map({"x": "y", "y": "x"}))
    whole = pd.concat([frame, twins, apart, other], ignore_index=True)
    groups = near_duplicates(whole, infer_columns(whole.assign(t=0), target="t"))
    assert (groups[80:110] == groups[:30]).all()
    assert len(np.unique(groups)) == len(whole) - 30


def test_a_crowd_of_equal_rows_takes_no_more_memory_than_its_rows():
    codes = np.random.default_rng(2).integers(0, 4, 200_000)  # 10^10 pairs are equal
    frame = pd.DataFrame({"a": codes % 2, "b": codes.astype(str)})
    groups = near_duplicates(frame, infer_columns(frame.assign(t=0), target="t"))
    assert len(np.unique(np.stack([groups, codes]), axis=1).T) == 4
