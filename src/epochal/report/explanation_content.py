"""The content of the report's section on why, as plain values."""

from dataclasses import dataclass

from epochal.explanation.importances import Importances
from epochal.explanation.learning_curve import LearningCurve
from epochal.explanation.partial_dependence import PartialDependence
from epochal.translation import translatable

TEST_ROWS = translatable("test rows")
FIRST_FOLD = translatable("rows of the first fold")


@dataclass(frozen=True, kw_only=True)
class ErrorTable:
    """The rows with the largest errors.

    Parameters
    ----------
    headings : tuple of str
    rows : tuple of tuple of str
        The cells of each row, the first of which is its number in the table.
    what : str
        What the error of a row is.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    what: str


@dataclass(frozen=True, kw_only=True)
class ExplanationContent:
    """What the section shows.

    Parameters
    ----------
    errors : ErrorTable
    outputs : tuple of str
        What each output of the network is, such as "probability of yes".
    importances : Importances or None
        None where they were not measured.
    dependences : tuple of PartialDependence
    where : str
        On which rows the columns were measured: `TEST_ROWS` or `FIRST_FOLD`.
    learning_curve : LearningCurve or None
        None where it was not asked for.
    """

    errors: ErrorTable
    outputs: tuple[str, ...]
    importances: Importances | None = None
    dependences: tuple[PartialDependence, ...] = ()
    where: str = TEST_ROWS
    learning_curve: LearningCurve | None = None
