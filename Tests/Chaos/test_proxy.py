"""The proxy has to pass everything on, and to break what it is told to break."""

import socket
import threading

import pytest

from proxy import Proxy


@pytest.fixture
def proxy():
    """In front of a server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(connection):
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                pass

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    proxy = Proxy("127.0.0.1", listener.getsockname()[1])
    yield proxy
    proxy.close()
    listener.close()


def connect(proxy):
    connection = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
    connection.sendall(b"hello")
    assert connection.recv(5, socket.MSG_WAITALL) == b"hello"
    return connection


def test_bytes_pass_through_unchanged(proxy):
    data = bytes(range(256)) * 4000
    with connect(proxy) as connection:
        threading.Thread(target=connection.sendall, args=(data,), daemon=True).start()
        assert connection.makefile("rb").read(len(data)) == data


def test_cutting_resets_connections_and_new_ones_work(proxy):
    first, second = connect(proxy), connect(proxy)
    assert proxy.cut() >= 4
    for connection in (first, second):
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        connection.close()
    connect(proxy).close()


def test_forgotten_connections_stay_open_and_silent_and_new_ones_work(proxy):
    with connect(proxy) as forgotten:
        assert proxy.forget() >= 2
        forgotten.sendall(b"nobody hears this")
        forgotten.settimeout(0.3)
        with pytest.raises(TimeoutError):
            forgotten.recv(1)
        connect(proxy).close()


def test_stalled_bytes_come_later(proxy):
    with connect(proxy) as connection:
        proxy.stall()
        connection.sendall(b"later")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(5)
        proxy.resume()
        connection.settimeout(5)
        assert connection.recv(5, socket.MSG_WAITALL) == b"later"


def test_an_unreachable_target_closes_the_connection():
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    proxy = Proxy("127.0.0.1", port)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connection:
        assert connection.recv(1) == b""
    proxy.close()
