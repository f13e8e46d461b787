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


def test_the_engine_is_a_function_and_a_module():
    """`starkcore.engine()` was there before the module; whoever imports that gets it all the same."""
    import starkcore
    import starkcore.engine
    from starkcore.engine import engine, engines

    assert starkcore.engine is engine
    assert starkcore.engine() in engines()
    assert starkcore.build_info.engine is engine
