"""Range test and training: what is refused."""

import numpy as np
import pytest

from epochal.errors import InputError
from epochal.models import network
from epochal.runs.fitting import fit_network
from epochal.runs.network import Recipe


def test_a_loss_that_is_never_finite_is_refused():
    model = network("regression", 2, hidden=(4,), seed=0)
    x, y = np.ones((64, 2), np.float32), np.full((64, 1), 1e30, np.float32)  # y**2 overflows
    recipe = Recipe(hidden=(4,), epochs=2, batch_size=16, patience=2, dropout=0.0)
    with pytest.raises(InputError, match=r"loss must be finite, got (inf|nan) after .*: look for"):
        fit_network(model, (x, y), (x, y), recipe, seed=0, on_epoch=lambda *_: None)
