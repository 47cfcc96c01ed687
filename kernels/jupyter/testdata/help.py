"""Asks a kernel for help. In: the kernel's name, cells and questions as a JSON object on standard input. Out: the answers as a JSON list.

In: {"kernel": name, "cells": [code], "ask": [{"do": "inspect", "complete" or a type of message, "code": text, "at": position, "content": of the message}]}.
Cells are run first. Each answer has the seconds that it took.
"""

import json
import sys
import time

from jupyter_client.manager import start_new_kernel

job = json.load(sys.stdin)
manager, client = start_new_kernel(kernel_name=job["kernel"])
answers = []


def answer(to):
    while True:
        message = client.get_shell_msg(timeout=60)
        if message["parent_header"].get("msg_id") == to:
            return message["content"]


try:
    for cell in job["cells"]:
        text = []
        reply = client.execute_interactive(cell, timeout=60, allow_stdin=False, output_hook=lambda m: text.append(m["content"]))
        answers.append({"status": reply["content"]["status"], "outputs": text})
    for q in job["ask"]:
        begin = time.monotonic()
        if q["do"] == "inspect":
            message = client.inspect(q["code"], q["at"], 0)
        elif q["do"] == "complete":
            message = client.complete(q["code"], q["at"])
        else:
            message = client.session.msg(q["do"], q["content"])
            client.shell_channel.send(message)
            message = message["header"]["msg_id"]
        answers.append(dict(answer(message), seconds=time.monotonic() - begin))
finally:
    client.stop_channels()
    manager.shutdown_kernel()
print(json.dumps(answers))
