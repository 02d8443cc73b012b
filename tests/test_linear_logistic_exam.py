"""scikit-learn's own tests of the models that we train by full-batch and variance-reduced solvers.

From the installed wheel; each case is collected on its own.
"""

import pytest
from linear_exam import exam

# scikit-learn runs these tests without turning warnings into errors.
pytestmark = pytest.mark.filterwarnings("default")

# Its reference takes the steps of a weighted sample that are too long; ours draws it more often, to
# the optimum that tests/test_linear_optimum.py holds it to.
WEIGHTED = "test_binary_classifier_class_weight"

LOGISTIC = exam("test_logistic", ["LogisticRegression"], left_out={})
SAG = exam("test_sag", ["LogisticRegression", "Ridge"], left_out={WEIGHTED: "weights"})
globals().update(LOGISTIC | SAG)


@pytest.fixture
def global_random_seed():
    """Stand in for scikit-learn's fixture, whose default is one fixed seed too."""
    return 42


def test_the_exams_are_whole():
    assert len([name for name in LOGISTIC if name.startswith("test_")]) >= 65
    assert len([name for name in SAG if name.startswith("test_")]) >= 12
