"""Training by L-BFGS: SciPy's minimizer, fed by one Rust call per evaluation."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.fixes import _get_additional_lbfgs_options_dict
from sklearn.utils.optimize import _check_optimize_result

from thalweg._core import MlpObjective
from thalweg._lbfgs import BestSeen
from thalweg.neural_network._config import network_config
from thalweg.neural_network._inputs import Problem
from thalweg.neural_network._outcome import INTERRUPTED, NON_FINITE, Outcome


def fit_lbfgs(estimator: Any, problem: Problem, params: NDArray[np.float64]) -> Outcome:
    """Minimize the loss over the whole of the data.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Gives ``tol``, ``max_iter``, ``max_fun`` and ``verbose``. Left as it is.
    problem : Problem
        The data, in float64.
    params : ndarray of shape (n_parameters,)
        Initial weights, packed.

    Returns
    -------
    outcome : Outcome
        Weights in float64, and fitted attributes.

    References
    ----------
    D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization",
    Mathematical Programming, 1989.
    """
    config = network_config(estimator, problem.units, problem.output)
    objective = MlpObjective(problem.X, problem.Y, problem.sample_weight, config)
    best = BestSeen(objective.evaluate, params)
    iprint = 1 if estimator.verbose is True or estimator.verbose >= 1 else -1
    try:
        result = best.minimize(
            params,
            method="L-BFGS-B",
            jac=True,
            options={
                "maxfun": estimator.max_fun,
                "maxiter": estimator.max_iter,
                "gtol": estimator.tol,
                **_get_additional_lbfgs_options_dict("iprint", iprint),
            },
        )
    except KeyboardInterrupt:
        attributes = {"n_iter_": best.nit, "loss_": best.fun}
        return Outcome(best.x, attributes, INTERRUPTED)
    # Held back until the fitted attributes are set: a filter may turn the warning into an error.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        n_iter = _check_optimize_result("lbfgs", result, estimator.max_iter)
    warning = (str(caught[0].message), caught[0].category) if caught else None
    if not np.isfinite(result.x).all():
        attributes = {"n_iter_": n_iter, "loss_": best.fun}
        return Outcome(best.x, attributes, warning, NON_FINITE)
    return Outcome(result.x, {"n_iter_": n_iter, "loss_": float(result.fun)}, warning)
