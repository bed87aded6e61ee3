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


def test_evaluate_by_a_column_and_explain_speak_it(epochal, run):
    code, shown, _ = epochal("evaluate", run, "titanic", "--by", "age", "--lang", "ko")
    assert code == 0
    groups = shown.partition("\nage ")[2].splitlines()
    assert groups[0].split()[:2] == ["행의", "수"]
    first = [line.split()[0] for line in groups[1:6]]
    assert first == ["0.42~20", "20.5~28", "28.5~38", "39~80", "(누락)"]
    shown = epochal("evaluate", run, "titanic", "--by", "parch", "--lang", "ko")[1]
    assert "행이 20개가 안 되어 점수를 내지 않은 값: 3 (5), 4 (4), 5 (5), 6 (1)" in shown
    code, shown, _ = epochal("explain", run, "titanic", "--row", 5, "--lang", "ko")
    assert code == 0
    lines = shown.splitlines()
    assert lines[0].startswith("titanic의 행 5: 1의 확률 0.")
    assert lines[1].startswith("행 100개의 평균: 0.")
    assert lines[3].split() == ["열", "값", "기여", "+/-"]
    assert "sex(who, adult_male 포함)" in shown
    assert "(누락)" in shown
    assert lines[-1] == "(이 행들에 대해 정확한 섀플리 값과 그 표준 오차)"


def test_json_has_english_names_in_every_language(epochal, run):
    in_english = json.loads(epochal("evaluate", run, "titanic", "--json")[1])
    in_korean = json.loads(epochal("--lang", "ko", "evaluate", run, "titanic", "--json")[1])
    assert in_korean == in_english
    assert json.loads(epochal("--lang", "ko", "runs", run.parent, "--json")[1]) == json.loads(
        epochal("runs", run.parent, "--json")[1]
    )


@pytest.mark.parametrize(
    ("command", "asked"), [("evaluate", ("--by", "age")), ("explain", ("--row", 5))]
)
def test_names_of_groups_and_what_is_explained_are_english_in_json(epochal, run, command, asked):
    spoken = [
        json.loads(epochal(command, run, "titanic", *asked, "--json", *language)[1])
        for language in ((), ("--lang", "ko"))
    ]
    assert spoken[0] == spoken[1]


def test_errors_are_in_english(epochal):
    code, _, errors = epochal("--lang", "ko", "train", "titanic", "--target", "survivd")
    assert code == 2
    assert "target must name a column of the table, got 'survivd'" in errors
