"""A third-party milter that fails in one way at a time."""
import os, socket, struct, threading, time

STEPS = "OCHMRTLNBE"


def step_back():
    """Of the calling thread: its own computing must not be what others notice."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def packet(letter, payload=b""):
    return struct.pack(">I", len(payload) + 1) + letter.encode() + payload


class Party:
    """Listens on a port of its own; `fault` is a name below, with "silent" the step's letter behind a blank."""

    def __init__(self):
        self.fault = ""
        self.listener = None
        self.open = []
        self.listen()

    def listen(self, backlog=16):
        port = self.port if self.listener else 0
        self.stop()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.listener.listen(backlog)

    def serve(self):
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        if self.listener:
            try:
                self.listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
            except OSError:
                pass
            self.listener.close()
        for one in self.open:
            one.close()
        self.open = []

    def set(self, fault):
        """Who hangs at connect does not accept, and its queue is full."""
        self.listen(backlog=0 if fault == "hangs at connect" else 16)
        self.fault = fault
        if fault == "refuses":
            self.stop()
        elif fault == "hangs at connect":
            for _ in range(3):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", self.port))
                self.open.append(filler)
        else:
            self.serve()

    def accept(self, listener):
        step_back()
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(link,), daemon=True).start()

    def talk(self, link):
        step_back()
        try:
            self.conversation(link)
        except OSError:
            pass
        finally:
            link.close()

    def exactly(self, link, n):
        got = b""
        while len(got) < n:
            piece = link.recv(n - len(got))
            if not piece:
                raise OSError("closed")
            got += piece
        return got

    def conversation(self, link):
        link.settimeout(30)
        if self.fault == "closes at once":
            return
        while True:
            body = self.exactly(link, struct.unpack(">I", self.exactly(link, 4))[0])
            letter = body[:1].decode("latin1")
            if letter in "DA":
                continue
            if letter == "Q" or not self.answer(link, letter):
                return

    def answer(self, link, letter):
        """False: the conversation is over."""
        right = packet("O", struct.pack(">III", 6, 0x1f, 0)) if letter == "O" else packet("c")
        fault = self.fault
        if fault == "silent " + letter:
            time.sleep(20)
            return False
        if letter == "H" and fault == "half a frame":
            link.sendall(right[:-1])
            time.sleep(20)
        elif letter == "H" and fault == "garbage":
            link.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 50)
        elif letter == "H" and fault == "slow drip":
            for byte in packet("y", b"550 " + b"x" * 400 + b"\0"):
                link.sendall(bytes([byte]))
                time.sleep(0.1)
        elif letter == "H" and fault == "too large a frame":
            link.sendall(struct.pack(">I", 0x7fffffff) + b"y" * 100000)
        elif letter == "H" and fault == "wrong reply":
            link.sendall(packet("+", b"<x@example.com>\0"))
        elif letter == "H" and fault == "answers too late":
            time.sleep(3)
            link.sendall(right)
        elif letter == "E" and fault == "progress for ever":
            while True:
                link.sendall(packet("p"))
                time.sleep(0.1)
        elif letter == "E" and fault == "closes at the end":
            return False
        else:
            link.sendall(right)
        return True
