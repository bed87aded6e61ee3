"""Monte-Carlo prediction beside the loop of Géron's book, and its uncertainty on Fashion-MNIST.

`python -m benchmarks.monte_carlo [--rounds N] [--rows N] [--epochs N] [--write]`
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

import epochal
from benchmarks.document import publish
from benchmarks.harness import Peer, Timing, take_turns
from benchmarks.markdown import table
from benchmarks.peer_monte_carlo import (
    EPOCHAL,
    EPOCHAL_XLA,
    JAX,
    SAMPLES,
    TENSORFLOW,
    network,
)
from epochal.data import datasets

TITLES = {
    EPOCHAL: "epochal",
    EPOCHAL_XLA: "epochal, `xla`",
    TENSORFLOW: "the loop on Keras/TensorFlow",
    JAX: "the loop on Keras/JAX",
}
TARGET = 8.0  # times as fast as the loop

NOTES = f"""
{SAMPLES} samples of {{rows:,}} test images of Fashion-MNIST, 784-300-100-10, ELU, dropout at a rate
of 0.2 before each dense layer. The loop is that of Géron's "Hands-On Machine Learning",
`np.stack([model(x, training=True) for _ in range({SAMPLES})])`, which keeps all samples;
`epochal.predict_monte_carlo` returns mean, standard deviation, three quantiles and both entropies.
Each peer runs in its own process, and they take turns; the first time includes compiling, the time
is the median of the {{rounds}} after it.
"""


def trained(rows: int, epochs: int, folder: Path) -> dict[str, np.ndarray]:
    """Train the network, save weights and test rows in `folder`, and return its predictions."""
    images = datasets.load("fashion-mnist")
    assert isinstance(images, datasets.ImageDataset)
    x, y = images.x_test[:rows] / np.float32(255), images.y_test[:rows]
    model = network()
    model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    epochal.fit(
        model, images.x_train / np.float32(255), images.y_train, epochs=epochs, seed=42, verbose=0
    )
    np.savez(folder / "weights.npz", *model.get_weights())
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    plain = epochal.predict(model, x, verbose=0)
    sampled = epochal.predict_monte_carlo(model, x, samples=SAMPLES, seed=42)
    return {
        "truth": y,
        "plain": plain,
        "sampled": sampled.mean,
        "information": np.asarray(sampled.epistemic),
    }


def confidence_table(found: Mapping[str, np.ndarray]) -> str:
    """Accuracy, log loss, and the confidence of correct and of incorrect predictions."""
    truth = found["truth"]
    rows = []
    for title, name in (("without dropout", "plain"), ("Monte-Carlo", "sampled")):
        p = found[name]
        correct = p.argmax(axis=1) == truth
        confidence = p.max(axis=1)
        loss = -np.log(np.maximum(p[np.arange(len(p)), truth], 1e-7)).mean()
        rows.append(
            [
                title,
                f"{correct.mean():.4f}",
                f"{loss:.4f}",
                f"{confidence[correct].mean():.3f}",
                f"{confidence[~correct].mean():.3f}",
                f"{(confidence[~correct] > 0.9).mean():.1%}",
            ]
        )
    header = [
        "",
        "accuracy",
        "log loss",
        "confidence, correct",
        "confidence, incorrect",
        "incorrect at over 90%",
    ]
    return table(header, rows)


def information_sentence(found: Mapping[str, np.ndarray]) -> str:
    """Whether the epistemic uncertainty tells incorrect predictions from correct ones."""
    wrong = found["sampled"].argmax(axis=1) != found["truth"]
    information = found["information"]
    # The probability that an incorrect row has more of it than a correct one (Mann-Whitney).
    order = np.argsort(np.argsort(information))
    count = wrong.sum()
    area = (order[wrong].sum() - count * (count - 1) / 2) / (count * (~wrong).sum())
    return (
        "Of a correct and an incorrect prediction, the incorrect one has the larger mutual "
        f"information in {area:.1%} of all pairs."
    )


def speed_table(timings: Mapping[str, Timing]) -> str:
    ours = timings[EPOCHAL].median
    rows = [
        [
            TITLES[peer],
            f"{timing.first:.1f} s",
            f"{timing.median:.2f} s",
            f"{timing.median / ours:.1f}x",
            f"{timing.loss:.4f}",
        ]
        for peer, timing in timings.items()
    ]
    return table(["", "first time", "time", "", "accuracy"], rows)


def verdicts(timings: Mapping[str, Timing]) -> str:
    rows = []
    for ours in (EPOCHAL, EPOCHAL_XLA):
        for peer in (TENSORFLOW, JAX):
            ratio = timings[peer].median / timings[ours].median
            reached = "reached" if ratio >= TARGET else "**not reached**"
            rows.append([TITLES[ours], TITLES[peer], f"{TARGET:.0f}x", f"{ratio:.1f}x", reached])
    return table(["what", "faster than", "target", "measured", ""], rows)


def measure(folder: Path, rounds: int) -> dict[str, Timing]:
    with ExitStack() as stack:
        peers = {
            name: stack.enter_context(
                Peer(
                    "benchmarks.peer_monte_carlo",
                    [name, str(folder), str(rounds + 1)],
                    {
                        "KERAS_BACKEND": "tensorflow" if name == TENSORFLOW else "jax",
                        "TF_CPP_MIN_LOG_LEVEL": "2",
                    },
                )
            )
            for name in TITLES
        }
        return take_turns(peers, rounds)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monte_carlo", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=3, help="times after the first (default 3); 0 for no peers"
    )
    parser.add_argument("--rows", type=int, default=10_000, help="test images (default all)")
    parser.add_argument("--epochs", type=int, default=20, help="of training (default 20)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = trained(options.rows, options.epochs, Path(folder))
        timings = measure(Path(folder), options.rounds) if options.rounds else None
    parts = [
        f"The network was trained for {options.epochs} epochs with Nadam; {options.rows:,} test "
        f"images, {SAMPLES} samples. Confidence is the mean of the largest probability.",
        confidence_table(found),
        information_sentence(found),
    ]
    if timings is not None:
        notes = NOTES.format(rows=options.rows, rounds=options.rounds).strip()
        parts = [notes, speed_table(timings), verdicts(timings), *parts]
    body = "\n\n".join(parts)
    publish("Monte-Carlo", body, module="benchmarks.monte_carlo", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
