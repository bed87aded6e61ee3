"""The service answers as `epochal predict` does, row by row, and within its limits."""

from typing import Any

import pandas as pd
import pytest

from epochal.data import read_table
from epochal.errors import InputError
from epochal.runs import RowPredictor, predict_table, train_table

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient

from epochal.runs.serving.app import make_app


@pytest.fixture(scope="module")
def predictor(titanic_run):
    return RowPredictor(titanic_run.path)


@pytest.fixture
def client(predictor):
    return TestClient(make_app(predictor, most_rows=50, most_bytes=20_000))


@pytest.fixture
def rows():
    frame = read_table("titanic").head(40)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def test_rows_are_predicted_as_a_table_is(client, rows, titanic_run):
    expected = predict_table(titanic_run.path, read_table("titanic").head(40))
    answered = client.post("/predict", json=rows)
    assert answered.status_code == 200
    got = pd.DataFrame(answered.json())
    assert list(got) == list(expected)[1:]
    assert got["prediction"].tolist() == expected["prediction"].tolist()
    assert got["probability_1"].to_numpy() == pytest.approx(expected["probability_1"], abs=1e-6)
    alone = client.post("/predict", json=rows[7])
    assert alone.status_code == 200
    assert alone.json()["probability_1"] == pytest.approx(expected["probability_1"][7], abs=1e-6)


def test_numbers_come_in_the_units_of_the_target(blobs, out):
    table = blobs[["x", "y", "colour", "weight"]]
    run = train_table(table, "weight", members=1, epochs=1, out=out)
    rows = table.drop(columns="weight").head(9).replace({float("nan"): None}).to_dict("records")
    got = [row["prediction"] for row in RowPredictor(run.path)(rows)]
    expected = predict_table(run.path, table.head(9))["prediction"]
    assert got == pytest.approx(expected.tolist(), rel=1e-6)


def test_how_sure_rows_are_is_told_as_in_a_table(rows, titanic_run):
    sure: dict[str, Any] = {"coverage": 0.9, "max_error": 0.3, "false_alarms": 0.05}
    client = TestClient(make_app(RowPredictor(titanic_run.path, **sure)))
    got = pd.DataFrame(client.post("/predict", json=[*rows, {**rows[0], "fare": 1e9}]).json())
    expected = predict_table(titanic_run.path, read_table("titanic").head(40), **sure)
    assert set(got) == set(expected) - {"row"}
    for name in ("set", "answered", "unlike_training"):
        assert got[name].tolist()[:-1] == expected[name].tolist()
    assert got["unlike_training"].iloc[-1]


def test_intervals_are_told_of_numbers(blobs, out):
    table = blobs[["x", "y", "colour", "weight"]]
    run = train_table(table, "weight", members=2, epochs=2, out=out)
    rows = table.drop(columns="weight").tail(9).to_dict("records")
    got = pd.DataFrame(RowPredictor(run.path, coverage=0.8)(rows))
    expected = predict_table(run.path, table.tail(9), coverage=0.8)
    for name in ("low", "high"):
        assert got[name].tolist() == pytest.approx(expected[name].tolist(), rel=1e-5)


def test_what_a_run_cannot_promise_is_refused_before_it_serves(blobs, out):
    run = train_table(blobs[["x", "weight"]], "weight", members=2, epochs=1, out=out)
    with pytest.raises(InputError, match="max_error must be asked of a run that predicts classes"):
        RowPredictor(run.path, max_error=0.1)
    with pytest.raises(InputError, match=r"coverage must be .*, got 0\.9999, which needs"):
        RowPredictor(run.path, coverage=0.9999)


def test_a_wrong_row_does_not_spoil_the_others(client, rows):
    answered = client.post("/predict", json=[rows[0], {**rows[1], "age": "old"}, rows[0]])
    first, wrong, last = answered.json()
    assert answered.status_code == 200
    assert wrong == {"error": "'age' must be a finite number, got 'old'."}
    assert first == last
    assert set(first) >= {"prediction", "probability_0", "probability_1"}
    alone = client.post("/predict", json={**rows[1], "age": "old"})
    assert (alone.status_code, alone.json()) == (422, wrong)


def test_values_unlike_those_of_training_are_named(client, rows):
    answered = client.post("/predict", json={**rows[0], "fare": 1e9}).json()
    assert answered["warnings"] == "fare (outside 0 to 512.329)"
    assert client.post("/predict", json=rows[0]).json()["warnings"] is None


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"", 400, "A request must be JSON, got Expecting value"),
        (b"[NaN]", 400, "A request must be JSON, got NaN, which JSON has not"),
        (b"\xff", 400, "A request must be JSON, got 'utf-8' codec"),
        (b"[" * 10_000, 400, "A request must be JSON, got "),
        (b"[]", 400, "A request must have rows, got an empty list: send at least one."),
        (b"7", 422, "A row must be an object of columns and values, got 7."),
        (b"[" + b"1," * 50 + b"1]", 413, "A request must have at most 50 rows, got 51: send"),
        (b" " * 20_001, 413, "A request must be of at most 20,000 bytes: send fewer rows."),
    ],
)
def test_requests_that_cannot_be_answered_say_why(client, content, status, sentence):
    answered = client.post("/predict", content=content)
    assert answered.status_code == status
    assert answered.json()["error"].startswith(sentence)


def test_health_and_schema(client, titanic_run):
    assert client.get("/health").json()["run"] == titanic_run.path.name
    schema = client.get("/schema").json()
    assert schema["classes"] == [0, 1]
    assert schema["most_rows"] == 50
    assert schema["row"]["properties"]["sex"]["examples"] == ["male", "female"]
    assert set(schema["row"]["required"]) == set(schema["row"]["properties"])
    described = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
    assert schema["row"] in described["content"]["application/json"]["schema"]["oneOf"]
