"""A day of a Keras user: a script that does not start, one line more, a model to ship."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import epochal
from epochal.errors import InputError
from tests.tolerances import FLOAT32_REDUCTION, LOSS_PARITY

SCRIPT = """
import keras
{line}
import numpy as np

keras.utils.set_random_seed(3)
generator = np.random.default_rng(3)
x = generator.standard_normal((600, 12, 12, 1)).astype("float32")
y = (x.mean(axis=(1, 2, 3)) > 0).astype("int32")
model = keras.Sequential([
    keras.Input((12, 12, 1)),
    keras.layers.Conv2D(8, 3, activation="relu"),
    keras.layers.MaxPooling2D(),
    keras.layers.Flatten(),
    keras.layers.Dense(2, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    x, y, epochs=4, validation_split=0.25, verbose=0,
    callbacks=[
        keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(patience=1),
        keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
    ],
)
print(getattr(history, "engine", "model.fit"))
print(*history.history["val_loss"])
model.save("model.keras")
"""


def runs(script: str, backend: str | None = "jax") -> subprocess.CompletedProcess:
    """A script in a process of its own, as `python script.py` does it."""
    Path("script.py").write_text(script)
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment["KERAS_HOME"] = str(Path("keras").absolute())
    if backend is not None:
        environment["KERAS_BACKEND"] = backend
    return subprocess.run(
        [sys.executable, "script.py"], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.native
def test_an_existing_script_gains_by_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = runs(SCRIPT.format(line=""))
    assert before.stderr == ""
    engine, losses = before.stdout.splitlines()
    assert engine == "model.fit"

    after = runs(SCRIPT.format(line="import epochal; epochal.enable()"))
    assert after.stderr == ""
    engine, faster_losses = after.stdout.splitlines()
    assert engine == "native"
    np.testing.assert_allclose(
        np.array(faster_losses.split(), float), np.array(losses.split(), float), **LOSS_PARITY
    )

    # What it leaves behind is Keras' alone: loaded where epochal is never imported.
    loaded = runs(
        "import sys, keras\n"
        "model = keras.saving.load_model('best.keras')\n"
        "print(model.count_params(), model.optimizer.name, 'epochal' in sys.modules)\n"
    )
    assert loaded.stdout.split() == ["482", "adam", "False"], loaded.stderr


@pytest.mark.slow
def test_another_backend_is_said_before_anything_is_trained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = runs("import keras\nimport epochal\n", backend="numpy")
    assert told.returncode == 1
    assert "KERAS_BACKEND=jax" in told.stderr
    chosen = runs("import epochal, keras\nprint(keras.backend.backend())\n", backend=None)
    assert (chosen.stdout, chosen.stderr) == ("jax\n", "")


def test_from_a_learning_rate_to_an_answer_that_says_how_sure_it_is(tmp_path):
    generator = np.random.default_rng(0)
    x = generator.standard_normal((1200, 10)).astype("float32")
    y = (x[:, 0] * x[:, 1] > 0).astype("int32")
    model = keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    # Three slips, each a sentence, none of which has touched the model.
    weights = model.get_weights()
    with pytest.raises(InputError, match="y must have as many rows as x"):
        epochal.fit(model, x, y[:-1])
    with pytest.raises(InputError, match="x must be finite, got nan at"):
        epochal.fit(model, np.where(x > 2, np.nan, x), y)
    with pytest.raises(InputError, match="batch_size must be"):
        epochal.fit(model, x, y, batch_size=0)
    for one, other in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)

    curve = epochal.find_learning_rate(model, x, y, seed=0)
    assert curve.suggestion is not None
    assert 1e-5 < curve.suggestion < 1
    run = epochal.fit(
        model,
        x,
        y,
        epochs=40,
        validation_split=0.2,
        schedule=epochal.schedules.OneCycle(curve.suggestion),
        seed=0,
        verbose=0,
    )
    assert max(run.history["val_accuracy"]) > 0.8
    assert run.learning_rates.max() == pytest.approx(curve.suggestion, rel=0.1)
    assert "data:image/png" in run._repr_html_()

    # Where there were no rows like it, the answer is less sure.
    entropy = epochal.predict_monte_carlo(model, x[:200], samples=50, seed=0).total
    assert entropy is not None
    edge = np.abs(x[:200, 0] * x[:200, 1]) < 0.05
    assert entropy[edge].mean() > entropy[~edge].mean()

    # Shipped: one row at a time, the same numbers, and after a save the same again.
    answer = epochal.predictor(model)
    np.testing.assert_allclose(answer(x[:1]), model.predict(x[:1], verbose=0), **FLOAT32_REDUCTION)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
