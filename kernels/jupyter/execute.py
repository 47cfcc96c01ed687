"""Runs one notebook headless. In: a JSON object, the first line of standard input. Out: one JSON object a line.

Events: {"cell": i, "of": n} before a code cell, {"cell": i, "of": n, "seconds": s} after it, and at
the end {"error": text, "cell": i, "source": text} or {"done": true}. The executed notebook is written in either case.
"""

import json
import os
import pathlib
import re
import signal
import sys
import tempfile
import threading
import time

import nbformat
from nbclient import NotebookClient
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


def output_text(cell):
    """Returns what a failed cell printed to standard error, then the kernel's own report."""
    parts = [o.get("text", "") for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stderr"]
    for o in cell.get("outputs", []):
        if o.output_type == "error":
            parts += ["\n".join(o.get("traceback") or []) or f"{o.get('ename')}: {o.get('evalue')}"]
    return plain("\n".join(p.strip("\n") for p in parts if p.strip()))


# Lines that gonb passes to a shell or another interpreter.
SHELL = re.compile(r"^(//gonb:)?\s*(!|%%(bash|sh|script)\b)", re.MULTILINE)
# gonb's messages about a failed line and about an unknown magic: separate messages of a cell that continues and succeeds.
ENDED_BADLY = re.compile(r"(\^C\n)?(exit status \d+|signal: [^\n]+)\n")
UNKNOWN = re.compile(r'"%[^"]*" unknown or not implemented yet\.')


class Client(NotebookClient):
    """Notices failures that gonb reports as text, before texts are joined."""

    hidden = None  # the first in the cell that runs

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        if self.hidden is None and msg["msg_type"] == "stream" and content["name"] == "stderr":
            text = content["text"]
            if UNKNOWN.fullmatch(text) or ENDED_BADLY.fullmatch(text) and SHELL.search(cell.source):
                self.hidden = text
        return super().process_message(msg, cell, cell_index)


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
    for cell in nb.cells:  # remove the results of an earlier run
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    code = [i for i, cell in enumerate(nb.cells) if cell.cell_type == "code" and cell.source.strip()]
    number = {index: n + 1 for n, index in enumerate(code)}
    started, failed, current = {}, None, None

    def before(cell, cell_index):
        nonlocal current
        if cell_index in number:
            current, client.hidden = cell_index, None
            started[cell_index] = time.monotonic()
            say(cell=number[cell_index], of=len(code))

    def after(cell, cell_index, execute_reply):
        if cell_index in number:
            say(cell=number[cell_index], of=len(code), seconds=time.monotonic() - started[cell_index])
            if execute_reply["content"].get("status") == "ok" and client.hidden is not None:
                raise CellExecutionError(output_text(cell) or client.hidden, "", "")

    nb.metadata["kernelspec"] = {"name": job["kernel"], "display_name": job["display_name"], "language": "go"}
    client = Client(
        nb,
        timeout=job["timeout"] or None,
        kernel_name=job["kernel"],
        coalesce_streams=True,
        record_timing=False,  # the same notebook gives the same file
        interrupt_on_timeout=False,
        shutdown_kernel="graceful",
        resources={"metadata": {"path": str(source.parent)}},
        on_cell_execute=before,
        on_cell_executed=after,
    )
    try:
        client.execute()
    except CellTimeoutError:
        failed = f"took longer than {job['timeout']} s"
    except DeadKernelError:
        failed = "the kernel died; its log says why"
    except CellExecutionError as e:
        failed = output_text(nb.cells[current]) or plain(str(e))
    except RuntimeError as e:
        failed = f"the kernel did not start: {e}; its log says why"
    except BaseException as e:  # a signal, or an error in Jupyter: save the notebook as it is
        failed = f"interrupted ({type(e).__name__} {e})".replace(" )", ")")
    if failed is None:
        trust(nb)
    replace_file(job["out"], nbformat.writes(nb) + "\n")
    if job["html"]:
        replace_file(job["html"], self_contained_html(nb))
    if failed is not None:
        source = nb.cells[current].source if current is not None else ""
        say(error=failed, cell=number.get(current, 0), of=len(code), source=source)
    else:
        say(done=True)


if __name__ == "__main__":
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keeps output of libraries apart from the events
    main()
