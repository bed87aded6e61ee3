"""Fitted preprocessing in a file: saved without pickle, checked before it is loaded."""

import zipfile
from pathlib import Path

from epochal.compat._skops import import_skops_io, trusting_only_named_parts
from epochal.data.preprocessing.allowlist import PARTS, parts_in
from epochal.data.preprocessing.table import TablePreprocessor
from epochal.errors import InputError

# By their names: skops' own list of what it trusts takes longer to make than the rest of a start.
_TRUSTED = sorted({f"{module}.{name}" for module, name, _ in PARTS})

skops_io = import_skops_io()


def save_preprocessing(preprocessor: TablePreprocessor, path: "str | Path") -> None:
    """Save a fitted preprocessor as a .skops file, which contains no code.

    Parameters
    ----------
    preprocessor : TablePreprocessor
        A fitted one.
    path : str or Path
        The file; an existing one is overwritten.

    Examples
    --------
    >>> save_preprocessing(preprocessor, "preprocessing.skops")  # doctest: +SKIP
    """
    skops_io.dump(preprocessor, path, compression=zipfile.ZIP_DEFLATED)


def load_preprocessing(path: "str | Path") -> TablePreprocessor:
    """Load what `save_preprocessing` saved; a file with anything else is refused before loading.

    Parameters
    ----------
    path : str or Path
        A .skops file.

    Returns
    -------
    TablePreprocessor
        As it was saved.

    Raises
    ------
    InputError
        No such file, not a skops file, or one with parts that a preprocessor does not have.

    Examples
    --------
    >>> preprocessor = load_preprocessing("preprocessing.skops")  # doctest: +SKIP
    """
    try:
        unknown = sorted(f"{part[0]}.{part[1]}" for part in parts_in(path) - PARTS)
    except InputError:
        raise
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise InputError(
            f"{str(path)!r} must be a file of saved preprocessing, got an unreadable one "
            f"({type(error).__name__}: {error}): check the path, or train again."
        ) from error
    if unknown:
        raise InputError(
            f"{str(path)!r} must hold preprocessing only, got {', '.join(unknown[:3])}, which is "
            "not trusted: load only files that you trained, or train again."
        )
    with trusting_only_named_parts():
        loaded = skops_io.load(path, trusted=_TRUSTED)
    if not isinstance(loaded, TablePreprocessor):
        raise InputError(
            f"{str(path)!r} must hold preprocessing, got a {type(loaded).__name__}: check the path."
        )
    return loaded
