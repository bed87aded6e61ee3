"""The content of the report's section on why, as plain values."""

from dataclasses import dataclass

from epochal.explanation.importances import Importances
from epochal.explanation.learning_curve import LearningCurve
from epochal.explanation.partial_dependence import PartialDependence


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
        On which rows the columns were measured, such as "test rows".
    learning_curve : LearningCurve or None
        None where it was not asked for.
    """

    errors: ErrorTable
    outputs: tuple[str, ...]
    importances: Importances | None = None
    dependences: tuple[PartialDependence, ...] = ()
    where: str = "test rows"
    learning_curve: LearningCurve | None = None
