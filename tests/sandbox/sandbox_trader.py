"""A trader who makes every byte of a request here, from the protocol, without starkcore's client.

Ethereum signatures are eth-account's, Stark signatures `starkcore.starkex`'s, HMACs the standard library's.
"""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from eth_account import Account

from starkcore import PrivateKey
from starkcore.starkex import OrderSigner

# The published wallet: its keys are in test_sandbox_auth.py.
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
_numbers = itertools.count(1)


def iso(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


EXPIRATION = iso(int(time.time()) + 20 * 24 * 3600)  # an order may live 28 days


def now():
    return iso(datetime.now(UTC).timestamp())


def compact(values):
    return json.dumps(values, separators=(",", ":")).encode()


def without_spaces(text):
    """The white space between JSON's tokens taken away, one character after the other."""
    kept, quoted, escaped = [], False, False
    for character in text:
        if quoted or character not in " \t\n\r":
            kept.append(character)
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
    return "".join(kept)


def sign_typed(private_key, message, chain_id=1, kind="00"):
    """A typed signature of one of dYdX's messages: a dict of texts."""
    signed = Account.sign_typed_data(
        private_key,
        {"name": "dYdX", "version": "1.0", "chainId": chain_id},
        {"dYdX": [{"name": name, "type": "string"} for name in message]},
        message,
    )
    return "0x" + bytes(signed.signature).hex() + kind


def action_message(action, chain_id=1):
    message = {"action": action}
    return message | {"onlySignOn": "https://trade.dydx.exchange"} if chain_id == 1 else message


class Answer:
    def __init__(self, status, body):
        self.status = status
        self.body = body
        self.json = json.loads(body) if body else None

    @property
    def error(self):
        (error,) = self.json["errors"]
        return error["msg"]

    def ok(self):
        assert self.status in (200, 201), (self.status, self.body)
        return self.json


class Trader:
    """One wallet, one Stark key, one account."""

    def __init__(self, url, wallet=None, chain_id=1, clock=None):
        self.parts = urlsplit(url)
        self.wallet = Account.from_key(wallet) if wallet else Account.create()
        self.address = self.wallet.address
        self.chain_id = chain_id
        message = action_message("dYdX STARK Key", chain_id)
        self.stark = PrivateKey.from_eth_signature(sign_typed(self.wallet.key, message, chain_id))
        self.clock = clock or now
        self.key = self.account = self.signer = None
        self._connection = None

    def send(self, method, path, headers=None, body=b""):
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.parts.hostname, self.parts.port, timeout=30)
        try:
            self._connection.request(method, path, body, headers or {})
            response = self._connection.getresponse()
            return Answer(response.status, response.read())
        except BaseException:
            self.close()
            raise

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # Ethereum

    def onboarding_headers(self):
        message = action_message("dYdX Onboarding", self.chain_id)
        signature = sign_typed(self.wallet.key, message, self.chain_id)
        return {"DYDX-SIGNATURE": signature, "DYDX-ETHEREUM-ADDRESS": self.address}

    def stark_body(self):
        point = self.stark.public_key
        return compact({"starkKey": hex(point.x), "starkKeyYCoordinate": hex(point.y)})

    def onboard(self):
        answer = self.send("POST", "/v3/onboarding", self.onboarding_headers(), self.stark_body()).ok()
        self.key, self.account = answer["apiKey"], answer["account"]
        self.signer = OrderSigner(self.stark, self.chain_id, position_id=int(self.account["positionId"]))
        return answer

    def ethereum_headers(self, method, path, body="{}", timestamp=None):
        timestamp = timestamp or self.clock()
        message = {"method": method, "requestPath": path, "body": body, "timestamp": timestamp}
        return {
            "DYDX-SIGNATURE": sign_typed(self.wallet.key, message, self.chain_id),
            "DYDX-TIMESTAMP": timestamp,
            "DYDX-ETHEREUM-ADDRESS": self.address,
        }

    def by_ethereum(self, method, path, timestamp=None):
        return self.send(method, path, self.ethereum_headers(method, path, timestamp=timestamp))

    # API key

    def headers(self, method, path, body=b"", timestamp=None):
        timestamp = timestamp or self.clock()
        secret = base64.urlsafe_b64decode(self.key["secret"])
        text = without_spaces(body.decode("latin-1")).encode("latin-1")
        signed = timestamp.encode() + method.encode() + path.encode() + (b"" if text == b"{}" else text)
        digest = hmac.new(secret, signed, hashlib.sha256)
        return {
            "DYDX-SIGNATURE": base64.urlsafe_b64encode(digest.digest()).decode(),
            "DYDX-API-KEY": self.key["key"],
            "DYDX-TIMESTAMP": timestamp,
            "DYDX-PASSPHRASE": self.key["passphrase"],
        }

    def call(self, method, path, values=None):
        body = b"" if values is None else values if isinstance(values, bytes) else compact(values)
        return self.send(method, path, self.headers(method, path, body), body)

    def get(self, path):
        return self.call("GET", path).ok()

    def fund(self, amount="100000"):
        return self.call("POST", "/v3/testnet/tokens", {"amount": amount}).ok()

    # Orders

    def order_body(self, side="BUY", size="0.01", price="10000", market="BTC-USD", **more):
        """A signed order. What is given as None is left out; `signed` changes what is signed, not what is sent."""
        signed = {"market": market, "side": side, "size": size, "price": price} | more.pop("signed", {})
        client_id = more.pop("clientId", f"order {next(_numbers)}")
        limit_fee, expiration = more.pop("limitFee", "0.001"), more.pop("expiration", EXPIRATION)
        signed = {"limit_fee": limit_fee, "expiration": expiration, "client_id": client_id} | signed
        values = {
            "market": market, "side": side, "type": "LIMIT", "timeInForce": "GTT", "size": size, "price": price,
            "limitFee": limit_fee, "expiration": expiration, "postOnly": False, "clientId": client_id,
            "signature": self.signer.sign_order(**signed).signature.to_hex(),
        }  # fmt: skip
        return {name: value for name, value in (values | more).items() if value is not None}

    def order(self, side="BUY", size="0.01", price="10000", **more):
        """Place an order: the answer's order."""
        return self.call("POST", "/v3/orders", self.order_body(side, size, price, **more)).ok()["order"]

    def book(self, market="BTC-USD"):
        book = self.send("GET", f"/v3/orderbook/{market}").ok()
        return {side: [(level["price"], level["size"]) for level in levels] for side, levels in book.items()}

    def fills(self):
        return self.get("/v3/fills")["fills"]

    def balance(self):
        return self.get("/v3/accounts")["accounts"][0]["quoteBalance"]


def dump(database):
    """Everything that is committed, as text."""
    connection = sqlite3.connect(Path(database).resolve().as_uri() + "?mode=ro", uri=True)
    try:
        return "\n".join(connection.iterdump())
    finally:
        connection.close()
