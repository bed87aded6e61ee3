"""The lab's results as a page: Markdown with images beside it, or one HTML file."""

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
from epochal.lab.experiment_list import ALL_EXPERIMENTS
from epochal.lab.result_store import ResultStore, StoredResult
from epochal.lab.result_table import HEADINGS, Row, below_quoted, table_rows
from epochal.lab.sources import ALL_SOURCES, BOOK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "# The lab"
DOTS_PER_INCH = 80  # small files: a page holds thirty images
INTRODUCTION = f"""\
{TITLE}

The lab repeats the experiments of chapter 11 of Géron's [*Hands-On Machine Learning*]({BOOK}),
and of four texts that teach the same material, on the same data, and at a small scale what papers
say of uncertainty. Each result stands beside the figure that its source quotes; the
[sources](#sources) are listed at the end.

```bash
epochal lab list                                      # all experiments
epochal lab run --scale full --out docs/lab           # resumable: finished runs are skipped
epochal lab table --out docs/lab --write docs/lab.md  # this page
```

- **ours**: mean ± standard deviation over the seeds.
- **epochs**: epochs until the weights that were scored.
- **s/epoch**: median time of an epoch, in seconds.
- In the charts, a band is the range over the seeds; a dashed line or an open diamond is the quoted
  figure.
"""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One experiment on the page.

    Attributes
    ----------
    experiment : Experiment
    rows : sequence of Row
        A row for each variant.
    below_quoted : sequence of str
        The variants that miss their quoted figure.
    provenance : str
        When, on what machine and with which versions it was run.
    stored : sequence of StoredResult
        One for each seed.
    """

    experiment: Experiment
    rows: Sequence[Row]
    below_quoted: Sequence[str]
    provenance: str
    stored: Sequence[StoredResult]

    @property
    def sources(self) -> str:
        """The citations, in one line."""
        return "; ".join(map(str, self.experiment.sources))

    def figure(self) -> "Figure":
        """Draw the results."""
        return self.experiment.draw([one.variants for one in self.stored])


def page_sections(results: ResultStore) -> list[Section]:
    """The sections of all experiments that have a result, in the lab's order.

    Parameters
    ----------
    results : ResultStore

    Returns
    -------
    list of Section

    Raises
    ------
    InputError
        No experiment has a result at this scale.
    """
    found = [
        Section(
            experiment=experiment,
            rows=list(table_rows(experiment, stored)),
            below_quoted=below_quoted(experiment, stored),
            provenance=_provenance(stored),
            stored=stored,
        )
        for experiment in ALL_EXPERIMENTS
        if (stored := results.of(experiment))
    ]
    if not found:
        raise InputError(
            f"out must be a folder with results of the scale {results.scale.name!r}, got none in "
            f"{str(results.folder)!r}: run `epochal lab run --scale {results.scale.name}` first, "
            "or name another folder with --out."
        )
    return found


def check_page(path: Path) -> None:
    """Check that a Markdown page can be written, and that nothing else is overwritten.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        The path does not end in .md, it or the folder of its images cannot be written to, or it is
        a file that is not a page of the lab.
    """
    if path.suffix != ".md" or path.is_dir():
        raise InputError(
            f"the page must be a Markdown file (.md), got {str(path)!r}: give for example lab.md."
        )
    folder = path.absolute().parent
    check_writable("the page must be in a folder", folder, "name another")
    check_writable(
        "the page's images must be in a folder", path.with_suffix(""), "name another page"
    )
    if path.is_file() and not path.read_text(encoding="utf-8").startswith(TITLE):
        raise InputError(
            "the page must be a new file or an earlier page of the lab, got another file, "
            f"{str(path)!r}: name another."
        )


def write_markdown(results: ResultStore, path: Path) -> None:
    """Write the page, and its images into the folder of its name beside it.

    Parameters
    ----------
    results : ResultStore
    path : Path
        A .md file; an earlier page of the lab is replaced.

    Raises
    ------
    InputError
        No results, or a page that cannot be written (see `check_page`).
    """
    check_page(path)
    sections = page_sections(results)
    images = path.with_suffix("")
    images.mkdir(parents=True, exist_ok=True)
    for section in sections:
        (images / f"{section.experiment.name}.png").write_bytes(_png(section.figure()))
    path.write_text("\n".join(_markdown(sections, images.name)), encoding="utf-8")


def _markdown(sections: Sequence[Section], images: str) -> Iterator[str]:
    yield INTRODUCTION
    yield _markdown_table([row for section in sections for row in section.rows])
    for section in sections:
        experiment = section.experiment
        yield f"\n## {experiment.title}\n"
        yield f"`{experiment.name}`: {experiment.claim}\n"
        yield f"[Source](#sources): {section.sources}. Measure: {experiment.measure}.\n"
        yield f"![{experiment.title}]({images}/{experiment.name}.png)\n"
        if section.below_quoted:
            yield f"{below_quoted_sentence(section)}\n"
        if experiment.discussion:
            yield f"{experiment.discussion}\n"
        yield f"{section.provenance}\n"
    yield "\n## Sources\n"
    for source in ALL_SOURCES:
        yield f"- **{source.name}**: {source.reference}"
    yield ""


def below_quoted_sentence(section: Section) -> str:
    """What the page says where a result is below the quoted figure."""
    return f"Our result is below the quoted figure for: {'; '.join(section.below_quoted)}."


def _markdown_table(rows: Sequence[Row]) -> str:
    marks = ["---:" if heading.endswith(":") else "---" for heading in HEADINGS]
    lines = [[heading.removesuffix(":") for heading in HEADINGS], marks, *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: Row) -> list[str]:
    return [str(cell) for cell in row]


def write_html(results: ResultStore, path: Path) -> None:
    """Write one self-contained HTML file.

    Parameters
    ----------
    results : ResultStore
    path : Path
        Replaced where it exists; its folder is created.

    Raises
    ------
    InputError
        No results, or a folder that cannot be written to.
    """
    sections = page_sections(results)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(
        (files("epochal.lab") / "result_page.html").read_text(encoding="utf-8")
    )
    style = (files("epochal.report") / "report.css").read_text(encoding="utf-8")
    page = template.render(
        scale=results.scale.name,
        headings=[heading.removesuffix(":") for heading in HEADINGS],
        sections=[(section, _data_address(section.figure())) for section in sections],
        below_quoted_sentence=below_quoted_sentence,
        sources=ALL_SOURCES,
        style=Markup(style),  # noqa: S704 - our own file
    )
    check_writable("out must be a folder", path.parent, "name another with --out")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _data_address(figure: "Figure") -> str:
    return "data:image/png;base64," + base64.b64encode(_png(figure)).decode("ascii")


def _png(figure: "Figure") -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    return buffer.getvalue()


def _provenance(stored: Sequence[StoredResult]) -> str:
    """When and with what it was run; several where the seeds differ."""
    in_order = sorted(stored, key=lambda one: one.date)
    return f"Run on {', and on '.join(dict.fromkeys(map(_circumstances, in_order)))}."


def _circumstances(stored: StoredResult) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in stored.versions.items())
    return f"{stored.date} on {stored.machine} ({versions})"
