"""The arrays of a plan: features preprocessed, targets encoded, for each part of the split."""

from dataclasses import dataclass
from typing import NamedTuple

from numpy.typing import NDArray

from epochal.data import TablePreprocessor, encode_target
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
    frame, rows = plan.frame, plan.split
    preprocessor = TablePreprocessor()
    targets = encode_target(plan.task, frame[list(plan.task.target)])
    return Prepared(
        preprocessor=preprocessor,
        training=Part(
            preprocessor.fit_transform(frame.iloc[rows.train], plan.columns), targets[rows.train]
        ),
        validation=Part(
            preprocessor.transform(frame.iloc[rows.validation]), targets[rows.validation]
        ),
        test=Part(preprocessor.transform(frame.iloc[rows.test]), targets[rows.test]),
    )
