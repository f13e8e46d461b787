"""What others wrote, on the screen: nothing moves the cursor, hides, or turns text around; and no kind of value trips
it.
"""

import json
import os
import re
import sys
import unicodedata
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from starkcore import StarkcoreError, cli
from starkcore.commands.output import say, show, tell
from starkcore.terminal import escape

pytest.importorskip("eth_keyfile")

from starkcore import PrivateKey, keystore
from starkcore.commands import orders
from starkcore.dydx.credentials import Credentials
from starkcore.dydx.results import Order

ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
# A terminal's command, its title, a new line, the C1 form of a command, text from right to left, what isn't seen, a
# half pair.
NASTY = "\x1b[2J\x1b]0;title\x07\r\nstarkcore: valid\x9b31m\u202eABC\u2066\u200b\u2028\ufeff\udc9b\x7f\0\U000e0041"
POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes and devices in folders are POSIX's")


def safe(text):
    """Whether there are visible characters alone, and ends of lines."""
    return all(unicodedata.category(c)[0] not in "C" and c not in "\u2028\u2029" for c in text.replace("\n", ""))


def test_escape():
    assert safe(escape(NASTY))
    assert "\n" not in escape(NASTY)
    assert escape("\x1b[2J") == "\\x1b[2J"
    assert escape("\u202e\U000e0041") == "\\u202e\\U000e0041"
    assert escape("a\nb", keep="\n") == "a\nb"
    for text in ("plain", "schlüssel ✓ 日本", "", 5, None):
        assert escape(text) == str(text)
    for number in range(sys.maxunicode + 1):
        assert safe(escape(chr(number)))


def test_every_way_to_print(capsys):
    say(NASTY)
    tell(NASTY)
    show({NASTY: NASTY, "list": [NASTY]}, False)
    show({NASTY: NASTY}, True)
    out, err = capsys.readouterr()
    assert safe(out)
    assert safe(err)
    assert out.count("\n") == 1 + 2 + 3
    assert err.count("\n") == 1


def test_nothing_prints_but_these():
    """What a command prints goes through output.py."""
    from pathlib import Path

    folder = Path(cli.__file__).parent
    for path in [folder / "cli.py", *(folder / "commands").glob("*.py")]:
        if path.name != "output.py":
            assert not re.search(r"(?<![\w.])print\(", path.read_text(encoding="utf-8")), path


ODD = [NASTY, None, 5, 1.5, True, [NASTY], {NASTY: NASTY}, "x" * 5000]


@pytest.mark.parametrize("odd", ODD, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_orders_of_an_exchange_that_means_harm(odd, options, monkeypatch, capsys):
    names = ("id", "market", "side", "remainingSize", "size", "price", "status")
    listed = [Order(dict.fromkeys(names, odd)), Order({}), Order({NASTY: odd})]
    private = SimpleNamespace(
        get_orders=lambda **_: SimpleNamespace(orders=listed),
        cancel_all_orders=lambda _: SimpleNamespace(cancel_orders=listed),
        cancel_order=lambda _: SimpleNamespace(cancel_order=odd),
    )
    client = nullcontext()
    client.private = private
    monkeypatch.setattr(orders, "_client", lambda _: (client, 1))
    for command in (["list"], ["cancel", "--all"], ["cancel", "--id", "5"]):
        assert cli.main(["order", *command, "--host", "http://localhost", *options]) == 0
        out = capsys.readouterr().out
        assert safe(out)
        if options:
            json.loads(out)
        else:
            assert out.count("\n") == (1 if "--id" in command else 3)


def test_errors_that_repeat_what_was_answered(monkeypatch, capsys):
    def refused(_):
        raise StarkcoreError(f"the exchange refuses: {NASTY}")

    monkeypatch.setattr(orders, "_client", refused)
    assert cli.main(["order", "list", "--host", "http://localhost"]) == 1
    told = capsys.readouterr().err
    assert safe(told)
    assert told.count("\n") == 1


# ---- A folder that others wrote into ----


@pytest.fixture
def folder(tmp_path):
    keystore.save(
        tmp_path / "good.json", Credentials(ethereum_address=ADDRESS, stark_key=PrivateKey(5)), "x", scrypt_n=4096
    )
    return tmp_path


def changed(folder, name, **changes):
    document = json.loads((folder / "good.json").read_text())
    document["public"] |= changes
    (folder / name).write_text(json.dumps(document))


def listed(folder, capsys, *arguments):
    status = cli.main(["keys", "list", "--keys", str(folder), *arguments])
    out, err = capsys.readouterr()
    assert safe(out)
    assert safe(err)
    if "--json" not in arguments:  # headings, or that there is none
        _, _, out = out.partition("\n")
    return status, out, err


LOWER = ADDRESS.lower()  # hex digits, as a coordinate's
RIGHT = {
    "network_id": (),
    "position_id": (None,),
    "stark_public_key": (LOWER,),
    "stark_public_key_y_coordinate": (LOWER,),
    "has_api_key": (True, False),
}


@pytest.mark.parametrize("name", list(RIGHT))
def test_a_public_part_of_odd_kinds(folder, capsys, name):
    values = [*ODD, "0x5\n", "0x" + "f" * 64, -1, 1 << 64, LOWER, "0X5", "0x", ""]
    values = [value for value in values if not any(value is right for right in RIGHT[name])]
    if name.endswith("_id"):
        values = [value for value in values if type(value) is not int or not 0 < value < 1 << 64]
    assert len(values) > 8
    for number, value in enumerate(values):
        changed(folder, f"{number:02}.json", **{name: value})
    status, out, err = listed(folder, capsys)
    assert status == 1
    assert out.count("\n") == 1
    assert err.count("warning: ") == len(values)
    # What is named is found beside them, with a warning for each.
    assert cli.main(["keys", "show-public", "--keys", str(folder)]) == 0
    with pytest.raises(keystore.KeyStoreDamaged):
        list(keystore.entries(folder))


def test_members_that_are_missing_or_too_many(folder, capsys):
    changed(folder, "more.json", more=1)
    document = json.loads((folder / "good.json").read_text())
    del document["public"]["position_id"]
    (folder / "less.json").write_text(json.dumps(document))
    assert listed(folder, capsys)[0] == 1
    assert listed(folder, capsys, "--json")[0] == 1


def test_a_network_that_has_no_name(folder, capsys):
    document = json.loads((folder / "good.json").read_text())
    document["network"] = "5"
    (folder / "other.json").write_text(json.dumps(document))
    status, out, _ = listed(folder, capsys)
    assert status == 0
    assert out.count("\n") == 2


@POSIX
def test_what_is_no_file(folder, capsys):
    """A pipe would be waited for, a device read without end; a huge file isn't read."""
    os.mkfifo(folder / "pipe.json")
    (folder / "folder.json").mkdir()
    (folder / "device.json").symlink_to("/dev/zero")
    (folder / "pipe-behind-a-link.json").symlink_to(folder / "pipe.json")
    with (folder / "huge.json").open("wb") as file:
        file.truncate(1 << 40)
    assert listed(folder, capsys)[0] == 0
    (folder / "to-nothing.json").symlink_to(folder / "nothing")
    (folder / f"{escape(NASTY)[:5]}\x1b[2J\u202e.json").write_text("{")
    status, out, err = listed(folder, capsys)
    assert status == 1
    assert out.count("\n") == 1
    assert err.count("warning") == 2
    with pytest.raises(keystore.KeyStoreVersion):
        keystore.load(folder / "pipe.json", "x")


def test_a_folder_that_is_not_there(folder, capsys):
    for name in ("nothing", "good.json"):
        for command in (["list"], ["show-public"]):
            assert cli.main(["keys", *command, "--keys", str(folder / name)]) == 2
            assert capsys.readouterr().err == "starkcore: --keys must name a folder that is there\n"
