"""What thalweg found on this machine, for bug reports and for the curious."""

from __future__ import annotations

from thalweg import _core

__all__ = ["show_config"]


def show_config() -> dict[str, object]:
    """Return the version, the vector instructions in use and the number of threads.

    Returns
    -------
    config : dict
        ``version``; ``isa``, the CPU path in use; ``available_isas``, every path that this
        machine can take (``THALWEG_ISA`` limits the choice; ``avx512bf16`` and ``amx`` concern
        products of ``precision="bfloat16"`` alone); ``num_threads``.

    Examples
    --------
    >>> import thalweg
    >>> sorted(thalweg.show_config())
    ['available_isas', 'isa', 'num_threads', 'version']
    """
    return {
        "version": _core.__version__,
        "isa": _core.isa(),
        "available_isas": _core.available_isas(),
        "num_threads": _core.get_num_threads(),
    }
