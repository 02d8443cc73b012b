"""scikit-learn's estimator checks of linear models on mini-batches, with no expected failures."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from thalweg import SGDClassifier, SGDRegressor
from thalweg.optimizers import SAM, Adam

# The checks provoke warnings of their own, about frames and about how little data they use.
pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

# All samples a step, where they are few: only then can a weight of two be a sample given twice.
ESTIMATORS = [
    SGDClassifier(solver=Adam(lr=0.05), batch_size=1000),
    SGDClassifier("multinomial", solver=Adam(lr=0.1), batch_size="full"),
    SGDClassifier(solver=SAM(Adam(lr=0.1)), batch_size="full"),
    SGDRegressor(solver=Adam(lr=0.05), batch_size=1000),
    SGDRegressor("huber", learning_rate="constant", eta0=0.5, batch_size="full", average=True),
    SGDRegressor("log_cosh", solver="LBFGS", batch_size="full"),
]


@parametrize_with_checks(ESTIMATORS)
def test_check_estimator(estimator, check):
    check(estimator)
