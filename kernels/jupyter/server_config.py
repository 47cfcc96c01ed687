"""Settings of the server behind v1lab lab, which let the page show the state of its kernels and mark outputs of older fits.

A kernel that starts in a tenth of a second answers while its connection to the server is being made, and what it says then is lost. The server
therefore asks until it hears an answer, except if it takes the kernel to be busy; and that it does of a kernel restarted in the midst of a cell,
and if an answer about the kernel itself counts as work. The page in turn counts no such answers, and waits for another word of the kernel's
until a first cell has run: it shows the kernel's state as unknown.

A line among the outputs of a cell names the runs that they were made from, and their fits (package notebooks/lab/origin). When a notebook is opened, the
line says so if a run has another fit by now.

Pages ask the engine through v1lab_ask.py, and are given what cells have shown to other pages by v1lab_outputs.py. Both lie beside this file.
"""

import hashlib
import html
import importlib.util
import os
import sys
import zipfile

from traitlets import default

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager


def beside(name):
    """A module that lies beside this file."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(os.path.dirname(__file__), name + ".py"))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


v1lab_ask, v1lab_outputs = beside("v1lab_ask"), beside("v1lab_outputs")

ABOUT_ITSELF = ("kernel_info_request", "kernel_info_reply")


class KernelManager(AsyncMappingKernelManager):
    @default("untracked_message_types")
    def _untracked(self):  # for the page
        return [kind for kind in AsyncMappingKernelManager.untracked_message_types.default() if kind not in ABOUT_ITSELF]

    def track_message_type(self, message_type):  # for the server
        return message_type not in ABOUT_ITSELF and super().track_message_type(message_type)

    async def restart_kernel(self, kernel_id, now=False):
        answer = await super().restart_kernel(kernel_id, now=now)
        v1lab_outputs.kept.pop(kernel_id, None)
        self.get_kernel(kernel_id).execution_state = "starting"
        return answer

    def remove_kernel(self, kernel_id):
        v1lab_outputs.kept.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)

    def start_watching_activity(self, kernel_id):
        super().start_watching_activity(kernel_id)
        stream = self.get_kernel(kernel_id)._activity_stream
        note = stream._recv_callback

        def hear(parts):
            note(parts)
            try:
                v1lab_outputs.heard(kernel_id, parts)
            except Exception as error:  # whatever it is, the kernel is heard
                self.log.warning("what a cell shows is not kept: %r", error)

        stream.on_recv(hear)


def fit(run):
    """Fingerprint of a run's best weights, as package origin computes it; None without weights."""
    try:
        with zipfile.ZipFile(os.path.join(run, "best", "weights.npz")) as archive:
            members = sorted(archive.infolist(), key=lambda m: m.filename)
    except (OSError, zipfile.BadZipFile):
        return None
    lines = "".join("%s %08x %d\n" % (m.filename, m.CRC, m.file_size) for m in members)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def stale(sources, folder):
    """What the line says of runs that have another fit now."""
    text = ""
    for source in sources:
        now = fit(os.path.join(folder, source["run"]))
        run = html.escape(source["run"])
        if now is None:
            text += "<div><b>made from a fit that is gone</b>: %s has no weights</div>" % run
        elif now != source["fit"]:
            text += "<div><b>made from an older fit</b>: %s has changed since; run the cell again</div>" % run
    return text


class ContentsManager(AsyncLargeFileManager):
    async def save(self, model, path=""):
        answer = await super().save(model, path)
        if model.get("type") == "notebook":
            v1lab_outputs.saved(model["content"]["cells"])
        return answer

    async def get(self, path, *args, **kwargs):
        model = await super().get(path, *args, **kwargs)
        if model.get("type") == "notebook" and model.get("content"):
            folder = os.path.dirname(self._get_os_path(path))
            for cell in model["content"].get("cells", []):
                for output in cell.get("outputs", []):
                    try:
                        sources = output["metadata"]["v1lab_made_from"]
                        output["data"]["text/html"] = stale(sources, folder)
                    except (KeyError, TypeError):  # not such a line
                        pass
        return model


c = get_config()  # noqa: F821
v1lab_ask.default_handlers = [(r"/v1lab/ask", v1lab_ask.Ask, {"fit": fit})]
c.ServerApp.extra_services = ["v1lab_ask", "v1lab_outputs"]
c.ServerApp.kernel_websocket_connection_class = v1lab_outputs.Connection
c.ServerApp.contents_manager_class = ContentsManager
c.ServerApp.kernel_manager_class = KernelManager
