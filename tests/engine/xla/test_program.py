"""The loops of the `xla` engine, on a model that has nothing to do with Keras."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine import Block, State, StepRates, Steps, Work
from epochal.engine.xla import EXECUTABLES
from epochal.engine.xla import program as xla
from tests.reference.linear_regression import descend
from tests.tolerances import LOSS_PARITY

ROWS, FEATURES, BATCH = 48, 5, 8
STEPS = ROWS // BATCH


def _error(weights: Any, batch: Any) -> Any:
    return jnp.mean((batch["x"] @ weights - batch["y"]) ** 2)


def _train(state: State, batch: Any, rates: StepRates) -> tuple:
    loss, gradient = jax.value_and_grad(_error)(state.trainable[0], batch)
    total, count = state.metrics
    after = state._replace(
        trainable=[state.trainable[0] - rates.learning_rate * gradient],
        optimizer=[state.optimizer[0] + 1],
        metrics=[total + loss, count + 1],
    )
    return after, {"loss": loss, "gradient_norm": jnp.linalg.norm(gradient)}, {"last": loss}


def _test(state: State, batch: Any) -> tuple:
    total, count = state.metrics
    loss = _error(state.trainable[0], batch)
    return state._replace(metrics=[total + loss, count + 1]), {"last": loss}


def _predict(state: State, batch: Any) -> tuple:
    return batch["x"] @ state.trainable[0], state._replace(
        non_trainable=[state.non_trainable[0] + 1]
    )


def _result(state: State, carried: Any) -> dict:
    return {"mean": state.metrics[0] / state.metrics[1], **carried}


def steps_named(key: str) -> Steps:
    return Steps(key=key, train=_train, test=_test, predict=_predict, result=_result)


def fresh() -> State:
    return State(
        [jnp.linspace(-1, 1, FEATURES)],
        [jnp.int32(0)],
        [jnp.int32(0)],
        [jnp.float32(0), jnp.float32(0)],
    )


@pytest.fixture(scope="module")
def block() -> Block:
    random = np.random.default_rng(3)
    x = random.normal(size=(ROWS, FEATURES)).astype(np.float32)
    data = {"x": jnp.asarray(x), "y": jnp.asarray(x.sum(axis=1))}
    order = random.permutation(ROWS).astype(np.int32).reshape(STEPS, BATCH)
    return Block(data=data, order=jnp.asarray(order), steps=STEPS)


RATES = StepRates(np.linspace(0.01, 0.2, STEPS).astype(np.float32))


def test_training_is_the_plain_loop(block):
    program = xla.prepare(steps_named("linear"))
    state, record = xla.run_steps(program, fresh(), block, RATES, 0, STEPS)
    weights, losses = descend(
        np.linspace(-1, 1, FEATURES),
        np.asarray(block.data["x"], np.float64),
        np.asarray(block.data["y"], np.float64),
        list(np.asarray(block.order)),
        RATES.learning_rate.tolist(),
    )
    assert_allclose(state.trainable[0], weights, **LOSS_PARITY)
    assert_allclose(record.losses, losses, **LOSS_PARITY)
    assert_allclose(record.logs["mean"], np.mean(losses), **LOSS_PARITY)
    assert record.logs["last"] == record.losses[-1]
    assert int(state.optimizer[0]) == STEPS


@pytest.mark.parametrize("cuts", [[0, STEPS], [0, 1, STEPS], [0, 2, 3, STEPS], range(STEPS + 1)])
def test_stretches_are_the_whole_bit_for_bit(block, cuts):
    program = xla.prepare(steps_named("linear"))
    whole, record = xla.run_steps(program, fresh(), block, RATES, 0, STEPS)
    state = fresh()
    losses: list[float] = []
    for start, stop in zip(cuts, list(cuts)[1:], strict=False):
        state, part = xla.run_steps(program, state, block, RATES, start, stop)
        assert len(part.losses) == stop - start
        losses.extend(part.losses)
    assert_array_equal(losses, record.losses)
    assert_array_equal(state.trainable[0], whole.trainable[0])
    assert_array_equal(part.logs["mean"], record.logs["mean"])


def test_an_empty_stretch_changes_nothing(block):
    state, record = xla.run_steps(xla.prepare(steps_named("linear")), fresh(), block, RATES, 2, 2)
    assert len(record.losses) == 0
    assert_array_equal(state.trainable[0], fresh().trainable[0])


def test_the_state_is_donated_and_a_copy_survives(block):
    state = fresh()
    kept = xla.copy_state(state)
    xla.run_steps(xla.prepare(steps_named("linear")), state, block, RATES, 0, 1)
    assert state.trainable[0].is_deleted()
    assert_array_equal(kept.trainable[0], fresh().trainable[0])


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_a_spare_state_survives_the_donation_too(block, monkeypatch, device):
    state = fresh()
    with monkeypatch.context() as patch:
        patch.setattr("jax.default_backend", lambda: device)
        kept = xla.spare_state(state)
    assert isinstance(kept.trainable[0], jax.Array) == (device == "cpu")
    xla.run_steps(xla.prepare(steps_named("linear")), state, block, RATES, 0, 1)
    assert_array_equal(kept.trainable[0], fresh().trainable[0])


def test_the_data_is_not_donated(block):
    xla.run_steps(xla.prepare(steps_named("linear")), fresh(), block, RATES, 0, STEPS)
    assert not block.data["x"].is_deleted()


def test_testing_leaves_state_and_weights_alone(block):
    program, state = xla.prepare(steps_named("linear")), fresh()
    tested, logs = xla.evaluate(program, state, block, 0, STEPS)
    x, y = np.asarray(block.data["x"]), np.asarray(block.data["y"])
    errors = np.mean((x @ np.linspace(-1, 1, FEATURES) - y)[np.asarray(block.order)] ** 2, axis=1)
    assert_allclose(logs["mean"], errors.mean(), **LOSS_PARITY)
    assert_allclose(logs["last"], errors[-1], **LOSS_PARITY)
    assert tested.trainable[0] is state.trainable[0]
    assert not state.metrics[0].is_deleted()


def test_predictions_lie_where_their_batches_do(block):
    program, state = xla.prepare(steps_named("linear")), fresh()
    outputs, after = xla.predict(program, state, block, 2, 4)
    expected = (np.asarray(block.data["x"]) @ np.linspace(-1, 1, FEATURES))[np.asarray(block.order)]
    assert outputs.shape == (STEPS, BATCH)
    assert_allclose(outputs[2:4], expected[2:4], **LOSS_PARITY)
    assert not np.any(outputs[:2])
    assert not np.any(outputs[4:])
    assert int(after.non_trainable[0]) == 2


def traces() -> int:
    return EXECUTABLES.traced


def test_equal_shapes_are_traced_once_and_other_shapes_anew(block):
    work = Work("train", fresh(), block)
    before = traces()
    xla.prepare(steps_named("counted"), [work])
    assert traces() == before + 1
    program = xla.prepare(steps_named("counted"), [work, Work("train", fresh(), block)])
    xla.run_steps(program, fresh(), block, RATES, 0, 1)
    assert traces() == before + 1
    shorter = Block(data=block.data, order=block.order[:, : BATCH // 2], steps=STEPS)
    xla.run_steps(program, fresh(), shorter, RATES, 0, STEPS)
    assert traces() == before + 2
    half = Block(
        data=jax.tree.map(lambda leaf: leaf.astype(jnp.float16), block.data),
        order=block.order,
        steps=STEPS,
    )
    xla.run_steps(program, fresh(), half, RATES, 0, STEPS)
    assert traces() == before + 3
    xla.prepare(program.steps, [Work("test", fresh(), block)])
    assert traces() == before + 4


def test_other_computations_do_not_share_a_program(block):
    before = traces()
    xla.prepare(steps_named("one"), [Work("predict", fresh(), block)])
    xla.prepare(steps_named("other"), [Work("predict", fresh(), block)])
    assert traces() == before + 2


def test_a_block_of_shapes_prepares_for_a_block_of_arrays(block):
    shapes = Block(
        data=jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), block.data),
        order=jax.ShapeDtypeStruct(block.order.shape, block.order.dtype),
        steps=STEPS,
    )
    program = xla.prepare(steps_named("shapes"), [Work("train", fresh(), shapes)])
    before = traces()
    xla.run_steps(program, fresh(), block, RATES, 0, STEPS)
    assert traces() == before


def test_the_least_recently_used_program_is_dropped():
    kept = type(EXECUTABLES)(kept=2)
    for key in ("a", "b"):
        kept.put(key, key)
    assert kept.get("a") == "a"
    kept.put("c", "c")
    assert list(kept.by_key) == ["a", "c"]
    assert kept.get("b") is None
