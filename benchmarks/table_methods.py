"""What `benchmarks.tables` compares: each method at its own defaults, from frames to predictions.

A method takes the training features, the training target and the test features, and gives the
probabilities of the classes, in sorted order, or the predicted values. Frames hold numbers, with
NaN where one is missing, and strings in columns of pandas' dtype "category".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

# ruff: noqa: PLC0415 - each process imports the one method that it runs.


class Job(NamedTuple):
    """What a method is given, and what it may use."""

    x: pd.DataFrame
    y: np.ndarray
    x_test: pd.DataFrame
    kind: str  # "binary", "classes" or "regression"
    seed: int
    threads: int

    @property
    def regression(self) -> bool:
        return self.kind == "regression"

    @property
    def categories(self) -> list[str]:
        return [str(name) for name in self.x if self.x[name].dtype == "category"]


Method = Callable[[Job], np.ndarray]


def _outputs(model: Any, x: Any, job: Job) -> np.ndarray:
    predicted = model.predict(x) if job.regression else model.predict_proba(x)
    return np.asarray(predicted, float)


def _numbers(job: Job) -> Any:
    """One-hot categories, and standardised numbers with the median for what is missing."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2)
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return make_column_transformer(
        (one_hot, make_column_selector(dtype_include="category")),
        (scaled, make_column_selector(dtype_include="number")),
    )


def linear(job: Job) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline

    head = Ridge() if job.regression else LogisticRegression(max_iter=1000)
    model = make_pipeline(_numbers(job), head).fit(job.x, job.y)
    return _outputs(model, job.x_test, job)


def mlp(job: Job) -> np.ndarray:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    head: Any = MLPClassifier(random_state=job.seed)
    if job.regression:  # it does not scale targets, without which many cannot be learnt
        head = TransformedTargetRegressor(
            MLPRegressor(random_state=job.seed), transformer=StandardScaler()
        )
    model = make_pipeline(_numbers(job), head).fit(job.x, job.y)
    return _outputs(model, job.x_test, job)


def hist_gradient_boosting(job: Job) -> np.ndarray:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if job.regression else HistGradientBoostingClassifier
    # It takes at most 255 categories; spelled-out numbers stand for those of larger columns.
    x, x_test = job.x.copy(), job.x_test.copy()
    for name in job.categories:
        if len(x[name].cat.categories) > 255:
            x[name], x_test[name] = x[name].cat.codes, x_test[name].cat.codes
    model = kind(categorical_features="from_dtype", random_state=job.seed).fit(x, job.y)
    return _outputs(model, x_test, job)


def lightgbm(job: Job) -> np.ndarray:
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMRegressor if job.regression else LGBMClassifier
    model = kind(random_state=job.seed, n_jobs=job.threads, verbose=-1).fit(job.x, job.y)
    return _outputs(model, job.x_test, job)


def catboost(job: Job) -> np.ndarray:
    from catboost import CatBoostClassifier, CatBoostRegressor

    x, x_test = (_with_missing_named(frame, job) for frame in (job.x, job.x_test))
    model = (CatBoostRegressor if job.regression else CatBoostClassifier)(
        random_seed=job.seed,
        thread_count=job.threads,
        verbose=False,
        allow_writing_files=False,
        cat_features=job.categories,
    )
    return _outputs(model.fit(x, job.y), x_test, job)


def _with_missing_named(frame: pd.DataFrame, job: Job) -> pd.DataFrame:
    named = {name: frame[name].astype(object).fillna("missing") for name in job.categories}
    return frame.assign(**named)


def _pytabkit(name: str, job: Job) -> np.ndarray:
    import warnings

    import pytabkit

    warnings.filterwarnings("ignore")
    model = getattr(pytabkit, f"{name}_{'Regressor' if job.regression else 'Classifier'}")(
        device="cpu", random_state=job.seed, n_threads=job.threads
    )
    x, x_test = (_with_missing_named(frame, job) for frame in (job.x, job.x_test))
    # It cannot read missing numbers.
    medians = x.median(numeric_only=True)
    x, x_test = x.fillna(medians), x_test.fillna(medians)
    return _outputs(model.fit(x, job.y, cat_col_names=job.categories), x_test, job)


def realmlp_small(job: Job) -> np.ndarray:
    return _pytabkit("RealMLP_TD_S", job)


def realmlp(job: Job) -> np.ndarray:
    return _pytabkit("RealMLP_TD", job)


def tabm(job: Job) -> np.ndarray:
    return _pytabkit("TabM_D", job)


def epochal(job: Job) -> np.ndarray:
    from epochal import DNNClassifier, DNNRegressor

    model = (DNNRegressor if job.regression else DNNClassifier)(random_state=job.seed)
    return _outputs(model.fit(job.x, job.y), job.x_test, job)


def _without(job: Job, options: dict[str, Any], changes: Callable[[Any], dict[str, Any]]) -> Any:
    """Ours, with another guideline and other options of the estimator."""
    from dataclasses import replace

    import epochal
    from epochal.models.guidelines import ALL_GUIDELINES, TABULAR

    kind = epochal.DNNRegressor if job.regression else epochal.DNNClassifier
    ALL_GUIDELINES["tabular"] = replace(TABULAR, **changes(TABULAR))
    model = kind(random_state=job.seed, **options)
    return _outputs(model.fit(job.x, job.y), job.x_test, job)


def _one_variant(number: int) -> Callable[[Any], dict[str, Any]]:
    """As many networks, all of one variant."""

    def changes(rules: Any) -> dict[str, Any]:
        count = rules.folds * len(rules.variants)
        return {"variants": (rules.variants[number],), "folds": count}

    return changes


def _nothing(rules: Any) -> dict[str, Any]:
    return {}


def _fewer_folds(rules: Any) -> dict[str, Any]:
    return {"folds": 2}


def _no_dropout(rules: Any) -> dict[str, Any]:
    from dataclasses import replace

    return {"variants": tuple(replace(each, dropout=0.0) for each in rules.variants)}


def _all_rows_decide(rules: Any) -> dict[str, Any]:
    """Numbers that many rows have are no ends by themselves."""
    from epochal.data.preprocessing import numbers

    numbers._heaped = lambda counts, pieces: np.zeros(len(counts), bool)
    return {}


ABLATIONS: dict[str, tuple[dict[str, Any], Callable[[Any], dict[str, Any]]]] = {
    "numbers standardised, not in pieces": ({"numeric_encoding": "standard"}, _nothing),
    "pieces at quantiles of all rows": ({}, _all_rows_decide),
    "all networks without L1": ({}, _one_variant(0)),
    "all networks with L1 of 0.001": ({}, _one_variant(1)),
    "all networks with L1 of 0.0003 and the high rate": ({}, _one_variant(2)),
    "all networks without a hidden layer": ({}, _one_variant(3)),
    "2 folds, not 5": ({}, _fewer_folds),
    "a single network": ({"members": 1, "early_stopping": True}, _nothing),
    "without dropout": ({}, _no_dropout),
    "ReLU, not Mish": ({"activation": "relu"}, _nothing),
    "Géron's default guideline, one network": ({"guideline": "default"}, _nothing),
}
"""What our default is without one of its parts: options of the estimator, and of the guideline."""


def method_named(name: str) -> Method:
    if name in ABLATIONS:
        options, changes = ABLATIONS[name]
        return lambda job: _without(job, options, changes)
    return METHODS[name]


METHODS: dict[str, Method] = {
    "linear": linear,
    "MLP": mlp,
    "HistGradientBoosting": hist_gradient_boosting,
    "LightGBM": lightgbm,
    "CatBoost": catboost,
    "RealMLP-TD-S": realmlp_small,
    "RealMLP-TD": realmlp,
    "TabM": tabm,
    "epochal": epochal,
}
