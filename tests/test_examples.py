"""The examples, and the Python code in the README and the docs, run as a reader would run them."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from thalweg.optimizers import all_optimizers

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
# What would keep the tests waiting; the rest runs as it stands.
ARGUMENTS = {"compare_optimizers": ["--quick"], "fashion_mnist": ["--quick"]}


def run(script: Path, directory: Path) -> str:
    # An example that does not converge, or warns of anything else, is not a good example.
    arguments = ARGUMENTS.get(script.stem, [])
    command = [sys.executable, "-W", "error::UserWarning", str(script), *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def code_blocks(page: Path) -> list[str]:
    blocks = re.findall(
        r"^( *)```python\n(.*?)^\1```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return [textwrap.dedent(block) for _, block in blocks]


def test_there_are_examples():
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_example(script, tmp_path):
    assert run(script, tmp_path)


def test_early_stopping_draws_a_picture(tmp_path):
    run(ROOT / "examples" / "early_stopping.py", tmp_path)
    assert (tmp_path / "early_stopping.png").read_bytes().startswith(b"\x89PNG")


def test_the_comparison_names_every_optimizer(tmp_path):
    printed = run(ROOT / "examples" / "compare_optimizers.py", tmp_path)
    for optimizer in all_optimizers():
        assert re.search(rf"^(left out: )?{optimizer.__name__}\b", printed, re.MULTILINE)
    assert (tmp_path / "compare_optimizers.png").read_bytes().startswith(b"\x89PNG")


def test_readme_example(tmp_path):
    (block,) = code_blocks(ROOT / "README.md")
    script = tmp_path / "readme.py"
    script.write_text(block, encoding="utf-8")
    accuracy = re.fullmatch(r"accuracy (\d\.\d+) after \d+ epochs\n", run(script, tmp_path))
    assert accuracy is not None
    assert float(accuracy[1]) > 0.95


def test_code_in_the_docs(tmp_path):
    blocks = [block for page in sorted((ROOT / "docs").glob("*.md")) for block in code_blocks(page)]
    assert blocks
    script = tmp_path / "docs.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    run(script, tmp_path)
