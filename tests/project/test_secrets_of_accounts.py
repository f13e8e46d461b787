"""Stark keys, API secrets and passphrases that go through the modules around them show up nowhere.

Each secret stands where it belongs and where it doesn't, in the right type and in wrong ones; whatever is raised,
printed or logged is searched for it in every encoding that a person or program could undo.
"""

import base64
import contextlib
import io
import itertools
import json
import logging
import traceback

import pytest

pytest.importorskip("eth_keyfile")
pytest.importorskip("httpcore2")
pytest.importorskip("websockets")

from starkcore import PrivateKey, keystore
from starkcore.dydx import Client, Credentials
from starkcore.dydx.contracts import contracts_of
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.eth import Eth
from starkcore.dydx.websocket import Feed

RAW = bytes.fromhex("05ec2e70b5e55edfacadec0ffeedeadbeef5afe5afe0ddba111337c0de0123ab")
HEX = "0x" + RAW.hex()
TEXT = "S3cr3t-t3xt-th4t-n0b0dy-m4y-s33"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
FORMS = [HEX, HEX[2:], HEX + "0", HEX + "g", RAW, bytearray(RAW), int(HEX, 16), float(int(HEX, 16)), [HEX], {HEX: HEX},
         (RAW,), TEXT, TEXT + " ", TEXT.encode(), [TEXT], {TEXT: TEXT}, "\ud800" + TEXT,
         json.dumps({ADDRESS: {"privateKey": HEX}}), json.dumps({ADDRESS: {"privateKey": HEX}})[:-3],
         json.dumps({HEX: {}}), json.dumps([TEXT])]  # fmt: skip
NEEDLES = {
    HEX[4:40], HEX[4:40].upper(), str(int(HEX, 16))[4:40], repr(RAW[6:20])[2:-1], RAW[2:20].hex(" "), TEXT[2:],
    base64.b64encode(TEXT.encode()).decode()[4:30], base64.b64encode(RAW).decode()[4:30],
    ", ".join(map(str, RAW[4:16])), str(float(int(HEX, 16)))[:12],
}  # fmt: skip


@pytest.fixture
def searched(capfd, caplog):
    caplog.set_level(logging.DEBUG)
    seen = io.StringIO()

    def call(function, *arguments, **keywords):
        try:
            result = function(*arguments, **keywords)
        except Exception as error:
            link = error
            while link is not None:
                lines = traceback.format_exception_only(link)
                seen.write("\n".join([*lines, repr(link), repr(link.args), repr(vars(link))]))
                link = link.__cause__ or link.__context__
            seen.write("".join(traceback.format_exception(error)))
        else:
            seen.write(f"{result!r} {result} {[result]}")
            return result
        return None

    yield call
    out, err = capfd.readouterr()
    text = "\n".join([seen.getvalue(), out, err, caplog.text])
    assert seen.getvalue()
    for needle in NEEDLES:
        assert needle not in text


def test_the_needles_are_found():
    for form in (HEX, RAW, TEXT, int(HEX, 16), float(int(HEX, 16)), list(RAW), base64.b64encode(TEXT.encode())):
        assert any(needle in repr(form) for needle in NEEDLES), form


def test_credentials(searched):
    for form, other in itertools.product(FORMS, ("x", *FORMS[:3])):
        searched(ApiKey, other if other == "x" else "key", form, other)
        searched(Credentials, ethereum_address=ADDRESS, stark_key=form, api_key=other)
        searched(Credentials, ethereum_address=form)
        searched(Credentials, ethereum_address=ADDRESS, network_id=form, position_id=other)
    whole = Credentials(ethereum_address=ADDRESS, stark_key=PrivateKey(RAW), api_key=ApiKey("k", "c2VjcmV0", TEXT))
    searched(lambda: whole)
    searched(Client, "http://localhost", **whole.client_arguments()).close()


def test_local_storage(searched):
    for form in FORMS:
        searched(Credentials.from_local_storage, stark_key_pairs=form)
        searched(Credentials.from_local_storage, api_key_pairs=form)
        stark = {"publicKey": "0x1", "publicKeyYCoordinate": "0x2", "privateKey": HEX}
        for name in stark:
            with contextlib.suppress(TypeError):
                text = json.dumps({ADDRESS: stark | {name: form}})
                searched(Credentials.from_local_storage, stark_key_pairs=text)
                searched(Credentials.from_local_storage, stark_key_pairs=text, ethereum_address=form)


def test_key_files(searched, tmp_path):
    whole = Credentials(ethereum_address=ADDRESS, stark_key=PrivateKey(RAW), api_key=ApiKey("k", "c2VjcmV0", TEXT))
    path = tmp_path / "keys.json"
    searched(keystore.save, path, whole, TEXT, scrypt_n=4096)
    searched(keystore.load, path, TEXT)
    searched(keystore.public_part, path)
    for form in FORMS:
        searched(keystore.save, tmp_path / "other.json", whole, form, scrypt_n=4096, replace=True)
        searched(keystore.save, tmp_path / "no" / "folder", whole, form, scrypt_n=4096)
        searched(keystore.save, path, form, TEXT)
        searched(keystore.load, path, form)
        searched(keystore.save, path, whole, TEXT, scrypt_n=form, replace=True)
    document = json.loads(path.read_text())
    for part, name in itertools.product(
        ("public", "sealed", "keyfile"), ("tag", "crypto", "ethereum_address", "nonce")
    ):
        changed = document | {part: document[part] | {name: TEXT}}
        path.write_text(json.dumps(changed))
        searched(keystore.load, path, TEXT)


def test_feeds_and_contracts(searched):
    class NoNode:
        pass

    eth = Eth(NoNode(), contracts=contracts_of(1), default_address=ADDRESS)
    for form in FORMS:
        searched(Feed, "http://127.0.0.1:1", api_key=form)
        searched(Feed, form)
        searched(eth.register_user, form)
        searched(eth.register_user, form, stark_public_key=form, ethereum_address=form)
        searched(eth.withdraw, form)
        searched(eth.deposit_to_exchange, form, form)
        searched(eth.transfer_eth, form, form)
        searched(eth.set_token_max_allowance, form, form)
        searched(eth.withdraw, "0x1", send_options=form)
        searched(eth.withdraw, "0x1", send_options={"nonce": form})
