"""A client of yaml-language-server, over the protocol that editors speak with it."""

from __future__ import annotations

import fcntl
import json
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

HERE = Path(__file__).parent
SERVER = HERE / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
LIMIT = 60.0


MISSING = "is missing: the tests of the editor schemas need Node.js 18 or later, with npm"
SETTINGS: Mapping[str, Any] = {"schemaStore": {"enable": False}, "validate": True, "hover": True, "completion": True}
"""As an editor has them, but that nothing is fetched from the net."""


def install(lock_folder: Path) -> None:
    """Installs the locked server, once, whichever process of the tests is first. Says what is missing."""
    for program in ("node", "npm"):
        assert shutil.which(program), f"{program} {MISSING}"
    with (lock_folder / "npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install()


def _install() -> None:
    wanted = (HERE / "package-lock.json").read_bytes()
    mark = HERE / "node_modules" / ".installed"
    if mark.is_file() and mark.read_bytes() == wanted:
        return
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts"], cwd=HERE, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, f"npm ci failed in {HERE}:\n{done.stderr}"
    mark.write_bytes(wanted)


def judged_as_json(root: Path, name: str, text: str, schemas: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """What VS Code says of a JSON file, by its setting `json.schemas`: the line, from 1, and the message."""
    done = subprocess.run(
        ["node", str(HERE / "check_json.mjs"), str(root), name],
        input=json.dumps({"schemas": schemas, "text": text}),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr
    return [(line, message) for line, message in json.loads(done.stdout)]


class LanguageServer:
    """A running server with `yaml.` settings of an editor; it is stopped at the end of the `with`."""

    def __init__(self, root: Path, settings: Mapping[str, Any]) -> None:
        self._root = root
        self._settings = {"yaml": {**SETTINGS, **settings}}
        self._process: subprocess.Popen[bytes]
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._number = 0
        self._version: dict[str, int] = {}

    def __enter__(self) -> Self:
        node = shutil.which("node")
        assert node, f"node {MISSING}"
        self._process = subprocess.Popen(
            [node, str(SERVER), "--stdio"], cwd=self._root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        try:
            self._begin()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _begin(self) -> None:
        folder = {"uri": self._root.as_uri(), "name": self._root.name}
        self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder["uri"],
                "workspaceFolders": [folder],
                "capabilities": {
                    "workspace": {"configuration": True, "workspaceFolders": True},
                    "textDocument": {"hover": {"contentFormat": ["markdown"]}, "completion": {}},
                },
            },
        )
        self._notify("initialized", {})
        # A document that is open when the settings come is judged a second time.
        self._answer(self._wait(lambda message: message.get("method") == "workspace/configuration"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(LIMIT)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()

    def diagnostics(self, file: Path, text: str) -> list[tuple[int, str]]:
        """What the server says of a file with this content, in an editor: the line, from 1, and the message."""
        uri = file.as_uri()
        version = self._version[uri] = self._version.get(uri, 0) + 1
        self._drain()
        if version == 1:
            document = {"uri": uri, "languageId": "yaml", "version": version, "text": text}
            self._notify("textDocument/didOpen", {"textDocument": document})
        else:
            document = {"uri": uri, "version": version}
            self._notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
        found = self._wait(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri
            )
        )
        return sorted((item["range"]["start"]["line"] + 1, item["message"]) for item in found["params"]["diagnostics"])

    def hover(self, file: Path, line: int, column: int) -> str:
        """What is shown of the place in a file that was opened; line and column count from 1."""
        result = self.request("textDocument/hover", self._place(file, line, column))
        return str(result["contents"]["value"]) if result else ""

    def completions(self, file: Path, line: int, column: int) -> dict[str, str]:
        """What is offered at the place in a file that was opened, with the text that would be written."""
        result = self.request("textDocument/completion", self._place(file, line, column))
        return {item["label"]: item.get("insertText", item["label"]) for item in result["items"]}

    def request(self, method: str, params: Mapping[str, Any]) -> Any:
        """Asks, and waits for the answer."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        answer = self._wait(lambda message: message.get("id") == number and "method" not in message)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    @staticmethod
    def _place(file: Path, line: int, column: int) -> dict[str, Any]:
        return {"textDocument": {"uri": file.as_uri()}, "position": {"line": line - 1, "character": column - 1}}

    def _notify(self, method: str, params: Mapping[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _wait(self, is_wanted: Any) -> dict[str, Any]:
        end = time.monotonic() + LIMIT
        while True:
            try:
                message = self._messages.get(timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"the language server has said nothing for {LIMIT:.0f} seconds") from None
            assert message is not None, "the language server ended"
            if is_wanted(message):
                return message
            if "method" in message and "id" in message:
                self._answer(message)

    def _drain(self) -> None:
        """Passes over what was said of earlier states of the documents."""
        while not self._messages.empty():
            message = self._messages.get()
            if message is not None and "method" in message and "id" in message:
                self._answer(message)

    def _answer(self, message: Mapping[str, Any]) -> None:
        """What an editor answers: its settings, and nothing else."""
        result: Any = None
        if message["method"] == "workspace/configuration":
            result = [self._settings.get(item["section"]) for item in message["params"]["items"]]
        self._send({"id": message["id"], "result": result})

    def _read(self, stream: IO[bytes]) -> None:
        while True:
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            if not line:
                self._messages.put(None)
                return
            self._messages.put(json.loads(stream.read(length)))
