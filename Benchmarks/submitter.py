"""Submits jobs over many connections that are kept, each of which waits for its answer before it sends again.

Written on bare sockets with requests made beforehand, so that the client takes as little of the machine as it can.
"""

import collections
import json
import random
import selectors
import socket
import time

WORDS = "harbour lantern meadow copper violin winter garden letter bridge candle forest marble river shadow thunder".split()
ACCEPTED = b"202"


def sentences(count: int, words: int = 20) -> list[str]:
    """Texts of so many words, no two alike."""
    chance = random.Random(1)
    return [" ".join([f"n{number}", *chance.choices(WORDS, k=words - 1)]) for number in range(count)]


def requests(texts: list[str]) -> list[bytes]:
    """A submission of each text."""
    result = []
    for text in texts:
        body = json.dumps({"text": text, "source_language": "en", "target_language": "de"}).encode()
        head = ("POST /api/v1/translations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        result.append(head.encode() + body)
    return result


class _Connection:
    """One socket and the answer that is coming in on it."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def send(self, request: bytes) -> None:
        # A request is far smaller than the socket's buffer, which is empty: nothing is under way.
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The status of the answer, once it is whole."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the server closed a connection in the middle of an answer")
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return None
        lines = head.lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(body) < length:
            return None
        self._received = b""
        return head[9:12]


def submit(port: int, todo: list[bytes], connections: int = 64) -> tuple[float, float, collections.Counter]:
    """Sends all requests. When the first was sent and the last was answered, and how often each status came."""
    waiting = iter(todo)
    statuses: collections.Counter = collections.Counter()
    with selectors.DefaultSelector() as selector:
        all_connections = [_Connection(port) for _ in range(min(connections, len(todo)))]
        begin = time.time()
        for connection in all_connections:
            connection.send(next(waiting))
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        while selector.get_map():
            for key, _ in selector.select(30) or [(None, None)]:
                if key is None:
                    raise TimeoutError("the server answered nothing for 30 s")
                status = key.data.receive()
                if status is None:
                    continue
                statuses[status] += 1
                following = next(waiting, None)
                if following is None:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                else:
                    key.data.send(following)
        return begin, time.time(), statuses
