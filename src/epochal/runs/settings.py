"""The settings of a training run on a table: each with its default, its check and its help.

The command line's options, the command that repeats a run and the checks of `train_table` all come
from the fields of `TrainSettings`: a new setting is one field there, or in one of the two classes
that it is made of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self, Unpack

from epochal.errors import InputError, suggest
from epochal.runs import setting_checks as checks
from epochal.runs.column_settings import ColumnSettings
from epochal.runs.network_settings import NetworkSettings
from epochal.runs.setting_combinations import check_together
from epochal.runs.setting_field import described
from epochal.runs.train_options import TrainOptions


@dataclass(frozen=True, kw_only=True)
class TrainSettings(NetworkSettings, ColumnSettings):
    """Everything that decides a run on a table, checked when it is made.

    Parameters
    ----------
    target : tuple of str
        The column to predict, or several; a string is one column, here and below.
    task : str or None
        One of `epochal.data.TASKS`; None infers it from the target.
    positive : str, number or None
        The positive class of a target of two; None takes the rarer one.
    metric : str or None
        The headline score, such as "AUC"; None chooses it by the task: see
        `epochal.scoring.task_metrics.headline_first`.
    cost : mapping of str to float, or None
        Of a false positive and of a false negative, as ``{"fp": 1, "fn": 5}``: rows are said to be
        positive from the probability on at which the mean cost is lowest, of rows that the training
        left out.
    min_precision, min_recall : float or None
        What shall be reached, above 0 and up to 1, with the other as high as can be; of these and
        `cost` at most one. None takes the more probable class.
    drop, keep : tuple of str
        Columns to drop, and columns to keep though they would be dropped (leaks too).
    kinds : mapping of str to str
        Column kinds that override the inferred ones, such as ``{"zip": "category"}``.
    network : str
        The guideline that the network follows: one of `epochal.models.ALL_GUIDELINES`.
    hidden : tuple of int or None
        Units of each hidden layer; None chooses by the size of the table.
    distribution : str or None
        One of `epochal.models.ALL_DISTRIBUTIONS`: what is predicted of each row of a "regression",
        whose mean is then the prediction. A target that is not said to be of another task is taken
        for numbers. None predicts a number alone.
    members : int or None
        How many networks to train, each stopped early by a part of the rows that it leaves out, and
        to average; 1 trains a single one, with a validation part. None takes the guideline's.
    epochs : int or None
        Maximum number of epochs, at least 1; None chooses by the number of steps.
    batch_size : int or None
        Rows of a training step, at least 1; None chooses by the number of rows.
    learning_rate : float or None
        The highest, above 0: where "tabular" begins, and the peak of 1cycle, which a range test
        then does not look for. None takes the guideline's.
    dropout : float or None
        Rate in [0, 1) after each hidden layer; alpha dropout for "self-normalizing". None takes the
        guideline's.
    l2 : float or None
        Of the penalty ``l2 * sum(w**2)`` of the kernels of all hidden layers, at least 0; no
        network stops early by a loss that holds it. None is 0.
    weight_decay : float or None
        At least 0: a step takes ``learning_rate * weight_decay * w`` off each weight ``w`` (AdamW),
        whatever the optimiser. None takes the guideline's: 0.01 for "tabular", 0 otherwise.
    patience : int or None
        Epochs without a better loss on rows that are left out, after which a network stops; at
        least 1. None takes 16 for "tabular" and half of the epochs otherwise.
    validation_size : float or None
        Fraction of the rows that a single network stops early by, above 0; with `test_size` below
        1. None takes 0.15; several networks have no such part.
    class_weight : {"balanced", "auto"} or None
        "balanced" weighs the loss of a row by ``rows / (classes * rows of its class)``, and then
        puts the classes' frequencies back into the probabilities (Elkan 2001). "auto" does so where
        the headline is better, beyond chance, on rows that the training leaves out.
    oversample : bool
        Whether rows of rarer classes are drawn again, at random, until each class has as many
        training rows; the frequencies are put back likewise, and no row that judges is repeated.
    try_remedies : bool
        Whether to train again with what the diagnosis advises, on folds of the training rows, and
        to say what it does.
    group : str or None
        Column whose rows of equal value stay together, in the parts and in all folds, such as a
        patient; it is no input of the network.
    group_duplicates : bool
        Whether rows whose inputs are equal or nearly equal stay together, too.
    time_column : str or None
        Column of dates or numbers: earlier rows are trained on, later ones tested.
    gap : float or str, optional
        How long before a later part no row is used, in the unit of `time_column`; of dates a
        duration such as "7 days".
    cv : str, optional
        Folds, and how often they are drawn ("5x2"): scores are means over networks that were each
        trained without a fold and tested on it, and the network that is kept is trained on all
        rows. None tests on one part.
    time : float or str, optional
        For the training, in seconds or with a unit ("2m"): as many networks and epochs as fit into
        it. None is no limit.
    tune : float or str, optional
        How long to try settings before the training, as `time`: learning rate, dropout, weight
        decay and hidden layers, those that are not given, on folds of the training rows. Others
        than the network's own are used where they are better beyond chance. None tries none.
    seed : int
        Random seed, 0 to 2**32 - 1: decides the split, the initial weights, the order of the rows,
        the dropout masks and the intervals.
    learning_curve : bool
        Whether to train on an eighth, a quarter and a half of the training rows too: the score over
        the rows tells whether more would help. It takes about as long again.
    sheet : str or None
        Name of the sheet of an Excel file; None takes the first.
    test_size : float
        Fraction of the rows held out for testing, above 0 and below 0.85; where a single network is
        trained, a further part is held out for validation (`validation_size`).

    Raises
    ------
    InputError
        A number out of its range, a value of another type, an unknown network, no target or one
        named twice, a column both to drop and to keep, or settings that cannot be together.

    References
    ----------
    C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, theorem 2.

    Examples
    --------
    >>> TrainSettings(target=("survived",)).test_size
    0.2
    """

    group: str | None = field(
        default=None,
        metadata=described(
            checks.check_column, "Column whose equal values stay in one part, e.g. patient."
        ),
    )
    group_duplicates: bool = field(
        default=False,
        metadata=described(checks.check_flag, "Keep (nearly) equal rows in one part."),
    )
    time_column: str | None = field(
        default=None,
        metadata=described(checks.check_column, "Column of dates: train on the past, test later."),
    )
    gap: float | str | None = field(
        default=None,
        metadata=described(checks.check_gap, "With --time-column: unused before a part, e.g. 7d."),
    )
    cv: str | None = field(
        default=None,
        metadata=described(checks.check_cv, "Cross-validate: folds x draws, e.g. 5x2."),
    )
    learning_curve: bool = field(
        default=False,
        metadata=described(checks.check_flag, "Would more rows help? Train on parts of them, too."),
    )
    sheet: str | None = field(
        default=None, metadata=described(checks.check_sheet, "Name of the sheet of an Excel file.")
    )
    test_size: float = field(
        default=0.2,
        metadata=described(checks.check_test_size, "Fraction of rows held out for testing."),
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            # Checked, and plain where NumPy's were given: run.json can hold no others.
            value = one.metadata["check"](one.name, getattr(self, one.name))
            object.__setattr__(self, one.name, value)
        check_together(self, self.test_size)
        if self.tune is not None and self.cv is not None:
            raise InputError(
                "tune must not be given with cv, whose rows are all tested, got both: leave one "
                "of them out."
            )
        both = sorted(set(self.drop) & set(self.keep))
        if both:
            raise InputError(
                f"drop and keep must name different columns, got {both[0]!r} in both: remove it "
                "from one."
            )

        rules = ("cost", "min_precision", "min_recall")
        given = [name for name in rules if getattr(self, name) is not None]
        if len(given) > 1:
            raise InputError(
                "Of cost, min_precision and min_recall at most one must be given, got "
                f"{' and '.join(given)}: leave one of them out."
            )

    @property
    def folds_and_draws(self) -> tuple[int, int]:
        """Those of `cv`.

        Examples
        --------
        >>> TrainSettings(target=("survived",), cv="5x2").folds_and_draws
        (5, 2)
        """
        folds, draws = (self.cv or "0x0").split("x")
        return int(folds), int(draws)

    @classmethod
    def from_options(cls, target: str | Sequence[str], **options: Unpack[TrainOptions]) -> Self:
        """Settings from what a caller may write: lists, a string for one name, NumPy's numbers.

        Parameters
        ----------
        target : str or sequence of str
        **options
            The other settings, as the class documents them.

        Returns
        -------
        TrainSettings

        Raises
        ------
        InputError
            A setting that does not exist, or a value that is refused.

        Examples
        --------
        >>> TrainSettings.from_options("age", hidden=[50, 20]).hidden
        (50, 20)
        """
        given: dict[str, Any] = {"target": target, **options}
        names = [one.name for one in fields(cls)]
        for name in given:
            if name not in names:
                raise InputError(
                    f"A setting must be one of {', '.join(names)}, got {name!r}."
                    f"{suggest(name, names)}"
                )
        return cls(**given)


def setting_help(name: str) -> str:
    """The help of the setting's option on the command line.

    Examples
    --------
    >>> setting_help("batch_size")
    'Batch size.'
    """
    return str(_metadata(name)["help"])


def setting_option(name: str) -> str:
    """The setting's option on the command line.

    Examples
    --------
    >>> setting_option("batch_size"), setting_option("kinds")
    ('--batch-size', '--kind')
    """
    return str(_metadata(name)["option"] or f"--{name.replace('_', '-')}")


def _metadata(name: str) -> Mapping[str, Any]:
    (found,) = (one.metadata for one in fields(TrainSettings) if one.name == name)
    return found
