"""``thalweg.minimize``: against SciPy, and what ends a run."""

import numpy as np
import pytest
import scipy.optimize
from numpy.testing import assert_allclose
from optimizer_cases import traits

from thalweg import minimize
from thalweg.optimizers import (
    FISTA,
    LBFGS,
    SGD,
    Adam,
    BarzilaiBorwein,
    GradientDescent,
    NesterovAG,
    NonlinearCG,
    ProximalGradient,
    all_optimizers,
)

CURVATURE = np.array([1.0, 4.0, 0.5])
LOWEST = np.array([1.0, -2.0, 3.0])


def bowl(x):
    off = x - LOWEST
    return 0.5 * float(CURVATURE @ off**2), CURVATURE * off


def rosenbrock(x):
    return scipy.optimize.rosen(x), scipy.optimize.rosen_der(x)


FULL_BATCH = [
    LBFGS(line_search_fn="strong_wolfe", tolerance_grad=0.0, tolerance_change=0.0),
    LBFGS(lr=0.5, tolerance_grad=0.0, tolerance_change=0.0),
    GradientDescent(),
    GradientDescent(line_search="wolfe"),
    GradientDescent(line_search="strong_wolfe", c2=0.1),
    NesterovAG(lr=0.25),
    NesterovAG(lr=8.0, backtracking=True, restart="function"),
    FISTA(lr=0.25),
    ProximalGradient(lr=8.0, backtracking=True),
    BarzilaiBorwein(),
    BarzilaiBorwein(method="BB2"),
    BarzilaiBorwein(method="alternate", memory=1),
    *(NonlinearCG(method=method) for method in ("FR", "PR+", "HS", "DY", "HZ")),
]


@pytest.mark.parametrize("solver", FULL_BATCH, ids=repr)
def test_full_batch_solvers_find_the_bottom_of_a_bowl(solver):
    result = minimize(bowl, np.zeros(3), solver=solver, gtol=1e-8, tol=0)
    assert (result.success, result.status) == (True, 0)
    assert_allclose(result.x, LOWEST, atol=1e-7)
    assert abs(result.jac).max() <= 1e-8


@pytest.mark.parametrize(
    "solver",
    [
        LBFGS(line_search_fn="strong_wolfe", tolerance_change=0.0),
        BarzilaiBorwein(),
        *(NonlinearCG(method=method) for method in ("FR", "PR+", "HS", "DY", "HZ")),
    ],
    ids=repr,
)
def test_rosenbrock_ends_where_scipy_does(solver):
    start = np.array([-1.5, 2.0])
    scipy_s = scipy.optimize.minimize(rosenbrock, start, jac=True, method="BFGS")
    result = minimize(rosenbrock, start, solver=solver, max_iter=5000, gtol=1e-7, tol=0)
    assert result.status == 0
    assert_allclose(result.x, scipy_s.x, atol=1e-4)
    assert_allclose(result.fun, scipy_s.fun, atol=1e-8)


def test_lbfgs_takes_about_as_many_evaluations_as_scipy_s():
    start = np.full(20, -1.0)
    scipy_s = scipy.optimize.minimize(rosenbrock, start, jac=True, method="L-BFGS-B")
    result = minimize(rosenbrock, start, solver=LBFGS(line_search_fn="strong_wolfe"))
    assert_allclose(result.x, scipy_s.x, atol=1e-3)
    assert result.nfev <= 2 * scipy_s.nfev


@pytest.mark.parametrize("optimizer", all_optimizers(), ids=lambda optimizer: optimizer.__name__)
def test_every_solver_runs_by_name(optimizer):
    # A matrix, which all of them take.
    def matrix_bowl(x):
        loss, gradient = bowl(x.ravel())
        return loss, gradient.reshape(x.shape)

    start = np.zeros((1, 3))
    if traits(optimizer())["rows"]:
        with pytest.raises(ValueError, match="`solver` must take dense gradients"):
            minimize(matrix_bowl, start, solver=optimizer())
        return
    result = minimize(matrix_bowl, start, solver=optimizer.__name__.upper(), max_iter=5)
    assert result.nit <= 5
    assert np.isfinite(result.fun)
    assert len(result.history["loss"]) == result.nit + 1
    assert len(result.history["lr"]) == result.nit


def test_the_lasso_has_the_solution_of_its_conditions():
    rng = np.random.default_rng(0)
    A, b, l1 = rng.normal(size=(30, 8)), rng.normal(size=30), 9.0

    def squares(x):
        residual = A @ x - b
        return 0.5 * residual @ residual, A.T @ residual

    lr = 1 / np.linalg.norm(A, 2) ** 2
    results = [
        minimize(squares, np.zeros(8), solver=solver, gtol=1e-9, tol=0, max_iter=20000)
        for solver in (FISTA(lr=lr, l1=l1), ProximalGradient(lr=lr, l1=l1))
    ]
    for result in results:
        assert result.status == 0
        gradient = squares(result.x)[1]
        on = result.x != 0
        assert 0 < on.sum() < 8
        assert_allclose(gradient[on], -l1 * np.sign(result.x[on]), atol=1e-8)
        assert (abs(gradient[~on]) <= l1).all()
        assert_allclose(result.fun, squares(result.x)[0] + l1 * abs(result.x).sum())
    assert results[0].nit < results[1].nit


# ---- The function --------------------------------------------------------------------------------


def test_the_gradient_may_come_in_three_ways():
    both = minimize(bowl, np.zeros(3), max_iter=20)
    apart = minimize(lambda x: bowl(x)[0], np.zeros(3), jac=lambda x: bowl(x)[1], max_iter=20)
    none = minimize(lambda x: bowl(x)[0], np.zeros(3), jac=None, max_iter=20)
    assert np.array_equal(both.x, apart.x)
    assert_allclose(none.x, both.x, rtol=1e-6)
    assert (both.nfev, both.njev) == (21, 21)
    assert (apart.nfev, apart.njev) == (21, 21)
    assert (none.nfev, none.njev) == (21 * 4, 21)


def test_args_shape_and_dtype():
    def scaled(x, factor, shift):
        return factor * ((x - shift) ** 2).sum(), 2 * factor * (x - shift)

    start = np.zeros((2, 3), np.float32)
    result = minimize(scaled, start, args=(0.5, 1.0), solver=SGD(lr=0.5), tol=0)
    assert result.x.shape == (2, 3)
    assert result.x.dtype == result.jac.dtype == np.float32
    assert_allclose(result.x, 1, atol=1e-4)
    assert (start == 0).all()
    assert minimize(lambda x: (x * x, 2 * x), 1.0, solver=SGD(lr=0.5)).x == 0.0


def test_points_may_be_kept():
    seen = []

    def keeps(x):
        seen.append(x)
        loss, gradient = bowl(x)
        x[...] = np.nan  # its own copy
        return loss, gradient

    result = minimize(keeps, np.zeros(3), solver=SGD(lr=0.1), max_iter=3)
    assert np.isfinite(result.x).all()
    assert len({id(x) for x in seen}) == 4


def test_the_schedule_sets_the_rate():
    rates = [0.5, 0.25, 0.125]
    result = minimize(
        lambda x: (x @ x / 2, x),
        np.ones(1),
        solver=SGD(lr=2.0),
        schedule=lambda t, lr: lr / 2 ** (t + 2),
        max_iter=3,
    )
    assert_allclose(result.history["lr"], rates)
    assert_allclose(result.x, np.prod([1 - rate for rate in rates]))
    assert_allclose(result.history["loss"][:2], [0.5, 0.125])


# ---- Ends ----------------------------------------------------------------------------------------


def test_the_end_by_iterations():
    result = minimize(bowl, np.zeros(3), max_iter=7)
    assert (result.nit, result.status, result.success) == (7, 1, False)
    assert "max_iter" in result.message
    assert minimize(bowl, np.zeros(3), max_iter=0).nfev == 1


def test_the_end_by_a_target():
    result = minimize(bowl, np.zeros(3), solver=SGD(lr=0.1), target=1.0)
    assert (result.status, result.success) == (4, True)
    losses = result.history["loss"]
    assert losses[-1] == result.fun <= 1.0 < losses[-2]


def test_the_end_by_no_improvement():
    result = minimize(
        lambda x: (1.0, np.ones(2)), np.zeros(2), solver=SGD(lr=0.1), n_iter_no_change=4
    )
    assert (result.nit, result.status, result.success) == (4, 5, True)


def test_the_end_by_a_callback():
    points = []

    def stops(x):
        points.append(x)
        return len(points) == 3

    result = minimize(bowl, np.zeros(3), callback=stops)
    assert (result.nit, result.status, result.success) == (3, 99, False)
    assert np.array_equal(points[-1], result.x)

    def raises(intermediate_result):
        if intermediate_result.nit == 2:
            assert intermediate_result.fun == bowl(intermediate_result.x)[0]
            raise StopIteration

    assert minimize(bowl, np.zeros(3), callback=raises).nit == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_end_by_numbers_that_are_not_finite(bad):
    def cliff(x):
        return (bad if x[0] > 2 else -x[0]), np.array([-1.0])

    result = minimize(cliff, np.zeros(1), solver=SGD(lr=0.75))
    assert (result.nit, result.status, result.success) == (3, 3, False)
    assert result.x == 1.5
    assert minimize(cliff, np.array([3.0])).status == 3
    # A line search stops before the cliff.
    found = minimize(cliff, np.zeros(1), solver=GradientDescent(lr=8.0), max_iter=3)
    assert 0 < found.x[0] <= 2


def test_errors_of_the_function_are_passed_on():
    def broken(x):
        raise KeyError("no data")

    with pytest.raises(KeyError, match="no data"):
        minimize(broken, np.zeros(2))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"fun": 1}, TypeError, "`fun` must be callable, got 1"),
        ({"fun": lambda x: 1.0}, TypeError, "`fun` must return a loss and its gradient"),
        ({"fun": lambda x: (x, x)}, TypeError, "`fun` must return a loss that is one number"),
        ({"fun": lambda x: (1.0, x[1:])}, ValueError, r"gradient must be of shape \(3,\)"),
        ({"x0": "here"}, TypeError, "`x0` must be an array of real numbers"),
        ({"x0": [np.nan, 1.0, 1.0]}, ValueError, "`x0` must be finite"),
        ({"jac": 3}, TypeError, "`jac` must be a bool, a callable or None, got 3"),
        ({"solver": "Newton"}, ValueError, "`solver` must be an optimizer or among .*'Newton'"),
        ({"solver": 3}, TypeError, "`solver` must be an optimizer or its name, got 3"),
        ({"solver": Adam(maximize=True)}, ValueError, "`solver` must have `maximize=False`"),
        ({"solver": Adam(lr=-1.0)}, ValueError, "`lr` must be > 0 and finite, got -1"),
        ({"schedule": 0.1}, TypeError, "`schedule` must be callable or None, got 0.1"),
        ({"schedule": lambda t, lr: -1.0}, ValueError, "`lr` must be >= 0 and finite, got -1"),
        ({"max_iter": 1.5}, TypeError, "`max_iter` must be an int, got 1.5"),
        ({"max_iter": -1}, ValueError, "`max_iter` must be >= 0, got -1"),
        ({"n_iter_no_change": 0}, ValueError, "`n_iter_no_change` must be >= 1, got 0"),
        ({"tol": -1.0}, ValueError, "`tol` must be >= 0, got -1.0"),
        ({"gtol": "small"}, TypeError, "`gtol` must be a number, got 'small'"),
        ({"target": np.nan}, ValueError, "`target` must be a number other than NaN"),
        ({"callback": 3}, TypeError, "`callback` must be callable or None, got 3"),
    ],
)
def test_wrong_arguments(changes, error, message):
    with pytest.raises(error, match=message):
        minimize(**{"fun": bowl, "x0": np.zeros(3), **changes})


# ---- Line searches -------------------------------------------------------------------------------


@pytest.mark.parametrize("line_search", ["armijo", "wolfe", "strong_wolfe"])
def test_line_searches_keep_their_conditions(line_search):
    c1, c2 = 0.2, 0.4
    start = np.array([-1.2, 1.0])
    solver = GradientDescent(lr=0.01, line_search=line_search, c1=c1, c2=c2)
    run = solver.init(start)
    for _ in range(20):
        before = run.params.copy()
        loss, g = rosenbrock(before)
        run.step(closure=rosenbrock)
        t = np.linalg.norm(run.params - before) / np.linalg.norm(g)
        after, slope = rosenbrock(run.params)[0], rosenbrock(run.params)[1] @ -g
        assert after <= loss - c1 * t * (g @ g) * (1 - 1e-9)
        if line_search == "wolfe":
            assert slope >= -c2 * (g @ g)
        if line_search == "strong_wolfe":
            assert abs(slope) <= c2 * (g @ g)


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (LBFGS(max_iter=0), "`max_iter` must be >= 1, got 0"),
        (LBFGS(max_eval=0), "`max_eval` must be >= 1, got 0"),
        (LBFGS(history_size=0), r"`history_size` must be in \[1, 65535\], got 0"),
        (LBFGS(tolerance_grad=-1.0), "`tolerance_grad` must be >= 0"),
        (LBFGS(line_search_fn="backtracking"), "strong_wolfe"),
        (GradientDescent(c1=0.95), r"`c2` must be in \(c1, 1\)"),
        (GradientDescent(increase_factor=0.5), "`increase_factor` must be >= 1"),
        (NonlinearCG(method="XY"), "FR"),
        (NonlinearCG(restart_every=0), "`restart_every` must be >= 1, got 0"),
        (BarzilaiBorwein(memory=0), r"`memory` must be in \[1, 65535\], got 0"),
        (BarzilaiBorwein(decrease_factor=1.0), r"`decrease_factor` must be in \(0, 1\), got 1"),
        (NesterovAG(momentum=1.0), r"`momentum` must be in \[0, 1\), got 1"),
        (FISTA(l1=-1.0), "`l1` must be >= 0 and finite, got -1"),
    ],
    ids=repr,
)
def test_wrong_hyper_parameters(optimizer, message):
    with pytest.raises(ValueError, match=message):
        optimizer.init(np.zeros(2))


def test_lbfgs_keeps_to_its_budget():
    calls = []

    def counted(x):
        calls.append(x.copy())
        return rosenbrock(x)

    run = LBFGS(max_eval=3, line_search_fn="strong_wolfe").init(np.array([-1.5, 2.0]))
    for _ in range(5):
        calls.clear()
        run.step(closure=counted)
        assert len(calls) <= 3 + 1
