"""Exceptions of thalweg's own; everything else is a builtin or scikit-learn's."""

__all__ = ["InternalError"]


class InternalError(RuntimeError):
    """A fault inside thalweg: an assertion of the Rust code did not hold.

    It is never the caller's mistake (those are ValueError and TypeError), and worth a report with
    the message. The interpreter is intact, and an estimator whose fit raised it is as before the
    call.

    Examples
    --------
    >>> from thalweg.exceptions import InternalError
    >>> issubclass(InternalError, RuntimeError)
    True
    """
