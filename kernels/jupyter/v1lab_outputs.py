"""Keeps what the cells of notebooks show until their notebook is saved, so that a page that is loaded while a cell runs, or after it, has all of it.

JupyterLab sends what a kernel says to the page that ran the cell. If that page is gone, so is what is said: the server drops it. Here the server listens, too.
In go the requests of pages (with the cell's id), the kernels' messages, and what is saved. Out come, to a page that asks (outputs.js), the outputs of the cells
that other pages ran, as a notebook's file has them.
"""

import json
import time

from tornado import web

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

MOST = 200  # cells of a kernel that are kept
SETTLED = 5  # seconds after its end after which a page has a cell's output, so that a file that is saved has it

kept = {}  # by kernel: records by the id of the request, the oldest first


def plain(text):
    """Text as a terminal shows it, where a carriage return begins a line anew."""
    if "\r" not in text:
        return text
    return "\n".join(line[line.rfind("\r", 0, len(line) - 1) + 1:] if "\r" in line else line for line in text.split("\n"))


class Record:
    """What a cell has shown since it was run."""

    def __init__(self, cell, page):
        self.cell, self.page = cell, page  # page: the session of the page that ran it
        self.outputs, self.texts, self.places = [], {}, {}  # texts of streams by their place; places by display id
        self.count, self.state, self.ended, self.version, self.clears = None, "queued", 0, 0, False

    def add(self, output):
        if self.clears:
            self.outputs, self.texts, self.places, self.clears = [], {}, {}, False
        if output is not None:
            self.outputs.append(output)

    def stream(self, name, text):
        self.add(None)
        last = len(self.outputs) - 1
        if last < 0 or last not in self.texts or self.outputs[last]["name"] != name:
            self.add({"output_type": "stream", "name": name, "text": ""})
            last += 1
            self.texts[last] = []
        self.texts[last].append(text)

    def display(self, output, transient):
        self.add(output)
        if "display_id" in transient:
            self.places.setdefault(transient["display_id"], []).append(len(self.outputs) - 1)

    def model(self):
        for place, pieces in self.texts.items():
            pieces[:] = ["".join(pieces)]
            self.outputs[place]["text"] = plain(pieces[0])
        return {"cell": self.cell, "version": self.version, "state": self.state, "count": self.count, "outputs": self.outputs}


def asked(kernel, page, msg_id, cell):
    """A page runs a cell."""
    records = kept.setdefault(kernel, {})
    for old in [i for i, r in records.items() if r.cell == cell]:
        del records[old]
    while len(records) >= MOST:
        del records[next(iter(records))]
    records[msg_id] = Record(cell, page)


def heard(kernel, parts):
    """A kernel says something: a message of its iopub channel, in parts."""
    records = kept.get(kernel)
    if not records:
        return
    at = parts.index(b"<IDS|MSG>")
    header, parent, metadata, content = (json.loads(bytes(p)) for p in parts[at + 2:at + 6])
    kind, record = header["msg_type"], records.get(parent.get("msg_id"))
    if kind == "update_display_data":
        shown = content.get("transient", {}).get("display_id")
        for r in records.values():
            for place in r.places.get(shown, ()):
                r.outputs[place].update(data=content["data"], metadata=content["metadata"])
                r.version += 1
    if record is None:
        return
    record.version += 1
    if kind == "status":
        if content["execution_state"] == "idle":
            record.state, record.ended = "done", time.monotonic()
        elif content["execution_state"] == "busy":
            record.state = "running"
    elif kind == "execute_input":
        record.count = content["execution_count"]
    elif kind == "stream":
        record.stream(content["name"], content["text"])
    elif kind in ("display_data", "execute_result"):
        output = {"output_type": kind, "data": content["data"], "metadata": content["metadata"]}
        if kind == "execute_result":
            output["execution_count"] = content["execution_count"]
        record.display(output, content.get("transient", {}))
    elif kind == "error":
        record.add({"output_type": "error", "ename": content["ename"], "evalue": content["evalue"], "traceback": content["traceback"]})
    elif kind == "clear_output":
        record.clears = True
        if not content.get("wait"):
            record.add(None)


def saved(cells):
    """A notebook is saved with these cells: what they have shown is in its file now."""
    ids, now = {cell.get("id") for cell in cells}, time.monotonic()
    for records in kept.values():
        for i in [i for i, r in records.items() if r.cell in ids and r.state == "done" and now - r.ended > SETTLED]:
            del records[i]


class Connection(ZMQChannelsWebsocketConnection):
    """The connection of a page to a kernel, which notes the cells that are run."""

    def handle_incoming_message(self, incoming_msg):
        try:
            if isinstance(incoming_msg, bytes) and b"execute_request" in incoming_msg[:1000] and b"cellId" in incoming_msg[:2000]:
                self.note(incoming_msg)
        except (KeyError, ValueError, IndexError) as error:
            self.log.warning("output of a cell is not kept: %s", error)
        super().handle_incoming_message(incoming_msg)

    def note(self, message):
        from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1

        channel, (header, _, metadata, *_) = deserialize_msg_from_ws_v1(message)
        header, metadata = json.loads(bytes(header)), json.loads(bytes(metadata))
        if channel == "shell" and header["msg_type"] == "execute_request" and "cellId" in metadata:
            asked(self.kernel_id, header["session"], header["msg_id"], metadata["cellId"])


class Outputs(APIHandler):
    @web.authenticated
    @authorized("read", resource="kernels")
    def get(self, kernel):
        """What cells of a kernel have shown that other pages ran. A page says which versions it has."""
        page, known = self.get_argument("page"), json.loads(self.get_argument("known", "{}"))
        if not isinstance(known, dict):
            raise web.HTTPError(400, "known: accepted: an object of versions by cell")
        cells = []
        for r in kept.get(kernel, {}).values():
            if r.page != page:
                same = known.get(r.cell) == r.version
                cells.append({"cell": r.cell, "version": r.version, "state": r.state} if same else r.model())
        self.finish(json.dumps({"cells": cells}))


default_handlers = [(r"/v1lab/outputs/([\w-]+)", Outputs)]
