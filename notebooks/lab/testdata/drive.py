"""Does with a kernel what JupyterLab does, one JSON object a line. In: {"do": verb, ...}. Out: what happened.

Verbs: start; run (with "code", answers at once); interrupt (the stop button); restart; kill (-9, the kernel alone). Each answers
{"done": verb, "pid": of the kernel}. In between come {"text": what a cell shows} and {"cell": "ok" or "error"} when it ends.
"""

import json
import os
import queue
import re
import signal
import sys
import threading

from jupyter_client.manager import KernelManager

answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # whatever libraries print does not mix with the answers
lock = threading.Lock()


def say(**event):
    with lock:
        print(json.dumps(event), file=answers, flush=True)


class Listener:
    """Passes on what a kernel's cells show, until it is closed."""

    def __init__(self, manager):
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.open = True
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while self.open:
            for channel in (self.client.get_iopub_msg, self.client.get_shell_msg):
                try:
                    message = channel(timeout=0.05)
                except queue.Empty:
                    continue
                content = message["content"]
                match message["msg_type"]:
                    case "stream":
                        say(text=content["text"])
                    case "display_data" | "update_display_data" | "execute_result":
                        data = content["data"]
                        say(text=re.sub(r"<img[^>]*>", "[figure]", data.get("text/html") or data.get("text/plain") or ""))
                    case "error":
                        say(text="\n".join(content.get("traceback") or [content.get("evalue", "")]))
                    case "execute_reply":
                        say(cell=content["status"])

    def close(self):
        self.open = False
        self.thread.join()
        self.client.stop_channels()


def main():
    manager = KernelManager(kernel_name="v1lab")
    listener = None
    for line in sys.stdin:
        job = json.loads(line)
        match job["do"]:
            case "start":
                manager.start_kernel(cwd=job["dir"])
                listener = Listener(manager)
            case "run":
                listener.client.execute(job["code"])
            case "interrupt":
                manager.interrupt_kernel()
            case "restart":
                listener.close()
                manager.restart_kernel()
                listener = Listener(manager)
            case "kill":
                os.kill(manager.provisioner.pid, signal.SIGKILL)
                listener.open = False
        say(done=job["do"], pid=getattr(manager.provisioner, "pid", 0) or 0)
    if manager.has_kernel:
        manager.shutdown_kernel()


if __name__ == "__main__":
    main()
