"""Lets pages ask the engine that computes for their kernel, after their cell has ended: sliders of v1lab/notebooks/explore.

In goes, by POST and with the rights that running cells needs, a ticket and a question. A ticket names a file in the session's temporary folder, which the
cell has written (package notebooks/lab/resident): it says which engine, and which run. Out comes the engine's answer, which checks the question. Of what
the engine says (frames of package resident, values of package exact) only texts need to be understood.
"""

import asyncio
import json
import os
import re
import tempfile

from tornado import web

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler

TICKET = re.compile(r"[0-9]+-[0-9a-f]{32}")
LONGEST = 1 << 16  # bytes of a question
LARGEST = 1 << 24  # bytes of an answer
GONE = "The engine that computed here has ended with its kernel. Run the cell again to move the sliders."


def number(n):
    """A number as package exact and frames have it."""
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def text(s):
    data = s.encode()
    return number(len(data)) + data


def frame(head):
    """A frame that asks, without blocks."""
    return b"q" + number(len(head)) + head + number(0)


async def read_number(reader):
    n = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        n |= (byte & 0x7F) << shift
        if byte < 0x80:
            return n
        shift += 7
        if shift > 63:
            raise ValueError("a damaged frame")


class Refused(Exception):
    """The engine's error."""


async def ask(ticket, question):
    """The engine's answer, a text."""
    reader, writer = await asyncio.open_unix_connection(ticket["socket"], limit=LARGEST)
    try:
        writer.write(frame(text("page") + text(ticket["cell"]) + text(ticket["dir"]) + text(ticket["run"])) + frame(text(question)))
        await writer.drain()
        kind = b""
        while kind not in (b"a", b"e"):  # others are progress and warnings, which the cell has shown
            kind = await reader.readexactly(1)
            length = await read_number(reader)
            if length > LARGEST:
                raise ValueError("a damaged frame")
            head = await reader.readexactly(length)
            if await read_number(reader) != 0:
                raise ValueError("an answer that is no text")
        value = asyncio.StreamReader()
        value.feed_data(head)
        said = (await value.readexactly(await read_number(value))).decode()
        if kind == b"e":
            raise Refused(said)
        return said
    finally:
        writer.close()


class Ask(APIHandler):
    def initialize(self, fit):
        super().initialize()
        self.fit = fit  # fingerprint of a run's best weights
        self.asking = None

    def on_connection_close(self):
        if self.asking:
            self.asking.cancel()  # nobody waits for the answer: the engine gives it up

    def refuse(self, status, message):
        self.set_status(status)
        self.finish(json.dumps({"message": message}))

    @web.authenticated
    @authorized("execute", resource="kernels")
    async def post(self):
        if len(self.request.body) > LONGEST:
            return self.refuse(413, "question: longer than %d bytes" % LONGEST)
        asked = self.get_json_body()
        name, question = (asked.get("ticket"), asked.get("question")) if isinstance(asked, dict) else (None, None)
        if not isinstance(name, str) or not TICKET.fullmatch(name) or not isinstance(question, dict):
            return self.refuse(400, "question: accepted: an object of a ticket and a question")
        try:
            with open(os.path.join(tempfile.gettempdir(), "engine-%s.ticket" % name)) as file:
                ticket = json.load(file)
        except FileNotFoundError:
            return self.refuse(410, GONE)
        if self.fit(os.path.join(ticket["dir"], ticket["run"])) != ticket["fit"]:
            return self.refuse(409, "%s has another fit by now. Run the cell again." % ticket["run"])
        self.asking = asyncio.ensure_future(ask(ticket, json.dumps(question)))
        try:
            answer = await self.asking
        except Refused as error:
            return self.refuse(400, str(error))
        except asyncio.CancelledError:
            return
        except (OSError, EOFError):  # no engine, or one that ended over the question
            return self.refuse(410, GONE)
        self.finish(answer)
