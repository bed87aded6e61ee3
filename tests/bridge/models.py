"""Models that the tests of the bridge have in common."""

import keras
from keras import layers


def sequential(**compiled: object) -> keras.Sequential:
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3, activation="relu", name="hidden"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5, seed=1, name="drop"),
            layers.Dense(2, activation="softmax", name="head"),
        ]
    )
    model.compile(**({"optimizer": "adam", "loss": "mse", "metrics": ["mae"]} | compiled))
    return model


def functional() -> keras.Model:
    start = keras.Input((4,))
    shared = layers.Dense(4, name="shared")
    joint = layers.Add(name="joint")([shared(start), shared(shared(start))])
    model = keras.Model(start, layers.Dense(2, name="head")(joint))
    model.compile("sgd", "mse")
    return model


def nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="inside")], name="inner")
    start = keras.Input((4,))
    model = keras.Model(start, layers.Dense(2, name="head")(inner(start)))
    model.compile("sgd", "mse")
    return model


MODELS = {"sequential": sequential, "functional": functional, "nested": nested}


class Subclass(keras.Model):
    """A model whose layers only its code knows."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, inputs: object) -> object:
        return self.dense(inputs)
