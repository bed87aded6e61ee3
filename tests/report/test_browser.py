"""The page in a real browser: the plots are there, nothing overflows, the console is empty."""

import json
import shutil
import subprocess
import threading
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from epochal.report import render

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")

WIDTHS = (1280, 390)
WHY = {"importances", "dependence-0", "dependence-1", "dependence-2", "learning-curve"}
PLOTS = {
    "binary": {
        *("headline", "confusion", "calibration", "history-loss", "rate", "range-test"),
        *("threshold", "precision-recall", "lift"),
    },
    "multiclass": {"headline", "confusion", "calibration", "history-loss", "rate", "range-test"},
    "multilabel": {"headline", "confusion", "calibration", "history-loss", "rate", "range-test"},
    "values": {
        *("headline", "residuals", "calibration", "history-loss", "rate", "range-test"),
        *("pit", "quantiles", "sharpness"),
    },
    "hostile": {"headline", "confusion", "calibration", "rate", "range-test"},
}

# One page with a frame for each report and width; it measures them once all are loaded.
HARNESS = r"""<!DOCTYPE html><html><head><link rel="icon" href="data:,"></head><body>
%s<pre id="result"></pre><script>
window.onload = () => {
  const results = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, width = frame.clientWidth;
    const inside = (box, outer) => box.left >= outer.left - 1 && box.right <= outer.right + 1;
    const whole = {left: 0, right: width};
    const plots = {}, spilt = [];
    for (const svg of page.querySelectorAll("svg")) {
      const figure = svg.closest("figure"), card = figure.getBoundingClientRect();
      const marks = [...svg.querySelectorAll("path, circle, rect, text")];
      plots[figure.id] = {height: card.height, marks: marks.length};
      for (const mark of marks)
        if (!inside(mark.getBoundingClientRect(), card))
          spilt.push(figure.id + ": " + mark.textContent);
    }
    for (const element of page.querySelectorAll("body *"))
      if (!element.closest("svg") && !inside(element.getBoundingClientRect(), whole))
        spilt.push(element.tagName + "." + element.className);
    const broken = [];
    for (const cell of page.querySelectorAll(".columns tbody th, .scores th, .scores td")) {
      const text = [...cell.childNodes].find(node => node.nodeType === Node.TEXT_NODE);
      if (!text || /\s/.test(text.data.trim()) || text.data.trim().length > 16) continue;
      const range = page.createRange();
      range.selectNodeContents(text);
      if (range.getClientRects().length > 1) broken.push(text.data);
    }
    results[frame.id] = {width, scroll: page.documentElement.scrollWidth, plots, spilt, broken};
  }
  document.getElementById("result").textContent = JSON.stringify(results);
};
</script></body></html>"""


def _browse(address, *, scratch):
    """The page's DOM after it was loaded, and what was written to its console."""
    finished = subprocess.run(
        [
            *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--enable-logging=stderr", "--dump-dom"),
            *(f"--user-data-dir={scratch}", "--window-size=1400,900", address),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return finished.stdout, [line for line in finished.stderr.splitlines() if ":CONSOLE" in line]


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def measured(tmp_path_factory, contents):
    """What the browser measured, by "<report>-<width>", and its console."""
    folder = tmp_path_factory.mktemp("reports")
    frames = ""
    for name, make in contents.items():
        (folder / f"{name}.html").write_text(render(make()), encoding="utf-8")
        for width in WIDTHS:
            style = f"width:{width}px;height:900px;border:0"
            frames += f'<iframe id="{name}-{width}" src="{name}.html" style="{style}"></iframe>\n'
    (folder / "harness.html").write_text(HARNESS % frames, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/harness.html"
        dom, console = _browse(address, scratch=folder / "profile")
    finally:
        server.shutdown()
        server.server_close()
    text = dom.partition('<pre id="result">')[2].partition("</pre>")[0]
    return json.loads(unescape(text)), console


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PLOTS)
def test_the_plots_are_there(measured, name, width):
    plots = measured[0][f"{name}-{width}"]["plots"]
    assert set(plots) >= PLOTS[name] | WHY
    for plot, size in plots.items():
        assert size["height"] > 100, plot
        assert size["marks"] > 4, plot


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PLOTS)
def test_nothing_overflows(measured, name, width):
    result = measured[0][f"{name}-{width}"]
    assert result["width"] == width
    assert result["scroll"] <= width
    assert result["spilt"] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PLOTS)
def test_no_name_and_no_number_is_broken_in_the_middle(measured, name, width):
    assert measured[0][f"{name}-{width}"]["broken"] == []


def test_the_console_is_empty(measured):
    assert measured[1] == []


def test_the_page_opens_from_disk_without_a_word_on_the_console(tmp_path, contents):
    page = tmp_path / "report.html"
    page.write_text(render(contents["hostile"]()), encoding="utf-8")
    dom, console = _browse(page.as_uri(), scratch=tmp_path / "profile")
    assert console == []
    assert 'id="calibration"' in dom
