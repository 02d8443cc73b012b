"""The page of optimizers is what the docstrings say, and the page on choosing knows them all."""

import re
import runpy
from pathlib import Path

import pytest

from thalweg.optimizers import all_optimizers

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def generator():
    return runpy.run_path(str(DOCS / "generate_optimizers.py"))


def test_the_page_is_up_to_date(generator):
    committed = (DOCS / "optimizers.md").read_text(encoding="utf-8")
    assert committed == generator["page"](), "run `make docs`"


@pytest.mark.parametrize("optimizer", all_optimizers())
def test_a_card_is_whole(generator, optimizer):
    card = generator["card"](optimizer)
    assert card.startswith(f"## {optimizer.__name__}\n")
    assert "```math" in card
    assert all(f"| `{name}` |" in card for name in optimizer().get_params(deep=False))
    # No markup of docstrings is left over.
    assert not re.search(r":\w+:`|^\.\. |^-{3,}$", card, re.MULTILINE)


@pytest.mark.parametrize("optimizer", all_optimizers())
def test_the_page_on_choosing_knows_it(optimizer):
    page = (DOCS / "choosing-an-optimizer.md").read_text(encoding="utf-8")
    assert f"`{optimizer.__name__}`" in page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"With :math:`\theta` = ``lr``.", r"With $`\theta`$ = `lr`."),
        ("As :class:`SGD`, by\n:class:`~thalweg.Other`.", "As [SGD](#sgd), by `Other`."),
        (".. math::\n\n    a = b", "```math\na = b\n```"),
        (
            ".. math::\n\n    a &= \\begin{cases} 1 & \\end{cases}",
            "```math\n\\begin{aligned}\na &= \\begin{cases} 1 & \\end{cases}\n\\end{aligned}\n```",
        ),
        (
            "Is\n\n.. math::\n\n    a &= b \\\\\n    c &= d\n\nand so on",
            "Is\n\n```math\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n```\n\n"
            "and so on",
        ),
        ("* one\n  more\n* two", "* one more\n* two"),
    ],
)
def test_markdown(generator, text, expected):
    assert generator["markdown"](text) == expected
