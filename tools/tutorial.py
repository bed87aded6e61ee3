"""The tutorial's outputs and picture, as its commands give them: `python -m tools.tutorial`.

Runs the commands of the `console` blocks of docs/tutorial.md in their order, in a folder that has
the table of its `csv` block, and writes what they print below them, there and in the translation.
Where Chromium is installed, it takes the picture of the report too.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parents[1] / "docs"
PAGES = (DOCS / "tutorial.md", DOCS / "tutorial.ko.md")
PICTURE = DOCS / "assets" / "tutorial-report.png"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"^```csv\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SIZE = (1100, 1000)  # the headline, the chart beside it and the scores


def commands(page: str) -> Iterator[str]:
    """The lines of the blocks that begin with a dollar sign."""
    for block in BLOCK.finditer(page):
        yield from (line[2:] for line in block[1].splitlines() if line.startswith("$ "))


def output_of(command: str, folder: Path) -> str:
    """Run a command in a folder and return what it prints, without what it shows meanwhile.

    Raises
    ------
    subprocess.CalledProcessError
        Where it fails.
    """
    words = shlex.split(command)
    if words[0] == "epochal":
        words = [sys.executable, "-m", "epochal.cli", *words[1:]]
    done = subprocess.run(words, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    lines = [line.rstrip() for line in done.stdout.replace(f"{folder}/", "").splitlines()]
    return "\n".join(lines).strip("\n")


def with_outputs(page: str, outputs: dict[str, str]) -> str:
    """The page with what each command printed below it."""

    def renewed(block: re.Match[str]) -> str:
        parts = [f"$ {command}\n{outputs[command]}".strip() for command in commands(block[0])]
        return "```console\n" + "\n\n".join(parts) + "\n```"

    return BLOCK.sub(renewed, page)


def take_picture(report: Path, target: Path) -> None:
    """Write the top of a report as an image of few colours, where Chromium is installed."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        return
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--screenshot={target}"]
    size = "--window-size={},{}".format(*SIZE)
    subprocess.run([browser, *options, size, report.as_uri()], check=True, capture_output=True)
    with Image.open(target) as image:
        image.convert("RGB").quantize(64).save(target, optimize=True)


def run_all(page: str, folder: Path) -> dict[str, str]:
    """What each command of a page prints, run in `folder` in their order."""
    for table in TABLE.finditer(page):
        (folder / "new_passengers.csv").write_text(table[1], encoding="utf-8")
    return {command: output_of(command, folder) for command in commands(page)}


def main() -> None:
    """Renew the pages and the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        outputs = run_all(PAGES[0].read_text(encoding="utf-8"), folder)
        take_picture(next(folder.rglob("report.html")), PICTURE)
    for page in PAGES:
        renewed = with_outputs(page.read_text(encoding="utf-8"), outputs)
        page.write_text(renewed, encoding="utf-8")


if __name__ == "__main__":
    main()
