"""A host that misbehaves: a real socket which does to each connection what a script says, and counts what arrives."""

import selectors
import socket
import struct
import threading
from contextlib import contextmanager, suppress


def http(status, body=b"{}", headers=(), kind="application/json", length=None):
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body) if length is None else length}"]
    lines += ([f"content-type: {kind}"] if kind else []) + list(headers)
    return "\r\n".join([*lines, "", ""]).encode() + body


class FaultServer:
    """Answers the n-th request with the n-th of `answers`, the last one for ever.

    An answer is bytes to send; or "reset" or "close" instead of answering; "silence"; "tunnel", which is a proxy's that
    then speaks TLS as the host behind it; a tuple of bytes, sent one after the other with `pause` seconds between; or a
    function of the request that returns one of these.

    `tls` is a context to speak TLS with: at once, or, for a proxy, after "tunnel".

    Attributes:
        requests: what has been asked, each with its body. After `close`, whatever was sent is in it.
        connections: how many were made. After `close`, whoever has connected is counted, though it be gone by then.
    """

    def __init__(self, *answers, pause=0.1, tls=None, proxy=False, address="127.0.0.1"):
        self.tls = tls
        self.encrypted = tls is not None and not proxy
        self.answers = answers
        self.pause = pause
        self.requests = []
        self.connections = 0
        self.closed_one = threading.Event()  # set when a connection was closed from here
        self._stop = threading.Event()
        self._listener = socket.create_server((address, 0), backlog=64)
        self._listener.setblocking(False)
        self.address = self._listener.getsockname()
        self._ended, self._end = socket.socketpair()  # the first can be read once the second is closed
        self._open = set()
        self._lock = threading.Lock()
        self._threads = []
        self._accepting = self._start(self._accept)

    @property
    def url(self):
        host, port = self.address
        return f"http{'s' * self.encrypted}://{host}:{port}"

    def _start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _accept(self):
        """Takes whoever connects, and ends when it is to and nobody is left who has."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._ended, selectors.EVENT_READ)
            while any(key.fileobj is self._listener for key, _ in selector.select()):
                self._take()

    def _take(self):
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # it had gone before it was taken, which some systems tell
        with self._lock:
            self.connections += 1
            self._open.add(connection)
        self._start(self._serve, connection)

    def _serve(self, connection):
        try:
            if self.encrypted:
                connection = self._wrapped(connection)
            while (request := self._read(connection)) is not None:
                with self._lock:
                    self.requests.append(request)
                    answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                if callable(answer):
                    answer = answer(request)
                if answer == "tunnel":
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    connection = self._wrapped(connection)
                elif not self._answer(connection, answer):
                    return
        except OSError:
            pass
        finally:
            connection.close()
            self.closed_one.set()

    def _wrapped(self, connection):
        secure = self.tls.wrap_socket(connection, server_side=True)
        with self._lock:
            self._open.add(secure)
        return secure

    def _answer(self, connection, answer):
        if answer == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if answer == "close":
            return False
        if answer == "silence":
            self._stop.wait(20)
            return False
        if isinstance(answer, tuple):
            for part in answer:
                connection.sendall(part)
                if self._stop.wait(self.pause):
                    return False
            return False
        connection.sendall(answer)
        return b"connection: close" not in answer

    @staticmethod
    def _read(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            chunk = connection.recv(65536)
            if not chunk:
                return None
            body += chunk
        return head + b"\r\n\r\n" + body

    def close(self):
        self._stop.set()
        self._end.close()
        self._accepting.join()
        self._ended.close()
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for connection in self._open:
            connection.close()


@contextmanager
def fault_server(*answers, **options):
    server = FaultServer(*answers, **options)
    try:
        yield server
    finally:
        server.close()
