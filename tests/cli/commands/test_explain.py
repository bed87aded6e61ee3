"""`epochal explain`: the contributions to a prediction, as a table and as JSON."""

import json
import re

import pytest


def test_explain_shows_contributions_that_add_up(epochal, run):
    code, shown, said = epochal("explain", run, "titanic", "--row", 3)
    assert (code, said) == (0, "")
    assert re.search(r"^row 3 of titanic: probability of 1 0\.\d+$", shown, re.MULTILINE)
    assert re.search(r"^mean of 100 rows: 0\.\d+$", shown, re.MULTILINE)
    assert re.search(r"^sex \(with who, adult_male\) +female, woman, False", shown, re.MULTILINE)
    assert re.search(r"^sum ", shown, re.MULTILINE)
    assert "(Shapley values, exact for these rows, with their standard errors)" in shown


def test_quiet_leaves_the_table(epochal, run):
    code, shown, said = epochal("explain", run, "titanic", "--row", 3, "--quiet")
    assert (code, said) == (0, "")
    assert shown.split()[:3] == ["column", "value", "contribution"]
    assert shown.splitlines()[-1].startswith("sum")


def test_json_is_one_document(epochal, run):
    code, shown, said = epochal("explain", run, "titanic", "--row", 5, "--of", 0, "--json")
    assert (code, said) == (0, "")
    found = json.loads(shown)
    assert (found["row"], found["of"], found["data"]) == (5, "probability of 0", "titanic")
    parts = sum(one["contribution"] for one in found["contributions"])
    assert parts == pytest.approx(found["prediction"] - found["mean"], abs=1e-6)
    assert [None] in [one["values"] for one in found["contributions"]]  # an age that is missing


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--row", 900],
            "Error: --row must be a row of the table, 0 to 890, got 900: give another.",
        ),
        (
            ["--row", 3, "--of", "yes"],
            "Error: --of must be one of 0, 1, got 'yes': give one of them.",
        ),
    ],
)
def test_what_is_not_there_is_refused(epochal, run, options, message):
    code, shown, said = epochal("explain", run, "titanic", *options)
    assert (code, shown) == (2, "")
    assert said == f"{message}\n"
