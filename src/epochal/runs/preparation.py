"""The arrays of a plan: features preprocessed, targets encoded, for each part of the split."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epochal.data import TablePreprocessor, encode_target
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
    """Features of the training and test rows as baselines take them: with standardised numbers."""
    if prepared.preprocessor.numeric_encoding == "standard":
        return prepared.training.x, prepared.test.x
    frame, rows, preprocessor = plan.frame, plan.split, TablePreprocessor()
    training = frame.iloc[rows.train]
    x = preprocessor.fit_transform(training, plan.columns, prepared.training.y, plan.task.kind)
    return x, preprocessor.transform(frame.iloc[rows.test])
