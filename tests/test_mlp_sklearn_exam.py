"""scikit-learn's own tests of its MLP, from the installed wheel, with our classes in place of its.

The source is compiled with one line changed; pytest then collects the functions from here, each
case on its own.
"""

from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

# scikit-learn runs these tests without turning warnings into errors.
pytestmark = pytest.mark.filterwarnings("default")

THEIRS = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"
OURS = "from thalweg import MLPClassifier, MLPRegressor\n"


def load_exam():
    path = Path(find_spec("sklearn.neural_network").origin).parent / "tests" / "test_mlp.py"
    source = path.read_text(encoding="utf-8")
    assert source.count(THEIRS) == 1
    exam = ModuleType("sklearn_mlp_exam")
    exam.__file__ = str(path)
    exec(compile(source.replace(THEIRS, OURS), path, "exec"), vars(exam))
    return exam


exam = load_exam()
globals().update({name: value for name, value in vars(exam).items() if name.startswith("test_")})


@pytest.fixture
def global_random_seed():
    """Stand in for scikit-learn's fixture, whose default is one fixed seed too."""
    return 42


def test_no_function_is_left_out():
    functions = {name for name in vars(exam) if name.startswith("test_")}
    assert len(functions) >= 43
    assert functions <= globals().keys()
