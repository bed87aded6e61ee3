"""Options that hold several values."""

import pytest

from epochal.characters import join_names
from epochal.cli.arguments import parse_mapping, parse_names, parse_whole_numbers
from epochal.errors import InputError


@pytest.mark.parametrize(
    "names", [("a",), ("a", "b"), ("a,b", "c"), ("a\\b",), ("a\\,b", ",", "\\")]
)
def test_names_are_read_as_they_are_written_into_commands(names):
    assert parse_names("drop", [join_names(names)]) == names


def test_an_option_may_be_given_twice():
    assert parse_names("drop", ["a, b", "c"]) == ("a", "b", "c")


@pytest.mark.parametrize("text", ["", " ", ",", "a,,b", "a,"])
def test_empty_names_are_refused(text):
    with pytest.raises(InputError, match=r"--drop must name columns, got .*: give e\.g\. a,b"):
        parse_names("drop", [text])


def test_pairs():
    assert parse_mapping("kind", ["a=b=category", "zip=text"]) == {"a=b": "category", "zip": "text"}
    assert parse_mapping("kind", ["a=numeric, b\\,c=date"]) == {"a": "numeric", "b,c": "date"}
    for wrong in ["zip", "a=numeric,zip"]:
        with pytest.raises(
            InputError, match=f"--kind must be columns and their kinds, got '{wrong}"
        ):
            parse_mapping("kind", [wrong])


def test_pairs_that_are_no_kinds_say_what_they_are():
    with pytest.raises(
        InputError, match=r"--cost must be two costs, got '1,5': give e\.g\. fp=1,f"
    ):
        parse_mapping("cost", ["1,5"], "two costs", "fp=1,fn=5")


def test_whole_numbers():
    assert parse_whole_numbers("hidden", None) is None
    assert parse_whole_numbers("hidden", " 100 ,50") == (100, 50)


@pytest.mark.parametrize("text", ["", "100,", "ten", "0", "-5", "1.5", "²"])
def test_what_are_no_whole_numbers_is_refused(text):
    with pytest.raises(
        InputError, match="--hidden must be positive whole numbers separated by commas"
    ):
        parse_whole_numbers("hidden", text)


def test_an_interruption_says_what_is_kept(epochal, monkeypatch):
    def interrupt(parent):
        error = KeyboardInterrupt()
        error.add_note("The trained network is kept in 'x'.")
        raise error

    monkeypatch.setattr("epochal.cli.commands.runs.list_runs", interrupt)
    code, _, said = epochal("runs")
    assert (code, said) == (130, "Interrupted: The trained network is kept in 'x'.\n")
