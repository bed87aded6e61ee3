"""The tables of docs/uncertainty.md are those of the stored results."""

from tools.uncertainty_tables import PAGE, filled


def test_the_page_has_the_tables_of_the_stored_results():
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text) == text
