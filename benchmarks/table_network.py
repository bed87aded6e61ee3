"""A network for a table, as an ensemble of a table has it."""

import keras

TABLE_COLUMNS = 60


def network() -> keras.Model:
    layers = [keras.layers.Dense(256, "mish"), keras.layers.Dropout(0.1)]
    again = [keras.layers.Dense(256, "mish"), keras.layers.Dropout(0.1)]
    head = keras.layers.Dense(3, "softmax")
    model = keras.Sequential([keras.Input((TABLE_COLUMNS,)), *layers, *again, head])
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.01)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def stopping() -> keras.callbacks.Callback:
    return keras.callbacks.EarlyStopping(patience=16, restore_best_weights=True)
