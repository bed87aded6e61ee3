"""Messages in the current language, from the catalogues in `epochal/locale`, by gettext.

A message is a whole sentence with named fields, because other languages order words otherwise:
``translate("{network} is better than {baseline}", network=..., baseline=...)``. The source is
read for messages, so the first argument is written out where it is passed. Where it is not, because
a name is a key first and read by a person only later, `translatable` marks it.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from string import Formatter
from typing import Any

from epochal.translation.languages import ENGLISH, current_language
from epochal.translation.particles import join

_FORMATTER = Formatter()


def translatable(message: str) -> str:
    """The message as it is, which stands in the catalogues for a later `translate`.

    Examples
    --------
    >>> translatable("accuracy")
    'accuracy'
    """
    return message


def translate(message: str, /, **values: object) -> str:
    """A message in the current language.

    Parameters
    ----------
    message : str
        In English, with fields as `str.format` has them: ``"{rows:,} rows"``. One that no
        catalogue has, such as the name of a column, is returned as it is.
    **values
        What stands in the fields.

    Returns
    -------
    str
        Without `values`, braces are taken as they are.

    Examples
    --------
    >>> translate("{score} of {what}", score="F1", what="fraud")
    'F1 of fraud'
    >>> from epochal.translation import language
    >>> with language("ko"):
    ...     translate("{score} of {what}", score="F1", what="fraud")
    'fraud의 F1'
    """
    spoken = current_language()
    return _filled(_catalogue(spoken).gettext(message) if message else "", values, spoken)


def translate_count(one: str, many: str, count: int, /, **values: object) -> str:
    """A message about a number of things, in the current language.

    Parameters
    ----------
    one, many : str
        The message for one, and for any other number; ``{count}`` is that number.
    count : int
    **values
        What stands in the other fields.

    Examples
    --------
    >>> [translate_count("{count} column", "{count:,} columns", count) for count in (1, 2000)]
    ['1 column', '2,000 columns']
    """
    spoken = current_language()
    found = _catalogue(spoken).ngettext(one, many, count)
    return _filled(found, {**values, "count": count}, spoken)


def _filled(template: str, values: dict[str, Any], spoken: str) -> str:
    if not values:
        return template
    return template.format(**values) if spoken == ENGLISH else join(_parts(template, values))


def _parts(template: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    """Each text of the template, with the value after it."""
    parts = []
    for text, field, form, conversion in _FORMATTER.parse(template):
        value = ""
        if field is not None:
            found = _FORMATTER.convert_field(values[field], conversion)
            value = format(found, form or "")
        parts.append((text, value))
    return parts


@cache
def _catalogue(spoken: str) -> NullTranslations:
    if spoken == ENGLISH:
        return NullTranslations()
    path = files("epochal") / "locale" / spoken / "LC_MESSAGES" / "epochal.mo"
    with path.open("rb") as file:
        return GNUTranslations(file)
