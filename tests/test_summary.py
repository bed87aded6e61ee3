"""What a notebook shows: every text escaped, a picture where there is one to draw."""

import base64
import re
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pandas as pd
from PIL import Image

from epochal.errors import InputError
from epochal.plots import learning_curves
from epochal.summary import frame_table, html_summary

EVIL = '<script>alert("x")</script>'


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_html(html: str) -> None:
    parser = _Balanced()
    parser.feed(html)
    assert not parser.open
    assert "<script" not in html


def nothing_to_draw() -> Any:
    raise InputError("history must have something.")


def test_every_text_is_escaped():
    html = html_summary(
        EVIL,
        EVIL,
        table=([EVIL], [[EVIL]]),
        picture=lambda: learning_curves({"loss": [2.0, 1.0]}),
        alt=f'"{EVIL}',
        link=(f'"{EVIL}', EVIL),
    )
    check_html(html)
    assert html.count("&lt;script&gt;") == 6


def test_a_picture_is_a_small_png_and_none_where_nothing_can_be_drawn():
    html = html_summary("run", picture=lambda: learning_curves({"loss": [2.0, 1.0]}), alt="loss")
    found = re.search('src="data:image/png;base64,([^"]+)"', html)
    assert found is not None
    content = base64.b64decode(found[1])
    assert len(content) < 30_000
    assert Image.open(BytesIO(content)).size[0] < 500
    assert "<img" not in html_summary("run", picture=nothing_to_draw)


def test_a_frame_becomes_rows_of_short_numbers():
    headings, rows = frame_table(pd.DataFrame({"rate": [0.123456], "name": ["a"], "n": [3]}))
    assert headings == ["rate", "name", "n"]
    assert [list(map(str, row)) for row in rows] == [["0.1235", "a", "3"]]
