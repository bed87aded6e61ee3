"""Classify the rows of a table inside a scikit-learn pipeline."""

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from epochal import DNNClassifier


def main() -> tuple[Pipeline, float]:
    """Classify three kinds of wine by 13 measurements; return the pipeline and its accuracy."""
    x, y = load_wine(return_X_y=True, as_frame=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, stratify=y, random_state=0)

    model = make_pipeline(StandardScaler(), DNNClassifier(members=4, random_state=0))
    model.fit(x_train, y_train)
    accuracy = float(model.score(x_test, y_test))
    print(f"test accuracy {accuracy:.3f}")
    return model, accuracy


if __name__ == "__main__":
    main()
