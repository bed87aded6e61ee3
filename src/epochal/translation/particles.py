"""Korean particles after a name or a number that is known only when the sentence is said.

Their form depends on whether the sound before them ends in a consonant: 학습률**이**, 정확도**가**.
A catalogue writes both, as Korean texts do: ``{name}이(가)``. Here the right one is chosen where
the value tells it; after a foreign word both stay.
"""

import re
from collections.abc import Iterable

# Written form -> (after a consonant, after a vowel).
_PAIRS = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)라": ("이라", "라"),
    "(이)고": ("이고", "고"),
    "(이)며": ("이며", "며"),
}
_AT_START = re.compile(f"([’”'\")]?)({'|'.join(map(re.escape, _PAIRS))})")

# How digits and capitals are read: 영 일 이 삼 사 오 육 칠 팔 구; 엘 엠 엔 알.
_DIGITS_IN_CONSONANT = "013678"
_LETTERS_IN_CONSONANT = "LMNR"
_IN_L = "178LR"  # 일 칠 팔 엘 알: for (으)로 an ㄹ counts as a vowel
_FIRST, _LAST, _FINALS, _FINAL_L = ord("가"), ord("힣"), 28, 8


def join(parts: Iterable[tuple[str, str]]) -> str:
    """Texts and the values after them as one text, with the particles that suit the values.

    Parameters
    ----------
    parts : iterable of (str, str)
        A text of the catalogue, then a value, which is never changed.

    Examples
    --------
    >>> join([("", "정확도"), ("이(가) ", "3"), ("(으)로 올랐습니다", "")])
    '정확도가 3으로 올랐습니다'
    """
    joined, before = [], ""
    for text, value in parts:
        joined += [_chosen(text, before), value]
        before = value or text
    return "".join(joined)


def _chosen(text: str, before: str) -> str:
    found = _AT_START.match(text)
    if found is None or not before:
        return text
    mark, pair = found.groups()
    ends = _ends_in_consonant(before, liquid=pair != "(으)로")
    if ends is None:
        return text
    return f"{mark}{_PAIRS[pair][0 if ends else 1]}{text[found.end() :]}"


def _ends_in_consonant(word: str, *, liquid: bool) -> bool | None:
    """Whether it is read with a consonant at its end; None: nothing tells. `liquid`: ㄹ is one."""
    bare = re.sub(r"(?<=.)\s*\([^()]*\)$", "", word).rstrip("’”'\")")
    if not bare:
        return None
    last = bare[-1]
    if _FIRST <= ord(last) <= _LAST:
        final = (ord(last) - _FIRST) % _FINALS
        return bool(final) and (liquid or final != _FINAL_L)
    if last == "%":
        return False  # 퍼센트
    if last == "²":
        return True  # 제곱
    acronym = last.isupper() and (len(bare) == 1 or bare[-2].isupper())
    if last in _DIGITS_IN_CONSONANT or (acronym and last in _LETTERS_IN_CONSONANT):
        return liquid or last not in _IN_L
    return False if last.isdigit() or acronym else None
