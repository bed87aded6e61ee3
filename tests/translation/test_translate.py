"""Messages with fields, in English and in Korean."""

import pytest

from epochal.translation import language, translate, translate_count


def test_english_is_the_message_with_its_fields_filled():
    assert translate("{rows:,} rows of {name!r}", rows=1234, name="a") == "1,234 rows of 'a'"


def test_a_message_of_another_language_has_the_order_of_its_own():
    with language("ko"):
        said = translate("{score} of {what}", score="F1", what="fraud")
    assert said == "fraud의 F1"


def test_conversions_and_formats_are_those_of_the_fields():
    with language("ko"):
        assert translate("{target!r} follows its order without exception", target="a'b") == (
            '"a\'b"이(가) 예외 없이 이 열의 순서를 따릅니다'
        )
        assert translate("{count:,} values", count=12345) == "값 12,345개"


@pytest.mark.parametrize("name", ["", "a {b} c", "{}", "no such message", "예측"])
def test_what_no_catalogue_has_stays_as_it_is(name):
    assert translate(name) == name
    with language("ko"):
        assert translate(name) == name


def test_a_value_is_never_read_as_a_message():
    with language("ko"):
        said = translate("{score} of {what}", score="{what}", what="이(가) {score}")
    assert said == "이(가) {score}의 {what}"


@pytest.mark.parametrize(
    ("count", "english"), [(0, "0 columns"), (1, "1 column"), (2, "2 columns")]
)
def test_counts_choose_the_form(count, english):
    one, many = (
        "Target leakage: {count} column dropped",
        "Target leakage: {count} columns dropped",
    )
    assert translate_count(one, many, count) == f"Target leakage: {english} dropped"
    with language("ko"):
        assert translate_count(one, many, count) == f"타깃 누설: 열 {count}개를 제외했습니다"
