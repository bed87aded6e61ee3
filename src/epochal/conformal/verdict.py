"""Whether intervals or sets hold as many rows as was promised, and that in words."""

from epochal.conformal.coverage import chance_of_fewer
from epochal.scoring.formatting import interval_text, score_text
from epochal.scoring.interval import ALPHA
from epochal.scoring.tested_coverage import TestedCoverage
from epochal.translation import translate


def falls_short(one: TestedCoverage) -> bool:
    """Whether fewer rows are held than was promised, and than chance explains.

    Both the rows and those that were left out are drawn: fewer are held by chance in one of forty
    tables at most, see `epochal.conformal.coverage.chance_of_fewer`. Rows of groups tell less than
    as many by themselves: the whole 95% interval must lie below what was asked, too.
    """
    found = one.overall
    held = round(found.coverage.value * found.rows)
    by_chance = chance_of_fewer(held, found.rows, one.left_out, one.asked)
    return found.coverage.high < one.asked and by_chance < ALPHA / 2


def on_new_rows(one: TestedCoverage) -> str:
    """How many of new rows are held, and whether that keeps the promise, in two sentences.

    Examples
    --------
    >>> from epochal.scoring.scores import Interval
    >>> from epochal.scoring.tested_coverage import CoverageOfGroup
    >>> found = CoverageOfGroup(
    ...     name="", rows=200, coverage=Interval(value=0.6, low=0.53, high=0.67), size=9.0
    ... )
    >>> print(on_new_rows(TestedCoverage(target="price", kind="interval", asked=0.9, left_out=500,
    ...     holds_for="rows", interval_score=20.0, groups=(found,))))
    The 90% intervals of price hold the truth of 60.0% of the 200 rows (95% interval 53.0% to \
67.0%). These are fewer than was promised and than chance explains: do not believe them here.
    """
    coverage = one.overall.coverage
    values = {
        "asked": f"{100 * one.asked:g}%",
        "target": one.target,
        "held": score_text(coverage.value, True),
        "rows": one.overall.rows,
        "interval": interval_text(coverage.low, coverage.high, True),
    }
    if one.kind == "interval":
        found = translate(
            "The {asked} intervals of {target} hold the truth of {held} of the {rows:,} rows (95% "
            "interval {interval}).",
            **values,
        )
    elif one.kind == "label":
        found = translate(
            "Asked for {asked}, in, out or unsure is right about the label {target} for {held} of "
            "the {rows:,} rows (95% interval {interval}).",
            **values,
        )
    else:
        found = translate(
            "The {asked} sets of {target} hold the truth of {held} of the {rows:,} rows (95% "
            "interval {interval}).",
            **values,
        )
    if falls_short(one):
        return f"{found} {warning()}"
    return found + " " + translate("That is in keeping with the promise.")


def warning() -> str:
    """That intervals or sets hold too few rows."""
    return translate(
        "These are fewer than was promised and than chance explains: do not believe them here."
    )
