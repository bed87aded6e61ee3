"""The documents' Monte-Carlo dropout, as they write it, and with epochal.

Fashion-MNIST is looked for in the folder that EPOCHAL_DATA names, then in the cache, then at its
official address.
"""

import epochal  # before keras, whose backend it chooses
from epochal.data import datasets

# isort: split
import keras
import numpy as np


def main(rows: int = 55_000, test_rows: int = 10_000, epochs: int = 20, samples: int = 100) -> dict:
    """Train the documents' net with alpha dropout, and ask it how sure it is."""
    images = datasets.load_images("fashion-mnist")
    assert isinstance(images, datasets.ImageDataset)
    X_train, y_train = images.x_train[:rows] / 255.0, images.y_train[:rows]
    X_test, y_test = images.x_test[:test_rows] / 255.0, images.y_test[:test_rows]
    # A pixel that never varies has the deviation 0: it is divided by 1.
    pixel_means = X_train.mean(axis=0)
    pixel_stds = X_train.std(axis=0)
    pixel_stds[pixel_stds == 0] = 1.0
    X_train_scaled = ((X_train - pixel_means) / pixel_stds).astype("float32")
    X_test_scaled = ((X_test - pixel_means) / pixel_stds).astype("float32")

    keras.utils.set_random_seed(42)
    model = keras.Sequential(
        [
            keras.Input([28, 28]),
            keras.layers.Flatten(),
            keras.layers.AlphaDropout(rate=0.2),
            keras.layers.Dense(300, activation="selu", kernel_initializer="lecun_normal"),
            keras.layers.AlphaDropout(rate=0.2),
            keras.layers.Dense(100, activation="selu", kernel_initializer="lecun_normal"),
            keras.layers.AlphaDropout(rate=0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)
    model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    epochal.fit(model, X_train_scaled, y_train, epochs=epochs, seed=42, verbose=0)
    _, plain_accuracy = epochal.evaluate(model, X_test_scaled, y_test, verbose=0)

    # As the documents write it: the loop, which holds all samples of all rows, ...
    few = X_test_scaled[:100]
    y_probas = np.stack([model(few, training=True) for sample in range(samples)])
    y_proba = y_probas.mean(axis=0)
    y_std = y_probas.std(axis=0)
    print("without dropout:", np.round(model.predict(few[:1], verbose=0), 2))
    print("the loop's mean:", np.round(y_proba[:1], 2))
    print("its deviation:  ", np.round(y_std[:1], 2))

    # ... and the trained model, turned into one that drops at inference too, by hand ...
    mc_model = keras.Sequential(
        [
            epochal.layers.MCAlphaDropout(layer.rate)
            if isinstance(layer, keras.layers.AlphaDropout)
            else layer
            for layer in model.layers
        ]
    )
    by_hand = np.mean([mc_model.predict(few, verbose=0) for sample in range(samples)], axis=0)

    # ... or by epochal, on the same weights.
    twin = epochal.monte_carlo(model)
    print("one draw:       ", np.round(twin.predict(few[:1], verbose=0), 2))

    # All rows at once, with everything that the samples say.
    prediction = epochal.predict_monte_carlo(model, X_test_scaled, samples=samples, seed=42)
    accuracy = float(np.mean(prediction.predicted == y_test))
    print(f"accuracy without dropout {plain_accuracy:.4f}, Monte-Carlo {accuracy:.4f}")
    return {
        "loop": y_proba,
        "by_hand": by_hand,
        "prediction": prediction,
        "plain_accuracy": plain_accuracy,
        "accuracy": accuracy,
    }


if __name__ == "__main__":
    main()
