"""Every name that a module of 0.1.0 defined is still where it was, though modules have moved since.

`public_names.json` holds what each module defined at its top or has in `__all__`, without names that begin with an
underscore; it was read off the sources with `ast`, before the first move, and is not to be brought up to date.
"""

import importlib
import json
from pathlib import Path

import pytest

NAMES = json.loads(Path(__file__).with_name("public_names.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", NAMES)
def test_each_name_is_where_it_was(module):
    if module.startswith("starkcore.sandbox") or module == "starkcore.demo.live":
        pytest.importorskip("starlette")
    found = importlib.import_module(module)
    assert [name for name in NAMES[module] if not hasattr(found, name)] == []
