"""Networks drawn at random, some of them spoilt, on odd numbers: for a build with sanitizers.

``python -m tests.engine.native.fuzz --cases 20000`` runs so many, each from a seed of its own;
``--extension PATH`` takes another build of the engine (`make sanitize` does). A case may be refused
in words, and may give any numbers. It may not end the process: then the file ``--current`` holds
its seed, which ``--case`` runs again, and which belongs into `CORPUS`.
"""

import argparse
import importlib.util
import random
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

CORPUS: tuple[int, ...] = ()  # seeds that once ended the process: each run begins with them

NUMBERS = [-(2**63), -(2**40), -1, 0, 1, 2, 3, 7, 12, 64, 2**12, 2**20, 2**20 + 1]
NUMBERS += [2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1]
ODD = [0.0, -0.0, 1e-40, 1e-30, 1.0, -1.0, 1e30, 3e38, float("inf"), float("-inf"), float("nan")]
METHODS = {"sgd": 0, "momentum": 1, "nesterov": 1, "adam": 2, "nadam": 2, "adamax": 2, "rmsprop": 1}
LINKS = {"sparse_categorical": "softmax", "categorical": "softmax", "binary": "sigmoid"}
LOSSES = [*LINKS, "mse", "mae", "huber", "log_cosh"]
OF_LABELS = ["sparse_accuracy", "sparse_categorical_crossentropy"]
OF_VALUES = ["accuracy", "binary_accuracy", "categorical_crossentropy", "binary_crossentropy"]
OF_VALUES += ["mse", "mae"]
MOST_COLUMNS = 2**14


def use(extension: Path) -> None:
    """Make another build of the engine the one that is imported."""
    name = "epochal.engine.native._native"
    spec = importlib.util.spec_from_file_location(name, extension)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


def drawn_network(draw: random.Random) -> tuple[dict[str, Any], int]:
    """The description of a chain of layers over columns, an image or a sequence; its outputs."""
    from tests.engine.native.graphs import LIKELIHOODS, Draft  # noqa: PLC0415  behind `use`

    method = draw.choice(list(METHODS))
    options: dict[str, Any] = {
        "slots": (0,) * METHODS[method],
        "summed": draw.random() < 0.3,
        "penalties": draw.choice([(0.0, 0.0), (0.01, 0.1)]),
    }
    kind = draw.choice(["columns", "image", "sequence"])
    if kind == "image":
        draft = _image(draw, options)
    elif kind == "sequence":
        steps, parts = draw.randint(1, 6), draw.randint(1, 4)
        draft = Draft(steps * parts, **options)
        if parts == 1:
            draft.embedding(draw.randint(1, 9), draw.randint(1, 5))
        name = draw.choice(["lstm", "gru", "simple_rnn"])
        numbers: dict[str, Any] = {"backwards": draw.random() < 0.3, "zeros": draw.random() < 0.3}
        if parts == 1 and draw.random() < 0.5:
            numbers["inputs"] = (draft.last, -1)  # the indices are a mask, too
        draft.recurrent(name, steps, draw.randint(1, 9), **numbers)
    else:
        draft = Draft(draw.randint(1, 70), **options)
    for _ in range(draw.randint(0, 4)):
        _layer(draw, draft)
    if (family := draw.choice([None, None, *LIKELIHOODS])) is None:
        return _finished(draw, draft.dense(draw.randint(1, 12)), method), draft.width
    likelihood = LIKELIHOODS[family]
    draft.head(likelihood, draw.randint(1, 5))
    return _finished(draw, draft, method, likelihood), draft.width


def _image(draw: random.Random, options: dict[str, Any]) -> Any:
    from tests.engine.native.graphs import Draft, image  # noqa: PLC0415

    height, width, channels = draw.randint(1, 9), draw.randint(1, 9), draw.choice([1, 2, 3, 4, 8])
    window = image(
        height,
        width,
        channels,
        filters=draw.choice([1, 3, 4, 8]),
        kernel=draw.randint(1, 4),
        stride=draw.randint(1, 3),
        same=draw.random() < 0.5,
    )
    draft = Draft(height * width * channels, **options)
    if draw.random() < 0.7:
        return draft.convolution(window)
    pooled = image(height, width, channels, kernel=draw.randint(1, 3), stride=draw.randint(1, 3))
    return draft.pooling(draw.choice(["max_pooling", "average_pooling"]), pooled)


def _layer(draw: random.Random, draft: Any) -> None:
    made = draw.randrange(8)
    if made == 0:
        draft.dense(draw.randint(1, 140), bias=draw.random() < 0.7)
    elif made == 1:
        draft.activation(draw.choice(["relu", "tanh", "sigmoid", "gelu", "elu", "softplus"]))
    elif made == 2:
        draft.dropout(draw.choice([0.1, 0.5, 0.9]))
    elif made == 3:
        draft.batch_norm(moving=draw.random() < 0.3)
    elif made == 4:
        draft.layer_norm()
    elif made == 5:
        draft.prelu()
    elif draft.operations and made == 6:
        heads, columns, steps = draw.randint(1, 3), draw.randint(1, 20), draw.randint(1, 9)
        keys, causal = draw.randint(1, 40), draw.random() < 0.5
        draft.attention(heads, columns, steps, keys=keys, causal=causal)
    elif draft.operations:
        trunk, width = draft.last, draft.width
        draft.dense(width).merge(draw.choice(["add", "multiply", "maximum", "minimum"]), trunk)


def _finished(
    draw: random.Random, draft: Any, method: str, likelihood: Any = None
) -> dict[str, Any]:
    """Its description, in one case of three with up to four sizes changed."""
    from epochal.engine.graph import LossSpec, Metric, OptimizerSpec  # noqa: PLC0415
    from epochal.engine.native.program import describe  # noqa: PLC0415

    loss = draw.choice(LOSSES) if likelihood is None else "likelihood"
    optimizer = OptimizerSpec(
        method=method,
        momentum=0.9 if method in ("momentum", "nesterov") else 0.0,
        beta1=0.9,
        beta2=0.999,
        clip_global_norm=draw.choice([0.0, 0.1]),
        accumulation=2 if draft.summed else 1,
    )
    link = LINKS.get(loss, "none")
    graph = draft.graph(LossSpec(loss=loss, link=link, likelihood=likelihood), optimizer)
    measures = OF_LABELS if loss == "sparse_categorical" else OF_VALUES
    names = draw.sample(measures if likelihood is None else ["likelihood"] * 2, draw.randint(0, 2))
    metrics = tuple(
        Metric(name=each, measure=each, at=0, weighted=draw.random() < 0.5, likelihood=likelihood)
        for each in names
    )
    description = describe(replace(graph, metrics=metrics))
    if draw.random() < 1 / 3:
        places = _places(description)
        for holder, name in draw.sample(places, min(len(places), draw.randint(1, 4))):
            holder[name] = draw.choice(NUMBERS)
    return description


def _places(description: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Every size that a description has: what holds it, and its name there."""
    description["inputs"] = list(description["inputs"])
    places: list[tuple[Any, Any]] = [(description["inputs"], 0)]
    for operation in description["operations"]:
        operation["parameters"] = list(operation["parameters"])
        places += [(operation, "steps"), (operation, "part"), (operation, "heads")]
        places += [(operation["parameters"], number) for number in range(4)]
        places += [(operation["window"], name) for name in operation["window"] or ()]
    for parameter in description["parameters"]:
        places += [(parameter, "rows"), (parameter, "columns")]
    likelihoods = [each["likelihood"] for each in (description, *description["metrics"])]
    places += [(each, "size") for each in likelihoods if each]
    return places


def odd_numbers(draw: random.Random, *shape: int) -> np.ndarray:
    """Normal numbers, in one case of two some odd ones among them."""
    values = np.random.default_rng(draw.getrandbits(32)).standard_normal(shape).astype(np.float32)
    if draw.random() < 0.5:
        for _ in range(draw.randint(1, 5)):
            values.reshape(-1)[draw.randrange(values.size)] = draw.choice(ODD)
    return values


def run_case(seed: int) -> bool:
    """Run one case: whether it was not refused."""
    from tests.engines import extension as native  # noqa: PLC0415

    draw = random.Random(seed)  # noqa: S311
    description, outputs = drawn_network(draw)
    try:
        network = native.Network(description, draw.randint(1, 3), draw.choice(["", "baseline"]))
        for number, parameter in enumerate(description["parameters"]):
            network.load(number, -1, odd_numbers(draw, parameter["rows"], parameter["columns"]))
        _steps(draw, network, description, outputs)
    except (ValueError, RuntimeError):  # refused, in words
        return False
    return True


def _steps(draw: random.Random, network: Any, description: dict[str, Any], outputs: int) -> None:
    columns = int(description["inputs"][0])
    if columns > MOST_COLUMNS or outputs > MOST_COLUMNS:
        return
    rows, batch, steps = draw.randint(1, 20), draw.randint(1, 40), draw.randint(1, 3)
    x = [odd_numbers(draw, rows, columns)]
    if description["operations"][0]["kind"] == "embedding":
        x = [np.array([draw.randint(-2, 10) for _ in range(rows * columns)], np.float32)]
        x = [x[0].reshape(rows, columns)]
    size = description["likelihood"]["size"] if description["likelihood"] else 1
    y = odd_numbers(draw, rows, max(1, outputs // size) if size > 0 else outputs)
    if description["loss"] == "sparse_categorical":
        y = np.array([draw.randint(-1, outputs) for _ in range(rows)], np.int32)
    weights = odd_numbers(draw, rows) if draw.random() < 0.3 else None
    order = np.array(
        [[draw.randint(0, rows - 1) for _ in range(batch)] for _ in range(steps)], np.int32
    )
    network.threads = draw.choice([0, 1, 2, 3])
    rates = np.full(steps, draw.choice([0.0, 1e-3, 1.0, 1e30]), np.float32)
    network.train(x, y, weights, order, rates, 0, steps, np.empty(steps, np.float32))
    network.evaluate(x, y, weights, order, 0, steps)
    network.predict(x, order, 0, steps, np.empty((steps * batch, outputs), np.float32))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--case", type=int, help="this one alone")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--extension", type=Path)
    parser.add_argument("--current", type=Path, default=Path(".cache/fuzz-current"))
    given = parser.parse_args()
    if given.extension is not None:
        use(given.extension)
    cases = range(given.first, given.first + given.cases)
    given.current.parent.mkdir(parents=True, exist_ok=True)
    began, ran = perf_counter(), 0
    seeds = [given.case] if given.case is not None else [*CORPUS, *cases]
    with given.current.open("w") as current:
        for seed in seeds:
            current.seek(0)
            current.write(f"{seed}\n")
            current.flush()
            ran += run_case(seed)
    print(f"{len(seeds)} cases, {ran} of them not refused, in {perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
