"""A real Chromium, driven over its DevTools protocol: what a reader's browser would do."""

import base64
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
]


def find() -> str:
    """Return the browser's path, or skip the test with the reason."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed here; `.ci/run` installs it from Debian")
    return path


class Browser:
    """One page of a headless Chromium; ``requests`` and ``dialogs`` list what it tried."""

    def __init__(self, folder: Path) -> None:
        import websocket

        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self._ids = itertools.count(1)
        self._process = subprocess.Popen(
            [find(), *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        port_file = folder / "DevToolsActivePort"
        self._wait(lambda: port_file.is_file() and port_file.read_text().count("\n") >= 1, 30)
        port, path = port_file.read_text().split("\n")[:2]
        self._socket = websocket.create_connection(f"ws://127.0.0.1:{port}{path}", timeout=60)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = None
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self._call(f"{domain}.enable")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @staticmethod
    def _wait(condition, seconds: float) -> None:
        for _ in range(int(seconds * 20)):
            if condition():
                return
            time.sleep(0.05)
        raise TimeoutError(f"nothing after {seconds} s")

    def _call(self, method: str, **params):
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        if getattr(self, "_session", None):
            message["sessionId"] = self._session
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(answer["error"]["message"])
                return answer["result"]
            self._note(answer)

    def _note(self, event) -> None:
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        if event.get("method") == "Page.javascriptDialogOpening":
            self.dialogs.append(event["params"]["message"])
            self._socket.send(
                json.dumps(
                    {
                        "id": next(self._ids),
                        "method": "Page.handleJavaScriptDialog",
                        "params": {"accept": False},
                        "sessionId": self._session,
                    }
                )
            )

    def open(self, address: str, width: int = 1280, height: int = 900) -> None:
        """Open a page at a window size and wait until it has loaded."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        self._call("Page.navigate", url=address)
        self.until("document.readyState === 'complete'", 60)

    def evaluate(self, script: str):
        """Return the value of a JavaScript expression."""
        result = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"].get("description"))
        return result["result"].get("value")

    def until(self, script: str, seconds: float) -> None:
        """Wait until an expression is true."""
        self._wait(lambda: self.evaluate(script), seconds)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Save a picture of the window, or of the whole page."""
        data = self._call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))
