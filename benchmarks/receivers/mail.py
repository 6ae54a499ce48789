"""A local SMTP server in a process of its own that accepts every mail and prints its port."""

from __future__ import annotations

import asyncio
import sys
import time

from aiosmtpd.smtp import SMTP, Envelope, Session


class MailSink:
    """Accepts every mail and prints the time of each."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Accept the mail."""
        del server, session, envelope
        print(time.monotonic(), flush=True)
        return "250 taken"


async def main() -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(MailSink(), loop=loop), "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
