"""scikit-learn's own tests of ridge regression and the elastic net, with our classes.

From the installed wheel; each case is collected on its own.
"""

import pytest
from linear_exam import exam

# scikit-learn runs these tests without turning warnings into errors.
pytestmark = pytest.mark.filterwarnings("default")

RIDGE = exam("test_ridge", ["Ridge"], left_out={})
ELASTIC_NET = exam("test_coordinate_descent", ["ElasticNet", "Lasso"], left_out={})
globals().update(RIDGE | ELASTIC_NET)


@pytest.fixture
def global_random_seed():
    """Stand in for scikit-learn's fixture, whose default is one fixed seed too."""
    return 42
