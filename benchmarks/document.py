"""docs/benchmarks.md, rendered from what is kept of every machine. `python -m benchmarks.document`

docs/benchmarks/<machine>.json keeps the sections that a kind of machine has measured, each replaced
on its own. docs/benchmarks.md shows those of the machine that was measured last, under a summary;
each other machine has a page of its own, docs/benchmarks/<machine>.md, which stays as it was.
"""

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import Machine, memory, this_machine, versions
from benchmarks.summary import SUMMARIZED, chart, summary

DOCS = Path(__file__).parents[1] / "docs"
PREFACE = """# Benchmarks

Rendered by the commands of `make bench`; each section names the one that renews it. Compare ratios,
not seconds, and never those of one machine alone. This page is of {machine}.
"""
# The order of the page; what is not named here comes last.
ORDER = ("Breadth", "Speed", "Prediction", "Small data", "Populations", "Start-up", "Monte-Carlo")

Results = dict[str, Any]


def circumstances(command: str, machine: Machine) -> str:
    """Machine, versions, date and command, as one paragraph."""
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `{command}`, on {machine.name} with "
        f"{memory():.0f} GB, {platform.system()}, {versions()}."
    )


def publish(
    title: str,
    body: str,
    *,
    module: str,
    arguments: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    gpu: str = "",
) -> None:
    """Print the section; with `--write` among the arguments keep it, and render the pages.

    `data` are the figures that a summary or a later run reads; `gpu` names what was measured in
    place of the processor.
    """
    sys.stdout.write(f"\n## {title}\n\n{body}\n")
    if "--write" in arguments:
        shown = " ".join(["python -m", module, *arguments])
        write_section(title, body, shown, data=data, machine=this_machine(gpu=gpu))


def write_section(
    title: str,
    body: str,
    command: str,
    *,
    machine: Machine,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Keep the section in place of the machine's one of the same title, and render the pages."""
    file = results_file(machine)
    results = read(file) if file.exists() else {"sections": {}}
    results["machine"] = machine.name
    results["sections"][title] = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "measured": circumstances(command, machine),
        "body": body.strip().splitlines(),
        **({"data": data} if data else {}),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    render()


def write_marked(page: Path, name: str, body: str) -> None:
    """Put a text into a page, between its marks of that name.

    Raises
    ------
    SystemExit
        The page lacks one of them.
    """
    text = page.read_text(encoding="utf-8")
    before, mark, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not mark or not end:
        raise SystemExit(f"{page} must have the marks of {name!r}, and has not: put them back.")
    page.write_text(f"{before}{mark}{body}\n{end}{after}", encoding="utf-8")


def kept(title: str, machine: Machine) -> Mapping[str, Any]:
    """The data that this kind of machine has kept of a section."""
    file = results_file(machine)
    sections = read(file)["sections"] if file.exists() else {}
    data: Mapping[str, Any] = sections.get(title, {}).get("data", {})
    return data


def render() -> None:
    """Write every page anew from what is kept."""
    machines = {file.stem: read(file) for file in sorted(_folder().glob("*.json"))}
    if not machines:
        return
    shown = max(machines, key=lambda slug: _rank(machines[slug]))
    newest = machines[shown]
    parts = [PREFACE.format(machine=newest["machine"]), *_summary(shown, newest)]
    parts += [*_others(machines, shown), *_sections(newest)]
    (DOCS / "benchmarks.md").write_text(_joined(parts))
    for slug, results in machines.items():
        page = _folder() / f"{slug}.md"
        if slug == shown:
            page.unlink(missing_ok=True)
            continue
        preface = (
            f"# Benchmarks: {results['machine']}\n\n[Benchmarks](../benchmarks.md) is of the "
            "machine that was measured last."
        )
        page.write_text(_joined([preface, *_sections(results)]).replace("](benchmarks/", "]("))


def results_file(machine: Machine) -> Path:
    return _folder() / f"{machine.slug}.json"


def read(file: Path) -> Results:
    found: Results = json.loads(file.read_text())
    return found


def _folder() -> Path:
    return DOCS / "benchmarks"


def _rank(results: Results) -> tuple[bool, str]:
    """Machines that can be summarised come first, then the one that was measured last."""
    sections = results["sections"]
    return SUMMARIZED in sections, max(section["date"] for section in sections.values())


def _summary(slug: str, results: Results) -> list[str]:
    section = results["sections"].get(SUMMARIZED)
    if section is None:
        return []
    drawing = _folder() / f"summary-{slug}.svg"
    drawing.write_text(chart(section["data"]))
    return [summary(section["data"], section["date"], drawing.name)]


def _others(machines: Mapping[str, Results], shown: str) -> list[str]:
    lines = [
        f"- [{results['machine']}](benchmarks/{slug}.md), {_rank(results)[1]}"
        for slug, results in machines.items()
        if slug != shown
    ]
    return ["## Other machines\n\n" + "\n".join(lines)] if lines else []


def _sections(results: Results) -> list[str]:
    sections: dict[str, Any] = results["sections"]
    titles = [title for title in ORDER if title in sections]
    titles += [title for title in sections if title not in ORDER]
    return [
        "\n\n".join((f"## {title}", "\n".join(section["body"]), section["measured"]))
        for title in titles
        if (section := sections[title])
    ]


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part.strip() for part in parts) + "\n"


if __name__ == "__main__":
    render()
