"""What a group of rows is called that is not one value of a column."""

from typing import Self

from epochal.translation import translate


class GroupName(str):
    """A name in English, which programs read, that can be said in another language.

    Values of the data are plain strings: nobody knows what they mean, and they are never
    translated.
    """

    __slots__ = ("_message", "_values")

    _message: str
    _values: dict[str, object]

    @classmethod
    def of(cls, message: str, **values: object) -> Self:
        """From a `translatable` message and what stands in its fields.

        Examples
        --------
        >>> GroupName.of("{low} to {high}", low="1", high="5")
        '1 to 5'
        """
        made = cls(message.format(**values))
        made._message, made._values = message, values
        return made

    @property
    def said(self) -> str:
        """The name in the current language."""
        return translate(self._message, **self._values)


def group_title(name: str) -> str:
    """The name of a group in the current language; that of a value is the value.

    Examples
    --------
    >>> from epochal.translation import language
    >>> with language("ko"):
    ...     group_title(GroupName.of("{low} to {high}", low="1", high="5")), group_title("1 to 5")
    ('1~5', '1 to 5')
    """
    return name.said if isinstance(name, GroupName) else name
