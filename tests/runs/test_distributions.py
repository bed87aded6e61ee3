"""Runs whose networks predict a distribution of each row."""

import shutil
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from epochal.data import infer_task, load_preprocessing
from epochal.distributions import Mixture
from epochal.errors import InputError
from epochal.models import ALL_DISTRIBUTIONS
from epochal.models.distribution_names import DISTRIBUTIONS, predicts_counts
from epochal.runs import (
    RowPredictor,
    RunFolder,
    TrainSettings,
    evaluate_table,
    predict_table,
    read_run,
    train_table,
)
from epochal.runs.network import TargetScale, build, in_target_units, recipe_of
from epochal.runs.predict import load_model
from epochal.runs.predicted import predict_rows
from epochal.runs.storage.conformity_file import CONFORMITY
from epochal.runs.storage.model_file import check_model_file
from epochal.training.ensemble import average_model

TINY: dict[str, Any] = {
    "hidden": (8,),
    "members": 2,
    "epochs": 12,
    "batch_size": 16,
    "learning_rate": 0.03,
}


def drawn(rows=240, seed=0):
    """Numbers around 1,000 that scatter by 5 on the left and by 40 on the right; counts."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, rows)
    return pd.DataFrame(
        {
            "x": x,
            "price": 1000 + 100 * x + np.where(x > 0, 40, 5) * random.normal(size=rows),
            "visits": random.poisson(np.exp(1 + x)),
        }
    )


def mixture_of(run: RunFolder, frame: pd.DataFrame) -> Mixture:
    x = load_preprocessing(run.preprocessing).transform(frame)
    mixture = predict_rows(load_model(run), x).mixture
    assert mixture is not None
    return mixture


@pytest.fixture(scope="module")
def gaussian(tmp_path_factory) -> RunFolder:
    out = tmp_path_factory.mktemp("gaussian") / "run"
    frame = drawn().drop(columns="visits")
    return train_table(frame, "price", distribution="gaussian", out=out, **TINY)


def test_a_run_predicts_the_mean_as_it_did_before_it_was_saved(gaussian):
    tested = pd.read_parquet(gaussian.predictions)
    found = predict_table(gaussian.path, drawn().iloc[tested["row"]])
    np.testing.assert_allclose(found["prediction"], tested["prediction"], rtol=1e-6)
    assert gaussian.record.score("R²").network.value > 0.5
    assert read_run(gaussian.path).record.settings["distribution"] == "gaussian"
    assert "--distribution gaussian" in gaussian.record.command


def test_intervals_and_deviations_are_as_wide_as_the_row_asks_for(gaussian):
    new = drawn(600, seed=1)
    found = predict_table(gaussian.path, new, coverage=0.9)
    held = (found["low"] <= new["price"]) & (new["price"] <= found["high"])
    assert abs(held.mean() - 0.9) < 0.07
    right, width = new["x"] > 0, found["high"] - found["low"]
    assert width[right].mean() > 1.3 * width[~right].mean()
    deviation = found["standard_deviation"]
    assert deviation[right].mean() > 1.3 * deviation[~right].mean()
    squared = (new["price"] - found["prediction"]) ** 2
    assert 0.6 < np.mean(squared / deviation**2) < 1.6
    np.testing.assert_allclose((found["low"] + found["high"]) / 2, found["prediction"])
    (coverage,) = gaussian.record.coverage
    assert coverage.left_out == gaussian.record.rows["training"]
    with pytest.raises(InputError, match=r"^by_group must be left out for a run that predicts "):
        predict_table(gaussian.path, new, coverage=0.9, by_group=True)


def test_the_variance_is_split_and_the_quantiles_are_those_of_the_mixture(gaussian):
    new = drawn(50, seed=1)
    plain = predict_table(gaussian.path, new)
    found = predict_table(gaussian.path, new, uncertainty="ensemble")
    both = found["aleatoric_uncertainty"] + found["epistemic_uncertainty"]
    np.testing.assert_allclose(found["total_uncertainty"], both)
    np.testing.assert_allclose(found["standard_deviation"] ** 2, both)
    np.testing.assert_allclose(found["standard_deviation"], plain["standard_deviation"], rtol=1e-5)
    mixture = mixture_of(gaussian, new)
    for level in (0.05, 0.5, 0.95):
        np.testing.assert_allclose(
            found[f"quantile_{level:g}"], mixture.quantile(level)[:, 0], rtol=1e-5
        )
    kept = pd.read_parquet(gaussian.path / CONFORMITY)
    squared = kept["absolute_0"] ** 2 - kept["excess_0"]
    factor = np.mean(squared / (kept["noise_0"] + kept["spread_0"]))
    np.testing.assert_allclose(both, factor * mixture.variance[:, 0], rtol=1e-5)
    dropped = predict_table(gaussian.path, new, uncertainty="both")
    assert (dropped["epistemic_uncertainty"] > found["epistemic_uncertainty"]).mean() > 0.5


def test_crps_and_log_score_are_those_of_the_mixture_here_and_on_new_rows(gaussian):
    tested = pd.read_parquet(gaussian.predictions)
    rows, truth = drawn().iloc[tested["row"]], tested[["true_price"]].to_numpy()
    mixture = mixture_of(gaussian, rows)
    again = evaluate_table(gaussian.path, rows)
    for name, values in (
        ("CRPS", mixture.crps(truth)),
        ("log score", -mixture.log_likelihood(truth)),
    ):
        score = gaussian.record.score(name)
        assert score.network.value == pytest.approx(values.mean(), rel=1e-5)
        assert np.isnan(score.baselines["mean"].value)
        (other,) = [one for one in again.scores if one.name == name]
        assert other.network.value == pytest.approx(score.network.value, rel=1e-5)
    assert again.coverage[0].overall.coverage.value == pytest.approx(
        gaussian.record.coverage[0].overall.coverage.value
    )


def test_the_page_and_the_service_say_it(gaussian):
    said = "Of each row a normal distribution is predicted; the prediction is its mean."
    assert said in gaussian.record.network
    assert said in gaussian.report.read_text()
    new = drawn(9, seed=1)[["x"]]
    expected = predict_table(gaussian.path, new, coverage=0.9)
    got = pd.DataFrame(RowPredictor(gaussian.path, coverage=0.9)(new.to_dict("records")))
    columns = ["prediction", "standard_deviation", "low", "high"]
    np.testing.assert_allclose(got[columns], expected[columns], rtol=1e-5)


def test_a_damaged_file_of_the_rows_left_out_is_refused(gaussian, tmp_path):
    copy = shutil.copytree(gaussian.path, tmp_path / "run")
    kept = pd.read_parquet(copy / CONFORMITY)
    kept.assign(noise_0=0.0).to_parquet(copy / CONFORMITY)
    with pytest.raises(InputError, match=r"a conformity\.parquet that `epochal train` wrote, got"):
        predict_table(copy, drawn(9))
    (copy / CONFORMITY).unlink()
    found = predict_table(copy, drawn(9))  # without them variances are as the networks predict
    deviation = np.sqrt(mixture_of(gaussian, drawn(9)).variance[:, 0])
    np.testing.assert_allclose(found["standard_deviation"], deviation, rtol=1e-6)


def test_counts_are_told_by_a_distribution_of_counts(tmp_path):
    frame = drawn().drop(columns="price")
    run = train_table(frame, "visits", distribution="poisson", out=tmp_path / "run", **TINY)
    assert run.record.task["kind"] == "regression"
    new = drawn(400, seed=1)
    mixture = mixture_of(run, new)
    np.testing.assert_allclose(mixture.aleatoric, mixture.mean, rtol=1e-6)
    found = predict_table(run.path, new, coverage=0.9)
    np.testing.assert_allclose(found["prediction"], mixture.mean[:, 0], rtol=1e-6)
    assert found["low"].min() >= 0
    held = (found["low"] <= new["visits"]) & (new["visits"] <= found["high"])
    assert held.mean() > 0.85
    assert run.record.score("log score").network.value < 3
    with pytest.raises(
        InputError, match=r"^The target 'visits' must be counts, whole numbers of at least 0, "
    ):
        evaluate_table(run.path, new.assign(visits=new["visits"] + 0.5))


def test_a_single_network_of_several_targets(tmp_path):
    frame = drawn(120)
    few = {**TINY, "members": 1, "epochs": 2, "network": "default"}
    run = train_table(
        frame, ["price", "visits"], distribution="quantiles", out=tmp_path / "run", **few
    )
    found = predict_table(run.path, frame, coverage=0.8)
    assert (found["standard_deviation_price"] > found["standard_deviation_visits"]).all()
    assert (found["low_visits"] < found["high_visits"]).all()
    assert np.isfinite(run.record.score("CRPS of visits").network.value)


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("price", {"distribution": "gausian"}, r"Did you mean 'gaussian'\?$"),
        (
            "price",
            {"distribution": "poisson"},
            r"^The target 'price' must be counts, whole numbers of at least 0, for the "
            r"distribution 'poisson', got .*: take 'gaussian' for other numbers\.$",
        ),
        (
            "kind",
            {"distribution": "gaussian"},
            r"^distribution must be left out for the task 'binary', got 'gaussian': it is for "
            r"'regression'\.$",
        ),
        (
            "visits",
            {"distribution": "gaussian", "task": "multiclass"},
            "^distribution must be left out for the task 'multiclass', got 'gaussian': ",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, target, options, message):
    frame = drawn(60).assign(kind=["a", "b"] * 30)
    with pytest.raises(InputError, match=message):
        train_table(frame, target, out=tmp_path / "run", **options, **TINY)


def test_the_names_that_need_no_keras_are_those_of_the_heads():
    assert tuple(ALL_DISTRIBUTIONS) == DISTRIBUTIONS
    counted = [name for name in DISTRIBUTIONS if predicts_counts(name)]
    assert counted == [
        name for name, each in ALL_DISTRIBUTIONS.items() if each.head().distribution.discrete
    ]


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("members", [1, 2])
def test_each_network_that_is_kept_gives_the_mean_of_what_can_be_found_in_it(
    name, members, tmp_path
):
    """Also where it is loaded, whose file is looked through first; and as an ONNX file."""
    settings = TrainSettings(target=("a", "b"), hidden=(3,), distribution=name)
    task = infer_task(pd.DataFrame({"a": np.arange(60.0), "b": -np.arange(60.0)}))
    recipe = recipe_of(settings, 60, 4, members)
    models = [build(task, 4, settings, recipe, recipe.variants[0], seed) for seed in range(members)]
    y = np.random.default_rng(0).poisson(5, (60, 2)).astype(float)
    model = in_target_units(
        average_model(models, [1 / members] * members), TargetScale.of(task, y, name)
    )
    model.save(tmp_path / "model.keras")
    check_model_file(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    x = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)
    found = predict_rows(loaded, x)
    assert found.mixture is not None
    assert found.mixture.parameters.shape[:3] == (members, 5, 2)
    np.testing.assert_allclose(found.outputs, loaded.predict(x, verbose=0), rtol=1e-4, atol=1e-5)
    scale = TargetScale.of(task, y, name)
    family = found.mixture.family
    for own, network in zip(found.mixture.parameters, models, strict=True):
        given = np.asarray(network.predict(x, verbose=0), float)
        if scale is not None:
            given = family.in_units(given, scale.std, scale.mean)
        np.testing.assert_allclose(own, given, rtol=1e-4, atol=1e-5)
