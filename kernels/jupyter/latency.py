"""Measures kernels and cells. In: a JSON object, the first line of standard input. Out: one JSON object.

In: {"kernel": name, "cells": [[code]], "starts": n}. Out: {"start": [seconds], "cells": [[seconds]], "error": text}. Kernels are started one
after the other, n in all, and cells are run in the last of them.
"""

import json
import os
import sys
import time

from jupyter_client.manager import KernelManager

LIMIT = 300  # seconds


def answered(client, begin, message):
    while True:
        reply = client.get_shell_msg(timeout=LIMIT)
        if reply["parent_header"].get("msg_id") == message:
            return time.monotonic() - begin


def main():
    job = json.loads(sys.stdin.readline())
    found = {"start": [], "cells": [[] for _ in job["cells"]], "error": ""}
    for i in range(job["starts"]):
        manager = KernelManager(kernel_name=job["kernel"])
        begin = time.monotonic()
        try:
            manager.start_kernel(cwd=os.environ["TMPDIR"])
            client = manager.client()
            client.start_channels(hb=False)
            found["start"].append(answered(client, begin, client.kernel_info()))
            if i == job["starts"] - 1:
                for cells, seconds in zip(job["cells"], found["cells"]):
                    for cell in cells:
                        run(client, cell, seconds, found)
            client.stop_channels()
        finally:
            if manager.has_kernel:
                manager.shutdown_kernel()
    print(json.dumps(found), file=answers, flush=True)


def run(client, cell, seconds, found):
    text = []

    def collect(message):
        content = message["content"]
        text.append(content.get("text") or "\n".join(content.get("traceback") or []))

    begin = time.monotonic()
    reply = client.execute_interactive(cell, timeout=LIMIT, allow_stdin=False, output_hook=collect)
    seconds.append(time.monotonic() - begin)
    if reply["content"]["status"] != "ok":
        found["error"] = "".join(text) or "without a message"


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keeps output of libraries apart from the answer
    main()
