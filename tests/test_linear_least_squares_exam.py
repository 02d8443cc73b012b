"""scikit-learn's own tests of ridge regression, the elastic net and the lasso, with our classes.

From the installed wheel; each case is collected on its own.
"""

import pytest
from linear_exam import exam

# scikit-learn runs these tests without turning warnings into errors.
pytestmark = pytest.mark.filterwarnings("default")

DIGITS = "asks for more digits than the tolerance: coordinate descent oversteps it, FISTA does not"
GRAM = "gives a Gram matrix to a model that is ours, which refuses it"
MOCK = "looks into how LassoCV calls scikit-learn's own Lasso"
PASSES = "scikit-learn's 'sag' is conjugate gradients there; ours stops at 1000 passes, as it says"

RIDGE = exam(
    "test_ridge",
    ["Ridge"],
    left_out={"test_lbfgs_solver_error": "one iteration is enough for ours, which scales features"},
)
ELASTIC_NET = exam(
    "test_coordinate_descent",
    ["ElasticNet", "Lasso"],
    left_out={
        "test_check_input_false": "asks for columns in one piece; ours takes rows",
        "test_elasticnet_precompute_gram_weighted_samples": DIGITS,
        "test_enet_copy_X_False_check_input_False": "X is to be written over; ours never is",
        "test_enet_float_precision": DIGITS,
        "test_enet_nonfinite_params": "the message names coordinate descent; ours is tested beside",
        "test_enet_toy": GRAM,
        "test_lassoCV_does_not_set_precompute": MOCK,
        "test_random_descent": DIGITS,
        "test_warm_start": "compares 5 iterations of coordinate descent and 5 more with 10",
    },
)
LEFT_OUT = {
    "test_enet_ols_consistency[None-False]": DIGITS,
    "test_enet_ols_consistency[10-False]": DIGITS,
    "test_enet_ridge_consistency[False-1-1e-06]": DIGITS,
    "test_enet_ridge_consistency[False-1-0.1]": DIGITS,
    "test_enet_ridge_consistency[False-1-1.0]": DIGITS,
    "test_enet_ridge_consistency[False-1-1000000.0]": DIGITS,
    "test_ridge_fit_intercept_sparse_error[csr_array-saga]": "our 'saga' fits that intercept",
    "test_ridge_fit_intercept_sparse_error[csr_matrix-saga]": "our 'saga' fits that intercept",
    "test_ridge_sample_weight_consistency[sag-wide-csr_array-True]": PASSES,
    "test_ridge_sample_weight_consistency[sag-wide-csr_matrix-True]": PASSES,
    "test_solver_consistency[20-float32-0.1-saga-None]": "to 3e-6 of the largest weight: float32",
}
globals().update(RIDGE | ELASTIC_NET)


@pytest.fixture
def global_random_seed():
    """Stand in for scikit-learn's fixture, whose default is one fixed seed too."""
    return 42


def test_the_exams_are_whole():
    ridge, elastic_net = (
        {name for name in exam if name.startswith("test_")} for exam in (RIDGE, ELASTIC_NET)
    )
    assert len(ridge) >= 39
    assert len(elastic_net) >= 23
    assert not ridge & elastic_net
