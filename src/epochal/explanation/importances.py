"""How much the columns matter to a score: the values, and how they are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from epochal.scoring.scores import Interval
from epochal.translation import translate, translate_count

_NAMED = 3  # groups in a sentence


@dataclass(frozen=True, kw_only=True)
class Importance:
    """How much a column, or a group of columns that tell the same, matters to a score.

    Parameters
    ----------
    columns : tuple of str
        Shuffled together.
    importance : Interval
        How much worse the score then is, in its unit, whichever way it is better; NaN where the
        score is not defined.
    """

    columns: tuple[str, ...]
    importance: Interval

    @property
    def name(self) -> str:
        """The columns in words, in the current language.

        Examples
        --------
        >>> gain = Interval(value=0.2, low=0.1, high=0.3)
        >>> Importance(columns=("sex", "who", "adult_male"), importance=gain).name
        'sex (with who, adult_male)'
        """
        return group_name(self.columns)

    @property
    def is_told(self) -> bool:
        """Whether it is told from nothing: its whole interval is above 0."""
        return self.importance.low > 0

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        return cls(
            columns=tuple(fields["columns"]), importance=Interval.from_dict(fields["importance"])
        )


@dataclass(frozen=True, kw_only=True)
class Importances:
    """How much each column matters to a score.

    Parameters
    ----------
    score : str
        The score's label.
    percent : bool
        True where 0.02 reads as 2 percentage points.
    groups : tuple of Importance
        The most important first.
    rows : int
        How many rows were predicted.
    repeats : int
        How often each group was shuffled.
    not_measured : tuple of str
        Columns that were left out, as there are too many: those on which predictions seem to rest
        least.
    """

    score: str
    percent: bool
    groups: tuple[Importance, ...]
    rows: int
    repeats: int
    not_measured: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The most important columns in one line, in the current language."""
        told = [group.name for group in self.groups if group.is_told][:_NAMED]
        if not told:
            return translate("on these rows no column's importance can be told from 0")
        return translate_count(
            "most important column: {columns}",
            "most important columns: {columns}",
            len(told),
            columns=", ".join(told),
        )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        groups = tuple(map(Importance.from_dict, fields["groups"]))
        return cls(**{**fields, "groups": groups, "not_measured": tuple(fields["not_measured"])})


def group_name(columns: Sequence[str]) -> str:
    """A group of columns by its first, with the others in brackets.

    Examples
    --------
    >>> group_name(["age"]), group_name(["pclass", "class"])
    ('age', 'pclass (with class)')
    """
    first, *others = columns
    if not others:
        return first
    return translate("{column} (with {others})", column=first, others=", ".join(others))
