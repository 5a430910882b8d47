"""Each of the 256 bytes over the wire: what a daemon makes of it is looked at as bytes.

    bytes.py sinks SOCKET      a mail server whose client puts the byte into all it says; prints what has left wrongly
    bytes.py lines SOCKET MILTER-SOCKET
                               a client of the line protocol, and the milter behind it, which puts the byte into its answers
"""
import os, re, socket, struct, sys, threading

# Where a byte comes from, in the order in which the session brings it.
SOURCES = ["host", "helo", "sender", "parameter", "recipient", "name", "value", "macro", "body"]
wrong = 0
made = {}  # changes of each kind


def complain(byte, what, data):
    global wrong
    wrong += 1
    if wrong <= 20:
        print("byte %d: %s: %r" % (byte, what, data[:200]))


def receive(peer, count):
    data = b""
    while len(data) < count:
        more = peer.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def packet(peer):
    length, = struct.unpack(">I", receive(peer, 4))
    data = receive(peer, length)
    return data[:1], data[1:]


def send(peer, command, data=b""):
    peer.sendall(struct.pack(">I", 1 + len(data)) + command + data)


def connect(path):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(20)
    peer.connect(path)
    return peer


# ---- what may leave ----

CHANGES = {
    b"h": "addHeader", b"i": "insertHeader", b"m": "changeHeader", b"+": "addRcpt", b"2": "addRcpt", b"-": "discardRcpt",
    b"e": "changeSender", b"q": "quarantine", b"b": "replaceBody",
}


def judge_change(byte, kind, data):
    if kind == b"b":
        return
    if not data.endswith(b"\0"):
        return complain(byte, "%s has no end" % CHANGES[kind], data)
    strings = data[4:-1] if kind in b"im" else data[:-1]
    strings = strings.split(b"\0")
    expected = {b"h": 2, b"i": 2, b"m": 2, b"+": 1, b"2": 2, b"-": 1, b"e": (1, 2), b"q": 1}[kind]
    if len(strings) not in (expected if isinstance(expected, tuple) else (expected,)):
        complain(byte, "%s of %d strings" % (CHANGES[kind], len(strings)), data)
    if kind in b"him":
        name, value = strings[0], strings[-1]
        if not re.fullmatch(rb"[!-9;-~]+", name):
            complain(byte, "the name of a field", name)
        # a field may be folded, and nothing else
        if re.search(rb"\r|\n(?![ \t])", value):
            complain(byte, "a line break in a field", value)
    elif re.search(rb"[\r\n]", data):
        complain(byte, "a line break in %s" % CHANGES[kind], data)


def judge_reply(byte, data):
    if not data.endswith(b"\0") or b"\0" in data[:-1]:
        return complain(byte, "a reply with a NUL", data)
    lines = data[:-1].split(b"\r\n")
    for i, line in enumerate(lines):
        if re.search(rb"[\r\n]", line):
            complain(byte, "a line break in a reply", data)
        if not re.match(rb"550%s5\.7\.1 " % (b" " if i == len(lines) - 1 else b"-"), line):
            complain(byte, "a line of a reply without its code", data)


# ---- a mail server ----

def answer(peer, byte):
    """What comes until the step is answered."""
    while True:
        kind, data = packet(peer)
        if kind in CHANGES:
            made[CHANGES[kind]] = made.get(CHANGES[kind], 0) + 1
            judge_change(byte, kind, data)
        elif kind == b"y":
            judge_reply(byte, data)
            return kind
        elif kind == b"p":
            continue
        elif kind in (b"c", b"a", b"t", b"r", b"d"):
            return kind
        else:
            complain(byte, "an answer that is none", kind + data)


def session(path, byte, refuse):
    """With a reply for the source `refuse`, or with changes."""
    peer = connect(path)
    evil = b"a" + bytes([byte]) + b"b"
    send(peer, b"O", struct.pack(">III", 6, 0x1FF, 0))
    packet(peer)

    def step(command, data):
        send(peer, b"D", command + b"{which}\0" + refuse + b"\0{evil}\0" + evil + b"\0")
        send(peer, command, data)
        return answer(peer, byte)

    said = [
        (b"C", evil + b"\0" + b"4" + struct.pack(">H", 25) + b"192.0.2.1\0"),
        (b"H", evil + b"\0"),
        (b"M", b"<" + evil + b"@b.example>\0X=" + evil + b"\0"),
        (b"R", b"<" + evil + b"@c.example>\0"),
        (b"T", b""),
        (b"L", b"X-" + evil + b"\0v\0"),
        (b"L", b"X-In\0" + evil + b"\0"),
        (b"N", b""),
        (b"B", evil),
        (b"E", b""),
    ]
    last = b""
    try:
        for command, data in said:
            last = step(command, data)
            if last != b"c":
                break
        send(peer, b"Q")
    except (EOFError, BrokenPipeError):
        last = b""  # the packet is none: strings end with NUL
        if byte:
            complain(byte, "it hung up at", command)
    peer.close()
    return last


def sinks(path):
    refused = passed = 0
    for byte in range(256):
        passed += session(path, byte, b"") in (b"c", b"a")
        for source in SOURCES:
            refused += session(path, byte, source.encode()) == b"y"
    print("%d passed, %d refused, %d wrong" % (passed, refused, wrong))
    print("changes:", " ".join("%s=%d" % one for one in sorted(made.items())))


# ---- a milter behind the bridge ----

def milter(listener):
    """Each message makes one session: the body's first byte is what the answers hold."""
    while True:
        peer = listener.accept()[0]
        threading.Thread(target=milter_session, args=(peer,), daemon=True).start()


def milter_session(peer):
    byte, how = b"?", b"c"
    try:
        while True:
            kind, data = packet(peer)
            if kind == b"O":
                send(peer, b"O", struct.pack(">III", 6, 0x1FF, 0))
            elif kind == b"E":
                milter_answer(peer, b"a" + byte + b"b", how)
            elif kind == b"Q":
                return
            elif kind not in b"DAK":
                if kind == b"B":
                    byte, how = data[:1], data[1:2]
                send(peer, b"c")
    except (EOFError, OSError):
        pass
    finally:
        peer.close()


def milter_answer(peer, evil, how):
    if how == b"r":
        return send(peer, b"y", b"550 5.7.1 " + evil + b"\0")
    if how == b"n":
        send(peer, b"h", b"X-" + evil + b"\0v\0")
    else:
        send(peer, b"h", b"X-Value\0" + evil + b"\0")
        send(peer, b"i", struct.pack(">I", 0) + b"X-Top\0" + evil + b"\0")
        send(peer, b"m", struct.pack(">I", 1) + b"Subject\0" + evil + b"\0")
        send(peer, b"+", b"<" + evil + b"@d.example>\0")
        send(peer, b"-", b"<" + evil + b"@d.example>\0")
        send(peer, b"e", b"<" + evil + b"@e.example>\0")
        send(peer, b"b", evil + b"\r\n")
        send(peer, b"q", evil + b"\0")
    send(peer, b"a")


def judge_lines(byte, said):
    """The first line's word; a body stands behind its length as it is."""
    first, changes, promised = "none", 0, None
    while said:
        line, end, rest = said.partition(b"\r\n")
        word = re.match(rb"([A-Z]+):?(?: [ -~]*)?$", line)
        if not end or not word:
            complain(byte, "a line", line)
            return first
        word = word[1].decode()
        if first == "none":
            first = word
            count = re.match(rb"(?:ACCEPT|CONTINUE|QUARANTINE): (\d+)", line)
            promised = int(count[1]) if count else None
        elif word == "END":
            if promised is not None and changes != promised:
                complain(byte, "%d changes of %d" % (changes, promised), line)
        elif word != "PONG":
            made[word] = made.get(word, 0) + 1
            changes += 1
        if word == "REPLACEBODY":
            rest = rest[int(line.split()[1]):]
        said = rest
    if word != "PONG":
        complain(byte, "it does not go on after", line)
    return first


def lines(path, behind):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(behind)
    listener.listen(64)
    threading.Thread(target=milter, args=(listener,), daemon=True).start()
    counts = {}
    for byte in range(256):
        for how in (b"c", b"n", b"r"):
            # the byte in what is said, and in what the milter answers
            evil = bytes([byte])
            message = b"Subject: x\r\nX-In: a" + evil + b"b\r\n\r\n" + evil + how + b"\r\n"
            peer = connect(path)
            peer.sendall(
                b"FROM: <a%%%02x@b.example>\r\nCNIP: 192.0.2.1\r\nRCPT: <c@d.example>\r\nMESG: %d\r\n" % (byte, len(message))
                + message + b"GETC:\r\nPING:\r\nQUIT:\r\n"
            )
            said = b""
            while more := peer.recv(65536):
                said += more
            peer.close()
            first = judge_lines(byte, said)
            counts[first] = counts.get(first, 0) + 1
    print("%s, %d wrong" % (", ".join("%d %s" % (n, word) for word, n in sorted(counts.items())), wrong))
    print("changes:", " ".join("%s=%d" % one for one in sorted(made.items())))


if sys.argv[1] == "sinks":
    sinks(sys.argv[2])
else:
    lines(sys.argv[2], sys.argv[3])
sys.exit(wrong > 0)
