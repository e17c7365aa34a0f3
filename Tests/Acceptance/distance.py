"""A server that is far away."""

import asyncio
import threading
from urllib.parse import urlsplit


class Distance:
    """An address at which a server is reached at once, but for connections that begin with a request under a path: these
    are held up until `let_through` is called.

    A context: it ends with its block. Of the connections that are held up, `open` counts those that are there now.
    """

    def __init__(self, address, path):
        self._host, self._port = urlsplit(address).hostname, urlsplit(address).port
        self._path = path.encode()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._is_free = asyncio.Event()
        self.open = 0

    def let_through(self):
        self._loop.call_soon_threadsafe(self._is_free.set)

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
        is_held = False
        try:
            first = await reader.read(65536)
            is_held = first.partition(b" ")[2].startswith(self._path)
            self.open += is_held
            if is_held:
                await self._is_free.wait()
            back.write(first)
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= is_held
            writer.close()
            back.close()

    async def _copy(self, source, sink):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()
