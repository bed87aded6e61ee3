"""The arrays of a plan: features preprocessed, targets encoded, for each part of the split."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epochal.data import TablePreprocessor, encode_target
from epochal.data.preprocessing.feature_columns import feature_columns
from epochal.models.guidelines import guideline_named
from epochal.runs.plan import Plan


class Part(NamedTuple):
    """Features, float32 of shape (rows, features), and encoded targets, shape (rows, ...)."""

    x: NDArray
    y: NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """The three parts, and the preprocessing that was fitted on the training part."""

    preprocessor: TablePreprocessor
    training: Part
    validation: Part
    test: Part


def prepare(plan: Plan) -> Prepared:
    """Preprocess and encode a planned table; everything is fitted on the training part."""
    frame, rows, task = plan.frame, plan.split, plan.task
    preprocessor = TablePreprocessor(guideline_named(plan.settings.network).numeric_encoding)
    targets = encode_target(task, frame[list(task.target)])
    training, y = frame.iloc[rows.train], targets[rows.train]

    def part(of: NDArray) -> Part:
        if not len(of):
            return Part(np.empty((0, x.shape[1]), np.float32), targets[of])
        return Part(preprocessor.transform(frame.iloc[of]), targets[of])

    x = preprocessor.fit_transform(training, plan.columns, y, task.kind)
    return Prepared(
        preprocessor=preprocessor,
        training=Part(x, y),
        validation=part(rows.validation),
        test=part(rows.test),
    )


def standardized(plan: Plan, prepared: Prepared) -> tuple[NDArray, NDArray]:
    """Features of the training and test rows as baselines take them: with standardised numbers.

    Texts are as the network has them: to encode them takes as long as all else.
    """
    x, x_test = prepared.training.x, prepared.test.x
    if prepared.preprocessor.numeric_encoding == "standard":
        return x, x_test
    places = feature_columns(prepared.preprocessor)
    kinds = prepared.preprocessor.kinds_
    of_texts = [place for name, kind in kinds.items() if kind == "text" for place in places[name]]
    others = [column for column in plan.columns if column.kind not in ("text", "dropped")]
    if not others:
        return x, x_test
    frame, rows, preprocessor = plan.frame, plan.split, TablePreprocessor()
    own = preprocessor.fit_transform(frame.iloc[rows.train], others)
    own_test = preprocessor.transform(frame.iloc[rows.test])
    return np.hstack([own, x[:, of_texts]]), np.hstack([own_test, x_test[:, of_texts]])
