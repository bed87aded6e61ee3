"""Text from data and files, made safe to show."""

import re

# All control characters but tab and new line: among them ESC, with which a name in the data could
# move the cursor, retitle the terminal or hide what stands there. Half a surrogate pair, which no
# terminal can be sent, may stand in a file name.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def escape_controls(text: str) -> str:
    r"""The text with each control character as its number.

    Examples
    --------
    >>> print(escape_controls("\x1b[31mred"))
    \x1b[31mred
    """
    return _CONTROL.sub(lambda found: _number(ord(found[0])), text)


def _number(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
