"""The sdist stands alone: it holds what a build needs and no more, and it builds."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
TOP_LEVEL = {
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "PKG-INFO",
    "README.md",
    "benches",
    "docs",
    "examples",
    "pyproject.toml",
    "python",
    "rust",
    "tests",
}


def maturin(*arguments, directory, **variables):
    done = subprocess.run(
        [sys.executable, "-m", "maturin", *map(str, arguments)],
        cwd=directory,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sdist")
    maturin("sdist", "--out", directory, directory=ROOT)
    (archive,) = directory.iterdir()
    return archive


@pytest.fixture(scope="module")
def listing(sdist):
    """Paths in the sdist, without its top directory."""
    with tarfile.open(sdist) as archive:
        return {PurePosixPath(*PurePosixPath(name).parts[1:]) for name in archive.getnames()}


def test_top_level(listing):
    assert {path.parts[0] for path in listing if path.parts} == TOP_LEVEL


def test_sources_are_there(listing):
    for crate in ("kernels", "core", "python"):
        # From the checkout, so that a module which the sdist forgets is found.
        sources = ROOT.joinpath("rust", crate).rglob("*.rs")
        expected = {PurePosixPath(path.relative_to(ROOT).as_posix()) for path in sources}
        assert expected
        assert expected <= listing
        assert PurePosixPath("rust", crate, "Cargo.toml") in listing
    package = {path.name for path in listing if path.parts[:2] == ("python", "thalweg")}
    assert {"__init__.py", "_core.pyi", "py.typed"} <= package


def test_nothing_built_is_there(listing):
    unwanted = {".venv", "target", "__pycache__", ".git", ".github", ".hypothesis"}
    assert not [path for path in listing if unwanted & set(path.parts)]
    assert not [path for path in listing if path.suffix in {".so", ".pyd", ".pyc", ".whl"}]


def test_wheel_from_the_sdist(sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    # The development profile: whether it builds is the question, and `make test` has built the
    # release already. The dependencies, at least, are compiled once for all runs of this test.
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "sdist"
    arguments = ["--profile", "dev", "--locked", "--compatibility", "off"]
    arguments += ["--interpreter", sys.executable, "--out", "wheels"]
    maturin("build", *arguments, directory=source, CARGO_TARGET_DIR=str(target))

    (wheel,) = (source / "wheels").glob("thalweg-*-cp311-abi3-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert any(re.fullmatch(r"thalweg/_core\..*(so|pyd)", name) for name in names)
    assert {"thalweg/__init__.py", "thalweg/_core.pyi", "thalweg/py.typed"} <= set(names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert any(".dist-info/sboms/" in name for name in names)
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"thalweg"}


def test_installed_package_is_the_one_under_test():
    import thalweg

    assert ROOT / "python" not in Path(thalweg.__file__).parents
    metadata = importlib.metadata.metadata("thalweg")
    assert metadata["License-Expression"] == "BSD-3-Clause"
    runtime = {line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line}
    assert {line.partition(">")[0].strip() for line in runtime} == {"numpy", "scikit-learn"}
    assert metadata["Version"] == thalweg.__version__
