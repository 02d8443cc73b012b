"""Python beside a training run: callbacks, Ctrl-C, generators, and going on from an earlier run."""

import signal
import threading

import numpy as np
import pytest
from core_calls import N, call, config
from layouts import bits


def forever(**changes):
    return config(max_iter=10**9, tol=0.0, n_iter_no_change=None, **changes)


def test_each_epoch_is_told():
    events = []
    result = call(
        config=config(score="r2", max_iter=4, tol=0.0),
        train_rows=np.arange(40),
        validation_rows=np.arange(40, N),
        on_epoch=events.append,
    )
    assert [event["epoch"] for event in events] == [1, 2, 3, 4]
    assert [event["loss"] for event in events] == result["loss_curve"]
    assert [event["validation_score"] for event in events] == result["validation_scores"]
    assert [event["validation_loss"] for event in events] == result["validation_losses"]
    assert {event["decision"] for event in events} == {"continue"}
    assert {event["learning_rate"] for event in events} == {1e-2}
    assert result["outcome"] == "max_iter"


def test_an_exception_in_a_callback_is_raised():
    def fail(event):
        if event["epoch"] == 2:
            raise LookupError("my own")

    with pytest.raises(LookupError, match="my own"):
        call(config=forever(), on_epoch=fail)
    with pytest.raises(ZeroDivisionError):
        call(config=forever(), rng=lambda n: 1 / 0)


def test_ctrl_c_in_a_callback_ends_the_run():
    def interrupt(event):
        if event["epoch"] == 3:
            raise KeyboardInterrupt

    result = call(config=forever(), on_epoch=interrupt)
    assert result["outcome"] == "interrupted"
    assert result["epochs"] == len(result["loss_curve"]) == 3
    assert bits(result["params"]) == bits(call(config=config(max_iter=3))["params"])


def test_a_run_goes_on_where_another_ended():
    once, half = call(config=config(max_iter=6)), call(config=config(max_iter=3))
    rest = call(
        config=config(max_iter=3, progress=half["progress"]),
        params=half["params"],
        state=half["state"],
    )
    assert bits(rest["params"]) == bits(once["params"])
    assert half["loss_curve"] + rest["loss_curve"] == once["loss_curve"]
    assert rest["progress"] == once["progress"]
    assert rest["state"]["step"] == once["state"]["step"] == 18


def test_a_foreign_generator_is_asked_each_epoch():
    generator, asked = np.random.RandomState(0), []

    def permutation(n):
        asked.append(n)
        order = np.arange(n)
        generator.shuffle(order)
        return order

    foreign = call(rng=permutation)
    own = call(rng=np.random.RandomState(0).get_state()[1:3])
    assert asked == [N] * 3
    assert foreign["rng"] is None
    key, position = generator.get_state()[1:3]
    assert (bits(own["rng"][0]), own["rng"][1]) == (bits(key), position)
    assert bits(foreign["params"]) == bits(own["params"])


if hasattr(signal, "setitimer"):

    def raise_in_handler(error):
        def handler(signum, frame):
            raise error

        before = signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        return before

    def test_what_a_signal_handler_raises():
        before = raise_in_handler(TimeoutError("time is up"))
        try:
            with pytest.raises(TimeoutError, match="time is up"):
                call(config=forever())
        finally:
            signal.signal(signal.SIGALRM, before)

    def test_ctrl_c_in_the_midst_of_epochs():
        before = raise_in_handler(KeyboardInterrupt())
        try:
            result = call(config=forever())
        finally:
            signal.signal(signal.SIGALRM, before)
        assert result["outcome"] == "interrupted"
        assert result["epochs"] == len(result["loss_curve"]) > 0
        assert np.isfinite(result["params"]).all()


def test_a_run_on_another_thread():
    """Signals are not its business; a callback ends it as ever."""
    stop, results = threading.Event(), []

    def on_epoch(event):
        if stop.is_set():
            raise KeyboardInterrupt

    thread = threading.Thread(
        target=lambda: results.append(call(config=forever(), on_epoch=on_epoch))
    )
    thread.start()
    stop.set()
    thread.join(timeout=60)
    assert results[0]["outcome"] == "interrupted"
