"""threadpoolctl's view of thalweg: ``threadpool_limits(1)`` reaches the Rust threads as well."""

from __future__ import annotations

from threadpoolctl import LibController
from threadpoolctl import register as register_controller

__all__ = ["ThalwegController", "register"]


class ThalwegController(LibController):
    """Reads and sets the number of threads through the C symbols of ``thalweg._core``."""

    user_api = "thalweg"
    internal_api = "thalweg"
    filename_prefixes = ("_core.",)
    # Other packages have an extension module of this name too.
    check_symbols = ("thalweg_get_num_threads", "thalweg_set_num_threads")

    def get_num_threads(self) -> int:
        """Return the number of threads."""
        return int(self.dynlib.thalweg_get_num_threads())

    def set_num_threads(self, num_threads: int) -> None:
        """Set the number of threads, for the whole process."""
        self.dynlib.thalweg_set_num_threads(num_threads)

    def get_version(self) -> str | None:
        """Return no version: it would be read before the file is known to be thalweg's."""
        return None


def register() -> None:
    """Tell threadpoolctl of thalweg; ``thalweg._core`` calls this once, when it is loaded."""
    register_controller(ThalwegController)
