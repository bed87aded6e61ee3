"""How predicted distributions stand to the truth of the test rows, on the page of a run."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from epochal.conformal.conformity import NumberConformity
from epochal.distributions import Gaussian, Mixture
from epochal.runs import train_table
from epochal.runs.predicted import Predicted
from epochal.runs.tested_distributions import TestedDistributions

TINY: Any = {"hidden": (8,), "members": 2, "epochs": 4, "batch_size": 16, "learning_rate": 0.03}


def drawn(rows=200):
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, rows)
    return pd.DataFrame({"x": x, "a": x + random.normal(size=rows), "b": random.poisson(4, rows)})


def figures_of(run):
    return re.findall(r'<figure[^>]* id="([^"]+)"', run.report.read_text(encoding="utf-8"))


def predicted(rows=40):
    parameters = np.ones((2, rows, 1, 2))
    parameters[1, :, :, 0] = 3
    mixture = Mixture(family=Gaussian(), parameters=parameters, weights=(0.5, 0.5))
    return Predicted(mixture.mean, mixture)


def test_levels_are_those_of_the_mixture_and_deviations_are_as_predicted():
    given, truth = predicted(), np.linspace(0, 4, 40)[:, None]
    found = TestedDistributions.of(truth, given, None, seed=0)
    assert found is not None
    np.testing.assert_allclose(found.levels, given.mixture.cdf(truth))
    np.testing.assert_allclose(found.deviations, np.sqrt(2))
    known = NumberConformity.of(
        *(np.full((9, 1), 4.0), np.zeros((9, 1))),
        noise=np.ones((9, 1)),
        spread=np.ones((9, 1)),
    )
    scaled = TestedDistributions.of(truth, given, known, seed=0)
    assert scaled is not None
    np.testing.assert_allclose(scaled.deviations, np.sqrt(2 * 16 / 2))


def test_parts_are_put_in_order():
    one, other = (
        TestedDistributions(levels=np.full((2, 1), at), deviations=np.full((2, 1), at))
        for at in (0.25, 0.75)
    )
    found = TestedDistributions.joined([one, other], np.array([2, 0, 3, 1]))
    assert found.levels.ravel().tolist() == [0.75, 0.25, 0.75, 0.25]


@pytest.mark.parametrize("options", [{}, {"cv": "2x1"}])
def test_the_page_draws_the_distributions_of_each_target(tmp_path, options):
    run = train_table(
        drawn(), ["a", "b"], distribution="gaussian", out=tmp_path / "run", **options, **TINY
    )
    shown = [one for one in figures_of(run) if re.match("pit|quantiles|sharpness", one)]
    assert shown == [
        f"{name}{end}" for end in ("", "-2") for name in ("pit", "quantiles", "sharpness")
    ]


def test_numbers_alone_have_none(tmp_path):
    run = train_table(drawn().drop(columns="b"), "a", out=tmp_path / "run", **TINY)
    assert not {"pit", "quantiles", "sharpness"} & set(figures_of(run))
