"""Write docs/optimizers.md: a card for each optimizer, from its docstring and the registry.

Usage: python docs/generate_optimizers.py (or `make docs`). A section that a docstring lacks is
left out of its card.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from pathlib import Path

import numpy as np

from thalweg import _core
from thalweg.optimizers import Optimizer, all_optimizers

PAGE = Path(__file__).parent / "optimizers.md"
SIDE = 64  # of the square matrix whose state is counted
HEAD = """\
# Optimizers

Every optimizer of `thalweg.optimizers`, one card each. This page is generated from the docstrings
(`make docs`); [how to choose](choosing-an-optimizer.md) is written by hand. All of them run on
arrays, `run = Adam(lr=1e-3).init(params)` and `run.step(gradients)`, and, unless a card says
otherwise, as `solver=` of the estimators.

*Memory* is the numbers kept for each parameter, beside the parameter and its gradient: those of a
{side} x {side} matrix at the default settings. *Needs* is what a step takes beside the gradient.
"""


def paragraphs(text: str) -> list[str]:
    """Split at blank lines, but keep what is indented with the paragraph before it."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if found and block.startswith(" "):
            found[-1] += "\n\n" + block
        else:
            found.append(block)
    return found


def sections(docstring: str) -> dict[str, str]:
    """Split a numpydoc docstring by its underlined headings; what precedes them is under ''."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", docstring, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def inline(text: str) -> str:
    """Turn reStructuredText within a paragraph into Markdown, on one line."""
    text = " ".join(text.split())
    names = {optimizer.__name__ for optimizer in all_optimizers()}

    def link(match: re.Match[str]) -> str:
        name = match[1].lstrip("~").rpartition(".")[2]
        return f"[{name}](#{name.lower()})" if name in names else f"`{name}`"

    # Formulas wait without their backquotes, so that nothing takes these for code.
    text = re.sub(r":math:`([^`]*)`", lambda match: f"$\0{match[1]}\0$", text)
    text = re.sub(r":\w+:`([^`]*)`", link, text)
    text = re.sub(r"``([^`]*)``", r"`\1`", text)
    text = re.sub(r"\[(\d+)\]_", r"[\1]", text)
    return text.replace("\0", "`")


def equation(text: str) -> str:
    """Turn the body of a math directive into a block that GitHub typesets."""
    lines = textwrap.dedent(text).strip("\n")
    if "&" in lines and not lines.startswith(r"\begin{"):
        lines = "\\begin{aligned}\n" + lines + "\n\\end{aligned}"
    # A fence and not $$, in which Markdown would take the line breaks for escapes.
    return f"```math\n{lines}\n```"


def markdown(text: str) -> str:
    """Turn paragraphs, equations and lists into Markdown."""
    blocks: list[str] = []
    for paragraph in paragraphs(text):
        head, directive, body = paragraph.partition(".. math::")
        if head.strip():
            items = re.split(r"^(?=[*-] )", head, flags=re.MULTILINE)
            blocks.append("\n".join(inline(item) for item in items if item.strip()))
        if directive:
            blocks += [equation(part) for part in re.split(r"\n\s*\n", body.strip("\n"))]
    return "\n\n".join(blocks)


def parameters(text: str, optimizer: type[Optimizer]) -> str:
    """Return the parameters as a table, with the defaults of the registry."""
    defaults = optimizer()
    rows = ["| parameter | default | |", "|---|---|---|"]
    for name, body in re.findall(r"^(\w+) : .*\n((?:(?: .*)?\n?)*)", text, re.MULTILINE):
        value = getattr(defaults, name)
        shown = f"{value:g}" if isinstance(value, float) else repr(value)
        rows.append(f"| `{name}` | `{shown}` | {inline(body).replace('|', chr(92) + '|')} |")
    return "\n".join(rows)


def references(text: str) -> str:
    """Return the papers as a list."""
    papers = re.split(r"^\.\. \[\d+\] ", text.strip("\n"), flags=re.MULTILINE)
    return "\n".join(f"{i}. {inline(paper)}" for i, paper in enumerate(papers[1:], 1))


def memory(optimizer: type[Optimizer]) -> str:
    """Count what a run on a square matrix keeps for each parameter."""
    state = optimizer().init(np.zeros((SIDE, SIDE))).state_dict()
    count = sum(np.size(buffer) for buffer in state["buffers"].values()) / SIDE**2
    return f"{count:.2g}" if count < 10 else f"{count:.0f}"


def needs(optimizer: type[Optimizer]) -> str:
    """Say what a step takes beside the gradient."""
    traits = _core.optimizer_traits(optimizer().to_config())
    words = {
        "loss": "the loss",
        "closure": "a closure",
        "rows": "gradients by rows",
        "curvature": "a second gradient",
    }
    return ", ".join(word for key, word in words.items() if traits[key]) or "-"


def decay(optimizer: type[Optimizer]) -> str:
    """Say which weight decay an optimizer has, and whether it can do without the rate."""
    names = optimizer().get_params(deep=False)
    if "weight_decay" not in names:
        return "none of its own"
    flag = next((name for name in names if name.startswith(("decouple", "weight_decouple"))), None)
    without = ", with the rate or without (`decay_with_lr`)" if "decay_with_lr" in names else ""
    if flag is not None:
        return f"in the gradient, or decoupled (`{flag}`){without}"
    return f"decoupled{without}" if without else "in one form, see `weight_decay`"


def card(optimizer: type[Optimizer]) -> str:
    """Return the card of one optimizer."""
    parts = sections(inspect.cleandoc(optimizer.__doc__ or ""))
    blocks = [f"## {optimizer.__name__}", markdown(parts[""])]
    if "Parameters" in parts and optimizer().get_params():
        blocks.append(parameters(parts["Parameters"], optimizer))
    beside = needs(optimizer).replace("-", "nothing")
    blocks.append(
        f"Numbers kept per parameter, by default: {memory(optimizer)}. "
        f"What a step takes beside the gradient: {beside}. Weight decay: {decay(optimizer)}."
    )
    if "Notes" in parts:
        # "When to use: …" -> "**When to use:** …"
        notes = markdown(parts["Notes"])
        blocks.append(re.sub(r"^([A-Z][\w ]{2,30}):(?= )", r"**\1:**", notes, flags=re.MULTILINE))
    if "References" in parts:
        blocks.append(references(parts["References"]))
    return "\n\n".join(block for block in blocks if block)


def page() -> str:
    """Return the whole page."""
    members = sorted(all_optimizers(), key=lambda optimizer: optimizer.__name__.lower())
    rows = ["| optimizer | what it does | memory | needs |", "|---|---|---|---|"]
    for optimizer in members:
        name = optimizer.__name__
        summary = inline((optimizer.__doc__ or "").partition("\n")[0])
        summary = summary.removeprefix(f"{name}: ").replace("|", "\\|")
        link = f"[{name}](#{name.lower()})"
        rows.append(f"| {link} | {summary} | {memory(optimizer)} | {needs(optimizer)} |")
    head = HEAD.format(side=SIDE)
    return "\n\n".join([head.rstrip(), "\n".join(rows), *map(card, members)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
