"""Which features a column becomes: those, and only those, that change with its cells."""

from dataclasses import replace

import numpy as np
import pytest

from epochal.data import TablePreprocessor
from epochal.data.preprocessing.feature_columns import feature_columns
from tests.data.preprocessing.tables import COLUMNS, FRAME


@pytest.mark.parametrize("encoding", ["standard", "piecewise-linear"])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_a_column_changes_its_features_and_no_others(encoding, task):
    frame = FRAME.assign(
        again=FRAME["day"], height=np.arange(90.0) % 17, code=[f"{n % 60}x" for n in range(90)]
    )
    frame = frame.iloc[np.tile(np.arange(90), 2)].reset_index(drop=True)
    columns = [*COLUMNS]
    columns += [_like("day", "again"), _like("age", "height"), _like("ticket", "code")]
    y = np.arange(180) % (2 if task == "binary" else 3)
    preprocessor = TablePreprocessor(encoding)
    x = preprocessor.fit_transform(frame, columns, y, task)
    found = feature_columns(preprocessor)
    assert list(found) == list(preprocessor.kinds_)
    assert sorted(np.concatenate(list(found.values()))) == list(range(x.shape[1]))
    x = preprocessor.transform(frame)
    for name, own in found.items():
        turned = frame.assign(**{name: np.roll(frame[name].to_numpy(), 1)})
        changed = np.flatnonzero((preprocessor.transform(turned) != x).any(axis=0))
        assert set(changed) <= set(own), name
        assert len(changed), name


def _like(name, new):
    """A column described as another one of the table is."""
    (column,) = (one for one in COLUMNS if one.name == name)
    return replace(column, name=new)
