"""Foreign networks: nothing is made from a file that names what epochal does not build."""

import json
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

from epochal.bridge.saved_models import classes_in
from epochal.data import infer_task
from epochal.errors import InputError
from epochal.models import ALL_GUIDELINES, network
from epochal.models.distribution_names import DISTRIBUTIONS
from epochal.runs import predict_table, read_run
from epochal.runs.network import TargetScale, build, in_target_units, recipe_of
from epochal.runs.settings import TrainSettings
from epochal.runs.storage.model_file import (
    ALLOWED_CLASSES,
    FUNCTIONAL,
    REGISTERED,
    check_model_file,
)
from epochal.training import Ensemble
from epochal.training.ensemble import average_model

TARGETS: dict[str, pd.Series | pd.DataFrame] = {
    "binary": pd.Series([0, 1] * 30, name="y"),
    "multiclass": pd.Series(list("abc") * 20, name="y"),
    "multilabel": pd.DataFrame({"a": [0, 1] * 30, "b": [1, 0] * 30}),
    "regression": pd.Series(np.arange(60) * 7.5, name="y"),
    "unit_interval": pd.Series(np.linspace(0, 1, 60), name="y"),
}


def _config(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def _with_config(run, folder, config):
    """A copy of the run whose network has another configuration."""
    shutil.copytree(run.path, folder)
    with (
        zipfile.ZipFile(run.model) as source,
        zipfile.ZipFile(folder / "model.keras", "w") as copy,
    ):
        for name in source.namelist():
            copy.writestr(name, json.dumps(config) if name == "config.json" else source.read(name))
    return read_run(folder)


def _overwriting(path):
    """A network whose Lambda layer draws pictures into a file while it is loaded."""
    layer = {"trainable": True, "dtype": "float32"}
    picture = {"value": [[[[255, 0, 0]] * 2] * 2], "dtype": "float32"}
    function = {"module": "keras.visualization", "class_name": "function"}
    layers = [
        {
            "module": "keras.layers",
            "class_name": "InputLayer",
            "registered_name": None,
            "name": "i",
            "config": {"batch_shape": [None, 3], "dtype": "float32", "name": "i"},
            "inbound_nodes": [],
        },
        {
            "module": "keras.layers",
            "class_name": "Lambda",
            "registered_name": None,
            "name": "w",
            "config": {
                **layer,
                "name": "w",
                "function": {
                    **function,
                    "config": "plot_image_gallery",
                    "registered_name": "plot_image_gallery",
                },
                "output_shape": [1],
                "arguments": {"path": str(path), "rows": 1, "cols": 1},
            },
            "inbound_nodes": [
                {"args": [{"class_name": "__numpy__", "config": picture}], "kwargs": {}}
            ],
        },
    ]
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "registered_name": "Functional",
        "config": {
            "name": "m",
            "trainable": True,
            "layers": layers,
            "input_layers": [["i", 0, 0]],
            "output_layers": [["i", 0, 0]],
        },
    }


def test_every_network_that_train_builds_passes_and_no_part_is_superfluous(tmp_path):
    found = set()
    for guideline in ALL_GUIDELINES:
        for kind, target in TARGETS.items():
            for hidden in ((), (3,), (3,) * 5):
                task = infer_task(target, kind)
                names = tuple(task.target)
                settings = TrainSettings(target=names, network=guideline, hidden=hidden)
                recipe = recipe_of(settings, 60, 4, 1)
                variant = recipe.variants[0]
                models = [build(task, 4, settings, recipe, variant, seed) for seed in (0, 1)]
                scale = TargetScale.of(task, np.arange(60.0))
                averages = [Ensemble(models=models, weights=weights) for weights in (None, (1, 2))]
                for model in (models[0], *(average.model for average in averages)):
                    in_target_units(model, scale).save(tmp_path / "model.keras")
                    check_model_file(tmp_path / "model.keras")
                    found |= set(classes_in(_config(tmp_path / "model.keras")))
    of_keras = {(module, name, None) for module, name in ALLOWED_CLASSES}
    assert found == of_keras | {FUNCTIONAL, (None, "__keras_tensor__", None)}


def test_networks_of_distributions_have_heads_and_their_mean_besides(tmp_path):
    found = set()
    for name in DISTRIBUTIONS:
        model = network("regression", 3, hidden=(2,), distribution=name)
        average_model([model], [1.0]).save(tmp_path / "model.keras")
        check_model_file(tmp_path / "model.keras")
        found |= {one for one in classes_in(_config(tmp_path / "model.keras")) if one[2]}
    assert found == REGISTERED | {FUNCTIONAL}


def test_a_network_that_calls_a_function_while_it_loads_is_refused(titanic_run, tmp_path):
    mine = tmp_path / "mine.png"
    mine.write_text("precious")
    evil = _with_config(titanic_run, tmp_path / "evil", _overwriting(mine))
    with pytest.raises(InputError, match=r"with .*inbound_nodes.* run code: train again"):
        predict_table(evil.path, "titanic")
    assert mine.read_text() == "precious"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda layer: layer.update(class_name="Lambda"), r"'keras\.layers\.Lambda'"),
        (lambda layer: layer.update(registered_name="mine>Dense"), "'mine>Dense'"),
        (lambda layer: layer.update(registered_name=["mine"]), r"\"\['mine'\]\""),
        (lambda layer: layer.update(registered_name="epochal>TiedDense"), "'epochal>TiedDense'"),
        (
            lambda layer: layer["inbound_nodes"].append({"args": [], "kwargs": {}}),
            "'inbound_nodes'",
        ),
        (lambda layer: layer["inbound_nodes"][0].update(kwargs={"a": 1}), "'inbound_nodes'"),
        (lambda layer: layer["inbound_nodes"][0].update(args=[[1.0]]), "'inbound_nodes'"),
        (lambda layer: layer.pop("module"), r"'None\.Dense'"),
        (
            lambda layer: layer["config"].update(
                activation={"module": "builtins", "class_name": "function", "config": "print"}
            ),
            r"'builtins\.function'",
        ),
    ],
)
def test_any_other_part_is_named(titanic_run, tmp_path, change, named):
    config = _config(titanic_run.model)
    change(config["config"]["layers"][1])
    other = _with_config(titanic_run, tmp_path / "other", config)
    with pytest.raises(InputError, match=f"must have a network .* with {named}, which may"):
        check_model_file(other.model)


def test_a_file_that_cannot_be_walked_is_refused(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "[" * 100_000)
    with pytest.raises(InputError, match=r"cannot be loaded \(RecursionError\): train again"):
        check_model_file(path)
