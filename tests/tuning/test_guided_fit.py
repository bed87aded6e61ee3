"""Networks trained to their best epochs: what is kept, and what is refused."""

from unittest import mock

import keras
import numpy as np
import pytest

import epochal
from epochal.data.relations import Relations
from epochal.errors import InputError
from epochal.models import network
from epochal.models.guidelines import Variant
from epochal.models.recipes import Recipe
from epochal.training.population.by_folds import fold_rows
from epochal.tuning.guided_fit import Rows, fit_networks

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((96, 3)).astype(np.float32)
Y = (X.sum(axis=1, keepdims=True) > 0).astype(np.float32)
STRATIFIED = Relations.of(len(Y), classes=Y.ravel())


def build(variant, seed):
    return network("binary", 3, hidden=variant.hidden, optimizer="adam", seed=seed)


def recipe(rates=(0.05,), hidden=((8,),), **given):
    variants = tuple(
        Variant(hidden=units, learning_rate=rate) for units, rate in zip(hidden, rates, strict=True)
    )
    base = {"members": 1, "variants": variants, "epochs": 6, "batch_size": 16, "patience": 6}
    return Recipe(**{**base, **given})


def test_a_loss_that_is_never_finite_is_refused():
    large = Rows(np.ones((64, 2), np.float32), np.full((64, 1), 1e30, np.float32))  # y**2 overflows
    for members in (1, 2):
        with pytest.raises(InputError, match=r"must stay finite, but diverged in epoch 1, with"):
            fit_networks(
                _regression,
                large,
                large,
                recipe(members=members, epochs=2),
                seed=0,
            )


def _regression(variant, seed):
    return network("regression", 2, hidden=variant.hidden, seed=seed)


def test_members_keep_their_best_epochs_and_are_averaged():
    fitted = fit_networks(build, Rows(X, Y), None, recipe(members=3), seed=1, relations=STRATIFIED)
    assert len(fitted.models) == 3
    mean = np.mean([epochal.predict(model, X, verbose=0) for model in fitted.models], axis=0)
    np.testing.assert_allclose(epochal.predict(fitted.model(), X, verbose=0), mean, atol=1e-6)
    for run, best in zip(fitted.runs, fitted.best_epochs, strict=True):
        assert best == np.argmin(run.history["val_loss"])
    losses = [run.history["loss"][0] for run in fitted.runs]
    assert fitted.history["loss"][0] == pytest.approx(np.mean(losses))


def test_the_mean_of_histories_is_that_of_the_networks_still_trained():
    fitted = fit_networks(build, Rows(X, Y), None, recipe(members=3, epochs=30, patience=2), seed=1)
    lengths = [len(run.epoch) for run in fitted.runs]
    assert len(set(lengths)) > 1
    last = [run.history["loss"][-1] for run in fitted.runs if len(run.epoch) == max(lengths)]
    assert len(fitted.history["loss"]) == max(lengths)
    assert fitted.history["loss"][-1] == pytest.approx(np.mean(last))


def test_an_epoch_without_validation_is_no_epoch():
    fitted = fit_networks(build, Rows(X, Y), None, recipe(members=2), seed=1)
    fitted.runs[0].history["loss"].append(9.0)  # as an interruption leaves it
    assert {len(values) for values in fitted.history.values()} == {6}


def test_what_was_left_out_is_predicted_by_the_network_that_left_it_out():
    fitted = fit_networks(build, Rows(X, Y), None, recipe(members=3), keep_left_out=True, seed=1)
    assert fitted.left_out is not None
    np.testing.assert_array_equal(fitted.left_out.y, Y)  # of folds, each row is left out once
    folds = fold_rows(Relations(rows=len(X)), 3, seed=1)
    for model, (_, others) in zip(fitted.models, folds, strict=True):
        expected = epochal.predict(model, X[others], verbose=0)
        np.testing.assert_allclose(fitted.left_out.outputs[others], expected, atol=1e-6)


def test_a_single_network_predicts_its_validation_part():
    fitted = fit_networks(
        build, Rows(X[:64], Y[:64]), Rows(X[64:], Y[64:]), recipe(), keep_left_out=True, seed=1
    )
    assert fitted.left_out is not None
    expected = epochal.predict(fitted.model(), X[64:], verbose=0)
    np.testing.assert_allclose(fitted.left_out.outputs, expected, atol=1e-6)
    np.testing.assert_array_equal(fitted.left_out.y, Y[64:])


def test_variants_count_as_much_as_they_help_on_the_rows_left_out():
    """One that cannot learn counts nothing, and is not kept."""
    two = recipe(rates=[0.05, 1e-9], hidden=[(8,), (7,)], members=6, epochs=20, patience=20)
    fitted = fit_networks(build, Rows(X, Y), None, two, seed=1, relations=STRATIFIED)
    assert [model.layers[0].units for model in fitted.models] == [8, 8, 8]
    np.testing.assert_allclose(fitted.weights, 1 / 3)
    alike = recipe(rates=[0.05, 0.02], hidden=[(8,), (7,)], members=6, epochs=20, patience=20)
    both = fit_networks(build, Rows(X, Y), None, alike, seed=1, relations=STRATIFIED)
    assert sum(both.weights) == pytest.approx(1)
    outputs = [epochal.predict(model, X, verbose=0) for model in both.models]
    np.testing.assert_allclose(
        epochal.predict(both.model(), X, verbose=0),
        np.tensordot(both.weights, outputs, 1),
        atol=1e-6,
    )


def test_a_single_network_without_validation_keeps_its_last_epoch():
    fitted = fit_networks(build, Rows(X, Y), None, recipe(rates=[None]), seed=0)
    assert fitted.best_epochs == [5]
    assert fitted.curve is not None
    assert fitted.peak_learning_rate == fitted.curve.peak
    assert fitted.model() is fitted.models[0]


def test_epochs_are_told_as_they_end_and_all_of_them_in_the_end():
    told = []
    fit_networks(
        build,
        Rows(X, Y),
        None,
        recipe(rates=[0.5], members=2, epochs=30, patience=1),
        seed=0,
        on_epoch=lambda *given: told.append(given),
    )
    ended = [each[0] for each in told]
    assert ended == sorted(ended)
    assert ended[-1] == 2 * 30
    assert {each[1] for each in told} == {2 * 30}
    assert {"loss", "val_loss"} <= set(told[0][2])


def test_weights_that_are_no_numbers_are_refused_though_the_last_loss_was_one():
    later = _fit_that_ends_in_nan(losses=[1.0, 0.5])
    with (
        mock.patch("epochal.tuning.single_fit.fit", later),
        pytest.raises(InputError, match="must stay finite, but diverged in epoch 2, with"),
    ):
        fit_networks(build, Rows(X, Y), None, recipe(epochs=2), seed=0)


def _fit_that_ends_in_nan(losses):
    """`epochal.fit`, of a run whose weights are no numbers in the end."""

    def fit(model, *args, **kwargs):
        run = epochal.fit(model, *args, **kwargs)
        model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
        run.history["loss"] = losses
        return run

    return fit


class Striking(keras.callbacks.Callback):
    """Ctrl-C at a place."""

    def __init__(self, hook):
        super().__init__()
        setattr(self, hook, self.strike)

    def strike(self, *arguments, **named):
        raise KeyboardInterrupt


@pytest.mark.parametrize("hook", ["set_model", "on_train_begin", "on_epoch_begin"])
def test_ctrl_c_before_an_epoch_of_a_single_network_has_ended_leaves_nothing(hook):
    validation = Rows(X[64:], Y[64:])
    with pytest.raises(KeyboardInterrupt):
        fit_networks(build, Rows(X, Y), validation, recipe(), seed=0, callbacks=[Striking(hook)])


def test_ctrl_c_behind_an_epoch_keeps_it():
    fitted = fit_networks(
        build, Rows(X, Y), None, recipe(), seed=0, callbacks=[Striking("on_epoch_end")]
    )
    assert fitted.interrupted
    assert fitted.run.epoch == [0]
