"""The README: its first screen, its values, its links and its commands. Its blocks run in test_pages.py."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_first_screen_is_one():
    """One sentence, how to install, one order, the figures, what it won't do, which venues; then the rest."""
    first = README.partition("\n## ")[0]
    places = [
        first.index(part) for part in ("pip install", "sign_order(", "best peer", "What it won't do", "Which venues")
    ]
    assert places == sorted(places)
    assert len(first.splitlines()) < 65
    assert README.count("<!-- test command -->") == 1  # .ci/run reads it


def test_the_values_that_it_shows():
    names = {}
    for block in BLOCKS[:2]:
        exec(block, names)
    assert names["signed"].quantums_collateral == 50750272151  # dYdX's published order: dydx-v3-python, tests/starkex
    assert names["key"].public_key.verify(names["signed"].hash, names["signed"].signature)
    assert names["paradex_order"].size == 50_000_000
    assert names["key"].public_key.verify(names["paradex_order"].hash, names["paradex_order"].signature)


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("**/*.md")))
def test_links(page):
    if page.startswith("."):
        return
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text(encoding="utf-8")):
        assert (ROOT / page).parent.joinpath(target).exists(), target


def test_commands_of_the_command_line():
    from starkcore import cli

    for name in re.findall(r"`(\w+)`", README.split("`starkcore --help`:")[1].split(". Secrets")[0]):
        with pytest.raises(SystemExit) as caught:
            cli.main([name, "--help"])
        assert caught.value.code == 0
