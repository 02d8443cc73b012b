"""scikit-learn's estimator checks, with no expected failures."""

import pytest
from sklearn.utils.estimator_checks import (
    check_all_zero_sample_weights_error,
    check_inplace_ensure_writeable,
    check_param_validation,
    parametrize_with_checks,
)

from thalweg import MLPClassifier, MLPRegressor
from thalweg.optimizers import SAM, SGD, AdamW

# The checks provoke warnings of their own, about frames and about how little data they use.
pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

# Few epochs: the checks ask for behaviour, not for accuracy, except those which set their own.
# Which rule an optimizer follows is nothing to an estimator; whether it needs closures is.
SOLVERS = [SGD(lr=0.01), AdamW(lr=0.01), SAM(SGD(lr=0.01))]
ESTIMATORS = [
    MLPClassifier(max_iter=100),
    MLPRegressor(max_iter=100),
    MLPClassifier(solver="lbfgs", max_iter=20),
    *(MLPClassifier(solver=solver, max_iter=100) for solver in SOLVERS),
]


@parametrize_with_checks(ESTIMATORS)
def test_check_estimator(estimator, check):
    check(estimator)


# These run on scikit-learn's own classes only, by a list in its test suite.
@pytest.mark.parametrize(
    "estimator", [MLPClassifier(max_iter=2), MLPRegressor(max_iter=2)], ids=repr
)
@pytest.mark.parametrize(
    "check",
    [
        check_param_validation,
        check_inplace_ensure_writeable,
        check_all_zero_sample_weights_error,
    ],
)
def test_checks_of_their_own_classes(estimator, check):
    check(type(estimator).__name__, estimator)
