"""``python -m thalweg``: the command line, which today has one command, ``demo``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from thalweg._core import __version__

# argparse names these three in its errors: "invalid epochs value: 'ten'".


def epochs(text: str) -> int:
    """Read a number of epochs."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def seed(text: str) -> int:
    """Read a seed."""
    value = int(text)
    if not 0 <= value < 2**32:  # what numpy.random.RandomState takes
        raise argparse.ArgumentTypeError(f"must be in [0, 2**32), got {value}")
    return value


def output(text: str) -> Path:
    """Read the path of a picture."""
    # Checked before the training and not after it.
    path = Path(text)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no directory {str(path.parent)!r}")
    if path.suffix not in {".png", ".svg", ".pdf"}:
        raise argparse.ArgumentTypeError(f"must end in .png, .svg or .pdf, got {text!r}")
    return path


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of ``python -m thalweg``."""
    parser = argparse.ArgumentParser(
        prog="python -m thalweg",
        description="Multi-layer perceptrons behind scikit-learn's own API, trained in Rust.",
    )
    parser.add_argument("--version", action="version", version=f"thalweg {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="train on scikit-learn's digits, beside scikit-learn",
        description="Train a multi-layer perceptron on scikit-learn's digits with live progress, "
        "time it beside scikit-learn's on the same settings, and draw the loss curve.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    demo.add_argument("--epochs", type=epochs, default=60, help="epochs at most")
    demo.add_argument("--seed", type=seed, default=0, help="seed of the splits and the models")
    demo.add_argument(
        "--output",
        type=output,
        default=Path("thalweg-demo.png"),
        help="where the picture goes (.png, .svg or .pdf)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = build_parser().parse_args(argv)

    # Imported here so that --help and --version do not load scikit-learn.
    from thalweg._demo import run

    try:
        run(epochs=arguments.epochs, seed=arguments.seed, output=arguments.output)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130  # what a shell reports for a program ended by Ctrl-C
    return 0


if __name__ == "__main__":
    sys.exit(main())
