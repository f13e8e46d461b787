"""docs/starknet.md: its blocks run as they stand there, from top to bottom."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "starknet.md").read_text(encoding="utf-8")


def test_the_blocks_run():
    pytest.importorskip("eth_account")
    names = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(block, names)
    assert names["signed"].base_amount == 1000
    assert names["key"].public_key.verify(names["signed"].hash, names["signed"].signature)
    assert names["another"].hash(1) != names["data"].hash(1)
