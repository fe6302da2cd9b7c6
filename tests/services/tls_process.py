"""A script that ``tls_server.py`` starts in a process of its own: takes TLS, and passes on what is within."""

from __future__ import annotations

import asyncio
import ssl
import sys
from contextlib import suppress

PIECE_BYTES = 1 << 16


async def serve(port: int, target: int, server_file: str) -> None:
    """Listen on 127.0.0.1 until the process is stopped."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:  # the service has stopped
            writer.close()
            return
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    server = await asyncio.start_server(take, "127.0.0.1", port, ssl=context)
    await server.serve_forever()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side is gone."""
    with suppress(OSError, ssl.SSLError):
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
