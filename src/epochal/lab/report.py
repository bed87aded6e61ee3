"""The lab's results as a page: Markdown with pictures beside it, or one HTML file."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from epochal.checks import check_writable
from epochal.errors import InputError
from epochal.lab.experiment import Experiment
from epochal.lab.registry import ALL_EXPERIMENTS
from epochal.lab.results import Kept, Results
from epochal.lab.table import HEADINGS, Row, falls_short, rows_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "# The lab"
DOTS_PER_INCH = 80  # small files: a page holds thirty pictures


@dataclass(frozen=True, kw_only=True)
class Section:
    """One experiment on the page."""

    experiment: Experiment
    rows: Sequence[Row]
    short: Sequence[str]
    circumstances: str
    kept: Sequence[Kept]

    def picture(self) -> "Figure":
        return self.experiment.draw([one.arms for one in self.kept])


def sections(results: Results) -> list[Section]:
    """All experiments that have a result, in the lab's order.

    Raises
    ------
    InputError
        There is no result at this scale.
    """
    found = [
        Section(
            experiment=experiment,
            rows=list(rows_of(experiment, kept)),
            short=falls_short(experiment, kept),
            circumstances=_circumstances(kept),
            kept=kept,
        )
        for experiment in ALL_EXPERIMENTS
        if (kept := results.of(experiment))
    ]
    if not found:
        raise InputError(
            f"The folder must hold results of the scale {results.scale.name!r}, but "
            f"{str(results.folder)!r} has none. Run `epochal lab run --scale "
            f"{results.scale.name}` first, or name the folder with --out."
        )
    return found


def check_page(path: Path) -> None:
    """Refuse a page that is no Markdown file, or whose folder cannot be written to.

    Raises
    ------
    InputError
    """
    if path.suffix != ".md" or path.is_dir():
        raise InputError(
            f"The page must be a .md file, but it is {str(path)!r}: name for example lab.md."
        )
    folder = path.absolute().parent
    check_writable("The page must lie in a folder", folder, "Name another.")
    check_writable("Its pictures must lie in a folder", path.with_suffix(""), "Name another page.")
    if path.is_file() and not path.read_text(encoding="utf-8").startswith(TITLE):
        raise InputError(
            f"The page must be a new file or an earlier page of the lab, but {str(path)!r} is "
            "something else: name another."
        )


def write_markdown(results: Results, path: Path) -> None:
    """Write the page, and its pictures into the folder of its name beside it."""
    check_page(path)
    parts = sections(results)
    pictures = path.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    for part in parts:
        name = f"{part.experiment.name}.png"
        (pictures / name).write_bytes(_png(part.picture()))
    path.write_text("\n".join(_markdown(parts, pictures.name)), encoding="utf-8")


def _markdown(parts: Sequence[Section], pictures: str) -> Iterator[str]:
    yield f"{TITLE}\n"
    yield (
        "Every experiment of the source documents on the real data, beside the figure that they\n"
        "quote: `epochal lab run --scale full --out docs/lab`, then\n"
        "`epochal lab table --out docs/lab --write docs/lab.md`.\n"
        "Ours is the mean over the seeds, with their standard deviation. Epochs are those until\n"
        "the weights that the figure is of; seconds are the median of an epoch. In the pictures a\n"
        "band is the range over the seeds, and a dashed line or an open mark what is quoted.\n"
        "`epochal lab list` names all experiments; those that are not here were not yet run in\n"
        "full. What is finished is kept, and the same command goes on from there.\n"
    )
    yield _markdown_table([row for part in parts for row in part.rows])
    for part in parts:
        experiment = part.experiment
        yield f"\n## {experiment.title}\n"
        yield f"`{experiment.name}`. {experiment.source}: {experiment.claim}\n"
        yield f"![{experiment.title}]({pictures}/{experiment.name}.png)\n"
        if part.short:
            yield f"Ours falls short of the quoted figure for {', '.join(part.short)}.\n"
        if experiment.why:
            yield f"{experiment.why}\n"
        yield f"{part.circumstances}\n"


def _markdown_table(rows: Sequence[Row]) -> str:
    marks = ["---:" if heading.endswith(":") else "---" for heading in HEADINGS]
    lines = [[heading.removesuffix(":") for heading in HEADINGS], marks, *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: Row) -> list[str]:
    return [str(cell) for cell in row]


def write_html(results: Results, path: Path) -> None:
    """Write one HTML file that needs nothing else."""
    parts = sections(results)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(
        (files("epochal.lab") / "report.html").read_text(encoding="utf-8")
    )
    style = (files("epochal.report") / "report.css").read_text(encoding="utf-8")
    page = template.render(
        scale=results.scale.name,
        headings=[heading.removesuffix(":") for heading in HEADINGS],
        parts=[(part, _data_address(part.picture())) for part in parts],
        style=Markup(style),  # noqa: S704 - our own file
    )
    check_writable("The report must lie in a folder", path.parent, "Name another with --out.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _data_address(figure: "Figure") -> str:
    return "data:image/png;base64," + base64.b64encode(_png(figure)).decode("ascii")


def _png(figure: "Figure") -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    return buffer.getvalue()


def _circumstances(kept: Sequence[Kept]) -> str:
    """When and with what; more than once where the seeds differ in it."""
    found = dict.fromkeys(_circumstance(one) for one in sorted(kept, key=lambda one: one.date))
    return f"Run on {', and on '.join(found)}."


def _circumstance(one: Kept) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in one.versions.items())
    return f"{one.date} on {one.machine} ({versions})"
