"""`--lang` and EPOCHAL_LANG: what is said, not what programs read."""

import json

import pytest

from epochal.translation import current_language

PLAN = ("train", "titanic", "--target", "survived", "--dry-run", "--quick")
SAID = "열 14개 중 13개로 survived을(를) 예측합니다(이진 분류: 0, 1. 양성: 1)"


@pytest.mark.parametrize(
    "arguments",
    [("--lang", "ko", *PLAN), (*PLAN, "--lang", "ko"), ("--lang=en", *PLAN, "--lang=ko")],
)
def test_a_language_is_asked_for_before_or_after_the_command(epochal, arguments):
    code, shown, _ = epochal(*arguments)
    assert code == 0
    assert SAID in shown
    assert "제외(타깃 누설): 'alive'" in shown
    assert "시험 실행: 아무것도 훈련하거나 쓰지 않았습니다." in shown
    # The next command of this process speaks as if nothing had been asked for.
    assert current_language() == "en"


def test_the_environment_asks_for_a_language_and_an_option_for_another(epochal, monkeypatch):
    monkeypatch.setenv("EPOCHAL_LANG", "ko")
    assert SAID in epochal(*PLAN)[1]
    assert "columns to predict survived" in epochal(*PLAN, "--lang", "en")[1]


@pytest.mark.parametrize("arguments", [("--lang", "kr", *PLAN), (*PLAN, "--lang", "kr")])
def test_an_unknown_language_is_refused(epochal, arguments):
    code, shown, errors = epochal(*arguments)
    assert (code, shown) == (2, "")
    assert errors == "Error: --lang must be one of en, ko, got 'kr': give one of them.\n"


def test_an_unknown_language_of_the_environment_is_refused(epochal, monkeypatch):
    monkeypatch.setenv("EPOCHAL_LANG", "kr")
    code, _, errors = epochal("runs")
    assert code == 2
    assert errors == "Error: EPOCHAL_LANG must be one of en, ko, got 'kr': give one of them.\n"
    assert epochal("--help")[0] == 0


def test_runs_and_evaluate_speak_it_of_a_run_in_english(epochal, run):
    code, shown, _ = epochal("runs", run.parent, "--lang", "ko")
    assert code == 0
    heading, line = shown.splitlines()[0].split(), shown.splitlines()[1]
    assert heading == ["실행", "타깃", "신경망", "점수", "95%", "구간", "만든", "날", "상태"]
    assert "% 정확도" in line
    assert line.rstrip().endswith("완료")
    code, shown, _ = epochal("evaluate", run, "titanic", "--lang", "ko")
    assert code == 0
    assert f"titanic에서 {run}: 행 891개" in shown
    assert "1의 재현율" in shown
    assert "(95% 신뢰 구간과 함께)" in shown
    assert "훈련에 쓴 표입니다: 이 점수는 낙관적입니다." in shown


def test_json_has_english_names_in_every_language(epochal, run):
    in_english = json.loads(epochal("evaluate", run, "titanic", "--json")[1])
    in_korean = json.loads(epochal("--lang", "ko", "evaluate", run, "titanic", "--json")[1])
    assert in_korean == in_english
    assert json.loads(epochal("--lang", "ko", "runs", run.parent, "--json")[1]) == json.loads(
        epochal("runs", run.parent, "--json")[1]
    )


def test_errors_are_in_english(epochal):
    code, _, errors = epochal("--lang", "ko", "train", "titanic", "--target", "survivd")
    assert code == 2
    assert "target must name a column of the table, got 'survivd'" in errors
