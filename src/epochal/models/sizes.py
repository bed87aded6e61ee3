"""How large a network a table can feed."""

from math import ceil, log2, sqrt

from epochal.errors import InputError

NARROWEST, WIDEST = 32, 512
ROWS_FOR_THREE_LAYERS = 10_000


def hidden_sizes(rows: int, features: int) -> tuple[int, ...]:
    """The units of each hidden layer for a table of `rows` x `features`.

    All layers are equally wide: the power of two at or above 2 * sqrt(rows), but not wider than
    that at or above 8 * features, and between 32 and 512. The number of weights between two layers
    then grows with the number of rows. Two layers, three from 10,000 rows on. It is a rule of
    thumb to start from, and rests on early stopping against what is too large.

    Parameters
    ----------
    rows, features : int
        At least 1 each.

    Returns
    -------
    tuple of int
        Units, from the first hidden layer to the last.

    Raises
    ------
    InputError
        For a table without rows or columns.

    Examples
    --------
    >>> from epochal.models import hidden_sizes
    >>> hidden_sizes(891, 12), hidden_sizes(60_000, 784)
    ((64, 64), (512, 512, 512))
    """
    for name, value in (("rows", rows), ("features", features)):
        if value < 1:
            raise InputError(f"{name} must be at least 1, got {value!r}: give the table's shape.")
    width = min(_power_of_two(2 * sqrt(rows)), _power_of_two(8 * features))
    layers = 2 if rows < ROWS_FOR_THREE_LAYERS else 3
    return (max(NARROWEST, min(width, WIDEST)),) * layers


def _power_of_two(least: float) -> int:
    return int(2 ** ceil(log2(least)))
