"""The names of the distributions that a network for regression may predict, and what they want."""

from typing import TYPE_CHECKING, Any

from epochal.errors import InputError, suggest

if TYPE_CHECKING:  # a command line that shows its help needs no NumPy
    from numpy.typing import NDArray

DISTRIBUTIONS = (
    "gaussian",
    "student-t",
    "quantiles",
    "mixture",
    "poisson",
    "negative-binomial",
)
OF_COUNTS = ("poisson", "negative-binomial")


def check_distribution_name(name: Any) -> str:
    """The name.

    Raises
    ------
    InputError
        It is unknown; the nearest is suggested.
    """
    if name not in DISTRIBUTIONS:
        raise InputError(
            f"distribution must be one of {', '.join(DISTRIBUTIONS)}, got {name!r}."
            f"{suggest(str(name), DISTRIBUTIONS)}"
        )
    return str(name)


def check_distribution(name: Any, task: str) -> None:
    """Refuse an unknown name, or a task without distributions.

    Raises
    ------
    InputError
        An unknown name, of which the nearest is suggested, or a task other than "regression".
    """
    check_distribution_name(name)
    if task != "regression":
        raise InputError(
            f"distribution must be left out for the task {task!r}, got {name!r}: it is for "
            "'regression'."
        )


def predicts_counts(distribution: str | None) -> bool:
    """Whether it is one of counts, which are given as they are; None is none."""
    return distribution is not None and check_distribution_name(distribution) in OF_COUNTS


def check_counts(y: "NDArray", name: str, distribution: str | None) -> None:
    """`InputError` where targets are no counts; `name` is what they were given as."""
    wrong = (y < 0) | (y % 1 != 0)
    if wrong.any():
        raise InputError(
            f"{name} must be counts, whole numbers of at least 0, for the distribution "
            f"{distribution!r}, got {y[wrong][0]:g}: take 'gaussian' for other numbers."
        )
