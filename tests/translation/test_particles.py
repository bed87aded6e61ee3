"""Korean particles after a value, by how it is read."""

import pytest

from epochal.translation.particles import join

FORMS = ("은(는)", "이(가)", "을(를)", "과(와)")


@pytest.mark.parametrize(
    "word", ["신경망", "학습률", "0.3", "10", "1.0", "7", "8", "R²", "RL", "N"]
)
def test_after_a_consonant(word):
    assert [join([("", word), (form, "")])[len(word) :] for form in FORMS] == [
        "은",
        "이",
        "을",
        "과",
    ]


@pytest.mark.parametrize(
    "word", ["정확도", "5", "0.2", "82.1%", "AUC", "RMSE", "평균 제곱근 오차 (RMSE)", "‘정확도’"]
)
def test_after_a_vowel(word):
    assert [join([("", word), (form, "")])[len(word) :] for form in FORMS] == [
        "는",
        "가",
        "를",
        "와",
    ]


@pytest.mark.parametrize("word", ["survived", "fraud", "—", "'a'"])
def test_where_nothing_tells_both_forms_stay(word):
    assert [join([("", word), (form, "")])[len(word) :] for form in FORMS] == list(FORMS)


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("3", "으로"),
        ("0.1", "로"),
        ("7", "로"),
        ("8", "로"),
        ("2", "로"),
        ("학습률", "로"),
        ("열", "로"),
        ("값", "으로"),
    ],
)
def test_by_means_of_takes_an_l_for_a_vowel(word, form):
    assert join([("", word), ("(으)로", "")]) == f"{word}{form}"


def test_a_quotation_mark_may_stand_between():
    assert join([("‘", "비용"), ("’이(가) 낮습니다", "")]) == "‘비용’이 낮습니다"
    assert join([("‘", "정확도"), ("’(이)라고", "")]) == "‘정확도’라고"


def test_values_and_the_rest_of_a_text_are_left_alone():
    assert (
        join([("값 이(가) ", "을(를)"), (" 그리고 은(는)", "")]) == "값 이(가) 을(를) 그리고 은(는)"
    )
    assert join([("이(가)", "")]) == "이(가)"
