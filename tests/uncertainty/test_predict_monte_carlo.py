"""Monte-Carlo prediction: a plain loop, closed forms, and what must not matter."""

import subprocess
import sys
import textwrap
from typing import Any

import jax
import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

import epochal
from epochal.bridge.state import read_weights
from epochal.bridge.steps import stochastic_outputs
from epochal.engine.xla.sampling import SampledModel
from epochal.errors import InputError
from epochal.uncertainty import samplers
from tests.engines import ENGINES
from tests.reference.monte_carlo import Step, sampled
from tests.tolerances import FLOAT32_REDUCTION
from tests.training.chosen import chosen

L = keras.layers
every_engine = pytest.mark.parametrize("engine", ENGINES)
SIGMAS = 5.0  # with fixed seeds these tests pass or fail the same way every time
FIELDS = ("mean", "standard_deviation", "quantiles", "total", "aleatoric", "epistemic")


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32)


def predict(model: Any, x: Any, **arguments: Any) -> Any:
    return epochal.predict_monte_carlo(model, x, **arguments)


def chain(*layers: keras.Layer, shape: tuple[int, ...] = (6,)) -> keras.Model:
    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.Input(shape), *layers])


def classifier() -> keras.Model:
    return chain(
        L.Dropout(0.25),
        L.Dense(7, "elu", bias_initializer="normal"),
        L.Dropout(0.5),
        L.Dense(3, "softmax"),
    )


def assert_same(one, other, tolerance=FLOAT32_REDUCTION) -> None:
    for field in FIELDS:
        assert_allclose(getattr(one, field), getattr(other, field), err_msg=field, **tolerance)


def softmax(z: np.ndarray) -> np.ndarray:
    return np.exp(z - z.max()) / np.exp(z - z.max()).sum()


@every_engine
@pytest.mark.parametrize("seed", [0, 2**40 + 17])
def test_it_is_a_plain_loop_with_the_same_masks(engine: str, seed: int) -> None:
    model, x = classifier(), numbers(4, 6)
    w1, b1, w2, b2 = (np.asarray(weight, np.float64) for weight in model.weights[:4])
    steps: list[Step] = [
        0.25,
        lambda v: v @ w1 + b1,
        lambda z: np.where(z > 0, z, np.expm1(z)),
        0.5,
        lambda v: softmax(v @ w2 + b2),
    ]
    p = sampled(steps, x, samples=9, seed=seed)
    found = predict(model, x, samples=9, seed=seed, quantiles=(0.1, 0.5), engine=engine)
    assert found.engine == engine
    assert found.task == "multiclass"
    mean = p.mean(axis=0)
    entropy = -(mean * np.log(mean)).sum(axis=-1)
    each = -(p * np.log(p)).sum(axis=-1).mean(axis=0)
    assert_allclose(found.mean, mean, **FLOAT32_REDUCTION)
    assert_allclose(found.standard_deviation, p.std(axis=0), **FLOAT32_REDUCTION)
    assert_allclose(found.quantiles, np.quantile(p, (0.1, 0.5), axis=0), **FLOAT32_REDUCTION)
    assert_allclose(found.total, entropy, **FLOAT32_REDUCTION)
    assert_allclose(found.epistemic, entropy - each, rtol=1e-4, atol=1e-5)
    assert_allclose(found.aleatoric, each, rtol=1e-4, atol=1e-5)
    assert np.array_equal(found.predicted, mean.argmax(axis=-1))


@every_engine
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_a_linear_model_has_the_mean_and_deviation_of_the_closed_form(engine, rate) -> None:
    # y = sum of x_k m_k w_k / (1 - p): mean x w, variance p / (1 - p) sum (x_k w_k)^2.
    model, x = chain(L.Dropout(rate), L.Dense(1, bias_initializer="ones")), numbers(3, 6)
    w = np.asarray(model.layers[1].kernel, np.float64)
    check_moments(
        model, x, x @ w + 1, rate / (1 - rate) * (x.astype(np.float64) ** 2 @ w**2), engine
    )


def test_gaussian_noise_has_the_mean_and_deviation_of_the_closed_form() -> None:
    x = numbers(3, 6)
    model = chain(L.GaussianDropout(0.3), L.Dense(1))
    w = np.asarray(model.layers[1].kernel, np.float64)
    check_moments(model, x, x @ w, 0.3 / 0.7 * (x.astype(np.float64) ** 2 @ w**2), "xla")
    model = chain(L.GaussianNoise(0.3), L.Dense(1))
    w = np.asarray(model.layers[1].kernel, np.float64)
    check_moments(model, x, x @ w, 0.09 * np.full((3, 1), (w**2).sum()), "xla")


def check_moments(model, x, mean, variance, engine: str, samples: int = 20_000) -> None:
    found = predict(model, x, samples=samples, quantiles=(), engine=engine)
    assert found.task == "regression"
    assert found.total is None
    assert np.array_equal(found.predicted, found.mean)
    z = (found.mean - mean) / np.sqrt(variance / samples)
    assert np.abs(z).max() < SIGMAS
    # The fourth moment of such sums lies within a few times that of a normal distribution.
    assert_allclose(found.standard_deviation**2, variance, rtol=SIGMAS * np.sqrt(6 / samples))


@every_engine
def test_alpha_dropout_has_the_mean_and_deviation_of_the_closed_form(engine: str) -> None:
    x, rate = numbers(3, 6), 0.3
    model = chain(L.AlphaDropout(rate), L.Dense(1))
    w = np.asarray(model.layers[1].kernel, np.float64)
    low = -1.6732632423543772 * 1.0507009873554805
    a = ((1 - rate) * (1 + rate * low**2)) ** -0.5
    b = -a * low * rate
    wide = x.astype(np.float64)
    mean = (a * ((1 - rate) * wide + rate * low) + b) @ w
    variance = a**2 * rate * (1 - rate) * ((wide - low) ** 2 @ w**2)
    check_moments(model, x, mean, variance, engine)


CHAINS = {
    "dropout after a hidden layer": lambda: [
        L.Dense(70, "selu"), L.Dropout(0.3), L.Dense(9, "tanh"), L.Dropout(0.2), L.Dense(3)
    ],
    "most is dropped": lambda: [L.Dropout(0.8), L.Dense(130, "gelu"), L.Dense(2, "sigmoid")],
    "half is dropped": lambda: [L.Dropout(0.5), L.Dense(17, use_bias=False), L.Dense(2)],
    "alpha dropout": lambda: [
        L.AlphaDropout(0.2), L.Dense(9, "selu"), L.AlphaDropout(0.4), L.Dense(4, "softmax")
    ],
    "batch normalisation": lambda: [
        L.BatchNormalization(), L.Dense(20, "relu"), L.Dropout(0.4), L.BatchNormalization(),
        L.Dense(20), L.BatchNormalization(scale=False), L.ReLU(), L.Dropout(0.1), L.Dense(2),
    ],
    "layer normalisation": lambda: [
        L.Dense(20), L.LayerNormalization(), L.Dropout(0.4), L.Dense(20), L.LayerNormalization(),
        L.Dropout(0.1), L.Dense(1),
    ],
    "dropout at the end": lambda: [L.Dense(5, "softplus"), L.Dropout(0.4)],
    "gaussian noise": lambda: [
        L.GaussianNoise(0.2), L.Dense(20, "relu"), L.GaussianDropout(0.4), L.Dense(2),
    ],
    "other layers": lambda: [
        L.Rescaling(0.5, 0.1), L.Dense(20), L.PReLU("uniform"), L.RMSNormalization(),
        L.Dropout(0.4), L.PReLU("uniform"), L.Rescaling(2.0), L.UnitNormalization(),
        L.RMSNormalization(), L.Dense(7, "softmax"), L.Dense(3, "log_softmax"),
    ],
    "layers that stay on": lambda: [
        epochal.layers.MCDropout(0.3), L.Dense(9, "elu"), epochal.layers.MCAlphaDropout(0.3),
        L.Dense(3, "softmax"),
    ],
}  # fmt: skip


@pytest.mark.native
@pytest.mark.parametrize("layers", CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize("samples", [3, 100])
def test_both_engines_draw_the_same_samples(layers, samples: int) -> None:
    model = chain(L.Flatten(), *layers(), shape=(3, 7))
    generator = np.random.default_rng(0)
    for variable in model.weights:
        if "seed" not in variable.path:
            lowest = -0.5 if "kernel" in variable.path else 0.1
            variable.assign(generator.uniform(lowest, 0.6, variable.shape))
    x = numbers(37, 3, 7) * (numbers(37, 3, 7, seed=1) > 0)  # zeros, as in images
    ours, theirs = (
        predict(model, x, samples=samples, engine=engine) for engine in ("native", "xla")
    )
    assert (theirs.standard_deviation > 0).any()
    for field in ("mean", "standard_deviation", "quantiles"):
        assert_allclose(getattr(ours, field), getattr(theirs, field), rtol=1e-4, atol=1e-5)


@pytest.mark.native
def test_the_native_engine_is_chosen_for_a_chain_and_is_the_same_to_the_bit() -> None:
    # However many threads, and however the rows are cut into blocks.
    model, x = classifier(), numbers(50, 6)
    whole = predict(model, x, samples=12)
    assert whole.engine == "native"
    assert whole.engine_reason == "native runs every layer of the model, on the CPU"
    for size in (1, 7, 50):
        parts = predict(model, x, samples=12, batch_size=size)
        for field in FIELDS:
            assert np.array_equal(getattr(whole, field), getattr(parts, field))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.int64, np.float64])
def test_rows_of_many_types(dtype) -> None:
    x = (numbers(9, 6) > 0).astype(dtype)
    expected = predict(classifier(), x.astype(np.float32), samples=6)
    assert_same(predict(classifier(), x, samples=6), expected)


@every_engine
def test_one_seed_is_one_result_and_another_is_another(engine: str) -> None:
    model, x = classifier(), numbers(5, 6)
    one, again, other = (
        predict(model, x, samples=20, seed=seed, engine=engine) for seed in (1, 1, 2)
    )
    for field in FIELDS:
        assert np.array_equal(getattr(one, field), getattr(again, field))
    assert not np.array_equal(one.mean, other.mean)


@every_engine
@pytest.mark.parametrize("batch_size", [1, 3, 4, 11, 50])
def test_the_size_of_the_block_does_not_matter(engine: str, batch_size: int) -> None:
    model, x = classifier(), numbers(11, 6)
    whole = predict(model, x, samples=12, engine=engine)
    parts = predict(model, x, samples=12, batch_size=batch_size, engine=engine)
    assert_same(whole, parts)


@every_engine
def test_a_row_does_not_depend_on_its_company(engine: str) -> None:
    model = chain(L.Dense(5, "relu"), L.BatchNormalization(), L.Dropout(0.5), L.Dense(3, "softmax"))
    model.layers[1].moving_mean.assign([0.1, 0.2, 0.3, 0.0, 0.0])
    x = numbers(8, 6)
    others = np.concatenate([x[:1], 1000 * numbers(7, 6, seed=1)])
    alone, first, second = (
        predict(model, rows, samples=20, engine=engine) for rows in (x[:1], x, others)
    )
    for field in FIELDS:
        rows = slice(0, 1) if field != "quantiles" else (slice(None), slice(0, 1))
        expected = getattr(alone, field)
        assert_allclose(getattr(first, field)[rows], expected, **FLOAT32_REDUCTION)
        assert_allclose(getattr(second, field)[rows], expected, **FLOAT32_REDUCTION)


def test_the_model_is_left_as_it_was() -> None:
    model = chain(L.Dropout(0.5), L.Dense(4), L.BatchNormalization(), L.Dense(1))
    before = [np.array(variable) for variable in model.variables]
    quiet = model.predict(numbers(3, 6), verbose=0)
    predict(model, numbers(3, 6), samples=5, engine="xla")
    assert all(map(np.array_equal, before, model.variables))
    assert np.array_equal(model.predict(numbers(3, 6), verbose=0), quiet)


@every_engine
def test_every_row_sample_and_layer_draws_masks_of_its_own(engine: str) -> None:
    model = chain(L.Dropout(0.5), L.Dense(1, kernel_initializer="ones"), shape=(64,))
    found = predict(
        model, np.ones((50, 64), np.float32), samples=100, engine=engine, quantiles=(0.5,)
    )
    assert len(np.unique(found.mean)) > 30  # equal rows, other masks
    assert (found.standard_deviation > 0).all()


def test_logits_become_probabilities_before_they_are_averaged() -> None:
    model, x = chain(L.Dropout(0.5), L.Dense(3)), numbers(4, 6)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    linked = keras.Sequential([*model.layers, L.Softmax()])
    linked.build((None, 6))
    ours, theirs = (predict(each, x, samples=9) for each in (model, linked))
    assert ours.task == theirs.task == "multiclass"
    assert_same(ours, theirs)
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
    linked = keras.Sequential([*model.layers, L.Activation("sigmoid")])
    linked.build((None, 6))
    ours, theirs = (predict(each, x, samples=9) for each in (model, linked))
    assert ours.task == theirs.task == "multilabel"
    assert_same(ours, theirs)


@pytest.mark.parametrize(
    ("head", "loss", "task"),
    [
        (L.Dense(3, "softmax"), None, "multiclass"),
        (L.Dense(3, "sigmoid"), None, "multilabel"),
        (L.Dense(3, "sigmoid"), "binary_crossentropy", "multilabel"),
        (L.Dense(1, "sigmoid"), "binary_crossentropy", "binary"),
        (L.Dense(3, "sigmoid"), "mse", "unit_interval"),
        (L.Dense(3), "mse", "regression"),
        (L.Dense(3), None, "regression"),
        (L.Dense(3, "tanh"), None, "regression"),
    ],
)
def test_the_task_is_seen_in_the_head_and_the_loss(head, loss, task) -> None:
    model = chain(L.Dropout(0.5), head)
    if loss is not None:
        model.compile("sgd", loss)
    found = predict(model, numbers(2, 6), samples=4)
    assert found.task == task
    shapes = {"multiclass": (2,), "multilabel": (2, 3), "binary": (2, 1)}
    assert np.shape(found.total) == shapes.get(task, ())
    assert found.predicted.shape == ((2,) if task == "multiclass" else found.mean.shape)


def test_the_task_may_be_said() -> None:
    model = chain(L.Dropout(0.5), L.Dense(3, "softmax"))
    found = predict(model, numbers(2, 6), samples=4, task="regression")
    assert found.task == "regression"
    assert found.total is None


class Block(keras.layers.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.drop, self.norm = L.Dropout(0.5), L.BatchNormalization()

    def call(self, x, training=False):
        return self.norm(self.drop(x, training=training), training=training)


class Subclass(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.block, self.head = Block(), L.Dense(2)

    def call(self, x, training=False):
        return self.head(self.block(x, training=training))


def recurrent() -> keras.Model:
    return chain(L.LSTM(3, dropout=0.5, recurrent_dropout=0.3), L.Dense(1), shape=(4, 6))


def attentive() -> keras.Model:
    inputs = keras.Input((4, 6))
    mixed = L.MultiHeadAttention(2, 3, dropout=0.5)(inputs, inputs)
    return keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling1D()(mixed)))


def convolutional() -> keras.Model:
    return chain(
        L.Conv1D(3, 2), L.SpatialDropout1D(0.5), L.MaxPooling1D(2), L.Flatten(), L.Dense(2),
        shape=(4, 6),
    )  # fmt: skip


@pytest.mark.parametrize("make", [recurrent, attentive, convolutional, Subclass])
def test_any_model_is_taken(make) -> None:
    model, x = make(), numbers(5, 4, 6)
    whole = predict(model, x, samples=30)
    first = predict(model, x[:2], samples=30, batch_size=1)
    assert whole.engine == (chosen()[0] if make is convolutional else "xla")
    assert (whole.standard_deviation > 0).any()
    assert_allclose(first.mean, whole.mean[:2], **FLOAT32_REDUCTION)
    assert_allclose(first.standard_deviation, whole.standard_deviation[:2], rtol=1e-4, atol=1e-6)


def test_a_recurrent_layer_has_one_mask_for_a_sequence() -> None:
    # A cell that adds what it sees: with one mask for all steps the sum is 0 or steps / (1 - p).
    cell = L.SimpleRNN(
        1, "linear", kernel_initializer="ones", recurrent_initializer="ones", dropout=0.5
    )
    model = chain(cell, shape=(10, 1))
    found = predict(model, np.ones((20, 10, 1)), samples=50, quantiles=(0.0, 1.0))
    assert set(found.quantiles.ravel().tolist()) == {0.0, 20.0}
    assert 8 < found.mean.mean() < 12


def test_several_inputs_and_arrays_of_many_kinds() -> None:
    left, right = keras.Input((3,), name="left"), keras.Input((2,), name="right")
    joined = L.Dropout(0.5)(L.Concatenate()([left, right]))
    model = keras.Model({"left": left, "right": right}, L.Dense(1)(joined))
    x = {"left": numbers(4, 3), "right": numbers(4, 2).astype(np.float64)}
    found = predict(model, x, samples=5)
    assert found.mean.shape == (4, 1)
    small = {name: rows[:1] for name, rows in x.items()}
    assert_allclose(predict(model, small, samples=5).mean, found.mean[:1], rtol=1e-5)


def test_what_lies_before_the_first_dropout_does_not_enter_the_loop() -> None:
    model = chain(L.Dense(11, "relu"), L.Dense(12, "relu"), L.Dropout(0.5), L.Dense(3))
    sampler = SampledModel(stochastic_outputs(model), 10)
    state, x = read_weights(model), numbers(4, 6)
    jaxpr = jax.make_jaxpr(sampler)(
        state, np.zeros(2, np.uint32), x, np.arange(4, dtype=np.uint32)
    ).jaxpr
    (loop,) = [each for each in jaxpr.eqns if each.primitive.name == "scan"]
    inside = [each.primitive.name for each in loop.params["jaxpr"].jaxpr.eqns]
    outside = [each.primitive.name for each in jaxpr.eqns]
    assert outside.count("dot_general") == 2
    assert inside.count("dot_general") == 1
    # Nothing is as large as all samples of a hidden layer: the outputs alone have all samples.
    shapes = [v.aval.shape for each in jaxpr.eqns for v in each.outvars]
    assert [shape for shape in shapes if 10 in shape and shape != (10,)] == [(10, 4, 3)]


def test_blocks_hold_a_bounded_number_of_values() -> None:
    for rows, samples, values in [(10_000, 100, 10), (70_000, 1000, 1000), (5, 100, 10**7)]:
        size = samplers._block_size(rows, samples, values)
        assert 1 <= size <= samplers.ROWS_A_BLOCK
        assert size == 1 or size * samples * values <= samplers.VALUES_A_BLOCK
        assert -(-rows // size) * size < rows + size  # the last block is not empty


@every_engine
def test_only_blocks_are_held(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    whole = samplers.BlockSampler.blocks

    def watched(self, seed):
        for block in whole(self, seed):
            seen.append(block.shape)
            yield block

    monkeypatch.setattr(samplers.BlockSampler, "blocks", watched)
    predict(classifier(), numbers(10, 6), samples=7, batch_size=4, engine=engine)
    assert seen == [(7, 4, 3), (7, 4, 3), (7, 2, 3)]


def test_the_quantile_of_a_level() -> None:
    found = predict(classifier(), numbers(2, 6), samples=5, quantiles=[0.25])
    assert found.quantile(0.25).shape == (2, 3)
    with pytest.raises(InputError) as raised:
        found.quantile(0.5)
    assert str(raised.value) == (
        "level must be one of [0.25], got 0.5: name it in predict_monte_carlo(..., quantiles=...)."
    )


def two_outputs() -> keras.Model:
    inputs = keras.Input((6,))
    dropped = L.Dropout(0.5)(inputs)
    return keras.Model(inputs, [L.Dense(1)(dropped), L.Dense(2)(dropped)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": 0}, "samples must be a whole number of at least 2, got 0: 100 is usual."),
        ({"samples": 1}, "samples must be a whole number of at least 2, got 1: 100 is usual."),
        ({"samples": 2.5}, "samples must be a whole number of at least 2, got 2.5: 100 is usual."),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1: leave it out for 0."),
        (
            {"seed": 2**64},
            "seed must be below 2**64, got 18446744073709551616: leave it out for 0.",
        ),
        (
            {"batch_size": 0},
            "batch_size must be a whole number of at least 1, got 0: give for example 1.",
        ),
        (
            {"quantiles": (0.5, 95)},
            "quantiles must be levels from 0 to 1, got 95: write for example (0.05, 0.5, 0.95).",
        ),
        (
            {"quantiles": 5},
            "quantiles must be levels from 0 to 1, got 5: write for example (0.05, 0.5, 0.95).",
        ),
        (
            {"task": "multiclas"},
            "task must be one of binary, multiclass, multilabel, regression, unit_interval, got "
            "'multiclas'. Did you mean 'multiclass'?",
        ),
        (
            {"engine": "xls"},
            "engine must be one of auto, native, xla, got 'xls'. Did you mean 'xla'?",
        ),
        (
            {"x": iter([numbers(2, 6)])},
            "x must be arrays, got a list_iterator, which yields batches of its own: "
            "call predict_monte_carlo on the arrays of one batch at a time.",
        ),
        (
            {"model": chain(L.Dense(1)), "engine": "xla"},
            "model must have a dropout or noise layer, got none in its layers: "
            "add keras.layers.Dropout and train again.",
        ),
        (
            {"model": chain(L.Dense(1))},
            "model must have a dropout or noise layer, got none in its layers: "
            "add keras.layers.Dropout and train again.",
        ),
        (
            {"model": two_outputs()},
            "model must have one output, got 2: "
            "make a model of one, as in keras.Model(model.inputs, model.outputs[0]).",
        ),
        (
            {"model": 3},
            "model must be a keras.Model, got 3: "
            "pass the model itself, as in epochal.predict_monte_carlo(model, ...).",
        ),
    ],
)
def test_bad_input_is_one_sentence(change, message: str) -> None:
    arguments = {"model": classifier(), "x": numbers(2, 6)} | change
    with pytest.raises(InputError) as raised:
        predict(arguments.pop("model"), arguments.pop("x"), **arguments)
    assert str(raised.value) == message


@every_engine
def test_a_model_that_a_fit_built_takes_any_number_of_rows(engine: str) -> None:
    """Keras then notes the size of the first batch as that of the input."""
    model = keras.Sequential([L.Dropout(0.5), L.Dense(1)])
    model.compile("sgd", "mse")
    rows = numbers(5, 3)
    epochal.fit(model, rows[:4], np.ones(4), batch_size=2, verbose=0, seed=1)
    found = predict(model, rows, samples=3, seed=1, engine=engine)
    alone = predict(model, rows[:1], samples=3, seed=1, engine=engine)
    assert found.mean.shape == (5, 1)
    assert_allclose(found.mean[:1], alone.mean, **FLOAT32_REDUCTION)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
@pytest.mark.native
def test_short_memory_is_an_error_and_not_the_end_of_the_process() -> None:
    script = textwrap.dedent("""
        import resource
        import epochal
        import keras, numpy as np
        L = keras.layers
        wide = L.Dense(2**20, use_bias=False)  # 16 rows of its outputs take 64 MB
        model = keras.Sequential(
            [keras.Input((8,)), L.Dropout(0.5), wide, L.Dropout(0.5), L.Dense(2)])
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 200 * 2**20, -1))
        try:
            epochal.predict_monte_carlo(model, np.ones((64, 8), "f4"), samples=2, engine="native")
        except MemoryError:
            print("MemoryError")
        print("alive")
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["MemoryError", "alive"], done.stderr
