"""A callback that is misspelt, or looked for in the wrong place, is named."""

import pytest

import epochal


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ReduceLRONPlateau", "keras.callbacks.ReduceLROnPlateau"),
        ("EarlyStopping", "keras.callbacks.EarlyStopping"),
        ("Tensorboard", "TensorBoard"),
    ],
)
def test_the_callback_that_was_meant_is_suggested(name, meant):
    message = f"module 'epochal.callbacks' has no attribute '{name}'. Did you mean '{meant}'?"
    with pytest.raises(AttributeError) as raised:
        getattr(epochal.callbacks, name)
    assert str(raised.value) == message


def test_what_is_like_nothing_is_only_refused():
    with pytest.raises(AttributeError, match=r"has no attribute 'xyzzy'\.$"):
        _ = epochal.callbacks.xyzzy
