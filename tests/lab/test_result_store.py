"""Results on disk: stored as they come, resumed, read with checks."""

import json
import re
from dataclasses import replace
from math import inf, isnan, nan

import numpy as np
import pytest

from epochal.errors import InputError
from epochal.lab import Result, ResultStore
from tests.lab.given import SMALL, Silent, given_experiment, run_and_read


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    results, given = ResultStore(tmp_path, SMALL), given_experiment()
    assert [seed for _, seed in results.missing([given])] == [0, 1, 2]
    results.run(given, 1, Silent())
    assert [seed for _, seed in results.missing([given])] == [0, 2]


def test_what_fails_midway_leaves_nothing(tmp_path):
    def broken(scale, seed):
        yield "one", Result(value=1.0)
        raise KeyboardInterrupt

    given = given_experiment()
    object.__setattr__(given, "run", broken)
    results = ResultStore(tmp_path, SMALL)
    with pytest.raises(KeyboardInterrupt):
        results.run(given, 0, Silent())
    assert len(list(results.missing([given]))) == 3
    assert not list(tmp_path.rglob("*.json"))


def test_what_is_read_is_what_was_run(tmp_path):
    first, *_ = run_and_read(tmp_path, given_experiment())
    assert first.variants == {"one": Result(value=0.5, epochs=3, seconds_per_epoch=0.25)}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", first.date)
    assert first.versions["keras"].startswith("3.")


def test_results_of_another_revision_are_not_todays(tmp_path):
    given = given_experiment()
    run_and_read(tmp_path, given)
    changed = replace(given, revision=2)
    results = ResultStore(tmp_path, SMALL)
    assert not results.of(changed)
    assert len(list(results.missing([changed]))) == 3
    assert not list(results.missing([given]))


def test_what_is_not_finite_is_kept_as_what_json_has(tmp_path):
    def diverged(scale, seed):
        yield "one", Result(value=nan, curves={"loss": [1.0, inf, nan]})

    given = replace(given_experiment(), run=diverged)
    results = ResultStore(tmp_path, SMALL)
    results.run(given, 0, Silent())
    text = (tmp_path / "small" / "given-0.json").read_text()
    json.loads(text, parse_constant=pytest.fail)
    (one,) = results.of(given)
    assert isnan(one.variants["one"].value)
    np.testing.assert_array_equal(one.variants["one"].curves["loss"], [1.0, nan, nan])


def test_a_result_that_cannot_be_read_is_named(tmp_path):
    given = given_experiment()
    run_and_read(tmp_path, given)
    path = tmp_path / "small" / "given-0.json"
    path.write_text(json.dumps({"variants": {}}))
    sentence = (
        f"out must hold results that `epochal lab run` wrote, got {str(path)!r}, which cannot be"
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        ResultStore(tmp_path, SMALL).of(given)


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    sentence = "out must be a folder that can be written to, got"
    with pytest.raises(InputError, match=re.escape(sentence)):
        ResultStore(tmp_path / "file", SMALL).check_writable()
