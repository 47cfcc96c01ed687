"""Prints where JupyterLab's configuration files make it listen and whether it asks for a token or password. Out: one JSON object."""

import json

from jupyter_core.application import JupyterApp
from traitlets.config import Config

found = Config()
for app in ("jupyter-server", "jupyter-lab"):  # JupyterLab reads both
    reader = type("Reader", (JupyterApp,), {"name": app})()
    reader.load_config_file()
    found.merge(reader.config)

server, identity = found["ServerApp"], found["IdentityProvider"]
token = identity.get("token", server.get("token"))
password = server.get("password") or found["PasswordIdentityProvider"].get("hashed_password")
print(json.dumps({
    "ip": str(server.get("ip", "localhost")),
    "port": int(server.get("port", 8888)),
    "guarded": bool(password) or token != "",
}))
