"""Starts a kernel, runs one cell and stops it. In: a JSON object, the first line of standard input. Out: one JSON object.

In: {"kernel": name, "code": cell, "timeout": seconds}. Out: {"start": seconds, "cell": seconds, "status": "ok", "output": text}.
"""

import json
import os
import sys
import time

from jupyter_client.manager import KernelManager


def main():
    job = json.loads(sys.stdin.readline())
    found = {"start": 0, "cell": 0, "status": "not started", "output": ""}

    def collect(message):
        content = message["content"]
        if message["msg_type"] == "stream":
            found["output"] += content["text"]
        elif message["msg_type"] == "error":
            found["output"] += "\n".join(content.get("traceback") or [content.get("evalue", "")])

    manager = KernelManager(kernel_name=job["kernel"])
    begin = time.monotonic()
    try:
        manager.start_kernel(cwd=os.environ["TMPDIR"])
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=job["timeout"])
            found["start"] = time.monotonic() - begin
            found["status"] = "not ended"
            begin = time.monotonic()
            reply = client.execute_interactive(job["code"], timeout=job["timeout"], allow_stdin=False, output_hook=collect)
            found["cell"] = time.monotonic() - begin
            found["status"] = reply["content"]["status"]
        finally:
            client.stop_channels()
    except Exception as e:
        found["output"] += f"{type(e).__name__}: {e}"
    finally:
        if manager.has_kernel:
            manager.shutdown_kernel(now=found["status"] != "ok")
    print(json.dumps(found), file=answers, flush=True)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keeps output of libraries apart from the answer
    main()
