"""Intervals, distributions and uncertainties of a fitted regressor, by the rows left out."""

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from epochal.conformal.conformity import NumberConformity
from epochal.conformal.coverage import check_coverage
from epochal.distributions import Family, Mixture
from epochal.errors import InputError
from epochal.estimators.left_out import left_out_of
from epochal.models.distributions import family_of
from epochal.tuning.single_fit import LeftOut
from epochal.uncertainty.calibrate import scaled
from epochal.uncertainty.draws import Draws
from epochal.uncertainty.prediction import Prediction


class PredictsIntervals:
    """Intervals of a regressor, for one that stands before `DNNEstimator`."""

    predict: Any
    models_: Any
    model_weights_: Any
    target_scaler_: Any
    _draws: Any
    _single: bool
    _left_out: LeftOut | None

    def predict_uncertainty(self, X: Any, coverage: float | None = None) -> Prediction:
        """The targets of `X`, and how sure they are.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
        coverage : float, optional
            In (0, 1): how often `low` and `high` shall hold the truth, as `predict_interval` has
            them. None makes no intervals.

        Returns
        -------
        Prediction
            Arrays of shape (rows, outputs). The epistemic uncertainty is the variance of the
            networks' predictions, None of a single network. The aleatoric one is what they predict
            where there is a `distribution`, and else the mean squared error on the rows left out,
            equal for all rows. Both are multiplied by one factor, by which their sum is as large as
            the squared errors on the rows left out, less what those of all networks are smaller by.

        Raises
        ------
        InputError
            `coverage` is not in (0, 1), no rows were left out, or too few.

        Examples
        --------
        >>> from epochal import DNNRegressor
        >>> x = np.random.default_rng(0).standard_normal((300, 4))
        >>> model = DNNRegressor(hidden=(8,), epochs=3, random_state=0).fit(x, x[:, 0])
        >>> model.predict_uncertainty(x[:5]).epistemic.shape
        (5, 1)
        """
        check_is_fitted(self)
        found = self._in_units(X).prediction(())
        # A network that predicts its noise needs no rows left out.
        if self._family is None or self._left_out is not None:
            known = self._known()
            if self._family is None:
                found = found.with_noise(known.mean_square)
            found = scaled(found, known.variance_factor)
        if coverage is None:
            return found
        ends = self.predict_interval(X, coverage).reshape(*found.mean.shape, 2)
        return replace(found, low=ends[..., 0], high=ends[..., 1])

    def predict_distribution(self, X: Any) -> Mixture:
        """The distributions of the targets of `X`, mixed of what each network predicts.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)

        Returns
        -------
        Mixture
            In the units of the targets, of the shape of `y`: its `cdf` and `quantile`, `crps` and
            `log_likelihood` of a truth. They are as the networks predict them, without the factor
            of `predict_uncertainty`.

        Raises
        ------
        InputError
            The estimator has no `distribution`.

        Examples
        --------
        >>> from epochal import DNNRegressor
        >>> x = np.random.default_rng(0).standard_normal((300, 4))
        >>> model = DNNRegressor(
        ...     hidden=(8,), epochs=3, members=2, distribution="gaussian", random_state=0
        ... )
        >>> found = model.fit(x, x[:, 0]).predict_distribution(x[:5])
        >>> found.quantile(0.95).shape, found.crps(x[:5, 0]).shape
        ((5,), (5,))
        """
        check_is_fitted(self)
        drawn = self._in_units(X)
        if drawn.family is None:
            raise InputError(
                "predict_distribution must have networks that predict one, got those of numbers: "
                "fit with distribution='gaussian'."
            )
        parameters = np.concatenate(list(drawn.blocks), axis=1)
        return Mixture(
            family=drawn.family,
            parameters=parameters[:, :, 0] if self._single else parameters,
            weights=drawn.weights,
        )

    @property
    def _family(self) -> Family | None:
        return family_of(self.models_[0])

    def _in_units(self, X: Any) -> Draws:
        """What each network predicts, in the units of the targets; counts have none."""
        drawn: Draws = self._draws(X, "regression")
        scaler = self.target_scaler_
        return drawn if scaler.scale_ is None else drawn.in_units(scaler.scale_, scaler.mean_)

    def _known(self) -> NumberConformity:
        """How far the networks are off the rows left out, in the units of the targets."""
        left_out = left_out_of(self._left_out)
        outputs, targets = (
            self.target_scaler_.inverse_transform(np.asarray(part, float).reshape(len(part), -1))
            for part in (left_out.outputs, left_out.y)
        )
        scale = 1.0 if self.target_scaler_.scale_ is None else self.target_scaler_.scale_
        noise, spread, excess = (
            None if part is None else part.reshape(outputs.shape) * scale**2
            for part in (left_out.noise, left_out.spread, left_out.excess)
        )
        return NumberConformity.of(
            targets,
            outputs,
            optimism=left_out.optimism,
            noise=None if self._family is None else noise,
            spread=spread,
            excess=excess,
        )

    def predict_interval(
        self, X: Any, coverage: float = 0.9, *, by_size: bool = False
    ) -> np.ndarray:
        """Intervals that hold the targets of new rows as often as asked.

        They are made from the errors on rows that the networks left out in the training. The
        promise is for rows drawn as those of the training were, on average over them, and of each
        target by itself: see docs/uncertainty.md.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
        coverage : float
            In (0, 1).
        by_size : bool
            Whether ranges of predicted numbers have widths of their own, so that the coverage holds
            in each. With a `distribution` widths hang on each row as they are.

        Returns
        -------
        numpy.ndarray of shape (rows, 2) or (rows, outputs, 2)
            Lower and upper ends, float64.

        Raises
        ------
        InputError
            `coverage` is not in (0, 1), no rows were left out, or too few, or `by_size` with a
            `distribution`.

        Examples
        --------
        >>> from epochal import DNNRegressor
        >>> x = np.random.default_rng(0).standard_normal((300, 4))
        >>> model = DNNRegressor(hidden=(8,), epochs=3, random_state=0).fit(x, x[:, 0])
        >>> model.predict_interval(x[:5], coverage=0.9).shape
        (5, 2)
        """
        check_is_fitted(self)
        coverage = check_coverage(coverage)
        known = self._known()
        predicted = self._in_units(X).prediction(())
        if self._family is not None and by_size:
            raise InputError(
                "by_size must be False with a distribution, got True: the widths hang on each row "
                "already."
            )
        ends = known.intervals(predicted.mean, coverage, by_size=by_size, noise=predicted.aleatoric)
        both = np.stack(ends, axis=2)
        if self._family is not None and self._family.discrete:
            both = np.maximum(both, 0)
        return np.asarray(both[:, 0] if self._single else both)
