"""The venues' SDKs and CCXT, with their own engines and with ours: microseconds a call, before and after, in one run.

    python benchmarks/drop_in.py               the table
    python benchmarks/drop_in.py --json FILE   and the record
    python benchmarks/drop_in.py --write-docs  and the tables of the pages, and the published record

Needs what is measured: paradex-py, starknet-py, x10-python-trading-starknet, ccxt; and their engines for the first
column (starknet-crypto-py, crypto-cpp-py, poseidon-py, fast-stark-crypto; CCXT carries its own).
An SDK that isn't installed is left out, and an engine that isn't leaves its place empty.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace

import report
import run

D, ACCOUNT = 0x1234567, 0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
MAIL, PERSON = (("from", "Person"), ("to", "Person"), ("contents", "felt")), {"name": "Cow", "wallet": "0x1234"}
# What CCXT signs an order of Extended's with, of its own create_order.
TERMS = {
    "totalFee": "0.0006", "starkKey": "0x2202275e27873286b71dae62930bbf6420d2e933bbc7cb08e09019e7218ad9c",
    "syntheticId": "0x4254432d3600000000000000000000", "syntheticResolution": 10**6, "collateralId": "0x1",
    "collateralResolution": 10**6, "settlementExpiration": 1_797_209_600, "nonce": 7, "collateralPosition": "10002",
}  # fmt: skip
TARGETS = {
    "paradex-py sign_order": 45,
    "extended create_order_object": 65,
    "ccxt paradex create_order": 170,
    "ccxt extended create_order": 200,
    "starknet.py sign_message, revision 0": 200,
    "starknet.py sign_message, revision 1": 250,
}


def microseconds(call: Callable[[], object]) -> float:
    """Processor time of this thread, the least of many short samples: what else runs on the machine only adds to it.

    None of the calls waits for anything, so on an idle machine it is their time.
    """
    call()
    start = time.thread_time()
    call()
    once = max(time.thread_time() - start, 1e-6)
    times, samples = max(1, int(0.004 / once)), []
    for _ in range(max(8, min(200, int(4 / (times * once))))):
        start = time.thread_time()
        for _ in range(times):
            call()
        samples.append((time.thread_time() - start) / times)
    return 1e6 * min(samples)


def paradex(ours: bool) -> dict[str, Callable[[], object]]:
    from paradex_py.common.order import Order, OrderSide, OrderType

    order = Order(
        "ETH-USD-PERP", OrderType.Limit, OrderSide.Buy, Decimal("0.1"), Decimal("1500"), "mine", 1_634_736_000_000
    )
    if ours:
        from starkcore import PrivateKey
        from starkcore.paradex import SdkSigner

        signer, data = SdkSigner(PrivateKey(D), ACCOUNT, "testnet"), order.dump_to_dict()
        return {"paradex-py sign_order": lambda: signer.sign_order(data)}
    from paradex_py.account.account import ParadexAccount

    config = SimpleNamespace(starknet_fullnode_rpc_url="http://localhost", starknet_chain_id="PRIVATE_SN_POTC_SEPOLIA")
    account = ParadexAccount(config, "0x1", l2_private_key=hex(D), l2_address=hex(ACCOUNT))
    return {"paradex-py sign_order": lambda: account.sign_order(order)}


def extended(ours: bool) -> dict[str, Callable[[], object]]:
    from x10.config import MAINNET_CONFIG
    from x10.core.stark_account import StarkPerpetualAccount
    from x10.models.asset import SettlementAsset
    from x10.models.order import OrderSide
    from x10.signing.order_object import create_order_object

    from starkcore import PrivateKey
    from starkcore.extended import StarkAccount

    key = PrivateKey(D)
    theirs = StarkPerpetualAccount(10002, hex(D), hex(key.public_key.x), "key")
    assets = [
        SettlementAsset(name="A", precision=6, is_collateral=bool(i), starkex_id=hex(number), starkex_resolution=10**6)
        for i, number in enumerate((0x4254432D3600000000000000000000, 1))
    ]
    market = SimpleNamespace(name="BTC-USD", synthetic_asset=assets[0], collateral_asset=assets[1])
    arguments = {
        "account": StarkAccount(10002, key, "key") if ours else theirs, "market": market,
        "amount_of_synthetic": Decimal("0.001"), "price": Decimal("43445.1168"), "side": OrderSide.BUY,
        "starknet_domain": MAINNET_CONFIG.signing.starknet_domain, "taker_fee": Decimal("0.0005"), "nonce": 7,
        "expire_time": datetime(2027, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return {"extended create_order_object": lambda: create_order_object(**arguments)}


def ccxt(ours: bool) -> dict[str, Callable[[], object]]:
    """Whole calls, from `create_order`'s arguments to the order that it returns; only the HTTP call between is
    cut off.
    """
    import ccxt as library
    import ccxt_offline

    from starkcore import PrivateKey

    public_key = PrivateKey(ccxt_offline.KEY).public_key.x
    calls: dict[str, Callable[[], object]] = {}
    for name in ("paradex", "extended"):
        exchange = ccxt_offline.exchange(getattr(library, name), public_key)
        exchange.sent = deque(maxlen=1)
        calls[f"ccxt {name} create_order"] = partial(
            exchange.create_order, ccxt_offline.SYMBOLS[name], "limit", "buy", 0.001, 60_000
        )
        if name == "paradex":
            exchange.create_order(ccxt_offline.SYMBOLS[name], "limit", "buy", 0.001, 60_000)
            request = exchange.create_order_request(ccxt_offline.SYMBOLS[name], "limit", "buy", 0.001, 60_000)
            calls["of which signing, paradex"] = partial(signed_copy, exchange.sign_order_request, request)
        else:
            calls["of which signing, extended"] = partial(
                exchange.create_order_settlement_data, True, "0.001", "60000", TERMS
            )
    return calls


def signed_copy(sign: Callable[[dict], dict], request: dict) -> dict:
    """CCXT's method writes into the request that it is given."""
    return sign(dict(request))


def starknet_py(ours: bool) -> dict[str, Callable[[], object]]:
    from starknet_py.net.models.chains import StarknetChainId
    from starknet_py.net.signer.key_pair import KeyPair
    from starknet_py.net.signer.stark_curve_signer import StarkCurveSigner
    from starknet_py.utils.typed_data import TypedData

    calls: dict[str, Callable[[], object]] = {}
    for revision in (0, 1):
        name, kind = ("StarkNetDomain", "felt") if revision == 0 else ("StarknetDomain", "shortstring")
        members = ["name", "version", "chainId"] + ["revision"] * revision
        data = TypedData.from_dict({
            "types": {
                name: [{"name": member, "type": kind} for member in members],
                "Person": [{"name": "name", "type": "felt"}, {"name": "wallet", "type": "felt"}],
                "Mail": [{"name": name, "type": kind} for name, kind in MAIL],
            },
            "primaryType": "Mail",
            "domain": {"name": "Mail", "version": "1", "chainId": "SN_MAIN"} | ({"revision": 1} if revision else {}),
            "message": {"from": PERSON, "to": PERSON, "contents": "Hello"},
        })  # fmt: skip
        if ours:
            from starkcore import PrivateKey
            from starkcore.starknet import AccountSigner

            signer = AccountSigner(PrivateKey(D), StarknetChainId.MAINNET)
        else:
            signer = StarkCurveSigner(ACCOUNT, KeyPair.from_private_key(D), StarknetChainId.MAINNET)
        calls[f"starknet.py sign_message, revision {revision}"] = lambda s=signer, d=data: s.sign_message(d, ACCOUNT)
    return calls


LIBRARIES = (
    "paradex-py", "x10-python-trading-starknet", "ccxt", "starknet-py", "starknet-crypto-py", "fast-stark-crypto",
    "crypto-cpp-py", "poseidon-py",
)  # fmt: skip
SDKS = {"paradex": paradex, "extended": extended, "ccxt": ccxt, "starknet_py": starknet_py}


def measured(sdk: str, ours: bool) -> dict[str, float]:
    """In this process, which is one for each SDK and engine."""
    if ours:
        from starkcore import compat

        compat.install()
    return {name: microseconds(call) for name, call in SDKS[sdk](ours).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json")
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(arguments.one[0], arguments.one[1] == "ours")))
        return
    record = record_of()
    print(f"{'µs a call':40}{'theirs':>10}{'ours':>10}{'at most':>10}")
    for row in record["rows"]:
        shown = ["" if row[engine] is None else f"{row[engine]:.0f}" for engine in ("theirs", "ours")]
        print(f"{row['call']:40}{shown[0]:>10}{shown[1]:>10}{row['target'] or '':>10}")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if arguments.write_docs:
        published = json.loads(report.PUBLISHED.read_text(encoding="utf-8")) | {"drop_in": record}
        report.write(published)
        run.write_json(report.PUBLISHED, published)


def record_of() -> dict:
    """Both engines of each SDK, a process each, one after the other."""
    figures: dict[str, dict[str, float]] = {}
    for sdk in SDKS:
        for engine in ("theirs", "ours"):
            done = subprocess.run(
                [sys.executable, __file__, "--one", sdk, engine], capture_output=True, text=True, check=False
            )
            if done.returncode:
                print(f"{sdk} with {engine}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                continue
            for name, value in json.loads(done.stdout.splitlines()[-1]).items():
                figures.setdefault(name, {})[engine] = value
    facts = run.about(Path(sys.executable))
    return {
        "machine": run.machine(), "commit": run.commit(),
        **{name: facts[name] for name in ("version", "python", "engine", "compiler")},
        "libraries": {name: version for name in LIBRARIES if (version := _version(name)) is not None},
        "rows": [
            {"call": name, "target": TARGETS.get(name)} | {engine: row.get(engine) for engine in ("theirs", "ours")}
            for name, row in figures.items()
        ],
    }  # fmt: skip


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
