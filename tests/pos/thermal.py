"""A thermal printer: a port that really listens, and a reading of the bytes that it gets as a person reads the paper.

It knows the commands that common printers know and no other: an unknown one fails the test, as it would print rubbish.
"""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field

import pylopdf_fonts_ko
from PIL import Image, ImageDraw, ImageFont

ESC, GS, FS, LF = 0x1B, 0x1D, 0x1C, 0x0A
COLUMN_DOTS, LINE_DOTS = 12, 30


class Thermal:
    """Takes what is sent to it, paper by paper (a connection each)."""

    def __init__(self):
        self.papers: list[bytes] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.place = f"network:127.0.0.1:{self.door.getsockname()[1]}"
        self._came = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            got = b""
            with line:
                while part := line.recv(65536):
                    got += part
            with self._came:
                self.papers.append(got)
                self._came.notify_all()

    def paper(self, count: int = 1) -> "Paper":
        """The `count`-th paper, once it has come out."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.papers) >= count, 10), "nothing was printed"
            return Paper.read(self.papers[count - 1])

    def close(self) -> None:
        with suppress(OSError):
            self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()


@dataclass
class Paper:
    """What one print leaves."""
    dots: int
    lines: list[str] = field(default_factory=list)
    parts: list[Image.Image] = field(default_factory=list)
    cuts: int = 0
    pulses: int = 0

    @classmethod
    def read(cls, raw: bytes, dots: int = 576) -> "Paper":
        paper = cls(dots)
        at, line, large, middle, korean = 0, b"", False, False, False
        while at < len(raw):
            head = raw[at:at + 2]
            if head == bytes((ESC, ord("@"))):
                at, large, middle, korean = at + 2, False, False, False
            elif head == bytes((FS, ord("&"))):
                at, korean = at + 2, True
            elif head == bytes((ESC, ord("!"))):
                at, large = at + 3, raw[at + 2] & 0x30 == 0x30
            elif head == bytes((ESC, ord("a"))):
                at, middle = at + 3, raw[at + 2] == 1
            elif head == bytes((ESC, ord("d"))):
                at += 3
            elif head == bytes((ESC, ord("p"))):
                at, paper.pulses = at + 5, paper.pulses + 1
            elif head == bytes((GS, ord("V"))):
                at, paper.cuts = at + 3, paper.cuts + 1
            elif raw[at:at + 4] == bytes((GS, ord("v"), ord("0"), 0)):
                width, height = (int.from_bytes(raw[at + place:at + place + 2], "little") for place in (4, 6))
                body = raw[at + 8:at + 8 + width * height]
                assert len(body) == width * height and width * 8 <= dots
                paper.parts.append(Image.frombytes("1", (width * 8, height), bytes(255 - byte for byte in body)))
                at += 8 + width * height
            elif raw[at] == LF:
                assert korean or line.isascii(), "Korean before FS &"
                paper.print_line(line.decode("cp949"), large, middle)
                at, line = at + 1, b""
            else:
                assert raw[at] >= 0x20, f"an unknown command at {at}: {raw[at:at + 4].hex(' ')}"
                two = raw[at] >= 0x80
                at, line = at + 1 + two, line + raw[at:at + 1 + two]
        assert not line, "the last line was never printed"
        return paper

    def print_line(self, text: str, large: bool, middle: bool) -> None:
        size = 2 if large else 1
        columns = sum(2 if ord(letter) > 0x2E80 else 1 for letter in text) * size
        assert columns * COLUMN_DOTS <= self.dots, f"wider than the paper: {text!r}"
        self.lines.append(text)
        part = Image.new("1", (self.dots, LINE_DOTS * size), 1)
        pen, font = ImageDraw.Draw(part), ImageFont.truetype(pylopdf_fonts_ko.sans_path(), 22 * size)
        left = (self.dots - columns * COLUMN_DOTS) // 2 if middle else 0
        for letter in text:
            pen.text((left, 0), letter, 0, font)
            left += COLUMN_DOTS * size * (2 if ord(letter) > 0x2E80 else 1)
        self.parts.append(part)

    def picture(self) -> Image.Image:
        """The paper as it lies on the counter."""
        whole = Image.new("1", (self.dots + 40, sum(part.height for part in self.parts) + 40), 1)
        top = 20
        for part in self.parts:
            whole.paste(part, (20, top))
            top += part.height
        return whole.convert("L")
