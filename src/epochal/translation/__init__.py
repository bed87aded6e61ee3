"""What is said to a person, in the language that was asked for."""

from epochal.translation.languages import current_language, language, set_language
from epochal.translation.translate import translatable, translate, translate_count

__all__ = [
    "current_language",
    "language",
    "set_language",
    "translatable",
    "translate",
    "translate_count",
]
