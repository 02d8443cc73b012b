"""Step by step against other libraries, and against the rules written out plainly."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from optimizer_cases import (
    Quadratic,
    advance,
    details,
    every_setting,
    fitting,
    parity_cases,
    problem_of,
    sparse_parity_cases,
    traits,
    uniform,
)

CASES = [pytest.param(*case, id=case[2]["id"]) for case in parity_cases()]


def close(actual, expected, rtol):
    for a, e in zip(actual, expected, strict=True):
        e = np.asarray(e)
        assert_allclose(a, e, rtol=rtol, atol=rtol * abs(e).max(initial=0))


@pytest.mark.parametrize(("optimizer", "kwargs", "case"), CASES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
def test_every_step_is_the_reference_s(optimizer, kwargs, case, dtype):
    start, function = problem_of(case)
    exact = details(optimizer).TOLERANCE.get(case["id"], 1e-12)
    rtol = exact if dtype == np.float64 else max(exact, 1e-5)
    groups = [
        {"params": [i], **{k: tuple(v) if isinstance(v, list) else v for k, v in group.items()}}
        for i, group in enumerate(case.get("param_groups", ()))
    ]
    run = optimizer(**kwargs).init([p.astype(dtype) for p in start], groups=groups)
    needs = traits(run.optimizer)
    if needs["closure"]:
        # In float32 the path of a function is its own.
        losses = [step_by_closure(run, function) for _ in case["params_after_step"]]
        if dtype == np.float64:
            close(run.params, case["params_after_step"][-1], rtol)
        assert np.isfinite(losses).all()
        return
    theta = start
    for step, expected in enumerate(case["params_after_step"]):
        # Gradient and loss where the reference is, so that rounding cannot pile up through them.
        loss, grads = function(theta)
        given = case.get("grads_before_step", case.get("grads"))
        grads = grads if given is None else given[step]
        advance(run, 0, [np.array(g, dtype) for g in grads], lambda _, loss=loss: (loss, None))
        averaged = case["id"] in details(optimizer).EVAL
        close(run.eval_params if averaged else run.params, expected, rtol)
        theta = [np.array(p) for p in expected]
    if dtype == np.float64:
        buffers_are_the_reference_s(run.state_dict()["buffers"], case, exact)


def buffers_are_the_reference_s(buffers, case, rtol):
    """Compare, for each tensor, the buffers whose names are PyTorch's."""
    for i, state in enumerate(case.get("final_state", ())):
        for name in buffers.keys() & state.keys():
            # PyTorch keeps some vectors as matrices of one row.
            close([buffers[name][i]], [np.reshape(state[name], buffers[name][i].shape)], rtol)


@pytest.mark.parametrize(("optimizer", "kwargs", "case"), list(sparse_parity_cases()))
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
def test_every_step_by_rows_is_the_reference_s(optimizer, kwargs, case, dtype):
    rtol = 1e-12 if dtype == np.float64 else 1e-5
    run = optimizer(**kwargs).init([np.array(p, dtype) for p in case["params"]])
    for gradient, expected in zip(case["sparse_grads"], case["params_after_step"], strict=True):
        run.step([(np.array(gradient["rows"]), np.array(gradient["values"], dtype))])
        close(run.params, expected, rtol)
    if dtype == np.float64:
        buffers_are_the_reference_s(run.state_dict()["buffers"], case, rtol)


def step_by_closure(run, function):
    def closure(theta):
        loss, grads = function([p.astype(np.float64) for p in theta])
        return loss, [g.astype(p.dtype) for g, p in zip(grads, theta, strict=True)]

    return run.step(closure=closure)


@pytest.mark.parametrize(
    ("optimizer", "kwargs", "case"), [c for c in CASES if traits(c.values[0]())["closure"]]
)
def test_every_step_by_a_closure_is_the_reference_s(optimizer, kwargs, case):
    start, function = problem_of(case)
    run = optimizer(**kwargs).init(start)
    calls = []

    def closure(theta):
        loss, grads = function(theta)
        calls.append(loss)
        return loss, grads

    for step, expected in enumerate(case["params_after_step"]):
        run.step(closure=closure)
        close(run.params, expected, details(optimizer).TOLERANCE.get(case["id"], 1e-12))
        if "func_evals_after_step" in case:
            assert len(calls) == case["func_evals_after_step"][step]


@every_setting()
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
def test_fused_steps_are_the_plain_rule_s(optimizer, dtype):
    plain = details(type(optimizer)).plain
    # A single number has no rows.
    shapes = fitting(
        optimizer, [(5, 3), (7,), (2, 3, 4), *([] if traits(optimizer)["rows"] else [()])]
    )
    start = uniform(1, shapes)
    theta = [p.copy() for p in start]
    step = plain and plain(theta, **optimizer.get_params(deep=False))
    if not step:
        return
    needs, function = traits(optimizer), Quadratic(start)
    run = optimizer.init([p.astype(dtype) for p in start])
    for t in range(1, 9):
        grads = uniform(100 + t, shapes)
        if needs["closure"]:
            step(t, function)
            in_dtype = Quadratic(run.params)
            in_dtype.c = [c.astype(dtype) for c in function.c]
            in_dtype.t = [t.astype(dtype) for t in function.t]
            advance(run, 0, function=in_dtype)
        else:
            loss = function(theta)[0]
            step(t, grads, loss)
            given = [g.astype(dtype) for g in grads]
            advance(run, 0, given, lambda _, loss=loss: (loss, None))
    close(run.params, theta, 1e-11 if dtype == np.float64 else 1e-4)
