"""Nothing that Python does to the native module's types, private as they are, gives out an instance without its value.

Nor does it end the process. The ways are in native_objects.py; each part of them runs in a process of its own, judged
by how it ends.
"""

import os
import subprocess
import sys
from pathlib import Path

import native_objects
import pytest
from new_interpreter import ROOT, python

TYPES = native_objects.found_types()
HERE = Path(__file__).parent


def ended(part, *options):
    """(exit status, the last line that it said)."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, str(HERE / "native_objects.py"), part, *options],
        capture_output=True, text=True, timeout=300, check=False, env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    return done.returncode, [line for line in lines if "HALF-MADE" in line] or lines[-1:], done.stderr[-2000:]


def test_every_type_has_an_example():
    assert {"Secret", "PreparedKey", "PreparedMarket", "OrderTail"} <= {kind.__name__ for kind in TYPES}
    assert [kind for kind, one in TYPES.items() if type(one) is not kind] == []


@pytest.mark.parametrize("name", [kind.__name__ for kind in TYPES])
def test_no_instance_is_half_made(name):
    status, said, error = ended(name)
    assert status == 0, (said, error)


def test_wrong_arguments_end_no_process():
    status, said, error = ended("calls")
    assert status == 0, (said, error)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_types_are_sealed(kind):
    with pytest.raises(TypeError):
        type("Sub", (kind,), {})
    with pytest.raises(TypeError):
        kind.__new__(kind)
    with pytest.raises(TypeError):
        kind.note = 1


def test_the_module_brings_no_class_of_its_binding():
    """pybind11's own base class ended the process when it was called, and `object.__subclasses__()` shows it to
    anybody.
    """
    code = """
        import sys
        before = set(object.__subclasses__())
        import starkcore
        found = [kind for kind in object.__subclasses__() if kind not in before and "pybind11" in kind.__module__]
        key = starkcore.PrivateKey(1)
        starkcore.verify_many([key.public_key] * 40, [1] * 40, [key.sign(1)] * 40, threads=2)
        native = starkcore._native
        del sys.modules["starkcore._native"]
        import starkcore._native
        print(found, sys.modules["starkcore._native"].Secret is native.Secret, native.__name__)
    """
    assert python(code) == "[] True starkcore._native\n"


@pytest.mark.parametrize(("name", "part"), [("half-made", "HasNoValue"), ("trusts its self", "calls")])
def test_a_planted_one_is_found(name, part):
    assert ended(part, "--planted", name)[0] != 0
