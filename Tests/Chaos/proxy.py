"""A TCP proxy whose connections can be cut, stalled and forgotten, for what happens between two healthy machines."""

import asyncio
import contextlib
import socket
import struct
import threading


class Proxy:
    """Forwards from a free port of loopback. Runs on a thread of its own; its methods may be called from any other."""

    def __init__(self, host: str, port: int):
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        # Those on which nothing gets through any more.
        self._forgotten: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def cut(self) -> int:
        """Resets every connection; how many streams that were."""
        return self._call(self._cut())

    def forget(self) -> int:
        """Swallows what is sent on the connections there are, without a word; new ones work. How many streams those are."""
        return self._call(self._forget())

    def stall(self) -> None:
        """From now on nothing is passed on; connections stay open."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def resume(self) -> None:
        self._loop.call_soon_threadsafe(self._flowing.set)

    def close(self) -> None:
        self.resume()
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _close(self) -> None:
        self._server.close()
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=5)

    async def _cut(self) -> int:
        writers = list(self._writers)
        for writer in writers:
            with contextlib.suppress(OSError):
                # Closing with a linger of 0 sends a reset instead of a good-bye.
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return len(writers)

    async def _forget(self) -> int:
        self._forgotten |= self._writers
        return len(self._writers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        other = None
        try:
            far, other = await asyncio.open_connection(*self._target)
            self._writers.add(other)
            await asyncio.wait(
                [asyncio.ensure_future(self._pump(reader, other)), asyncio.ensure_future(self._pump(far, writer))],
                return_when=asyncio.ALL_COMPLETED,
            )
        except OSError:
            pass
        finally:
            for end in (writer, other):
                if end is not None:
                    self._writers.discard(end)
                    self._forgotten.discard(end)
                    end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                await self._flowing.wait()
                if writer in self._forgotten:
                    continue
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        # The end of one direction ends the other: neither protocol here uses half a connection.
        writer.close()
