"""What TensorBoard's own reader finds in the files, beside the run that wrote them."""

import re
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from tensorboard.plugins.hparams import plugin_data_pb2

import epochal
from epochal.callbacks import TensorBoard
from epochal.errors import InputError
from tests.callbacks.boards import X, Y, fitted, network, read, values
from tests.tolerances import EVENT_FILE, HISTOGRAM, HISTOGRAM_OF_GRADIENTS


def test_curves_of_both_parts_and_every_step(tmp_path):
    run = fitted(TensorBoard(tmp_path), validation_data=(X[:10], Y[:10]))
    train, validation = read(tmp_path / "train"), read(tmp_path / "validation")
    for name in ("loss", "accuracy"):
        np.testing.assert_allclose(values(train, f"epoch_{name}"), run.history[name], **EVENT_FILE)
        np.testing.assert_allclose(
            values(validation, f"epoch_{name}"), run.history[f"val_{name}"], **EVENT_FILE
        )
    np.testing.assert_allclose(values(train, "learning_rate"), run.learning_rates, **EVENT_FILE)
    np.testing.assert_allclose(values(train, "batch_loss"), run.losses, **EVENT_FILE)
    assert [event.step for event in train.Scalars("batch_loss")] == list(range(len(run.losses)))


def test_a_second_fit_in_the_same_second_leaves_the_files_of_the_first(tmp_path, monkeypatch):
    clock = SimpleNamespace(time=lambda: 1.7e9)
    monkeypatch.setattr("tensorboardX.event_file_writer.time", clock)
    board, model = TensorBoard(tmp_path), network()
    for begin, end in ((0, 3), (3, 6)):
        epochal.fit(
            model, X, Y, initial_epoch=begin, epochs=end, verbose=0, seed=1, callbacks=[board]
        )
    events = read(tmp_path / "train").Scalars("epoch_loss")
    assert [event.step for event in events] == [0, 1, 2, 3, 4, 5]


def test_the_steps_of_a_second_fit_go_on(tmp_path):
    board, model = TensorBoard(tmp_path), network()
    runs = [fitted(board, model) for _ in range(2)]
    events = read(tmp_path / "train").Scalars("batch_loss")
    assert [event.step for event in events] == list(range(30))
    losses = np.concatenate([run.losses for run in runs])
    np.testing.assert_allclose([event.value for event in events], losses, **EVENT_FILE)


def test_steps_are_batches_where_gradients_are_gathered(tmp_path):
    board, model = TensorBoard(tmp_path), network()
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=5)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    for _ in range(2):
        fitted(board, model)
    events = read(tmp_path / "train").Scalars("batch_loss")
    assert [event.step for event in events] == list(range(30))


def test_keras_own_fit_after_ours_writes_nothing_of_ours_again(tmp_path):
    board, model = TensorBoard(tmp_path), network()
    fitted(board, model)
    assert board.run is None
    assert board.rows is None
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0, callbacks=[board])
    found = read(tmp_path / "train")
    assert len(found.Scalars("batch_loss")) == 15
    steps = [event.step for event in found.Scalars("learning_rate")]
    assert steps == [*range(15), 20, 25]


def test_a_fit_that_broke_off_is_forgotten(tmp_path):
    def stop(epoch, logs):
        raise KeyboardInterrupt

    board, model = TensorBoard(tmp_path), network()
    breaking = keras.callbacks.LambdaCallback(on_epoch_end=stop)
    with pytest.raises(KeyboardInterrupt):
        epochal.fit(model, X, Y, batch_size=8, verbose=0, callbacks=[board, breaking])
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[board])
    steps = [event.step for event in read(tmp_path / "train").Scalars("learning_rate")]
    assert steps == [*range(5), 10]


def linear(rate: float) -> keras.Model:
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, name="line")])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


def test_a_diverged_fit_is_written_without_a_warning_a_step(tmp_path, caplog):
    board = TensorBoard(tmp_path, histogram_freq=1, embeddings_freq=1, hparams={"rate": 1e20})
    run = fitted(board, linear(rate=1e20))
    assert not np.isfinite(run.losses[-1])
    found = read(tmp_path / "train")
    np.testing.assert_array_equal(values(found, "batch_loss"), run.losses)
    np.testing.assert_array_equal(values(found, "epoch_loss"), run.history["loss"])
    assert not [entry for entry in caplog.records if entry.name.startswith("tensorboardX")]


def test_weights_that_are_all_very_large_have_a_histogram(tmp_path):
    model = linear(rate=1e-9)
    model.set_weights([np.full((6, 1), 1e25), np.zeros(1)])
    epochal.fit(
        model,
        np.zeros((8, 6)),
        np.zeros(8),
        verbose=0,
        callbacks=[TensorBoard(tmp_path, histogram_freq=1)],
    )
    (event,) = read(tmp_path / "train").Histograms("weights/line/kernel")
    np.testing.assert_allclose([event.histogram_value.min, event.histogram_value.max], 1e25)
    assert sum(event.histogram_value.bucket) == 6


def test_it_costs_no_batch_by_batch_fit(tmp_path):
    assert not fitted(TensorBoard(tmp_path)).batch_by_batch


def test_histograms_of_weights_activations_and_gradients(tmp_path):
    model = network()
    fitted(TensorBoard(tmp_path, histogram_freq=2), model)
    found = read(tmp_path / "train")
    shapes = {"hidden/kernel": 30, "hidden/bias": 5, "head/kernel": 15, "head/bias": 3}
    counts = {
        f"{kind}/{name}": n for kind in ("weights", "gradients") for name, n in shapes.items()
    }
    counts |= {"activations/hidden": 40 * 5, "activations/head": 40 * 3}
    assert set(found.Tags()["histograms"]) == set(counts)
    for tag, count in counts.items():
        events = found.Histograms(tag)
        assert [event.step for event in events] == [0, 2]
        assert events[-1].histogram_value.num == count
    last = found.Histograms("weights/hidden/kernel")[-1].histogram_value
    kernel = model.layers[0].kernel.numpy()
    np.testing.assert_allclose(
        [last.min, last.max, last.sum], [kernel.min(), kernel.max(), kernel.sum()], **HISTOGRAM
    )
    gradients = epochal.layer_gradients(model, X, Y)["head/kernel"]
    last = found.Histograms("gradients/head/kernel")[-1].histogram_value
    np.testing.assert_allclose(
        [last.min, last.max], [gradients.min(), gradients.max()], **HISTOGRAM_OF_GRADIENTS
    )


def test_hyperparameters_and_last_metrics(tmp_path):
    run = fitted(TensorBoard(tmp_path, hparams={"rate": 0.1, "kind": "plain", "deep": False}))
    found = read(tmp_path / "train")
    content = found.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    started = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.hparams
    assert started["rate"].number_value == 0.1
    assert started["kind"].string_value == "plain"
    assert started["deep"].bool_value is False
    np.testing.assert_allclose(values(found, "last_loss"), run.history["loss"][-1], **EVENT_FILE)


def test_a_subclassed_model_has_no_graph_and_no_activations(tmp_path):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = keras.layers.Dense(3, activation="softmax", name="head")

        def call(self, inputs):
            return self.head(inputs)

    model = Own()
    model.compile("sgd", "sparse_categorical_crossentropy")
    fitted(TensorBoard(tmp_path, histogram_freq=1, embeddings_freq=1), model)
    found = read(tmp_path / "train").Tags()
    assert not found["graph"]
    kinds = {tag.split("/")[0] for tag in found["histograms"]}
    assert kinds == {"weights", "gradients"}


def test_a_weight_of_the_model_itself_has_a_histogram(tmp_path):
    class Scaled(keras.Model):
        def __init__(self):
            super().__init__(name="scaled")
            self.head = keras.layers.Dense(3, activation="softmax", name="head")
            self.scale = self.add_weight(shape=(6,), initializer="ones", name="scale")

        def call(self, inputs):
            return self.head(inputs * self.scale)

    model = Scaled()
    model.compile("sgd", "sparse_categorical_crossentropy")
    fitted(TensorBoard(tmp_path, histogram_freq=1), model)
    tags = set(read(tmp_path / "train").Tags()["histograms"])
    names = ("scale", "head/kernel", "head/bias")
    assert tags == {f"{kind}/{name}" for kind in ("weights", "gradients") for name in names}


def test_in_keras_own_fit_a_rate_an_epoch_and_the_weights(tmp_path):
    model = network()
    board = TensorBoard(tmp_path, histogram_freq=1)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[board])
    found = read(tmp_path / "train")
    np.testing.assert_allclose(values(found, "learning_rate"), [0.1, 0.1], **EVENT_FILE)
    tags = {
        f"weights/{layer}/{kind}" for layer in ("hidden", "head") for kind in ("kernel", "bias")
    }
    assert set(found.Tags()["histograms"]) == tags


@pytest.mark.parametrize("name", ["histogram_freq", "embeddings_freq"])
def test_a_frequency_below_0_is_refused(name):
    sentence = (
        f"{name} must be a whole number of at least 0, got -1: 1 writes at every epoch, 0 never."
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        TensorBoard(**{name: -1})  # type: ignore[arg-type]


@pytest.mark.parametrize("taken", ["logs", "logs/train", "logs/validation"])
def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path, taken):
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("")
    sentence = (
        "log_dir must be a folder that can be written to, got "
        f"{str(tmp_path / taken)!r}, which is a file: name another."
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        fitted(TensorBoard(tmp_path / "logs"))


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    long = tmp_path / ("a" * 300)
    sentence = (
        "log_dir must be a folder that can be written to, got "
        f"{str(long / 'train')!r}, which cannot be made (File name too long): name another."
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        fitted(TensorBoard(long))


def test_several_threads_begin_in_one_folder(tmp_path):
    model = network()
    for trial in range(10):
        boards = [TensorBoard(tmp_path / str(trial)) for _ in range(8)]
        for board in boards:
            board.set_model(model)
        with ThreadPoolExecutor(len(boards)) as pool:
            list(pool.map(TensorBoard.on_train_begin, boards))
        for board in boards:
            board.on_train_end()
        assert list((tmp_path / str(trial)).rglob("events.out.tfevents.*"))


def test_numpy_scalars_become_pythons():
    given = {
        "rate": np.float32(0.5),
        "units": np.int64(3),
        "deep": np.bool_(True),
        "kind": np.str_("plain"),
        "momentum": 0.9,
    }
    found = TensorBoard(hparams=given).hparams
    assert found == {"rate": 0.5, "units": 3, "deep": True, "kind": "plain", "momentum": 0.9}
    assert [type(value) for value in found.values()] == [float, int, bool, str, float]


def test_no_hyperparameters_are_none():
    assert TensorBoard().hparams == {}


@pytest.mark.parametrize("value", [[1, 2], None, np.ones(2), 1j, np.complex64(1), len])
def test_a_hyperparameter_must_be_a_single_value(value):
    sentence = (
        f"hparams must have a number, bool or str for each name, got {value!r} for 'units': "
        "give one of those, for example its str."
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        TensorBoard(hparams={"units": value})


def test_the_name_of_a_hyperparameter_must_be_str():
    sentence = "hparams must have str as names, got 1: give str(1)."
    with pytest.raises(InputError, match=re.escape(sentence)):
        TensorBoard(hparams={1: 2})  # type: ignore[dict-item]


def test_hyperparameters_must_be_a_dict():
    sentence = (
        "hparams must be a dict of names to values, got ['rate']: "
        'give for example {"learning_rate": 0.01}.'
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        TensorBoard(hparams=["rate"])  # type: ignore[arg-type]
