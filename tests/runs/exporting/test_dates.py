"""The calendar in ONNX is that of pandas."""

import numpy as np
import pandas as pd
import pytest

from epochal.data.preprocessing.encoders import DateEncoder

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from epochal.runs.exporting.dates import parts_of_dates  # noqa: E402
from epochal.runs.exporting.graph import OnnxGraph  # noqa: E402

# Of centuries that are leap years and that are not, both ends of days, months and years.
EDGES = [
    "1900-02-28 23:59:59",
    "1900-03-01",
    "1969-12-31 23:59:59",
    "1970-01-01",
    "2000-02-29 12:00",
    "2000-12-31 23:00",
    "2024-02-29",
    "2100-02-28 23:59:59.5",
    "2100-03-01",
    "2262-04-11",
]


def test_parts_of_dates_are_those_of_the_encoder():
    random = np.random.default_rng(0)
    drawn = pd.Timestamp(0) + pd.to_timedelta(
        random.integers(-9 * 10**9, 9 * 10**9, 5000), unit="s"
    )
    every_day = pd.date_range("1896-01-01", "1904-12-31")
    dates = pd.Series([*pd.to_datetime(EDGES, format="ISO8601"), *drawn, *every_day, pd.NaT])
    frame = pd.DataFrame({"day": dates})
    expected = DateEncoder().fit(frame).transform(frame)
    graph = OnnxGraph()
    for number, part in enumerate(parts_of_dates(graph, graph.input("day", np.float64))):
        graph.output(f"part{number}", part, np.float64)
    session = onnxruntime.InferenceSession(graph.model("dates", "0").SerializeToString())
    seconds = (dates - pd.Timestamp(0)).dt.total_seconds().to_numpy()[:, None]
    got = np.hstack(session.run(None, {"day": seconds}))
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    assert np.isnan(got[-1]).all()
