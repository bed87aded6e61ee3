"""Whether new rows are held as promised."""

import numpy as np
import pytest

from epochal.conformal.coverage import chance_of_fewer, conformal_quantile
from epochal.conformal.verdict import falls_short, on_new_rows
from epochal.scoring.coverage import coverage_of
from epochal.scoring.scores import Interval
from epochal.scoring.tested_coverage import CoverageOfGroup, TestedCoverage


def found_on(coverage, rows, left_out=500, kind="interval"):
    group = CoverageOfGroup(name="", rows=rows, coverage=coverage, size=1.0)
    return TestedCoverage(
        target="price",
        kind=kind,
        asked=0.9,
        left_out=left_out,
        holds_for="rows",
        interval_score=None,
        groups=(group,),
    )


def held(count, rows):
    return coverage_of(np.arange(rows) < count)


@pytest.mark.parametrize(("left_out", "rows"), [(9, 50), (40, 2000), (500, 100)])
def test_the_chance_is_that_of_drawn_scores(left_out, rows):
    random = np.random.default_rng(0)
    counts = np.array(
        [
            np.sum(random.random(rows) <= conformal_quantile(random.random(left_out), 0.9))
            for _ in range(3000)
        ]
    )
    for count in np.quantile(counts, [0.02, 0.3, 0.9]).astype(int):
        expected = np.mean(counts <= count)
        assert chance_of_fewer(count, rows, left_out, 0.9) == pytest.approx(expected, abs=0.03)


def test_it_warns_for_one_table_in_forty_at_most():
    random = np.random.default_rng(0)
    warned = 0
    for _ in range(800):
        limit = conformal_quantile(random.random(40), 0.9)
        warned += falls_short(found_on(coverage_of(random.random(1000) <= limit), 1000, 40))
    assert warned / 800 < 0.04


def test_the_same_coverage_is_chance_for_few_rows_left_out_and_not_for_many():
    assert not falls_short(found_on(held(860, 1000), 1000, left_out=40))
    assert falls_short(found_on(held(860, 1000), 1000, left_out=5000))
    assert not falls_short(found_on(held(940, 1000), 1000, left_out=5000))


def test_rows_of_few_groups_do_not_warn_by_themselves():
    wide = Interval(value=0.8, low=0.6, high=0.95)
    assert not falls_short(found_on(wide, 1000, left_out=5000))


def test_it_is_said_in_words():
    short, kept = found_on(held(60, 100), 100), found_on(held(91, 100), 100, kind="set")
    assert on_new_rows(short).startswith("The 90% intervals of price hold the truth of 60.0% of ")
    assert on_new_rows(short).endswith("than chance explains: do not believe them here.")
    assert on_new_rows(kept).startswith("The 90% sets of price hold the truth of 91.0% of the 100")
    assert on_new_rows(kept).endswith("That is in keeping with the promise.")
    label = on_new_rows(found_on(held(60, 100), 100, kind="label"))
    assert label.startswith(
        "Asked for 90%, in, out or unsure is right about the label price for 60.0% of the 100 rows"
    )
    assert label.endswith("than chance explains: do not believe them here.")
