"""Characters that do something where a text is shown: to a terminal, a page, a spreadsheet."""

import re
from collections.abc import Iterable

# All control characters but tab and new line: among them ESC, with which a name in the data could
# move the cursor, retitle the terminal or hide text. What turns the direction of writing (U+202E
# and its kin), is invisible (U+200B, U+2060, tags) or ends a line in some programs: a name could
# look like another one. Joiners are part of words and stay. Half a surrogate pair, which cannot be
# encoded, may be in a file name.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
# With these a spreadsheet takes a cell of a CSV file as a formula, which may send data away.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def escape_controls(text: str) -> str:
    r"""The text with each control character as its number.

    Examples
    --------
    >>> print(escape_controls("\x1b[31mred"))
    \x1b[31mred
    """
    return _CONTROL.sub(lambda found: _number(ord(found[0])), text)


def escape_cell(text: str) -> str:
    r"""`escape_controls`, and no formula for a spreadsheet: an apostrophe stands before it.

    Examples
    --------
    >>> print(escape_cell("=1+2"), escape_cell("a=b"))
    '=1+2 a=b
    """
    escaped = escape_controls(text)
    return f"'{escaped}" if text.startswith(_FORMULA) else escaped


def _number(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def join_names(names: Iterable[str]) -> str:
    r"""Names in one argument, separated by commas; a comma in a name is escaped by a backslash.

    Examples
    --------
    >>> print(join_names(("a", "b,c")))
    a,b\,c
    """
    return ",".join(name.replace("\\", "\\\\").replace(",", "\\,") for name in names)
