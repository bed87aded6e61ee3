"""Long runs that were measured at different times stand in one table."""

from benchmarks.long_runs import page_of

OF_BOTH = {"seconds": 3.4, "megabytes": 1234.6}


def test_each_row_names_how_it_was_measured():
    page = page_of(
        {
            "table": {**OF_BOTH, "what": "a table", "measured": "on one day"},
            "rows": {**OF_BOTH, "what": "rows", "measured": "on another"},
            "shapes": {**OF_BOTH, "what": "shapes", "seconds": None, "measured": "on one day"},
        }
    )
    assert page.splitlines() == [
        "|  | seconds | MB at most | measured |",
        "| --- | ---: | ---: | ---: |",
        "| rows | 3 | 1,235 | 1 |",
        "| shapes |  | 1,235 | 2 |",
        "| a table | 3 | 1,235 | 2 |",
        "",
        "1. on another",
        "2. on one day",
    ]
