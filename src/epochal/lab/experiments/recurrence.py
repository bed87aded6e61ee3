"""Film reviews word by word: a recurrent network with and without dropout."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import keras
import numpy as np
from keras import layers
from sklearn.feature_extraction.text import CountVectorizer

from epochal.data import datasets
from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.training import best
from epochal.training import fit

WORDS = 10_000  # the most frequent ones; 0 stands for no word
LENGTH = 100  # of the review's end, where the judgement stands
VALIDATION_ROWS = 5000
DROPOUTS = (0.0, 0.2, 0.3)


class Reviews(NamedTuple):
    """Word numbers (rows, LENGTH) and whether the review is good (rows,), of both parts."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_valid: np.ndarray
    y_valid: np.ndarray


def reviews(scale: Scale) -> Reviews:
    """The training reviews in a drawn order, the first 5,000 for validation."""
    frame = datasets.load_table("imdb").frame.sample(frac=1, random_state=0)
    rows = None if scale.rows is None else VALIDATION_ROWS + scale.rows
    texts, labels = list(frame["text"][:rows]), frame["label"][:rows].to_numpy()
    numbers = word_numbers(texts[VALIDATION_ROWS:], texts)
    held_out = slice(scale.held_out)
    return Reviews(
        numbers[VALIDATION_ROWS:],
        labels[VALIDATION_ROWS:],
        numbers[:VALIDATION_ROWS][held_out],
        labels[:VALIDATION_ROWS][held_out],
    )


def word_numbers(known: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """The last words of each text, of those that are frequent in `known`; (texts, LENGTH)."""
    vectorizer = CountVectorizer(max_features=WORDS - 1).fit(known)
    words, number = vectorizer.build_analyzer(), vectorizer.vocabulary_
    numbers = np.zeros((len(texts), LENGTH), np.int32)
    for row, text in zip(numbers, texts, strict=True):
        last = [1 + number[word] for word in words(text) if word in number][-LENGTH:]
        row[LENGTH - len(last) :] = last
    return numbers


def network(dropout: float) -> keras.Sequential:
    """Word vectors, a gated recurrent unit, a sigmoid."""
    return keras.Sequential(
        [
            layers.Embedding(WORDS, 32),
            layers.GRU(32, dropout=dropout, recurrent_dropout=dropout),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    data = reviews(scale)
    for dropout in DROPOUTS:
        model = network(dropout)
        model.compile("nadam", "binary_crossentropy", metrics=["accuracy"])
        trained = fit(
            model,
            data.x_train,
            data.y_train,
            batch_size=128,
            epochs=scale.epochs(3),
            validation_data=(data.x_valid, data.y_valid),
            seed=seed,
            verbose=0,
        )
        yield f"dropout {dropout:g}", best(trained)


EXPERIMENT = Experiment(
    name="recurrence",
    title="Dropout in recurrent networks",
    claim="Recurrent networks take a dropout of 0.2 to 0.3.",
    source="[003]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_loss", "validation loss"),
    why="In three epochs dropout only slows the learning; what it holds back shows in the loss "
    "without it, which rises from the first epoch on.",
)
