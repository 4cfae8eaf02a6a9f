"""A stand-in for the predictions of a fit: a quadratic function of the parameters, and their cubes.

The predictions of mean men move smoothly with the fitted parameters, and within a posterior they bend little. With
``u`` the parameters' normal numbers, shifted and scaled so that a normal approximation of the posterior is standard
normal, and ``z`` the same numbers shifted and scaled each on its own, every logarithm of a prediction is::

    ln ŷ = a + Σ b_i·u_i + Σ_{i≤j} c_ij·u_i·u_j + Σ d_i·z_i³

by least squares over exact predictions. Far from the points that taught it such a function invents predictions, so
it has a reach: the ellipsoid about them that holds all but one in a thousand. It is used to wander about the posterior,
never to say how likely a place is in the end: draws are weighted by the exact posterior over the emulated one, and the
weights say whether it held.
"""

import numpy as np
from jaxtyping import Bool, Float

__all__ = ["PredictionEmulator"]

RIDGE = 1e-6  # [1] of the mean square of a feature: keeps terms that the points do not tell apart near zero
TRUSTED = 0.999  # of the points lie within its reach


class PredictionEmulator:
    """Logarithms of predictions as a quadratic function of normal numbers, and their cubes.

    Parameters
    ----------
    middle : Float[np.ndarray, " parameter"]
        Where the normal approximation has its mean.
    root : Float[np.ndarray, "parameter parameter"]
        A square root of its covariance.
    """

    def __init__(self, middle: Float[np.ndarray, " parameter"], root: Float[np.ndarray, "parameter parameter"]) -> None:
        self.middle, self.root = middle, root
        self.pairs = np.triu_indices(len(middle))
        self.coefficients: Float[np.ndarray, "feature target"] | None = None
        self._taught = middle, root  # mean of the points that taught it, and a square root of their covariance
        self._reach = np.inf

    @property
    def features(self) -> int:
        """How many coefficients every prediction has; as many points are needed at least."""
        return 1 + 2 * len(self.middle) + len(self.pairs[0])

    def fit(
        self, points: Float[np.ndarray, "point parameter"], logs: Float[np.ndarray, "point target"]
    ) -> Float[np.ndarray, " target"]:
        """Fit to exact predictions; return the standard deviation of what is left of each.

        Parameters
        ----------
        points : Float[np.ndarray, "point parameter"]
            Normal numbers of the parameters.
        logs : Float[np.ndarray, "point target"]
            Logarithms of the predictions there; points with one that is not finite are left out.

        Raises
        ------
        ValueError
            When fewer points than `features` are left.
        """
        good = np.isfinite(logs).all(axis=1)
        if good.sum() < self.features:
            raise ValueError(f"got {good.sum()} solved points; expected at least {self.features}. Draw more.")
        design, wanted = self._design(points[good]), logs[good]
        square = design.T @ design
        ridge = np.diag(RIDGE * np.diag(square))
        self.coefficients = np.linalg.solve(square + ridge, design.T @ wanted)
        self._taught = points[good].mean(axis=0), np.linalg.cholesky(np.atleast_2d(np.cov(points[good].T)))
        self._reach = float(np.quantile(self._distance(points[good]), TRUSTED))
        return np.asarray((wanted - design @ self.coefficients).std(axis=0))

    def __call__(self, points: Float[np.ndarray, "point parameter"]) -> Float[np.ndarray, "point target"]:
        """Return the logarithms of the predictions at these points."""
        return np.asarray(self._design(points) @ self.coefficients)

    def reaches(self, points: Float[np.ndarray, "point parameter"]) -> Bool[np.ndarray, " point"]:
        """Return which points lie among those that taught it."""
        return np.asarray(self._distance(points) <= self._reach)

    def _distance(self, points: Float[np.ndarray, "point parameter"]) -> Float[np.ndarray, " point"]:
        middle, root = self._taught
        return np.asarray(np.linalg.norm(np.linalg.solve(root, (points - middle).T), axis=0))

    def _design(self, points: Float[np.ndarray, "point parameter"]) -> Float[np.ndarray, "point feature"]:
        apart = points - self.middle
        at, alone = np.linalg.solve(self.root, apart.T).T, apart / np.linalg.norm(self.root, axis=1)
        first, second = self.pairs
        return np.concatenate([np.ones((len(at), 1)), at, at[:, first] * at[:, second], alone**3], axis=1)
