"""Monte-Carlo dropout on Fashion-MNIST: as in Géron's chapter 11, and with epochal.

The model and the loop are those of the notebook of A. Géron, "Hands-On Machine Learning with
Scikit-Learn, Keras, and TensorFlow", 2nd edition. Fashion-MNIST is read from the folder named by
EPOCHAL_DATA or from the cache, or downloaded.
"""

import epochal  # before keras, whose backend it chooses
from epochal.data import datasets

# isort: split
import keras
import numpy as np


def standardized_images(rows: int, test_rows: int) -> tuple[np.ndarray, ...]:
    """Images and labels for training, then those for testing."""
    images = datasets.load_images("fashion-mnist")
    X_train, y_train = images.x_train[:rows] / 255.0, images.y_train[:rows]
    X_test, y_test = images.x_test[:test_rows] / 255.0, images.y_test[:test_rows]
    # A pixel that never varies has a standard deviation of 0: divide it by 1.
    pixel_means = X_train.mean(axis=0)
    pixel_stds = X_train.std(axis=0)
    pixel_stds[pixel_stds == 0] = 1.0
    X_train_scaled = ((X_train - pixel_means) / pixel_stds).astype("float32")
    X_test_scaled = ((X_test - pixel_means) / pixel_stds).astype("float32")
    return X_train_scaled, y_train, X_test_scaled, y_test


def alpha_dropout_network() -> keras.Model:
    """SELU, with alpha dropout before every dense layer."""
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
    return model


def main(rows: int = 55_000, test_rows: int = 10_000, epochs: int = 20, samples: int = 100) -> dict:
    """Train a network with alpha dropout, and predict with Monte-Carlo dropout in four ways."""
    X_train_scaled, y_train, X_test_scaled, y_test = standardized_images(rows, test_rows)
    keras.utils.set_random_seed(42)
    model = alpha_dropout_network()
    epochal.fit(model, X_train_scaled, y_train, epochs=epochs, seed=42, verbose=0)
    _, plain_accuracy = epochal.evaluate(model, X_test_scaled, y_test, verbose=0)

    # The loop of the notebook, which keeps all samples of all rows in memory.
    few = X_test_scaled[:100]
    y_probas = np.stack([model(few, training=True) for sample in range(samples)])
    y_proba = y_probas.mean(axis=0)
    y_std = y_probas.std(axis=0)
    print("without dropout:", np.round(model.predict(few[:1], verbose=0), 2))
    print("loop, mean:     ", np.round(y_proba[:1], 2))
    print("loop, std:      ", np.round(y_std[:1], 2))

    # The trained model converted by hand into one whose dropout is active at inference.
    mc_model = keras.Sequential(
        [
            epochal.layers.MCAlphaDropout(layer.rate)
            if isinstance(layer, keras.layers.AlphaDropout)
            else layer
            for layer in model.layers
        ]
    )
    by_hand = np.mean([mc_model.predict(few, verbose=0) for sample in range(samples)], axis=0)

    # The same by epochal, with shared weights.
    stochastic = epochal.monte_carlo(model)
    print("one sample:     ", np.round(stochastic.predict(few[:1], verbose=0), 2))

    # All rows at once: mean, standard deviation, quantiles and entropies of the samples.
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
