"""A vendor's receiver on this machine: a real HTTPS server that keeps what came, and may be slow, rude or gone."""

import socket
import ssl
import threading
import time
from dataclasses import dataclass, field

import trustme

from app.desk.courier import Reach


@dataclass
class Receiver:
    """answers: what it says, one after the other, the last for ever. Bytes are sent as they are; a number is a status;
    "drip" gives a byte now and then and never ends."""
    answers: list = field(default_factory=lambda: [204])
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def __post_init__(self):
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        trust = ssl.create_default_context()
        authority.configure_trust(trust)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port, self.over, self.context = self.door.getsockname()[1], threading.Event(), context
        self.url = f"https://localhost:{self.port}/hooks?shop=1"
        self.reach = Reach(((("127.0.0.1", self.port)), ("::1", self.port)), trust)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        if self.over.is_set():
            return
        self.over.set()
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()

    def _serve(self) -> None:
        while not self.over.is_set():
            try:
                plain, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(plain,), daemon=True).start()

    def _one(self, plain: socket.socket) -> None:
        try:
            with self.context.wrap_socket(plain, server_side=True) as line:
                file = line.makefile("rb")
                first = file.readline().decode()
                headers = {"": first.strip()}
                while (said := file.readline().decode().strip()):
                    name, _, value = said.partition(": ")
                    headers[name.lower()] = value
                self.heard.append((headers, file.read(int(headers["content-length"]))))
                self._answer(line, self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        except OSError:
            pass        # who called has gone

    def _answer(self, line: ssl.SSLSocket, how) -> None:
        if how == "drip":
            while not self.over.is_set():
                line.sendall(b"H")
                time.sleep(0.2)
        line.sendall(how if isinstance(how, bytes) else f"HTTP/1.1 {how} said\r\nContent-Length: 0\r\n\r\n".encode())
