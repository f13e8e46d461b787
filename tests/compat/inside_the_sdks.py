"""What programs of the venues' SDKs do with our signers in their hooks, and CCXT with our functions in its place.

    python -m starkcore.compat inside_the_sdks.py paradex|extended|starknet_py|ccxt

For an environment that has the SDK, and needs none of their engines. Prints one JSON object: for each call what was
sent, and what the SDK itself hashes of it. The SDKs' clients are the real ones, and talk to a server of this process
over sockets.
"""

import asyncio
import json
import sys
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from starkcore import PrivateKey

D = 0x1234567
KEY = PrivateKey(D)
SENT = []


class Venue(BaseHTTPRequestHandler):
    """Says yes in the words of each venue, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        SENT.append({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body})
        content = json.dumps(self.server.answers(self.path, body)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *arguments):
        pass


def venue(answers):
    """A server on this machine; its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Venue)
    server.daemon_threads, server.answers = True, answers
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


# ---- paradex-py

CONFIG = {
    "starknet_gateway_url": "https://localhost", "starknet_fullnode_rpc_url": "https://localhost/rpc/v0.5",
    "starknet_fullnode_rpc_base_url": "https://localhost", "starknet_chain_id": "PRIVATE_SN_POTC_SEPOLIA",
    "block_explorer_url": "https://localhost/", "paraclear_decimals": 8, "l1_chain_id": "11155111",
    "liquidation_fee": "0.2", "paraclear_address": "0x286003f7c7bfc3f94e8f0af48b48302e7aee2fb13c23b141479ba00832ef2c6",
    "paraclear_account_proxy_hash": "0x3530cc4759d78042f1b543bf797f5f3d647cde0388c33734cf91b7f7b9314a9",
    "paraclear_account_hash": "0x41cb0280ebadaa75f996d8d92c6f265f6d040bb3ba442e5f86a554f1765244e",
    "oracle_address": "0x2c6a867917ef858d6b193a0ff9e62b46d0dc760366920d631715d58baeaca1f", "bridged_tokens": [],
    "l1_core_contract_address": "0x582CC5d9b509391232cd544cDF9da036e55833Af",
    "l1_operator_address": "0x11bACdFbBcd3Febe5e8CEAa75E0Ef6444d9B45FB",
}  # fmt: skip


def paradex_orders():
    from paradex_py.common.order import Order, OrderSide, OrderType

    common = {"market": "ETH-USD-PERP", "client_id": "mine", "signature_timestamp": 1_796_000_000_000}
    buy, sell, size, price = OrderSide.Buy, OrderSide.Sell, Decimal("0.1"), Decimal("1500.5")
    return [
        Order(order_type=OrderType.Limit, order_side=buy, size=size, limit_price=price, **common),
        Order(order_type=OrderType.Market, order_side=sell, size=size, **common),
        Order(order_type=OrderType.StopLimit, order_side=sell, size=size, limit_price=price, trigger_price=price,
              **common),
        Order(order_type=OrderType.StopMarket, order_side=sell, size=size, trigger_price=price, **common),
        Order(
            order_type=OrderType.TakeProfitLimit, order_side=buy, size=size, limit_price=price, trigger_price=price,
            **common,
        ),
    ]  # fmt: skip


async def over_the_websocket(client_of, signer, orders, changed):
    """The same over the WebSocket client, to a server of this loop: the orders that arrive."""
    import websockets

    arrived = []

    async def answer(socket):
        async for text in socket:
            asked = json.loads(text)
            arrived.append(asked)
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": asked.get("id"), "result": {}}))

    async with websockets.serve(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = client_of(f"ws://127.0.0.1:{port}")
        await client.connect()
        for order in orders:
            await client.submit_order(order, signer=signer)
        await client.submit_orders_batch(orders, signer=signer)
        await client.modify_order("77", changed, signer=signer)
        await client.close()
    return [asked["params"] for asked in arrived if str(asked.get("method", "")).startswith("order")]


def paradex_blocks(account, client, chain):
    """A block trade of two markets, an offer for it, and its execution, signed by the account and sent by the client.

    For each the SDK's hash of its typed data, that of our own reading of it, and the signature that arrived.
    """
    from paradex_py.account.utils import typed_data_to_message_hash
    from paradex_py.api.generated.requests import BlockOfferInfo, BlockOfferRequest, BlockTradeInfo, BlockTradeRequest
    from paradex_py.api.generated.responses import BlockTradeDetailFullResponse, BlockTradeOrder
    from paradex_py.message import block_trades

    from starkcore.starknet import TypedData

    own = hex(account.l2_address)

    def order(side, **more):
        return BlockTradeOrder(side=side, type="LIMIT", size="0.5", price="1500.25", **more)

    def both(market):
        sides = {"maker_order": order("BUY", account=own), "taker_order": order("SELL", account="0x1234")}
        return BlockTradeInfo(price="1500.25", size="0.5", **sides)

    unsigned = account._build_block_trade_signature_dto("", "1", 1)
    markets = ("ETH-USD-PERP", "BTC-USD-PERP")
    request = BlockTradeRequest(
        block_expiration=1_796_000_300_000, nonce="67890", required_signers=[own], signatures={},
        trades={market: both(market) for market in markets},
    )  # fmt: skip
    offered = {
        market: BlockOfferInfo(offerer_order=order("BUY", account=own), price="1500.25", size="0.5")
        for market in markets
    }
    offer = BlockOfferRequest(nonce="98765", offering_account=own, signature=unsigned, trades=offered)
    account.sign_block_trade_request(request)
    account.sign_block_offer_request(offer, "0x77")
    for send, arguments in (
        (client.create_block_trade, (request,)),
        (client.create_block_trade_offer, ("0x77", offer)),
    ):
        send(*arguments)
    body, offer_body = (json.loads(sent["body"]) for sent in SENT)
    signature = offer_body["signature"]
    answered = BlockTradeDetailFullResponse(block_id="0x77", trades=body["trades"])
    executed = account.build_executor_signature_for_block(answered, nonce="5")["0x77"]
    messages = (
        (block_trades.build_block_trade_message(chain, block_trades.block_trade_from_request(request)),
         body["signatures"][own]["signature_data"]),
        (block_trades.build_block_trade_offer_message(
            chain, block_trades.block_trade_offer_from_request(offer, "0x77", signature["signature_expiration"])),
         signature["signature_data"]),
        (block_trades.build_block_trade_message(
            chain, block_trades.block_trade_from_response(answered, "5", executed.signature_expiration)),
         executed.signature_data),
    )  # fmt: skip
    return [
        (
            typed_data_to_message_hash(message, account.l2_address),
            TypedData.from_dict(message).hash(account.l2_address),
            arrived,
        )
        for message, arrived in messages
    ]


def paradex():
    from paradex_py import Paradex
    from paradex_py.account.external_signer_account import ExternalSignerAccount
    from paradex_py.account.utils import derive_l2_address_starknet, typed_data_to_message_hash
    from paradex_py.api.models import SystemConfigSchema
    from paradex_py.api.ws_client import ParadexWebsocketClient
    from paradex_py.environment import TESTNET
    from paradex_py.message.auth import build_auth_message
    from paradex_py.message.order import build_modify_order_message, build_order_message

    from starkcore.paradex import ExternalSigner, SdkSigner

    config = SystemConfigSchema().load(CONFIG, unknown="exclude")
    account = derive_l2_address_starknet(config, KEY.public_key.x)
    signer = SdkSigner(KEY, account, "testnet")
    chain = int.from_bytes(CONFIG["starknet_chain_id"].encode(), "big")
    url = venue(lambda path, body: {"jwt_token": "token", "id": "1", "orders": [], "errors": []})
    orders = paradex_orders()
    changed = paradex_orders()[0]
    changed.id = "77"

    def client(**more):
        made = Paradex(TESTNET, config=config, api_base_url=url, auto_start_ws_reader=False, auto_auth=False, **more)
        made.api_client.set_token("token")
        return made

    def expected(order):
        build = build_modify_order_message if getattr(order, "id", "") else build_order_message
        return typed_data_to_message_hash(build(chain, order), account)

    with_signer, per_call = client(signer=signer), client()
    for one, named in ((with_signer.api_client, {}), (per_call.api_client, {"signer": signer})):
        for order in orders:
            one.submit_order(order, **named)
        one.submit_orders_batch(orders, **named)
        one.modify_order("77", changed, **named)
    rest = [json.loads(request["body"]) for request in SENT]
    SENT.clear()

    # Everything else, by a hash's signature: a request for a token, an order. Such an account isn't onboarded by the
    # SDK.
    external = ExternalSignerAccount(
        config, l2_address=hex(account), l2_public_key=hex(KEY.public_key.x), signer=ExternalSigner(KEY)
    )
    with_account = client()
    with_account.api_client.init_account(external)
    with_account.api_client.auth()
    with_account.api_client.submit_order(orders[0])
    heads = [{name.upper(): value for name, value in request["headers"].items()} for request in SENT]
    head = heads[0]
    times = (int(head["PARADEX-TIMESTAMP"]), int(head["PARADEX-SIGNATURE-EXPIRATION"]))
    external_signed = [
        (typed_data_to_message_hash(build_auth_message(chain, *times), account), head["PARADEX-STARKNET-SIGNATURE"]),
        (expected(orders[0]), json.loads(SENT[1]["body"])["signature"]),
    ]

    SENT.clear()
    blocks = paradex_blocks(external, with_account.api_client, chain)

    def websocket(address):
        return ParadexWebsocketClient(env=TESTNET, ws_url_override=address, api_client=per_call.api_client)

    hashes_of_orders = [expected(order) for order in orders]
    return {
        "rest": rest, "hashes": hashes_of_orders, "modified": expected(changed),
        "external": external_signed, "blocks": blocks,
        "websocket": asyncio.run(over_the_websocket(websocket, signer, orders, changed)),
    }  # fmt: skip


# ---- Extended's SDK


def extended():
    from dataclasses import replace

    from fast_stark_crypto import get_order_msg_hash
    from x10.clients.rest.rest_api_client import RestApiClient
    from x10.config import TESTNET_CONFIG
    from x10.models.order import OrderSide

    from starkcore.extended import StarkAccount

    url = venue(lambda path, body: ANSWERS[path.partition("?")[0]])
    config = replace(
        TESTNET_CONFIG,
        endpoints=replace(TESTNET_CONFIG.endpoints, api_base_url=url, api_base_order_management_url=url),
    )
    account = StarkAccount(10002, KEY, api_key="the api key")

    async def place():
        client = RestApiClient(config, account)
        for side in (OrderSide.BUY, OrderSide.SELL):
            await client.place_order(
                market_name="BTC-USD", amount_of_synthetic=Decimal("0.001"), price=Decimal("43445"), side=side,
                taker_fee=Decimal("0.0005"),
            )  # fmt: skip
        await client.close()

    asyncio.run(place())
    placed = [request for request in SENT if request["method"] == "POST"]
    hashes = []
    for request in placed:
        order = json.loads(request["body"])
        amounts = order["debuggingAmounts"]
        hashes.append(get_order_msg_hash(
            position_id=10002, base_asset_id=0x4254432D3600000000000000000000,
            base_amount=int(amounts["syntheticAmount"]), quote_asset_id=1,
            quote_amount=int(amounts["collateralAmount"]), fee_asset_id=1, fee_amount=int(amounts["feeAmount"]),
            salt=int(order["nonce"]), user_public_key=KEY.public_key.x,
            expiration=-(-order["expiryEpochMillis"] // 1000) + 14 * 86400, domain_name="Perpetuals",
            domain_version="v0", domain_chain_id="SN_SEPOLIA", domain_revision="1",
        ))  # fmt: skip
    return {"placed": placed, "hashes": hashes}


MARKET = {
    "name": "BTC-USD", "type": "PERPETUAL", "assetName": "BTC", "assetPrecision": 5, "collateralAssetName": "USD",
    "collateralAssetPrecision": 6, "active": True, "isRfq": False, "isOffHours": False, "tradingHours": "CONTINUOUS",
    "marketStats": {
        "dailyVolume": "0", "dailyVolumeBase": "0", "dailyPriceChange": "0", "dailyLow": "0", "dailyHigh": "0",
        "lastPrice": "0", "askPrice": "0", "bidPrice": "0", "markPrice": "0", "indexPrice": "0", "fundingRate": "0",
        "nextFundingRate": 1, "openInterest": "0", "openInterestBase": "0",
    },
    "tradingConfig": {
        "minOrderSize": "0.0001", "minOrderSizeChange": "0.00001", "minPriceChange": "1",
        "maxMarketOrderValue": "3000000", "maxLimitOrderValue": "15000000", "maxPositionValue": "60000000",
        "maxLeverage": "50", "maxNumOrders": "200", "limitPriceCap": "0.05", "limitPriceFloor": "0.05",
        "riskFactorConfig": [],
    },
    "l2Config": {
        "type": "STARKX", "collateralId": "0x1", "collateralResolution": 1000000,
        "syntheticId": "0x4254432d3600000000000000000000", "syntheticResolution": 1000000,
    },
}  # fmt: skip
ANSWERS = {
    "/info/markets": {"status": "OK", "data": [MARKET]},
    "/user/order": {"status": "OK", "data": {"id": 1, "externalId": "2"}},
}


# ---- starknet.py


def starknet_py():
    from starknet_py.hash.selector import get_selector_from_name
    from starknet_py.net.account.account import Account
    from starknet_py.net.client_models import Call, ResourceBounds, ResourceBoundsMapping
    from starknet_py.net.full_node_client import FullNodeClient
    from starknet_py.net.models.chains import StarknetChainId
    from starknet_py.utils.typed_data import TypedData

    from starkcore.starknet import AccountSigner

    def node(path, body):
        asked = json.loads(body)
        results = {
            "starknet_getNonce": "0x5", "starknet_chainId": hex(StarknetChainId.SEPOLIA.value),
            "starknet_specVersion": "0.10.2",
            "starknet_getClassAt": {
                "sierra_program": ["0x1"], "contract_class_version": "0.1.0", "abi": "[]",
                "entry_points_by_type": {"CONSTRUCTOR": [], "EXTERNAL": [], "L1_HANDLER": []},
            },
            "starknet_addInvokeTransaction": {"transaction_hash": "0x7"},
        }  # fmt: skip
        return {"jsonrpc": "2.0", "id": asked["id"], "result": results[asked["method"]]}

    account = Account(
        address=0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA,
        client=FullNodeClient(node_url=venue(node)), signer=AccountSigner(KEY, StarknetChainId.SEPOLIA),
        chain=StarknetChainId.SEPOLIA,
    )  # fmt: skip
    messages = []
    for name, kind, revision in (("StarkNetDomain", "felt", {}), ("StarknetDomain", "shortstring", {"revision": 1})):
        data = TypedData.from_dict({
            "types": {
                name: [{"name": member, "type": kind} for member in ("name", "version", "chainId", *revision)],
                "Mail": [{"name": "contents", "type": "felt"}],
            },
            "primaryType": "Mail", "domain": {"name": "Mail", "version": "1", "chainId": "SN_SEPOLIA"} | revision,
            "message": {"contents": "Hello"},
        })  # fmt: skip
        signature = account.sign_message(data)
        assert account.verify_message(data, signature)
        messages.append((data.message_hash(account.address), signature))
    bound = ResourceBounds(max_amount=100_000, max_price_per_unit=10**12)
    call = Call(to_addr=0x1234, selector=get_selector_from_name("transfer"), calldata=[1, 2, 3])
    bounds = ResourceBoundsMapping(l1_gas=bound, l2_gas=bound, l1_data_gas=bound)

    async def invoke():
        signed = await account.sign_invoke_v3(calls=call, resource_bounds=bounds, nonce=5)
        await account.execute_v3(calls=call, resource_bounds=bounds, nonce=5)
        return signed

    transaction = asyncio.run(invoke())
    sent = json.loads(next(request["body"] for request in SENT if "addInvoke" in request["body"]))["params"]
    sent = sent["invoke_transaction"] if isinstance(sent, dict) else sent[0]
    return {
        "messages": messages, "transaction": [transaction.calculate_hash(StarknetChainId.SEPOLIA),
                                              transaction.signature],
        "sent": [int(number, 16) for number in sent["signature"]],
    }  # fmt: skip


# ---- CCXT


def ccxt():
    import ccxt as sync

    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    import ccxt.async_support
    import ccxt.pro
    import ccxt_offline

    x = KEY.public_key.x
    found = {}

    def of_paradex(exchange, body):
        fields = ("timestamp", "market", "side", "orderType", "size", "price")
        values = (body["signature_timestamp"], exchange.string_to_base16(body["market"]), "1",
                  exchange.string_to_base16(body["type"]), exchange.scale_number(body["size"]),
                  exchange.scale_number(body["price"]))  # fmt: skip
        domain = {"name": "Paradex", "chainId": "PRIVATE_SN_POTC_SEPOLIA", "version": 1}
        types = {"Order": [{"name": field, "type": "felt"} for field in fields]}
        account = hex(ccxt_offline.PARADEX_ACCOUNT)
        return exchange.starknet_encode_structured_data(domain, types, dict(zip(fields, values, strict=True)), account)

    async def placed(module, name):
        exchange = ccxt_offline.exchange(getattr(module, name), x)
        order = exchange.create_order(ccxt_offline.SYMBOLS[name], "limit", "buy", 0.001, 60_000)
        order = await order if asyncio.iscoroutine(order) else order
        body = json.loads(exchange.sent[-1][3])
        if name == "paradex":
            result = of_paradex(exchange, body), [int(number, 16) for number in json.loads(body["signature"])]
        else:
            signature = body["settlement"]["signature"]
            result = body, [int(signature[part], 16) for part in ("r", "s")]
        if hasattr(exchange, "session"):
            closing = exchange.close() if module is not sync else None
            if closing is not None:
                await closing
        return {"id": order["id"], "signed": result}

    for module in (sync, ccxt.async_support, ccxt.pro):
        for name in ("paradex", "extended"):
            found[f"{module.__name__} {name}"] = asyncio.run(placed(module, name))
    return found


if __name__ == "__main__":
    print(
        json.dumps({function.__name__: function for function in (paradex, extended, starknet_py, ccxt)}[sys.argv[1]]())
    )
