"""A search for secrets in all that a program can show: exceptions with their causes, warnings, logs, texts of
objects.
"""

import base64
import contextlib
import copy
import inspect
import io
import logging
import pickle
import pprint
import traceback
import warnings

RUN = 15  # characters of an encoding that count as a find


def encodings(data):
    """How bytes of a secret may be written so that somebody can undo it."""
    number, back = int.from_bytes(data, "big"), data[::-1]
    limbs = [int.from_bytes(data[i : i + 8], "big") for i in range(0, len(data), 8)]
    texts = {
        "hex": data.hex(), "HEX": data.hex().upper(), "decimal": str(number), "repr": repr(data)[2:-1],
        "latin-1": data.decode("latin-1"), "spaced hex": data.hex(" "), "list": ", ".join(map(str, data)),
        "reversed hex": back.hex(), "reversed decimal": str(int.from_bytes(back, "big")),
        "reversed repr": repr(back)[2:-1], "float": str(float(number))[:12], "octal": oct(number)[2:],
        "binary": bin(number)[2:],
    }  # fmt: skip
    texts |= {f"limb {i}": str(limb) for i, limb in enumerate(limbs)}
    for shift in range(3):  # where it stands in a longer text
        texts[f"base64 {shift}"] = base64.b64encode(data[shift:]).decode()[:-4]
        texts[f"base64url {shift}"] = base64.urlsafe_b64encode(data[shift:]).decode()[:-4]
    return texts


def needles_of(secret):
    """{piece: encoding}: any of them in a text gives a part of the secret away, which is bytes, or text."""
    texts = {"text": secret} | encodings(secret.encode()) if isinstance(secret, str) else encodings(secret)
    pieces = {}
    for name, text in texts.items():
        length = max(RUN, 45 if name == "binary" else 0)
        for start in range(0, max(1, len(text) - length), length):
            pieces[text[start : start + length]] = name
    return {
        piece: name
        for piece, name in pieces.items()
        if len(piece) >= 10 and len(set(piece)) > (1 if "1" in piece else 4)
    }


class Logged(logging.Handler):
    """Every record of every logger, with its arguments."""

    def __init__(self, seen):
        super().__init__(logging.DEBUG)
        self.seen = seen

    def emit(self, record):
        self.seen.write(f"\n{record.getMessage()} {record.args!r} {record.exc_text} {record.__dict__.get('extra')}")
        if record.exc_info:
            self.seen.write("".join(traceback.format_exception(*record.exc_info)))


def links_of(error):
    """It, and all that hangs on it: causes, contexts, groups."""
    waiting, known = [error], []
    while waiting:
        link = waiting.pop()
        if link is None or any(link is other for other in known):
            continue
        known.append(link)
        waiting += [link.__cause__, link.__context__, *getattr(link, "exceptions", ())]
    return known


class Search:
    """Collects what becomes visible. `calls` and `errors` count, so that a test can't be empty."""

    def __init__(self, *secrets):
        self.needles = {}
        for secret in secrets:
            self.needles |= needles_of(secret)
        self.seen = io.StringIO()
        self.calls = self.errors = 0

    def error(self, error):
        for link in links_of(error):
            shown = [*traceback.format_exception_only(link), repr(link), repr(link.args), repr(vars(link)), str(link)]
            self.seen.write("\n".join([*shown, *getattr(link, "__notes__", ())]))
        self.seen.write("".join(traceback.format_exception(error)))
        with contextlib.suppress(Exception):
            self.seen.write(repr(pickle.dumps(error)))

    def object(self, thing):
        """Its texts, and copies by every way there is."""
        self.seen.write(f"\n{thing!r} {thing} {thing!s:>5} {[thing]} {pprint.pformat(thing)}")
        for look in (
            copy.copy,
            copy.deepcopy,
            lambda x: pickle.loads(pickle.dumps(x)),
            vars,
            inspect.signature,
            inspect.getdoc,
        ):
            try:
                self.seen.write(f"\n{look(thing)!r}")
            except Exception as error:
                self.error(error)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with contextlib.suppress(Exception):
                self.seen.write(repr(pickle.dumps(thing, protocol)))

    def call(self, function, *arguments, **keywords):
        """Call it; its exception is searched, its result is not: that may be what one asked for."""
        self.calls += 1
        try:
            return function(*arguments, **keywords)
        except (Exception, SystemExit) as error:
            self.errors += 1
            self.error(error)
        return None

    def found(self, text=""):
        """The encodings in which a part of a secret was seen."""
        seen = self.seen.getvalue() + text
        return sorted(
            {
                f"{name}: …{seen[max(0, seen.index(piece) - 150) : seen.index(piece) + 60]}"
                for piece, name in self.needles.items()
                if piece in seen
            }
        )

    @contextlib.contextmanager
    def listening(self):
        """To logs at DEBUG, whatever level their loggers have, and to warnings."""
        root, handler = logging.getLogger(), Logged(self.seen)
        loggers = [root, *(x for x in root.manager.loggerDict.values() if isinstance(x, logging.Logger))]
        before = [(logger, logger.level) for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        root.addHandler(handler)
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                yield
        finally:
            root.removeHandler(handler)
            for logger, level in before:
                logger.setLevel(level)
        self.seen.write("\n".join(f"{item.message} {item.source!r}" for item in caught))
