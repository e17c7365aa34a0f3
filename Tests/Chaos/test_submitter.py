"""The client that measures has to send everything once, and to notice what it was not meant to get."""

import contextlib
import socket
import threading

import pytest

from submitter import requests, sentences, submit


@pytest.fixture
def server():
    """Answers every request in pieces, with the status that the list has next; None closes the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    statuses: list[str | None] = []
    bodies: list[bytes] = []

    def serve(connection):
        # A client that gives up in the middle is what one of the tests is about.
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                length = 0
                while line.strip():
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                    line = stream.readline()
                bodies.append(stream.read(length))
                status = statuses.pop() if statuses else "202"
                if status is None:
                    break
                for piece in (f"HTTP/1.1 {status} Words\r\nContent-Le", "ngth: 4\r\n\r\nab", "cd"):
                    connection.sendall(piece.encode())

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1], statuses, bodies
    listener.close()


def test_every_text_is_sent_once(server):
    port, _, bodies = server
    texts = sentences(200)
    begin, end, statuses = submit(port, requests(texts), connections=7)
    assert statuses == {b"202": 200} and end > begin
    assert len(bodies) == 200 and len(set(bodies)) == 200 and all(len(text.split()) == 20 for text in texts)


def test_other_statuses_are_counted(server):
    port, statuses, _ = server
    statuses.extend(["503", "429"])
    assert submit(port, requests(sentences(20)), connections=3)[2] == {b"202": 18, b"503": 1, b"429": 1}


def test_a_closed_connection_is_an_error(server):
    port, statuses, _ = server
    statuses.append(None)
    with pytest.raises(ConnectionError):
        submit(port, requests(sentences(20)), connections=3)
