"""Results: kept as they come, gone on from, read with checks, and set beside what is quoted."""

import json
import re
from dataclasses import replace
from math import inf, isnan, nan

import numpy as np
import pytest

from epochal.errors import InputError
from epochal.lab import ALL_SCALES, Experiment, Result, Results, falls_short, figures, rows_of
from epochal.lab.training import best_epoch

SMALL = ALL_SCALES["small"]


class Silent:
    def begins(self, experiment, seed):
        pass

    def arm(self, name):
        pass


def experiment(values=None, quoted=None, percent=True) -> Experiment:
    """One whose results are given: (arm, seed) -> value."""
    values = values or {("one", seed): 0.5 + seed / 10 for seed in (0, 1, 2)}

    def run(scale, seed):
        for (arm, of), value in values.items():
            if of == seed:
                yield arm, Result(value=value, epochs=3 + seed, seconds_per_epoch=0.25)

    return Experiment(
        name="given",
        title="Given",
        claim="None.",
        source="here",
        measure="share",
        percent=percent,
        quoted=quoted or {},
        run=run,
        draw=figures.means("share"),
    )


def kept(folder, given):
    results = Results(folder, SMALL)
    for one, seed in results.missing([given]):
        results.run(one, seed, Silent())
    return results.of(given)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    results, given = Results(tmp_path, SMALL), experiment()
    assert [seed for _, seed in results.missing([given])] == [0, 1, 2]
    results.run(given, 1, Silent())
    assert [seed for _, seed in results.missing([given])] == [0, 2]


def test_what_fails_midway_leaves_nothing(tmp_path):
    def broken(scale, seed):
        yield "one", Result(value=1.0)
        raise KeyboardInterrupt

    given = experiment()
    object.__setattr__(given, "run", broken)
    results = Results(tmp_path, SMALL)
    with pytest.raises(KeyboardInterrupt):
        results.run(given, 0, Silent())
    assert len(list(results.missing([given]))) == 3
    assert not list(tmp_path.rglob("*.json"))


def test_what_is_read_is_what_was_run(tmp_path):
    first, *_ = kept(tmp_path, experiment())
    assert first.arms == {"one": Result(value=0.5, epochs=3, seconds_per_epoch=0.25)}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", first.date)
    assert first.versions["keras"].startswith("3.")


def test_results_of_another_revision_are_not_todays(tmp_path):
    given = experiment()
    kept(tmp_path, given)
    changed = replace(given, revision=2)
    results = Results(tmp_path, SMALL)
    assert not results.of(changed)
    assert len(list(results.missing([changed]))) == 3
    assert not list(results.missing([given]))


def test_what_is_not_finite_is_kept_as_what_json_has(tmp_path):
    def diverged(scale, seed):
        yield "one", Result(value=nan, curves={"loss": [1.0, inf, nan]})

    given = replace(experiment(), run=diverged)
    results = Results(tmp_path, SMALL)
    results.run(given, 0, Silent())
    text = (tmp_path / "small" / "given-0.json").read_text()
    json.loads(text, parse_constant=pytest.fail)
    (one,) = results.of(given)
    assert isnan(one.arms["one"].value)
    np.testing.assert_array_equal(one.arms["one"].curves["loss"], [1.0, nan, nan])


def test_the_best_epoch_is_a_finite_one():
    assert best_epoch([2.0, 1.0, nan]) == 1
    assert best_epoch([nan, inf, 3.0, 4.0]) == 2


def test_an_arm_that_one_seed_lacks_is_shown_with_the_seeds_that_have_it(tmp_path):
    given = experiment({("one", 0): 0.5, ("one", 1): 0.5, ("two", 1): 0.7, ("two", 2): 0.7})
    rows = list(rows_of(given, kept(tmp_path, given)))
    assert [(row.arm, row.seeds) for row in rows] == [("one", 2), ("two", 2)]


def test_a_verdict_stands_behind_the_arm(tmp_path):
    def run(scale, seed):
        yield "one", Result(value=0.5, verdict="fine" if seed else "overfitting")

    given = replace(experiment(), run=run)
    (row,) = rows_of(given, kept(tmp_path, given))
    assert row.arm == "one: fine or overfitting"


def test_mean_and_deviation_over_the_seeds(tmp_path):
    given = experiment(quoted={"one": 0.7})
    (row,) = rows_of(given, kept(tmp_path, given))
    assert row == ("given", "one", "70%", "60.0% ± 10.0", 3, "3 to 5", "0.25")


def test_a_value_that_is_no_share(tmp_path):
    given = experiment({("one", seed): 2.0 for seed in (0, 1, 2)}, percent=False)
    (row,) = rows_of(given, kept(tmp_path, given))
    assert row.ours == "2.000 ± 0.000"


@pytest.mark.parametrize(("quoted", "short"), [(0.605, []), (0.62, ["one"]), (0.3, [])])
def test_a_miss_of_more_than_a_point_is_noticed(tmp_path, quoted, short):
    given = experiment(quoted={"one": quoted})
    assert falls_short(given, kept(tmp_path, given)) == short


def test_a_result_that_cannot_be_read_is_named(tmp_path):
    given = experiment()
    kept(tmp_path, given)
    path = tmp_path / "small" / "given-0.json"
    path.write_text(json.dumps({"arms": {}}))
    sentence = f"{str(path)!r} must be a result that `epochal lab run` wrote, but it cannot be read"
    with pytest.raises(InputError, match=re.escape(sentence)):
        Results(tmp_path, SMALL).of(given)


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    sentence = "The results must lie in a folder that can be written to, but"
    with pytest.raises(InputError, match=re.escape(sentence)):
        Results(tmp_path / "file", SMALL).check_writable()
