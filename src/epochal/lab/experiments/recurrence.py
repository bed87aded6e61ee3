"""Film reviews as sequences of words: a recurrent network with and without dropout."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import keras
import numpy as np
from keras import layers
from sklearn.feature_extraction.text import CountVectorizer

from epochal.data import datasets
from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import best_result
from epochal.lab.sources import PARK, Citation
from epochal.training import fit

WORDS = 10_000  # size of the vocabulary; 0 is padding
LENGTH = 100  # the last words of a review, which tend to sum it up
VALIDATION_ROWS = 5000
DROPOUTS = (0.0, 0.2, 0.3)


class Reviews(NamedTuple):
    """Word indices (rows, LENGTH) and labels (rows,), 1 for a positive review, of both parts."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_valid: np.ndarray
    y_valid: np.ndarray


def reviews(scale: Scale) -> Reviews:
    """The training reviews in random order, the first 5,000 for validation."""
    frame = datasets.load_table("imdb").frame.sample(frac=1, random_state=0)
    rows = None if scale.rows is None else VALIDATION_ROWS + scale.rows
    texts, labels = list(frame["text"][:rows]), frame["label"][:rows].to_numpy()
    indices = word_indices(texts[VALIDATION_ROWS:], texts)
    held_out = slice(scale.held_out)
    return Reviews(
        indices[VALIDATION_ROWS:],
        labels[VALIDATION_ROWS:],
        indices[:VALIDATION_ROWS][held_out],
        labels[:VALIDATION_ROWS][held_out],
    )


def word_indices(known: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """The last words of each text among the most frequent of `known`; shape (texts, LENGTH)."""
    vectorizer = CountVectorizer(max_features=WORDS - 1).fit(known)
    words, index = vectorizer.build_analyzer(), vectorizer.vocabulary_
    indices = np.zeros((len(texts), LENGTH), np.int32)
    for row, text in zip(indices, texts, strict=True):
        last = [1 + index[word] for word in words(text) if word in index][-LENGTH:]
        row[LENGTH - len(last) :] = last
    return indices


def network(dropout: float) -> keras.Sequential:
    """Word embeddings, a GRU, a sigmoid."""
    return keras.Sequential(
        [
            layers.Embedding(WORDS, 32),
            layers.GRU(32, dropout=dropout, recurrent_dropout=dropout),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each dropout rate."""
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
        yield f"dropout {dropout:g}", best_result(trained)


EXPERIMENT = Experiment(
    name="recurrence",
    title="Dropout in recurrent networks",
    claim="Recurrent networks work best with dropout rates of 0.2 to 0.3.",
    sources=(Citation(PARK, "2. Dropout"),),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_loss", "validation loss"),
    discussion="Within three epochs, dropout only slows training down. The overfitting that it "
    "prevents shows without it: the validation loss rises from the first epoch on.",
)
