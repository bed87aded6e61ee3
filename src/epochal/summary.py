"""What a notebook shows of a result: a headline, a few lines, a small table, a small picture.

Every text is escaped where it is inserted: names of columns and metrics are the user's.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from epochal.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 72  # a picture of a few centimetres
PICTURE_WIDTH = 420  # pixels a pair of axes

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""The headings, and the cells of each row."""


def html_summary(
    headline: str,
    *lines: str,
    table: Table | None = None,
    picture: "Callable[[], Figure] | None" = None,
    alt: str = "",
    link: tuple[str, str] | None = None,
) -> str:
    """A result as a piece of HTML without scripts or style sheets.

    Parameters
    ----------
    headline : str
        The result in a few words.
    *lines : str
        What else is to be said; empty ones are left out.
    table : tuple of headings and rows, optional
        Cells are made text by ``str``.
    picture : callable, optional
        Draws a figure; where there is nothing to draw (`InputError`), there is none.
    alt : str
        What the picture shows, for who cannot see it.
    link : tuple of str, optional
        A path, and the words that lead there.

    Examples
    --------
    >>> html_summary("a < b", table=(["x"], [[1]]))
    '<div><strong>a &lt; b</strong><table><tr><th>x</th></tr><tr><td>1</td></tr></table></div>'
    """
    parts = [Markup("<strong>{}</strong>").format(headline)]
    parts += [Markup("<div>{}</div>").format(line) for line in lines if line]
    if table is not None:
        parts.append(_table(*table))
    if picture is not None:
        parts.append(_picture(picture, alt))
    if link is not None:
        parts.append(Markup('<div><a href="{}">{}</a></div>').format(quote(link[0]), link[1]))
    return str(Markup("<div>{}</div>").format(Markup("").join(parts)))


def frame_table(frame: Any) -> Table:
    """The rows of a data frame, numbers with four significant digits."""
    rows = [
        [f"{value:.4g}" if isinstance(value, float) else value for value in row]
        for row in frame.itertuples(index=False)
    ]
    return list(frame.columns), rows


def _table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Markup:
    made = [_row("th", headings), *(_row("td", row) for row in rows)]
    return Markup("<table>{}</table>").format(Markup("").join(made))


def _row(tag: str, cells: Sequence[Any]) -> Markup:
    made = [Markup(f"<{tag}>{{}}</{tag}>").format(str(cell)) for cell in cells]  # noqa: S704
    return Markup("<tr>{}</tr>").format(Markup("").join(made))


def _picture(draw: "Callable[[], Figure]", alt: str) -> Markup:
    try:
        figure = draw()
    except InputError:
        return Markup("")
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    columns = len({axes.get_position().x0 for axes in figure.axes})
    return Markup('<img alt="{}" style="width: {}px; max-width: 100%" src="{}">').format(
        alt,
        PICTURE_WIDTH * min(columns, 2),
        f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}",
    )
