"""The same sources and the same version as the package with the native module."""

import re
from pathlib import Path

from setuptools import setup

workspace = (Path(__file__).parents[3] / "Cargo.toml").read_text()

setup(
    name="holysheep-cb",
    version=re.search(r'^version = "(.+)"$', workspace, flags=re.MULTILINE).group(1),
    description="One circuit breaker that every thread, process and language on a host share (ctypes backend)",
    license="MIT OR Apache-2.0",
    python_requires=">=3.9",
    package_dir={"": "../python"},
    packages=["holysheep_cb", "holysheep_cb._ctypes", "holysheep_cb.client", "holysheep_cb.integrations"],
    package_data={"holysheep_cb": ["py.typed", "*.pyi"]},
)
