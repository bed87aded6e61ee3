"""Pruned weights are zero to the byte after every step, on every engine, under any momentum."""

import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

import epochal
from epochal.compression import PolynomialSparsity, sparsity_of
from epochal.errors import InputError
from tests.compression.random_models import fingerprint
from tests.engines import ENGINES
from tests.tolerances import NATIVE_PARITY, WHOLE_WEIGHTS

layers, optimizers = keras.layers, keras.optimizers

X = np.random.default_rng(0).normal(size=(96, 8)).astype("float32")
Y = X.sum(axis=1)
IMAGES = np.random.default_rng(1).normal(size=(32, 6, 6, 2)).astype("float32")

OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: optimizers.SGD(0.05),
    "momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(0.02),
    "amsgrad": lambda: optimizers.Adam(0.02, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.02, weight_decay=0.01),
    "nadam": lambda: optimizers.Nadam(0.02),
    "adamax": lambda: optimizers.Adamax(0.02),
    "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda: optimizers.Adagrad(0.05),
    "clipped": lambda: optimizers.Adam(0.02, global_clipnorm=0.5),
}


def net(optimizer: Any = "adam", **dense: Any) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(16, activation="relu", name="body", **dense),
            layers.Dense(1, name="head"),
        ]
    )
    model.compile(optimizer, "mse")
    return model


def kernels(model: keras.Model) -> list[np.ndarray]:
    return [np.asarray(model.get_layer(name).kernel) for name in ("body", "head")]


class Zeros(keras.callbacks.Callback):
    """Notes each kernel's zeros at the end of every epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[list[np.ndarray]] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seen.append([kernel == 0 for kernel in kernels(self.model)])


def trained(model: keras.Model, engine: str, callbacks: list, **arguments: Any) -> Any:
    arguments = {"epochs": 4, "verbose": 0, "shuffle": False} | arguments
    if engine == "keras":
        return model.fit(X, Y, callbacks=callbacks, **arguments)
    run = epochal.fit(model, X, Y, callbacks=callbacks, engine=engine, **arguments)
    assert not run.batch_by_batch
    return run


@pytest.mark.parametrize("engine", [*ENGINES, "keras"])
@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_what_is_pruned_stays_zero_to_the_byte(name: str, engine: str) -> None:
    model, zeros = net(OPTIMIZERS[name]()), Zeros()
    pruning = epochal.prune(model, 0.75)
    trained(model, engine, [pruning, zeros], epochs=6)
    assert pruning.history == pytest.approx([0, 0.53, 0.72, 0.75, 0.75, 0.75], abs=WHOLE_WEIGHTS)
    for before, after in zip(zeros.seen, zeros.seen[1:], strict=False):
        assert all((b <= a).all() for b, a in zip(before, after, strict=True))  # none came back
    for kernel in kernels(model):
        assert (kernel == 0).mean() == 0.75
        # Plus zero: its bytes compress, and equal those of a model pruned by hand.
        assert kernel.tobytes() == np.where(kernel == 0, np.float32(0), kernel).tobytes()
        assert not np.signbit(kernel[kernel == 0]).any()


@pytest.mark.native
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_both_engines_prune_alike(name: str) -> None:
    results = []
    for engine in ("native", "xla"):
        model = net(OPTIMIZERS[name]())
        trained(model, engine, [epochal.prune(model, 0.6, PolynomialSparsity(end=2))])
        results.append(kernels(model))
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(ours == 0, theirs == 0)
        np.testing.assert_allclose(ours, theirs, **NATIVE_PARITY)


@pytest.mark.parametrize("constraint", ["max_norm", "non_neg", "unit_norm"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_constraint_holds_beside_the_mask(engine: str, constraint: str) -> None:
    model = net(kernel_constraint=constraint)
    own = model.get_layer("body").kernel.constraint
    trained(model, engine, [epochal.prune(model, 0.5)])
    kernel = model.get_layer("body").kernel
    assert kernel.constraint is own
    assert (np.asarray(kernel) == 0).mean() >= 0.5
    np.testing.assert_allclose(np.asarray(own(kernel)), np.asarray(kernel), **NATIVE_PARITY)


def test_one_step_by_hand() -> None:
    """SGD without momentum on one Dense: the largest stay and take their step, the rest are 0."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, use_bias=False)])
    model.compile(optimizers.SGD(0.1), "mse")
    w = np.array([[0.5], [-0.1], [0.2], [-0.9]], np.float32)
    model.layers[0].kernel.assign(w)
    x, y = X[:4, :4], Y[:4, None]
    epochal.fit(model, x, y, callbacks=[epochal.prune(model, 0.5)], shuffle=False, verbose=0)
    kept = np.array([[1], [0], [0], [1]])
    w = w * kept
    expected = kept * (w - 0.1 * 2 * x.T @ (x @ w - y) / 4)
    np.testing.assert_allclose(np.asarray(model.layers[0].kernel), expected, **NATIVE_PARITY)


def test_afterwards_it_is_a_plain_model_again(tmp_path: Any) -> None:
    model = net(optimizers.Adam(0.02))
    model.optimizer.build(model.trainable_variables)
    config, variables = model.get_config(), len(model.optimizer.variables)
    trained(model, "xla", [epochal.prune(model, 0.75)])
    assert (model.get_config(), len(model.optimizer.variables)) == (config, variables)
    assert [layer.kernel.constraint for layer in model.layers] == [None, None]
    model.save(tmp_path / "sparse.keras")
    loaded = keras.saving.load_model(tmp_path / "sparse.keras")
    for ours, theirs in zip(kernels(loaded), kernels(model), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    assert sparsity_of(loaded)["sparsity"].tolist() == [0.75, 0.75]
    trained(loaded, "xla", [])
    assert (kernels(loaded)[0] != 0).any(axis=0).all()  # nothing holds the zeros now


def test_a_checkpoint_in_the_middle_loads(tmp_path: Any) -> None:
    model = net()
    file = tmp_path / "middle.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(file, monitor="loss")
    trained(model, "xla", [epochal.prune(model, 0.75), checkpoint])
    with pytest.warns(UserWarning, match="Skipping variable loading for optimizer"):
        loaded = keras.saving.load_model(file)
    assert sparsity_of(loaded)["sparsity"].tolist() == [0.75, 0.75]


@pytest.mark.native
def test_a_further_fit_goes_on_from_the_same_zeros() -> None:
    model = net()
    trained(model, "native", [epochal.prune(model, 0.75)])
    before = [kernel == 0 for kernel in kernels(model)]
    trained(model, "native", [epochal.prune(model, 0.75, PolynomialSparsity(initial=0.75))])
    for ours, theirs in zip([kernel == 0 for kernel in kernels(model)], before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_pruned_fit_does_not_share_its_program_with_another() -> None:
    masked, free = net(), net()
    trained(masked, "xla", [epochal.prune(masked, 0.75)])
    trained(free, "xla", [])
    assert sparsity_of(free)["zeros"].sum() == 0
    again = net()
    trained(again, "xla", [epochal.prune(again, 0.75)])
    for ours, theirs in zip(kernels(again), kernels(masked), strict=True):
        assert ours.tobytes() == theirs.tobytes()


def test_averaged_weights_are_pruned_too() -> None:
    model = net(optimizers.Adam(0.02, use_ema=True, ema_momentum=0.9))
    trained(model, "xla", [epochal.prune(model, 0.75)])
    assert sparsity_of(model)["sparsity"].tolist() == [0.75, 0.75]


def test_loss_scaling_wraps_the_masks() -> None:
    model = net(optimizers.LossScaleOptimizer(optimizers.SGD(0.01, momentum=0.9)))
    trained(model, "xla", [epochal.prune(model, 0.75)])
    assert sparsity_of(model)["sparsity"].tolist() == [0.75, 0.75]


def test_convolutions_and_named_layers() -> None:
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(8, 3, name="conv"),
            layers.DepthwiseConv2D(3, name="depthwise"),
            layers.Flatten(),
            layers.Dense(4, name="wide"),
            layers.Dense(1, name="head"),
        ]
    )
    model.compile("adam", "mse")
    pruning = epochal.prune(model, 0.5, layers=["conv", "wide"])
    epochal.fit(model, IMAGES, IMAGES.mean(axis=(1, 2, 3)), callbacks=[pruning], verbose=0, seed=0)
    table = sparsity_of(model)
    assert table.loc[["conv", "wide", "head"], "sparsity"].tolist() == [0.5, 0.5, 0.0]
    assert (np.asarray(model.get_layer("depthwise").kernel) != 0).all()
    assert (table["weights"]["conv"], table["zeros"]["conv"]) == (144, 72)


def test_making_the_callback_changes_nothing() -> None:
    model = net()
    before = fingerprint(model)
    epochal.prune(model, 0.5)
    assert fingerprint(model) == before


# --- bad input -------------------------------------------------------------------------------


class Own(keras.Model):
    pass


def fit_with(pruning: Any, model: keras.Model, epochs: int = 2) -> None:
    epochal.fit(model, X, Y, epochs=epochs, callbacks=[pruning], verbose=0)


def _late() -> None:
    model = net()
    fit_with(epochal.prune(model, 0.5, PolynomialSparsity(end=5)), model)


def _out_of_range() -> None:
    model = net()
    fit_with(epochal.prune(model, 0.5, lambda epoch, epochs, final: 2 * final), model)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "all of it": (
        lambda: epochal.prune(net(), 1.0),
        "sparsity must be a fraction of the weights, at least 0 and below 1, got "
        "1.0 (which leaves "
        "nothing): give for example 0.8.",
    ),
    "percent": (
        lambda: epochal.prune(net(), 80),
        "sparsity must be a fraction of the weights, at least 0 and below 1, got "
        "80: give for example 0.8.",
    ),
    "negative": (
        lambda: epochal.prune(net(), -0.1),
        "sparsity must be a fraction of the weights, at least 0 and below 1, got "
        "-0.1: give for example "
        "0.8.",
    ),
    "no number": (
        lambda: epochal.prune(net(), "half"),  # type: ignore[arg-type]
        "sparsity must be a fraction of the weights, at least 0 and below 1, got "
        "'half': give for example "
        "0.8.",
    ),
    "a misspelt layer": (
        lambda: epochal.prune(net(), 0.5, layers=["bdy"]),
        "layers must name trainable Dense or convolution layers of the model, got 'bdy': choose "
        "among body, head. Did you mean 'body'?",
    ),
    "one name": (
        lambda: epochal.prune(net(), 0.5, layers="body"),
        "layers must be a list of names of layers, got 'body': give ['body'], or None for all.",
    ),
    "no names": (
        lambda: epochal.prune(net(), 0.5, layers=[]),
        "layers must be a list of names of layers, got []: give for example ['dense'], or None for "
        "all.",
    ),
    "nothing to prune": (
        lambda: epochal.prune(
            keras.Sequential([keras.Input((2,)), layers.ReLU()], name="bare"), 0.5
        ),
        "model must have a trainable Dense or convolution layer to prune, got 'bare' without any: "
        "unfreeze one, or prune another model.",
    ),
    "an unbuilt model": (
        lambda: epochal.prune(keras.Sequential([layers.Dense(1)], name="bare"), 0.5),
        "model must be built before epochal.prune, got 'bare' without weights: give it a "
        "keras.Input or call it on one batch.",
    ),
    "no model": (
        lambda: epochal.prune("net", 0.5),
        "model must be a keras.Model, got 'net': pass the model itself, as in "
        "epochal.prune(model, ...).",
    ),
    "a schedule that is none": (
        lambda: epochal.prune(net(), 0.5, "cubic"),  # type: ignore[arg-type]
        "schedule must be callable with (epoch, epochs, sparsity), got 'cubic': give for example "
        "PolynomialSparsity(end=10).",
    ),
    "a schedule that outlasts the fit": (
        _late,
        "schedule must end within the 2 epochs of the fit, got an end at epoch 5, counted from 0: "
        "end by 1, or train for more epochs.",
    ),
    "a schedule that leaves the range": (
        _out_of_range,
        "what schedule returns for epoch 0 must be a fraction of the weights, at least 0 and below "
        "1, got "
        "1.0 (which leaves nothing): give for example 0.8.",
    ),
    "another model": (
        lambda: fit_with(epochal.prune(net(), 0.5), net()),
        "model must be the one that is fitted, {0!r}, got {0!r}: call prune with it.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused(case: str) -> None:
    call, message = REFUSED[case]
    pattern = re.escape(message).replace(re.escape("{0!r}"), "'sequential[_0-9]*'")
    with pytest.raises(InputError, match=f"^{pattern}$"):
        call()
