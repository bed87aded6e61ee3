"""Predictions with a run, and what is refused."""

import shutil

import keras
import pandas as pd
import pytest

from epochal.data import infer_task
from epochal.errors import InputError
from epochal.runs import TrainSettings, predict_table
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
