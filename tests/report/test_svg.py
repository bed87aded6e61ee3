"""Charts: what lies where, and what is escaped."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from epochal.report import svg


def _drawn(marks, frame):
    return ElementTree.fromstring(str(svg.draw(frame, marks, title="a <title>")))


def test_a_scale_maps_its_ends_to_pixels():
    scale = svg.Scale(low=1, high=100, start=10, end=210, log=True)
    assert scale([1, 10, 100]).tolist() == [10, 110, 210]
    assert np.isnan(scale([0, -1])).all()


def test_a_frame_holds_all_finite_values():
    frame = svg.frame([1, 2, 3], [0.5, np.nan, np.inf], x_label="x", y_label="y")
    top, bottom = sorted([frame.y.start, frame.y.end])
    assert top <= frame.y([0.5])[0] <= bottom


@pytest.mark.parametrize("values", [[], [np.nan], [3.0, 3.0], [0.0]])
def test_a_frame_of_nothing_or_a_constant_still_has_a_width(values):
    low, high = svg.ends(values, log=False)
    assert low < high
    assert all(low <= v <= high for v in values if np.isfinite(v))


def test_a_curve_breaks_where_a_value_is_missing():
    frame = svg.frame([0, 4], [0, 1], x_label="x", y_label="y")
    path = str(svg.curve(frame, [0, 1, 2, 3, 4], [0, 1, np.nan, 1, 0], "series"))
    assert path.count("M") == 2
    assert path.count("L") == 2


def test_a_single_point_is_drawn_as_a_dot():
    frame = svg.frame([1], [0.5], x_label="x", y_label="y")
    assert "<circle" in svg.curve(frame, [1], [0.5], "series")


def test_long_curves_are_thinned_and_keep_their_ends():
    xs, ys = svg.thin(np.arange(1e5), np.arange(1e5))
    assert len(xs) <= svg.MOST_POINTS
    assert (xs[0], xs[-1], ys[-1]) == (0, 99_999, 99_999)


def test_texts_are_escaped():
    frame = svg.frame([0, 1], [0, 1], x_label="<script>x", y_label="a & b")
    root = _drawn([svg.text(0, 0, "<b>", "tick", full='"><img>')], frame)
    texts = "".join(root.itertext())
    assert "<script>x" in texts
    assert '"><img>' in texts
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        *("svg", "text", "title", "line", "path")
    }


def test_whole_number_axes_have_whole_ticks():
    frame = svg.frame([1, 2], [0, 1], x_label="epoch", y_label="y")
    drawn = str(svg.draw(frame, [], title="", whole_x=True))
    assert ">1.5<" not in drawn


def test_a_long_name_is_cut_by_its_width():
    assert svg.shorten("a" * 23, 23) == "a" * 23
    assert svg.shorten("a" * 24, 23) == "a" * 22 + "…"
    assert svg.shorten("가" * 11, 23) == "가" * 11  # each takes the room of two
    assert svg.shorten("가" * 12, 23) == "가" * 11 + "…"
    assert svg.shorten("sex(누구, 성인 남성 포함)", 23) == "sex(누구, 성인 남성 포…"
    assert len(svg.shorten("x" * 1_000_000, 40)) == 40
