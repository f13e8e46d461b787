"""What the README shows must run as it stands there, and what it links to must exist."""

import re
from pathlib import Path

import pytest
from vectors import layout

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WALLET = layout.read("published.json")["stark_keys_of_wallets"][0]


BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
TRADING = [block for block in BLOCKS if "Client(" in block]


def test_python_examples():
    blocks = [block for block in BLOCKS if block not in TRADING]
    assert (len(blocks), len(TRADING)) == (4, 1)
    numpy = pytest.importorskip("numpy")
    orders = {"market": [0, 1], "side": [1, 0], "size": [15000, 7], "price": [3000000, 200001], "nonce": [1, 2]}
    names = {name: numpy.array(values) for name, values in orders.items()}
    names["typed_signature"] = bytes.fromhex(WALLET["typed_signature"])
    for block in blocks:
        # The expiry must lie ahead of the clock on any day that this runs.
        exec(block.replace("2026-12-31", "2099-12-31").replace("1798675200", "4070908800"), names)
    assert names["key"].secret_hex() == WALLET["d"]
    assert names["signed"].quantums_collateral == 50750272151  # dYdX's published order
    assert names["key"].public_key.verify(names["signed"].hash, names["signed"].signature)
    assert "TEST-USD" in names["venue"].markets
    assert names["paradex_order"].size == 50_000_000
    assert names["key"].public_key.verify(names["paradex_order"].hash, names["paradex_order"].signature)
    order = names["signer"].sign_order(
        market="ETH-USD",
        side="SELL",
        size="0.0007",
        price="2000.01",
        limit_fee="0.0015",
        nonce=2,
        expiration=4070908800,
    )
    assert names["columns"].signature(1) == order.signature


def test_the_trading_example(capsys):
    for library in ("uvicorn", "httpcore2", "eth_keys"):
        pytest.importorskip(library)
    from starkcore import sandbox

    # The published wallet: dydx-v3-python 2.1.0, tests/test_onboarding.py.
    key = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
    with sandbox.running(initial_balance=1000) as exchange:
        names = {"host": exchange.url, "eth_private_key": key}
        exec(TRADING[0], names)
        client = names["client"]
        assert client.stark_public_key == WALLET["x"]
        assert client.private.get_order_by_id(names["order"].id).order.status == "CANCELED"
        client.close()
    assert "50fdcaa0-62b8-e827-02e8-a9520d46cb9f" in capsys.readouterr().out  # published, too: the default API key


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
