"""The points of the projector, and what they are called, as TensorBoard's own parser reads them."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from google.protobuf import text_format  # type: ignore[import-untyped]
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

import epochal
from epochal.callbacks import TensorBoard
from epochal.callbacks.projector import points_of
from epochal.errors import InputError
from tests.callbacks.boards import X, Y, fitted, generator, network
from tests.tolerances import EMBEDDINGS_IN_TEXT, OUTPUTS_IN_TEXT

LOSS = "sparse_categorical_crossentropy"


def two_headed() -> keras.Model:
    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(5, activation="tanh", name="hidden")(inputs)
    heads = [keras.layers.Dense(3, activation="softmax", name=name)(hidden) for name in ("a", "b")]
    model = keras.Model(inputs, dict(zip(("a", "b"), heads, strict=True)))
    model.compile("sgd", {"a": LOSS, "b": LOSS})
    return model


def entries(folder: Path) -> dict[str, str]:
    """Each entry of the projector's configuration: its name, and the file of its points."""
    text = (folder / "train" / "projector_config.pbtxt").read_text(encoding="utf-8")
    found = text_format.Parse(text, ProjectorConfig()).embeddings
    paths = {entry.tensor_name: entry.tensor_path for entry in found}
    assert len(paths) == len(found)
    return paths


def test_points_of_an_embedding_with_their_names(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((2,), dtype="int32"),
            keras.layers.Embedding(4, 3, name="words"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    names = ["the", "a", "of", "is"]
    board = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"words": names})
    tokens = generator.integers(0, 4, size=(40, 2))
    epochal.fit(model, tokens, Y, epochs=2, verbose=0, callbacks=[board])
    folder = tmp_path / "train" / "00001" / "words"
    assert (folder / "metadata.tsv").read_text().split() == names
    table = np.loadtxt(folder / "tensors.tsv")
    np.testing.assert_allclose(table, model.layers[0].embeddings.numpy(), **EMBEDDINGS_IN_TEXT)
    assert "00001/words/tensors.tsv" in (tmp_path / "train" / "projector_config.pbtxt").read_text()


def test_points_of_the_last_hidden_layer_are_named_by_the_targets(tmp_path):
    model = network()
    fitted(TensorBoard(tmp_path, embeddings_freq=2), model)
    folder = tmp_path / "train" / "00002" / "hidden"
    points = np.loadtxt(folder / "tensors.tsv")
    expected = epochal.layer_outputs(model, X)["hidden"]
    np.testing.assert_allclose(points, expected, **OUTPUTS_IN_TEXT)
    assert (folder / "metadata.tsv").read_text().split() == [str(label) for label in Y]


def test_the_hidden_layer_of_a_model_with_two_heads_has_no_names(tmp_path):
    model = two_headed()
    fitted(TensorBoard(tmp_path, embeddings_freq=2), model, y={"a": Y, "b": Y})
    folder = tmp_path / "train" / "00002" / "hidden"
    expected = epochal.layer_outputs(model, X)["hidden"]
    np.testing.assert_allclose(np.loadtxt(folder / "tensors.tsv"), expected, **OUTPUTS_IN_TEXT)
    assert not (folder / "metadata.tsv").exists()


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        (np.array(["cat", "dog"] * 20), ["cat", "dog"] * 20),
        (np.array([["cat"], ["dog"]] * 20, dtype=object), ["cat", "dog"] * 20),
        (np.eye(3)[Y], [str(label) for label in Y]),
        ([Y], [str(label) for label in Y]),
        ({"a": Y, "b": Y}, None),
        ((Y, Y), None),
        (None, None),
    ],
)
def test_targets_as_names(targets, names):
    found = points_of(network(), (X, targets, None), None)
    assert found["hidden"].labels == names


def test_a_second_fit_lists_no_points_twice(tmp_path):
    board, model = TensorBoard(tmp_path, embeddings_freq=1), network()
    for _ in range(2):
        fitted(board, model, epochs=2)
    assert entries(tmp_path) == {
        f"hidden:0000{epoch}": f"0000{epoch}/hidden/tensors.tsv" for epoch in (0, 1)
    }
    points = np.loadtxt(tmp_path / "train" / "00001" / "hidden" / "tensors.tsv")
    expected = epochal.layer_outputs(model, X)["hidden"]
    np.testing.assert_allclose(points, expected, **OUTPUTS_IN_TEXT)


def test_tabs_and_line_breaks_in_names_become_spaces(tmp_path):
    names = [f"a\tb\r\nc{place}" for place in range(40)]
    fitted(TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata=names), network())
    written = (tmp_path / "train" / "00000" / "hidden" / "metadata.tsv").read_text()
    assert written.split("\n") == [*(f"a b c{place}" for place in range(40)), ""]


def test_one_sequence_for_several_tables_is_refused(tmp_path):
    inputs = keras.Input((2,), dtype="int32")
    tables = [keras.layers.Embedding(4, 3, name=name)(inputs) for name in ("left", "right")]
    hidden = keras.layers.Flatten()(keras.layers.Concatenate()(tables))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))
    model.compile("sgd", LOSS)
    board = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata=["a", "b", "c", "d"])
    sentence = (
        "embeddings_metadata must be a dict where several layers have points (left, right), got "
        "one sequence: give a dict of layer to labels."
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        epochal.fit(model, np.zeros((40, 2), np.int32), Y, verbose=0, callbacks=[board])


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        (
            {"hiden": ["a"]},
            "embeddings_metadata must be for layers that have points (hidden), got 'hiden'. Did "
            "you mean 'hidden'?",
        ),
        (
            ["a", "b"],
            "embeddings_metadata must have a label for each of the 40 points of 'hidden', got 2: "
            "give one for each.",
        ),
    ],
)
def test_names_that_do_not_fit_are_refused_before_training(tmp_path, metadata, sentence):
    model = network()
    before = model.get_weights()
    with pytest.raises(InputError, match=re.escape(sentence)):
        fitted(TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata=metadata), model)
    for value, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, old)
