"""A node of Ethereum whose answers are without end, without JSON or elsewhere: what a client and the command
line say.
"""

import threading

import pytest

pytest.importorskip("web3")
pytest.importorskip("httpcore2")

from fault_server import fault_server, http
from web3 import HTTPProvider

from starkcore import errors
from starkcore.dydx import Client
from starkcore.ethereum.node import NodeFailed, web3_at
from starkcore.ethereum.transactions import failure
from starkcore.http.rules import Timeouts

MEGABYTE = 1 << 20
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def result(value='"0x1"', number=0):
    return http(200, f'{{"jsonrpc":"2.0","id":{number},"result":{value}}}'.encode())


# What a node can choose, and what is said of it. The first would end the process where the recursion limit is raised.
BAD = {
    "a megabyte of brackets": (http(200, b"[" * MEGABYTE), "has more than 262144 values"),
    "nested deeper than any answer": (result("[" * 65 + "]" * 65), "is nested deeper than 64 levels"),
    "17 MiB": (result('"' + "1" * 17 * MEGABYTE + '"'), "is larger than 16777216 bytes"),
    "17 MiB without a length": (HEAD + b"\r\n" + b"1" * 17 * MEGABYTE, "is larger than 16777216 bytes"),
    "as many objects as 3 MB hold": (result("[" + "{}," * MEGABYTE + "{}]"), "has more than 262144 values"),
    "a number of a thousand digits": (result("1" * 1000), "has a number of more than 100 digits"),
    "a name twice": (http(200, b'{"id":0,"id":1,"result":"0x1"}'), "has a name twice"),
    "no JSON": (http(200, b"<html>"), "isn't whole JSON"),
    "no object": (http(200, b"[]"), "is no object"),
    "no text": (http(200, b'"\xff"'), "isn't UTF-8 text"),
    "pieces of two bytes": (
        HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"2\r\n  \r\n" * (MEGABYTE // 2),
        "in pieces of less than 64 bytes"
    ),
    "headers without end": (http(200, headers=[f"x{number}: y" for number in range(9000)]), "before an answer"),
    "compressed": (http(200, b"\x1f\x8b", headers=["content-encoding: gzip"]), "compressed"),
    "a redirect": (http(307, headers=["location: http://127.0.0.1:1/"]), "a redirect with status 307"),
    "a refusal": (http(401, b"no"), "refused with status 401"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_a_node_answers_is_read_within_bounds(name):
    answer, said = BAD[name]
    with fault_server(answer) as server, pytest.raises(NodeFailed) as caught:
        web3_at(f"{server.url}/v3/its-key").eth.get_balance("0x" + "11" * 20)
    assert said in str(caught.value)
    assert "its-key" not in str(caught.value)
    assert len(server.requests) == 1


def test_an_answer_that_trickles_ends_with_the_time_for_all_of_it():
    with fault_server((HEAD + b"\r\n", *[b" "] * 600), pause=0.05) as server:
        web3 = web3_at(server.url, Timeouts(read=5, total=0.4))
        said, ended = [], threading.Event()

        def ask():
            try:
                said.append(web3.eth.chain_id)
            except NodeFailed as error:
                said.append(str(error))
            ended.set()

        threading.Thread(target=ask, daemon=True).start()
        assert ended.wait(20), "30 seconds of it are on their way"
    assert "in time" in said[0]


def test_web3_reads_what_is_well_formed():
    with fault_server(result('"0x10"')) as server:
        web3 = web3_at(f"http://me:word@{server.url.removeprefix('http://')}/a path?key=1")
        assert web3.eth.chain_id == 16
        assert web3.provider.endpoint_uri.startswith("http://me:")
    head = server.requests[0].split(b"\r\n\r\n")[0].decode()
    assert head.startswith("POST /a%20path?key=1 HTTP/1.1")
    assert "authorization: Basic bWU6d29yZA==" in head


def test_a_batch_is_sorted_and_a_bad_one_refused():
    good = http(200, b'[{"jsonrpc":"2.0","id":1,"result":"0x2"},{"jsonrpc":"2.0","id":0,"result":"0x1"}]')
    for answer in (good, http(200, b"[1]"), http(200, b'[{"id":"x"}]')):
        with fault_server(answer) as server:
            web3 = web3_at(server.url)
            asked = [(name, []) for name in ("eth_chainId", "eth_gasPrice")]
            if answer is good:
                assert [one["result"] for one in web3.provider.make_batch_request(asked)] == ["0x1", "0x2"]
            else:
                with pytest.raises(NodeFailed, match="no batch"):
                    web3.provider.make_batch_request(asked)


@pytest.mark.parametrize("bad", [http(429), http(503), "close"], ids=["busy", "unavailable", "lost"])
def test_a_question_is_asked_again_and_an_order_to_the_nodes_wallet_is_not(bad):
    with fault_server(bad, result("7")) as server:
        assert web3_at(server.url).provider.make_request("eth_chainId", [])["result"] == 7
        assert len(server.requests) == 2
    with fault_server(bad, result("7")) as server, pytest.raises(NodeFailed):
        web3_at(server.url).provider.make_request("eth_sendTransaction", [{}])
    assert len(server.requests) == 1


def test_the_client_and_its_errors():
    with (
        fault_server(http(200, b"[" * MEGABYTE)) as server,
        Client("http://localhost:1", web3_provider=server.url, network_id=1) as client,
        pytest.raises(errors.TransactionFailed, match="NodeFailed"),
    ):
        client.eth.get_eth_balance("0x" + "11" * 20)


def test_an_answer_that_isnt_read_leaves_the_transactions_fate_open():
    """web3's own reading of "<html>" or of bytes that are no text raises a ValueError, as what it refuses to
    send does.
    """
    for text in (b"<html>", b"\xff"):
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - of two kinds, by two libraries' choice
            HTTPProvider.decode_rpc_response(text)
        assert isinstance(failure(caught.value, "0x12"), errors.TransactionUnknown)
    assert isinstance(failure(NodeFailed("no"), "0x12"), errors.TransactionUnknown)


@pytest.mark.parametrize("url", ["", "node", "ftp://a", "http://", "http://a:0", "http://a:b", "http://a\n/", 5])
def test_urls_that_are_none(url):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError)) as caught:
        web3_at(url)
    assert caught.value.field == "web3_provider"
