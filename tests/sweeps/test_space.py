"""What a space may be, and what is refused."""

from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from epochal.errors import InputError
from epochal.sweeps.space import Space, same


def test_each_form_is_a_distribution() -> None:
    given = FloatDistribution(0, 1, step=0.25)
    space = Space(
        {"a": (0, 1.5), "b": (1, 8), "c": (1e-4, 1e-1, "log"), "d": [None, 1, "x"], "e": given}
    )
    assert space.distributions == {
        "a": FloatDistribution(0.0, 1.5),
        "b": IntDistribution(1, 8),
        "c": FloatDistribution(1e-4, 1e-1, log=True),
        "d": CategoricalDistribution([None, 1, "x"]),
        "e": given,
    }


def test_choices_that_no_storage_holds_are_kept_by_their_texts() -> None:
    space = Space({"hidden": [(8,), (8, 8)]})
    assert space.distributions["hidden"] == CategoricalDistribution(["(8,)", "(8, 8)"])
    assert space.settings_of({"hidden": "(8,)"}) == {"hidden": (8,)}


def test_a_grid_is_every_combination_where_there_are_no_more_than_wanted() -> None:
    space = Space({"a": [1, 2], "b": ["x", "y", "z"]})
    grid = space.grid(6)
    assert grid is not None
    assert len(grid) == 6
    assert all(one not in grid[:at] for at, one in enumerate(grid))
    assert space.grid(5) is None
    assert Space({"a": [1, 2], "b": (0, 1)}).grid(100) is None


def test_two_spaces_are_the_same_in_whatever_order() -> None:
    one = Space({"a": [1, 2], "b": (0.0, 1.0)}).described()
    assert same(one, Space({"b": (0.0, 1.0), "a": [1, 2]}).described())
    assert not same(one, Space({"b": (0.0, 2.0), "a": [1, 2]}).described())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"space must map names of parameters to what each may be, got a dict: write \{"),
        ([1], "space must map names of parameters to what each may be, got a list"),
        ({"a": 3}, r"space\['a'\] must be a range or choices, got 3: give \(low, high\)"),
        ({"a": (1,)}, r"space\['a'\] must be a range or choices, got \(1,\)"),
        ({"a": (1, 2, "ln")}, r"space\['a'\] must have two finite numbers as bounds, got \(1, 2"),
        ({"a": (0, float("inf"))}, "must have two finite numbers as bounds"),
        ({"a": ("x", 2)}, "must have two finite numbers as bounds"),
        ({"a": (2, 1)}, r"its lower bound first, got \(2, 1\): write \(1, 2\), or \[2\] for one"),
        ({"a": (0, 1, "log")}, r"begin above 0 on a logarithmic scale, got .*: begin at 0.001"),
        ({"a": []}, r"space\['a'\] must have a choice, got \[\]"),
    ],
)
def test_what_is_refused(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Space(given)
