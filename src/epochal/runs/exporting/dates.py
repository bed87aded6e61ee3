"""The parts of dates as operators of ONNX, which has no dates: they come as seconds since 1970."""

from epochal.runs.exporting.arithmetic import Number
from epochal.runs.exporting.graph import OnnxGraph

_SECONDS_OF_A_DAY = 86_400
_DAYS_OF_400_YEARS = 146_097
_FROM_MARCH_0 = 719_468  # days from the first of March of the year 0 to 1970


def parts_of_dates(graph: OnnxGraph, seconds: str) -> list[str]:
    """What `epochal.data.preprocessing.encoders.DateEncoder` makes of a column of dates.

    Parameters
    ----------
    graph : OnnxGraph
    seconds : str
        Seconds since 1970, float64 (rows, 1); NaN is missing, and so are then its parts.

    Returns
    -------
    list of str
        Days since 1970 (with fractions), year, month, day, weekday (Monday 0) and hour: float64
        (rows, 1) each.

    References
    ----------
    The proleptic Gregorian calendar by whole numbers, of years that begin in March, so that the
    leap day is the last: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021.
    """
    given = Number(graph, seconds)
    whole = given // _SECONDS_OF_A_DAY
    days = whole + _FROM_MARCH_0
    era = days // _DAYS_OF_400_YEARS
    day = days - era * _DAYS_OF_400_YEARS
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day = day - (year * 365 + year // 4 - year // 100)
    month = (day * 5 + 2) // 153  # March is 0
    in_month = day - (month * 153 + 2) // 5 + 1
    next_year = month // 10  # 1 in January and February, 0 otherwise
    weekday = whole + 3
    parts = (
        given / _SECONDS_OF_A_DAY,
        year + era * 400 + next_year,
        month + 3 - next_year * 12,
        in_month,
        weekday - weekday // 7 * 7,
        (given - whole * _SECONDS_OF_A_DAY) // 3600,
    )
    return [part.name for part in parts]
