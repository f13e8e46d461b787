"""What docs/checks.md says of the campaigns is what their record says, and sittings add up."""

import argparse
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import odd_values
import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "docs").exists():
    pytest.skip("not a checkout", allow_module_level=True)

sys.path.append(str(ROOT / "tests" / "checks"))
import campaign  # noqa: E402
import fuzz_native  # noqa: E402
import mutants  # noqa: E402
import mutate  # noqa: E402
import sanitize  # noqa: E402
import tiny_groups  # noqa: E402
import workbench  # noqa: E402

RECORD = json.loads(campaign.RECORD.read_text(encoding="utf-8"))


def test_the_page_says_what_the_record_says():
    """`python tests/checks/campaign.py --write-docs` writes it."""
    text = campaign.PAGE.read_text(encoding="utf-8")
    assert campaign.filled(text, RECORD) == text
    assert campaign.filled(text, {"fuzz_python": {"figures": {"1234567": {"cases": 5}}}}) != text


def test_the_record_names_no_place():
    assert "/" not in "".join(name for entry in RECORD.values() for name in entry.get("figures", {}))
    assert "/tmp" not in campaign.RECORD.read_text(encoding="utf-8")


def test_sittings_add_up(tmp_path):
    path = tmp_path / "record.json"
    campaign.add(path, "fuzz_python", "aaaaaaa", {"cases": 5, "findings": 1}, {})
    campaign.add(path, "fuzz_python", "aaaaaaa", {"cases": 6, "findings": 0}, {})
    campaign.add(path, "fuzz_python", "bbbbbbb", {"cases": 7, "findings": 0}, {})
    campaign.add(path, "mutants_cpp", "aaaaaaa", {}, {"one": "killed", "two": "survived"})
    campaign.add(path, "mutants_cpp", "bbbbbbb", {}, {"two": "not compiled"})
    record = json.loads(path.read_text(encoding="utf-8"))
    assert campaign.reached("fuzz_python", record["fuzz_python"]) == {"cases": 18, "findings": 1}
    assert campaign.commits(record["fuzz_python"]) == ["aaaaaaa", "bbbbbbb"]
    expected = {"killed": 1, "not compiled": 1, "mutants": 2}
    assert campaign.reached("mutants_cpp", record["mutants_cpp"]) == expected
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


@pytest.mark.parametrize("status", [0, 1, 3])
def test_a_sitting_that_fails_without_a_finding_is_a_failure(tmp_path, monkeypatch, status):
    """As when a planted fault isn't there any more: the program ends, and none of its figures says so."""
    command = (sys.executable, "-c", f"import sys; print('9 done'); sys.exit({status})")
    monkeypatch.setitem(
        campaign.CAMPAIGNS,
        "it",
        campaign.Campaign(asked=None, shown="", command=command, figures={"cases": r"(\d+) done"}),
    )
    monkeypatch.setattr(campaign, "commit", lambda: "aaaaaaa")
    record = tmp_path / "record.json"
    figures = campaign.sit("it", argparse.Namespace(record=record, seconds=1, folder=None))
    expected = {"cases": 9, "seconds of processor time": 0} | ({"failures": 1} if status else {})
    assert figures == expected
    assert json.loads(record.read_text(encoding="utf-8"))["it"]["figures"]["aaaaaaa"] == expected


SAID = {
    "allocations": (
        "first: 1 functions and arguments, 900 calls, 0 deaths\n39116 calls with a failing allocation: 1 deaths, 2 "
        "findings\n",
        {"calls": 39116, "deaths": 1, "findings": 2},
    ),
    "faults": (
        "83 faults, 240 s: cases 478, wrong 3, duplicates 0, leaked sockets 0, longest wait 1.52 s (POST)\n",
        {"cases": 478, "wrong": 3},
    ),
    "sandbox_kills": (
        "kills 2, 9 s: orders acknowledged 362, cancels acknowledged 5, lost 273, duplicated 1, unasked 0, never "
        "answered\nkills 100, 1320 s: orders acknowledged 16176, cancels acknowledged 1320, lost 4, duplicated 3, "
        "unasked 0, never\n",
        {"kills": 100, "orders": 16176, "lost or twice": 7},
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_a_sittings_figures_are_read_from_what_it_prints(name):
    text, figures = SAID[name]
    assert {
        figure: sum(int(number) for number in re.findall(pattern, text))
        for figure, pattern in campaign.CAMPAIGNS[name].figures.items()
    } == figures


def test_a_mutants_tests_are_those_that_say_its_function():
    """The innermost name that a test of its room says; none where no test says any."""
    path = "starkcore/keyfile.py"
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    line = next(i for i, text in enumerate(lines, 1) if text.startswith("def _is_int(")) + 1
    assert mutate.names_at(mutate.Mutant(path, line, "", "")) == ["_is_int"]
    said = mutate.words_of_tests("keystore")
    found = mutate.tests_that_say(["no_such_name", "sealing"], path)
    assert found == [test for test, words in said.items() if "sealing" in words] != []
    assert mutate.tests_that_say(["no_such_name"], path) == []
    assert {mutate.room_of(f"starkcore/{each}") for each in ("files.py", "keystore/store.py")} == {"keystore"}


class Bench:
    """In the place of a bench with a change: these tests fail without one, too, and those pass with it."""

    def __init__(self, *failing, passing=()):
        self.failing, self.passing, self.changed = failing, passing, True
        self.sound, self.broken, self.ran, self.engine, self.same = set(), [], [], "", ()

    def test(self, arguments, seconds, environment):
        self.ran += [*arguments, *environment.values()]
        is_in = any(name in arguments[0] for name in (self.passing if self.changed else self.failing))
        return mutate.Outcome(is_in if self.changed else not is_in)

    def restore(self):
        self.changed = False
        self.ran.append("restored")

    def link_extension(self):
        self.ran.append("linked")

    def change(self, path, text, engine):
        self.changed, self.engine = True, engine

    def shared(self, path):
        return path == "csrc/base/shared.hpp"

    def is_same_code(self):
        return self.engine in self.same


def test_a_mutant_is_killed_by_what_passes_without_it():
    """A test that fails on its own, for want of a browser or of time, kills nothing, and is left out from then on."""
    mutant = mutate.Mutant("starkcore/keyfile.py", 1, "", "")
    place = "tests/keystore/test_keyfile.py::test_one"
    bench = Bench("test_two")
    killed = mutate.Outcome(False, "test_keyfile.py::test_one[a-b]")
    assert mutate.of_the_change(bench, mutant, killed) is True
    assert bench.ran == [place, "restored", place]
    bench.changed = True
    assert mutate.of_the_change(bench, mutant, killed) is True  # known by now
    assert mutate.of_the_change(bench, mutant, mutate.Outcome(False, "time-out")) is True
    assert (bench.ran, bench.broken) == ([place, "restored", place, place], [])
    assert mutate.of_the_change(bench, mutant, mutate.Outcome(False, "test_keyfile.py::test_two")) is False
    assert bench.broken == ["--deselect=tests/keystore/test_keyfile.py::test_two"]


def test_a_mutant_is_killed_by_what_fails_again():
    """What failed once, and passes with the change when it is run again, kills nothing, and stays."""
    bench = Bench(passing=["test_one"])
    mutant = mutate.Mutant("starkcore/keyfile.py", 1, "", "")
    assert mutate.of_the_change(bench, mutant, mutate.Outcome(False, "test_keyfile.py::test_one")) is False
    assert (bench.ran, bench.broken) == (["tests/keystore/test_keyfile.py::test_one"], [])


def test_so_is_one_of_the_core(monkeypatch):
    """The same, in the engine of the change and with an extension of the sources as they are; and it is judged again
    without what failed by itself.
    """
    mutant = mutate.Mutant("csrc/field/inversion.cpp", 1, "", "")
    bench = Bench("reports_the_engines")
    bench.engine = "adx"
    killers = iter(["test_engines.py::test_a_build_reports_the_engines_that_it_has", "test_keys.py::test_one"])

    def cpp_outcome(*_, **__):
        bench.changed = True
        return mutate.Outcome(False, next(killers))

    monkeypatch.setattr(mutate, "cpp_outcome", cpp_outcome)
    outcome = mutate.outcome_of(bench, mutant, "cpp", deep=True)
    assert outcome.by == "test_keys.py::test_one"
    engines = "tests/core/test_engines.py::test_a_build_reports_the_engines_that_it_has"
    assert bench.ran == [
        engines, "x86_64-adx", "1", "restored", "linked", engines, "x86_64-adx", "1",
        "tests/core/test_keys.py::test_one", "x86_64-adx", "1", "restored", "linked",
        "tests/core/test_keys.py::test_one", "x86_64-adx", "1",
    ]  # fmt: skip
    assert bench.broken == [f"--deselect={engines}"]


FIRST, *OTHERS = dict.fromkeys([mutate.engine_of("csrc/field/fp.hpp"), *mutate.X86])


@pytest.mark.parametrize(
    ("path", "same", "result"),
    [
        ("csrc/field/fp.hpp", [FIRST, *OTHERS], "same machine code"),
        ("csrc/field/fp.hpp", [FIRST, *OTHERS[:-1]], f"{FIRST} {OTHERS[-1]}"),
        ("csrc/field/fp.hpp", [], " ".join([FIRST, *OTHERS])),
        ("csrc/base/shared.hpp", [FIRST], "same machine code"),
        ("csrc/base/shared.hpp", [], FIRST),
    ],
)
def test_a_mutant_of_the_same_code_is_not_tested(monkeypatch, path, same, result):
    """Another engine only where it is other code there; a condition of builds for tests always."""
    bench, tested = Bench(), []
    bench.same = same

    def outcome(bench, mutant, engine, **_):
        tested.append(engine)
        return mutate.Outcome(True)

    monkeypatch.setattr(mutate, "sound_outcome", outcome)
    told = mutate.outcome_of(bench, mutate.Mutant(path, 1, "a => b", ""), "cpp", deep=True)
    assert told.by or " ".join(tested) == result
    assert (told.by == mutate.SAME_CODE) == (result == mutate.SAME_CODE) == (tested == [])
    condition = mutate.Mutant(path, 1, "STARKCORE_CHECK(a < b); => STARKCORE_CHECK(a <= b);", "")
    assert mutate.outcome_of(bench, condition, "cpp", deep=True).by == ""


@pytest.mark.long
def test_survivors_that_are_explained_are_mutants():
    """What the sources no longer have is explained to nobody."""
    explained = json.loads(mutate.EXPLAINED.read_text(encoding="utf-8"))
    made = {
        mutant.name
        for language in mutate.FOLDERS
        for mutant in mutate.chosen_mutants(argparse.Namespace(language=language, files=[], seed="1", sample=0))
    }
    assert explained.keys() - made == set()


def test_every_room_of_the_core_is_mutated():
    """Starknet's messages were left out while the rooms were a list."""
    files = mutate.chosen_mutants(argparse.Namespace(language="cpp", files=[], seed="1", sample=1000))
    rooms = {mutant.path.split("/")[1] for mutant in files}
    of_tree = {path.parent.name for path in (workbench.ROOT / "csrc").rglob("*.?pp")}
    assert rooms == of_tree - {"generated"}


def test_a_mutant_of_the_core_meets_its_rooms():
    """All but what is left out by name, and each of those is there; messages meet the venues that sign them."""
    assert len(mutate.test_files(name.removeprefix("test_") for name in mutate.LONG)) == len(mutate.LONG)
    ((*core,), (*starkex,)) = mutate.tests_of_core("csrc/field/fp.hpp")
    assert "tests/core/test_keys.py" in core
    assert "tests/core/test_tables.py" not in core
    assert "tests/starkex/test_starkex.py" in starkex
    rooms = [files[0].split("/")[1] for files in mutate.tests_of_core("csrc/interface/messages.cpp")]
    assert rooms == ["starknet", "paradex", "extended", "core", "starkex"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_mutant_that_only_waits_is_ended(tmp_path):
    bench = workbench.Workbench(tmp_path, patience=0.5)
    bench.tree.mkdir()
    outcome = bench.in_fork(lambda: time.sleep(600) or 0, 60, {})
    assert (outcome.passed, outcome.by) == (False, "time-out")
    assert workbench.Workbench(tmp_path).in_fork(lambda: 0, 60, {}).passed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("work", [lambda: pytest.ExitCode.INTERRUPTED, lambda: os.kill(os.getpid(), signal.SIGINT)])
def test_a_mutant_is_not_killed_by_ctrl_c(tmp_path, work):
    """Which may reach its tests alone."""
    bench = workbench.Workbench(tmp_path)
    bench.tree.mkdir()
    with pytest.raises(KeyboardInterrupt):
        bench.in_fork(work, 60, {})


def test_some_object_is_of_every_source(tmp_path):
    bench = workbench.Workbench(tmp_path)
    bench.copy()
    units = [*bench.core(), *bench.bindings()]
    sources = sorted((workbench.ROOT / "csrc").rglob("*.?pp"))
    names = [path.relative_to(workbench.ROOT).as_posix() for path in sources]
    for name in names:
        if not any(part in Path(name).name for part in mutate.ARM_ONLY):
            bench.changed, bench.engine = name, mutate.engine_of(name)
            assert any(bench.concerned(unit, ()) for unit in units), name
    assert len(names) > 80
    # What names the environment variable alone is of all objects; what is compiled for each engine, of engines' alone.
    bench.changed, bench.engine = "csrc/base/cpu.hpp", "adx"
    assert bench.concerned("csrc/interface/build.cpp", ()) is True
    bench.changed = "csrc/field/fp.hpp"
    assert bench.concerned("csrc/engine/adx.cpp", ()) is True
    assert bench.concerned("csrc/interface/build.cpp", ()) is False


def test_what_only_readers_of_a_source_see_is_no_mutant(tmp_path):
    text = 'TYPE_CHECKING = False\n__all__ = ["one"]\nif TYPE_CHECKING:\n    import ast\nMOST = 5\n'
    (tmp_path / "one.py").write_text(text, encoding="utf-8")
    assert [mutant.line for mutant in mutants.mutants(tmp_path, "one.py")] == [5, 5]


PLANTED = {
    **{name: (fuzz_native.faulty, fault) for name, fault in fuzz_native.FAULTS.items()},
    **{f"tiny: {name}": (tiny_groups.faulty, fault) for name, fault in tiny_groups.FAULTS.items()},
    **{language: (mutate.planted_mutants, language) for language in mutate.PLANTED},
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_still_has_its_place(name):
    """Each check ends, late, where the text that it changes isn't there any more: here it is seen at once."""
    plant, fault = PLANTED[name]
    assert plant(fault)


def test_what_the_sanitizers_leave_out_is_there_by_that_name():
    """One that has another name now would be run, or be left out with a file that nobody sees."""
    tests = ROOT / "tests"
    assert [name for name in sanitize.FILES_LEFT_OUT if not (tests / name).is_file()] == []
    for name in sanitize.LEFT_OUT:
        path, _, function = name.partition("::")
        assert f"def {function}(" in (tests / path).read_text(encoding="utf-8"), name
    run = [word for suite in sanitize.every_file() for word in suite]
    assert sorted([*run, *sanitize.FILES_LEFT_OUT]) == sorted(
        path.relative_to(tests).as_posix() for path in tests.glob("*/test_*.py")
    )
    assert all(word in run for suite in sanitize.ADDRESS.suites for word in suite)


def test_a_subclass_that_holds_a_choice_is_one():
    """The fuzzer's own table once refused "BUY" of a subclass, which stands for what it holds."""
    takes = odd_values.exactly("BUY", 1, True)
    for held in ("BUY", 1, True):
        for given in (held, odd_values.twin(held)):
            assert (type(takes(given)), takes(given)) == (type(held), held)
    for given in ("buy", odd_values.twin("SELL"), 2, 1.0, False, None):
        with pytest.raises(odd_values.Refused):
            takes(given)


ASKED = "    #0 0x1 in operator new(unsigned long) asan_new_delete.cpp:95\n"
LEAKS = {
    "ours": (ASKED + "    #1 0x2 in make() bindings/secret.cpp:20\n\n", 1),
    "ours, without lines": (ASKED + "    #1 0x2  (/builds/starkcore/_native.so+0x24)\n\n", 1),
    "the interpreter's": (ASKED + "    #1 0x2 in list_resize Objects/listobject.c:70\n\n", 0),
    "cffi's": (ASKED + "    #1 0x2 in lib_build_cpython_func src/c/lib_obj.c:174\n\n", 0),
    "another module's": (ASKED + "    #1 0x2  (/site-packages/other.so+0x24)\n\n", 0),
    "whose report was cut off": ("    #0 0x1\n", 0),
    "whose report was cut off before another's": (f"    #0 0x1\n{sanitize.CUT}\n1 passed\n\n", 0),
}


@pytest.mark.parametrize("whose", LEAKS)
def test_memory_that_is_lost_is_told_by_who_asked_for_it(whose):
    text, expected = LEAKS[whose]
    report = f"Direct leak of 56 byte(s) in 1 object(s) allocated from:\n{text}"
    assert len(sanitize.leaks(report, Path("/builds"))) == expected
