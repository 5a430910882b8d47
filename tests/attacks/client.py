"""The MTA's side of the milter protocol, as far as the attacks need it: one session with one message."""
import socket, struct, time

STEPS = 0x1fffff  # all that a filter may leave out, and all answers that it may waive
SKIP = {"C": 0x1, "H": 0x2, "M": 0x4, "R": 0x8, "B": 0x10, "L": 0x20, "N": 0x40, "T": 0x200}
WAIVE = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000, "L": 0x80, "N": 0x40000, "B": 0x80000}


class Session:
    def __init__(self, path, patience):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(patience)
        self.socket.connect(path)
        self.steps = 0
        self.send("O", struct.pack(">III", 6, 0x1ff, STEPS))
        letter, payload = self.receive()
        assert letter == "O", letter
        self.steps = struct.unpack(">III", payload[:12])[2]

    def close(self):
        self.socket.close()

    def send(self, letter, payload=b""):
        self.socket.sendall(struct.pack(">I", len(payload) + 1) + letter.encode() + payload)

    def exactly(self, n):
        got = b""
        while len(got) < n:
            piece = self.socket.recv(n - len(got))
            if not piece:
                raise ConnectionError("closed")
            got += piece
        return got

    def receive(self):
        length = struct.unpack(">I", self.exactly(4))[0]
        packet = self.exactly(length)
        return packet[:1].decode("latin1"), packet[1:]

    def command(self, letter, payload=b""):
        """The verdict that ends the session's way, or None when it goes on."""
        if self.steps & SKIP.get(letter, 0):
            return None
        self.send(letter, payload)
        if self.steps & WAIVE.get(letter, 0):
            return None
        return self.verdict()

    def verdict(self):
        while True:
            letter, payload = self.receive()
            if letter in "cs":
                return None
            if letter in "adrty":
                return letter + payload.rstrip(b"\0").decode("latin1")[:3]


def fields(count):
    yield b"Subject\0 attack\0"
    for i in range(count - 1):
        yield b"X-%d\0 value\0" % i


def commands(name, address, headers):
    yield "C", b"client.example\0" + b"4" + struct.pack(">H", 4711) + address.encode() + b"\0"
    yield "H", name.encode() + b"\0"
    yield "M", b"<a@example.net>\0"
    yield "R", b"<b@example.org>\0"
    yield "T", b""
    for field in fields(headers):
        yield "L", field
    yield "N", b""
    yield "B", b"text\r\n"


def attack(path, name, address, headers=2, patience=60):
    """Seconds until the verdict, negotiation included, and the verdict: its letter and reply code; "c" when nothing was said against it."""
    begun = time.monotonic()
    session = Session(path, patience)
    try:
        for letter, payload in commands(name, address, headers):
            said = session.command(letter, payload)
            if said:
                return time.monotonic() - begun, said
        session.send("E")
        said = session.verdict() or "c"
        return time.monotonic() - begun, said
    finally:
        session.close()
