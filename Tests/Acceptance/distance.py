"""A server that is far away."""

import asyncio
import threading
from urllib.parse import urlsplit


class Distance:
    """An address at which a server is reached late by connections that begin with a request under a path; others pass at once.

    A context: it ends with its block. Of the late ones, `open` counts those that are there now, and `arrived` all that
    have reached the server.
    """

    def __init__(self, address, path, seconds):
        self._host, self._port = urlsplit(address).hostname, urlsplit(address).port
        self._path, self._seconds = path.encode(), seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.open = self.arrived = 0

    def __enter__(self):
        self._thread.start()
        starting = asyncio.start_server(self._pass, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass(self, reader, writer):
        there, back = await asyncio.open_connection(self._host, self._port)
        first = await reader.read(65536)
        is_late = first.split(b" ")[1:2] and first.split(b" ")[1].startswith(self._path)
        self.open += is_late
        try:
            await asyncio.sleep(self._seconds if is_late else 0)
            back.write(first)
            self.arrived += is_late
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= is_late
            writer.close()
            back.close()

    async def _copy(self, source, sink):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()
