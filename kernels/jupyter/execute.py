"""Runs one notebook headless. In: a JSON object, the first line of standard input. Out: one JSON object a line.

Events: {"cell": i, "of": n} before a code cell, {"cell": i, "of": n, "seconds": s} after it, and at
the end {"error": text, "cell": i, "source": text} or {"done": true}. The executed notebook is written in either case.
"""

import asyncio
import json
import os
import pathlib
import queue
import re
import signal
import sys
import tempfile
import threading
import time

import nbformat
from nbclient import NotebookClient
from jupyter_core.utils import ensure_async
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.sign import NotebookNotary


def say(**event):
    print(json.dumps(event), file=events, flush=True)


def replace_file(path, text):
    path = pathlib.Path(os.path.realpath(path))  # a link stays, its file is replaced
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        mode = 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


LINES, WIDTH = 60, 1000  # of a failed cell's output that is reported: head and tail; the notebook has all of it


def shortened(text):
    """Leaves out the middle of what is too long for a terminal."""
    lines = text.split("\n")
    if len(lines) > 2 * LINES:
        lines[LINES:-LINES] = [f"... {len(lines) - 2 * LINES} lines are left out; the executed notebook has them ..."]
    return "\n".join(l if len(l) <= WIDTH else f"{l[:WIDTH]} ... {len(l) - WIDTH} characters are left out ..." for l in lines)


def output_text(cell):
    """Returns what a failed cell printed to standard error, then the kernel's own report."""
    parts = [o.get("text", "") for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stderr"]
    for o in cell.get("outputs", []):
        if o.output_type == "error":
            parts += ["\n".join(o.get("traceback") or []) or f"{o.get('ename')}: {o.get('evalue')}"]
    return shortened(plain("\n".join(p.strip("\n") for p in parts if p.strip())))


KINDS = ("compile error", "panic", "exit")  # of failures that the kernel describes in a sentence


def sentence(cell, otherwise):
    """Returns what is wrong with a failed cell in one line: the line in the cell, if the compiler names one, and what it says of it."""
    for o in cell.get("outputs", []):
        if o.output_type == "error" and o.get("ename") in KINDS and o.get("evalue"):
            return o["evalue"].splitlines()[0]
    lines = [line.strip() for line in otherwise.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith(("panic: ", "fatal error: "))]
    return (said or [line for line in lines if not line.startswith("# ")] or lines or [""])[0]


def on_screen(text):
    """Returns what a terminal shows of a stream with carriage returns and backspaces. The time is linear in the text, and nothing is done to lines without them."""
    if "\b" in text:
        kept = []
        for character in text:
            if character == "\b" and kept and kept[-1] != "\n":
                kept.pop()
            else:
                kept.append(character)
        text = "".join(kept)
    if "\r" not in text:
        return text
    # A carriage return at the end of a line erases nothing.
    return "\n".join(line[line.rfind("\r", 0, len(line) - 1) + 1:] if "\r" in line else line for line in text.split("\n"))


def join_streams(outputs):
    """Returns a cell's outputs with all pieces of standard output in one, and all of standard error; standard output comes first where they meet."""
    joined, pieces, places = [], {}, {}
    for o in outputs:
        if o["output_type"] != "stream":
            joined.append(o)
        elif o["name"] in pieces:
            pieces[o["name"]].append(o["text"])
        else:
            pieces[o["name"]], places[o["name"]] = [o["text"]], o
            joined.append(o)
    for name, o in places.items():
        o["text"] = on_screen("".join(pieces[name]))
    for i in range(1, len(joined)):
        if joined[i].get("name") == "stdout" and joined[i - 1].get("name") == "stderr":
            joined[i - 1], joined[i] = joined[i], joined[i - 1]
    return joined


# Lines that gonb passes to a shell or another interpreter.
SHELL = re.compile(r"^(//gonb:)?\s*(!|%%(bash|sh|script)\b)", re.MULTILINE)
# gonb's messages about a failed line and about an unknown magic: separate messages of a cell that continues and succeeds.
ENDED_BADLY = re.compile(r"(\^C\n)?(exit status \d+|signal: [^\n]+)\n")
UNKNOWN = re.compile(r'"%[^"]*" unknown or not implemented yet\.')


LAST_WORDS = re.compile(r"^(panic: |fatal error: |F\d{4} )")  # of a program in Go

STALLED = 30  # seconds without a message, after the cell's end, before its output counts as lost


class IncompleteError(Exception):
    """The kernel said that a cell ended, and then not that all of its output was sent."""


class Client(NotebookClient):
    """Notices failures that gonb reports as text, before texts are joined, and waits for all of a cell's output."""

    hidden = None  # the first in the cell that runs
    messages = 0  # received so far
    process = None  # of the kernel

    async def async_start_new_kernel(self, **kwargs):
        await super().async_start_new_kernel(**kwargs)
        self.process = getattr(self.km.provisioner, "process", None)

    def reason(self, log, size):
        """Says why the kernel died: the signal, and what its log has said of it since it had the given size."""
        code = self.process.poll() if self.process is not None else None
        text = ""
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            text = f": killed by {name}" + (", as the system does when memory runs out" if name == "SIGKILL" else "")
        elif code:
            text = f": exit status {code}"
        try:
            with open(log, encoding="utf-8", errors="replace") as file:
                file.seek(size)
                words = [line.strip() for line in file if LAST_WORDS.search(line)]
        except OSError:
            words = []
        return text + (f": {plain(words[-1])[:300]}" if words else "") + f"; its log is {log}"

    def process_message(self, msg, cell, cell_index):
        self.messages += 1
        content = msg["content"]
        if self.hidden is None and msg["msg_type"] == "stream" and content["name"] == "stderr":
            text = content["text"]
            if UNKNOWN.fullmatch(text) or ENDED_BADLY.fullmatch(text) and SHELL.search(cell.source):
                self.hidden = text
        return super().process_message(msg, cell, cell_index)

    async def _async_poll_for_reply(self, msg_id, cell, timeout, output, alive):
        """Differs from the library's, which gives up 4 s after the reply: output that is still on its way is waited for."""
        end = None if timeout is None else time.monotonic() + timeout
        try:
            while True:
                try:
                    reply = await ensure_async(self.kc.shell_channel.get_msg(timeout=None if end is None else max(0, end - time.monotonic())))
                except queue.Empty:
                    await self._async_check_alive()
                    raise CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", timeout, cell) from None
                if reply["parent_header"].get("msg_id") == msg_id:
                    break
            seen, quiet = self.messages, 0
            while not (await asyncio.wait([output], timeout=1))[0]:
                seen, quiet = self.messages, quiet + 1 if seen == self.messages else 0
                if quiet >= STALLED:
                    raise IncompleteError()
            await output
            return reply
        finally:
            alive.cancel()


def self_contained_html(nb):
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="lab")
    for name in exporter.trait_names():  # URLs of scripts that the page would download
        if name.endswith("_url") and name != "jupyter_widgets_base_url":
            setattr(exporter, name, "")
    body, _ = exporter.from_notebook_node(nb)
    body = re.sub(r"<script[^>]*\ssrc=[^>]*>\s*</script>", "", body)
    return re.sub(r'<script type="module">\s*import[^<]*?</script>', "", body, flags=re.S)


def trust(nb):
    """Marks the notebook as trusted, so that JupyterLab shows its outputs in full, like those of cells that it ran itself."""
    try:
        NotebookNotary().sign(nb)
    except Exception as e:  # a list that cannot be written, as in a read-only home: outputs are shown with less
        print(f"not marked as trusted: {e}", file=sys.stderr)


def follow_parent():
    """The caller holds standard input open: its end means that the caller is gone or wants us to stop."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)


def main():
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=follow_parent, daemon=True).start()
    source = pathlib.Path(job["notebook"])
    try:
        nb = nbformat.read(source, as_version=4)
    except Exception as e:
        say(error=f"is no notebook: {str(e).splitlines()[0]}")
        return
    if os.path.realpath(job["notebook"]) != os.path.realpath(job["out"]):  # in place, a cell keeps its results until it runs
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    code = [i for i, cell in enumerate(nb.cells) if cell.cell_type == "code" and cell.source.strip()]
    number = {index: n + 1 for n, index in enumerate(code)}
    started, failed, current = {}, None, None

    def before(cell, cell_index):
        nonlocal current
        if cell_index in number:
            current, client.hidden = cell_index, None
            cell.outputs, cell.execution_count = [], None
            started[cell_index] = time.monotonic()
            say(cell=number[cell_index], of=len(code))

    def after(cell, cell_index, execute_reply):
        if cell_index in number:
            cell.outputs = join_streams(cell.outputs)
            say(cell=number[cell_index], of=len(code), seconds=time.monotonic() - started[cell_index])
            if execute_reply["content"].get("status") == "ok" and client.hidden is not None:
                raise CellExecutionError(output_text(cell) or client.hidden, "", "")

    nb.metadata["kernelspec"] = {"name": job["kernel"], "display_name": job["display_name"], "language": "go"}
    client = Client(
        nb,
        timeout=job["timeout"] or None,
        kernel_name=job["kernel"],
        coalesce_streams=False,  # join_streams does it in linear time
        record_timing=False,  # the same notebook gives the same file
        interrupt_on_timeout=False,
        shutdown_kernel="graceful",
        resources={"metadata": {"path": str(source.parent)}},
        on_cell_execute=before,
        on_cell_executed=after,
    )
    size = os.path.getsize(job["log"]) if os.path.exists(job["log"]) else 0
    try:
        client.execute()
    except CellTimeoutError:
        failed = f"took longer than {job['timeout']} s"
    except IncompleteError:
        failed = f"the output is incomplete: the cell has ended, and its kernel has sent nothing for {STALLED} s, nor that this was all"
    except DeadKernelError:
        failed = f"the kernel died{client.reason(job['log'], size)}"
    except CellExecutionError as e:
        failed = output_text(nb.cells[current]) or plain(str(e))
    except RuntimeError as e:
        failed = f"the kernel did not start: {e}; its log says why"
    except BaseException as e:  # a signal, or an error in Jupyter: save the notebook as it is
        failed = f"interrupted ({type(e).__name__} {e})".replace(" )", ")")
    if failed is None:
        trust(nb)
    elif current is not None:
        nb.cells[current].outputs = join_streams(nb.cells[current].outputs)
    replace_file(job["out"], nbformat.writes(nb) + "\n")
    if job["html"]:
        replace_file(job["html"], self_contained_html(nb))
    if failed is not None:
        source = nb.cells[current].source if current is not None else ""
        short = sentence(nb.cells[current], failed) if current is not None else failed
        say(error=failed, sentence=short, cell=number.get(current, 0), of=len(code), source=source)
    else:
        say(done=True)


if __name__ == "__main__":
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keeps output of libraries apart from the events
    main()
