"""Predictions with a run, and what is refused."""

import shutil

import keras
import numpy as np
import pandas as pd
import pytest

from epochal.bridge.combining import members_of
from epochal.data import infer_task, load_preprocessing, read_table
from epochal.errors import InputError
from epochal.runs import TrainSettings, predict_table, train_table
from epochal.runs.network import build, recipe_of
from epochal.runs.storage.folder import FILES


def test_a_table_without_the_columns_of_training_is_refused(titanic_run):
    frame = pd.DataFrame({"pclass": [3], "sex": ["male"]})
    with pytest.raises(InputError, match="must have the columns of the training table"):
        predict_table(titanic_run.path, frame)


def test_a_damaged_network_is_refused(titanic_run, tmp_path):
    (tmp_path / "model.keras").write_bytes(b"no network")
    for name in FILES:
        if name != "model.keras":
            (tmp_path / name).write_bytes((titanic_run.path / name).read_bytes())
    with pytest.raises(InputError, match="cannot be loaded"):
        predict_table(tmp_path, "titanic")


def test_a_network_for_another_task_is_refused(titanic_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(titanic_run.path, folder)
    inputs = keras.saving.load_model(titanic_run.model).input_shape[-1]
    settings = TrainSettings(target=("y",))
    task = infer_task(pd.Series(list("abc") * 20, name="y"))
    recipe = recipe_of(settings, 60, inputs, 1)
    build(task, inputs, settings, recipe, recipe.variants[0], 0).save(folder / "model.keras")
    with pytest.raises(
        InputError, match=r"a network of 1 outputs, as its run.json says, got .* with 3: train"
    ):
        predict_table(folder, "titanic")


def test_rows_are_numbered_and_keep_their_columns(titanic_run):
    table = read_table("titanic").iloc[100:105]
    frame = predict_table(titanic_run.path, table, id="sex")
    predicted = ["prediction", "probability_0", "probability_1"]
    assert list(frame) == ["row", "sex", *predicted, "warnings"]
    assert frame["row"].tolist() == [0, 1, 2, 3, 4]
    assert frame["sex"].tolist() == table["sex"].tolist()
    assert frame["warnings"].isna().all()
    with pytest.raises(
        InputError, match=r"id must name a column of the table, got 'sexx'\..*'sex'"
    ):
        predict_table(titanic_run.path, table, id="sexx")
    with pytest.raises(InputError, match=r"id must not share a name .*\), got 'row'"):
        predict_table(titanic_run.path, table.assign(row=1), id="row")


def test_values_unlike_those_of_training_are_named(titanic_run):
    table = read_table("titanic").head(3).copy()
    table["fare"] = [1e9, 7.25, -900]
    table["embark_town"] = ["Atlantis", "Southampton", None]
    warnings = predict_table(titanic_run.path, table)["warnings"]
    assert warnings[0] == "fare (outside 0 to 512.329), embark_town (new)"
    assert pd.isna(warnings[1])
    assert warnings[2] == "fare (outside 0 to 512.329)"


def test_columns_that_the_table_lacks_are_taken_as_missing_on_request(titanic_run):
    table = read_table("titanic").head(4)
    without = table.drop(columns=["age", "sex"])
    taken = predict_table(titanic_run.path, without, missing="unknown")
    emptied = predict_table(titanic_run.path, table.assign(age=np.nan, sex=None))
    pd.testing.assert_frame_equal(taken, emptied)
    with pytest.raises(InputError, match="got one without 'sex', 'age'"):
        predict_table(titanic_run.path, without)
    with pytest.raises(InputError, match=r"missing must be 'refuse' or 'unknown', got 'unknwon'"):
        predict_table(titanic_run.path, without, missing="unknwon")
    with pytest.raises(InputError, match="must have at least one column of the training table"):
        predict_table(titanic_run.path, pd.DataFrame({"other": [1]}), missing="unknown")


def test_weights_that_are_not_finite_are_refused(titanic_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(titanic_run.path, folder)
    model = keras.saving.load_model(folder / "model.keras")
    layer = next(each for each in model.layers if each.get_weights())
    layer.set_weights([np.full_like(weight, np.nan) for weight in layer.get_weights()])
    model.save(folder / "model.keras")
    with pytest.raises(InputError) as error:
        predict_table(folder, "titanic")
    assert str(error.value) == (
        f"The run must have a network of finite weights, got {str(folder / 'model.keras')!r} with "
        "NaN or infinity among them: train again."
    )


def test_how_sure_is_told_beside_the_predictions(titanic_run):
    table = read_table("titanic").iloc[:40]
    plain = predict_table(titanic_run.path, table)
    frame = predict_table(titanic_run.path, table, uncertainty="ensemble", coverage=0.8)
    names = [f"{kind}_uncertainty" for kind in ("total", "aleatoric", "epistemic")]
    assert list(frame) == [*list(plain)[:-1], *names, "set", "warnings"]
    pd.testing.assert_frame_equal(frame[list(plain)], plain)
    p = frame[["probability_0", "probability_1"]].to_numpy()
    np.testing.assert_allclose(frame[names[0]], -(p * np.log(p)).sum(axis=1), rtol=1e-4)
    np.testing.assert_allclose(frame[names[1]] + frame[names[2]], frame[names[0]], rtol=1e-5)
    assert (frame[names[2]] > 0).all()


def test_numbers_have_the_spread_of_their_networks_in_the_units_of_the_target(blobs, out):
    run = train_table(blobs, "weight", members=3, epochs=2, drop=("kind",), out=out)
    frame = predict_table(run.path, blobs, uncertainty="ensemble")
    model = keras.saving.load_model(run.model)
    x = load_preprocessing(run.preprocessing).transform(blobs)
    layer = model.get_layer(index=-2)  # averages the networks, before the units of the target
    each = keras.Model(model.inputs, layer.input)(x)
    scale = np.asarray(model.layers[-1].scale)
    spread = np.asarray(each, float) * scale
    if "weighted" in layer.name:
        weights = members_of(keras.Model(model.inputs, layer.output)).weights
        spread = spread / np.reshape(weights, (3, 1, 1))
        mean = np.tensordot(weights, spread, 1)
        variance = np.tensordot(weights, (spread - mean) ** 2, 1)
    else:
        variance = spread.var(axis=0)
    # What is left unexplained on rows left out is the same for all rows. One factor makes both as
    # large as the errors there, less what those of all networks are smaller by.
    kept = pd.read_parquet(run.path / "conformity.parquet")
    squared = kept["absolute_0"] ** 2
    noise = squared.mean()
    factor = ((squared - kept["excess_0"]) / (noise + kept["spread_0"])).mean()
    np.testing.assert_allclose(frame["epistemic_uncertainty"], factor * variance[:, 0], rtol=1e-3)
    np.testing.assert_allclose(frame["aleatoric_uncertainty"], factor * noise)
    total = frame["aleatoric_uncertainty"] + frame["epistemic_uncertainty"]
    np.testing.assert_allclose(frame["standard_deviation"], np.sqrt(total))


def test_what_a_run_cannot_tell_of_its_uncertainty_is_a_sentence(titanic_run, blobs, out):
    with pytest.raises(InputError) as raised:
        predict_table(titanic_run.path, "titanic", uncertainty="bot")
    assert str(raised.value) == (
        "uncertainty must be one of ensemble, monte_carlo, both, got 'bot'. Did you mean 'both'?"
    )
    run = train_table(blobs, "flies", members=1, epochs=1, drop=("kind", "stings"), out=out)
    with pytest.raises(InputError) as raised:
        predict_table(run.path, blobs, uncertainty="ensemble")
    assert str(raised.value) == (
        "uncertainty must be 'monte_carlo' for a run of one network, got 'ensemble': train with "
        "--members 5 or more to compare networks."
    )
    frame = predict_table(run.path, blobs, uncertainty="monte_carlo")
    assert (frame["epistemic_uncertainty"] > 0).all()
