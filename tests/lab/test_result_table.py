"""Results beside quoted figures: the rows of the table."""

from dataclasses import replace

import pytest

from epochal.lab import Result, below_quoted, table_rows
from tests.lab.given import given_experiment, run_and_read


def test_a_variant_that_one_seed_lacks_is_shown_with_the_seeds_that_have_it(tmp_path):
    given = given_experiment({("one", 0): 0.5, ("one", 1): 0.5, ("two", 1): 0.7, ("two", 2): 0.7})
    rows = list(table_rows(given, run_and_read(tmp_path, given)))
    assert [(row.variant, row.seeds) for row in rows] == [("one", 2), ("two", 2)]


def test_a_diagnosis_follows_the_name_of_the_variant(tmp_path):
    def run(scale, seed):
        yield "one", Result(value=0.5, diagnosis="fine" if seed else "overfitting")

    given = replace(given_experiment(), run=run)
    (row,) = table_rows(given, run_and_read(tmp_path, given))
    assert row.variant == "one: fine or overfitting"


def test_mean_and_standard_deviation_over_the_seeds(tmp_path):
    given = given_experiment(quoted={"one": 0.7})
    (row,) = table_rows(given, run_and_read(tmp_path, given))
    assert row == ("given", "one", "70%", "60.0% ± 10.0", 3, "3 to 5", "0.25")


def test_a_value_that_is_not_a_fraction(tmp_path):
    given = given_experiment({("one", seed): 2.0 for seed in (0, 1, 2)}, percent=False)
    (row,) = table_rows(given, run_and_read(tmp_path, given))
    assert row.ours == "2.000 ± 0.000"


@pytest.mark.parametrize(("quoted", "short"), [(0.605, []), (0.62, ["one"]), (0.3, [])])
def test_a_gap_of_more_than_a_percentage_point_is_noticed(tmp_path, quoted, short):
    given = given_experiment(quoted={"one": quoted})
    assert below_quoted(given, run_and_read(tmp_path, given)) == short
