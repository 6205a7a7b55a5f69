"""Reads and writes a graph over HTTP, with the standard library of Python 3 only.

    python3 graph.py GRAPH

It needs the `logseq` command on the PATH, or its path in LOGSEQ. `logseq server start` finds or starts the server, and says
where it is.
"""

import json
import os
import subprocess
import sys
import time
import uuid
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class GraphError(Exception):
    """An error of the server, with its code."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


class Graph:
    """One graph. Values are plain JSON: see docs/cli/logseq-cli.md for keywords and UUIDs."""

    def __init__(self, name):
        self.name = name
        self.server = self._start()

    def _start(self):
        command = [os.environ.get("LOGSEQ", "logseq"), "server", "start", "--create", "--repo", self.name]
        run = subprocess.run([*command, "--json", "--show-token"], capture_output=True, text=True)
        answer = json.loads(run.stdout)
        if answer["status"] == "ok":
            return answer["data"]
        raise GraphError(answer["error"]["code"], answer["error"]["message"])

    def _request(self, path, body=None):
        headers = {"Authorization": "Bearer " + self.server["auth-token"], "Content-Type": "application/json"}
        return Request(self.server["base-url"] + path, body and json.dumps(body).encode(), headers)

    def call(self, method, *args, request_id=None):
        """Calls a method. A write has a request-id, so that the server executes it once if it is sent again."""
        body = {"method": "thread-api/" + method, "args": [self.server["repo"], *args]}
        if request_id:
            body["request-id"] = request_id
        try:
            with urlopen(self._request("/v1/invoke", body), timeout=40) as answer:
                return json.load(answer)["result"]
        except HTTPError as failure:
            error = json.load(failure)["error"]
            raise GraphError(error["code"], error["message"]) from failure

    def write(self, *entities):
        """Writes entities in one transaction, which is on disk when this returns."""
        self.call("transact", list(entities), request_id=str(uuid.uuid4()))

    def events(self):
        """Yields an event for each write, and None when the stream is open."""
        with urlopen(self._request("/v1/events")) as stream:
            yield None
            for line in stream:
                if line.startswith(b"data: "):
                    yield json.loads(line[len(b"data: "):])


def page(title):
    now = int(time.time() * 1000)
    return {
        "block/uuid": f"~u{uuid.uuid4()}",
        "block/name": title.lower(),
        "block/title": title,
        "block/tags": ":logseq.class/Page",
        "block/created-at": now,
        "block/updated-at": now,
    }


def main(name):
    graph = Graph(name)
    for event in graph.events():
        if event is None:
            graph.write(page("A page of Python"))
            continue
        print("event:", event["type"])
        break
    query = "[:find [?title ...] :in $ ?name :where [?p :block/name ?name] [?p :block/title ?title]]"
    print("found:", graph.call("q", [query, "a page of python"]))
    try:
        graph.call("q", ["[:find"])
    except GraphError as error:
        print("refused:", error.code)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "demo")
