"""milter-crowd.py PORT COUNT NAME_SERVER: so many messages at once, each on a connection of its own, up to the reply to
MAIL; the time of all beside that of one alone, and beside that of their questions when nobody but the name server has
work with them. Lines "ok" or "FAIL" at the end, the times before."""
import socket
import struct
import sys
import time

PORT, COUNT, SERVER = (int(word) for word in sys.argv[1:])


def packet(command, data=b""):
    return struct.pack(">I", len(data) + 1) + command + data


def negotiate():
    filter = socket.create_connection(("127.0.0.1", PORT))
    filter.sendall(packet(b"O", struct.pack(">III", 6, 0x1ff, 0x1fffff)))
    read(filter)
    return filter


def read(filter):
    size = struct.unpack(">I", exactly(filter, 4))[0]
    return exactly(filter, size)


def exactly(filter, size):
    data = b""
    while len(data) < size:
        data += filter.recv(size - len(data)) or sys.exit("FAIL crowd the filter has closed")
    return data


def crowd(first, count):
    filters = [negotiate() for _ in range(count)]
    begun = time.monotonic()
    for i, filter in enumerate(filters):
        filter.sendall(packet(b"M", b"<a@d%d.example>\0" % (first + i)))
    replies = [read(filter)[:1] for filter in filters]
    took = time.monotonic() - begun
    for filter in filters:
        filter.close()
    return took, replies


def bare(count):
    """So many questions straight to the name server, at most 500 open at once."""
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.connect(("127.0.0.1", SERVER))
    asker.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
    asker.settimeout(5)
    begun, asked = time.monotonic(), 0
    for got in range(count):
        while asked < count and asked - got < 500:
            name = b"".join(bytes([len(label)]) + label for label in (b"b%d" % asked, b"example"))
            asker.send(struct.pack(">HHHHHH", asked, 0x100, 1, 0, 0, 0) + name + b"\0" + struct.pack(">HH", 1, 1))
            asked += 1
        asker.recv(512)
    return time.monotonic() - begun


alone, _ = crowd(0, 1)
together, replies = crowd(1, COUNT)
server = bare(20 * COUNT)
print("-- one message %.0f ms; %d messages with 20 look-ups each %.0f ms; the name server alone for as many %.0f ms" %
      (alone * 1000, COUNT, together * 1000, server * 1000))
right = all(reply == b"c" for reply in replies)
print("ok all-answered" if right else "FAIL all-answered %r" % set(replies))
# One after the other it would be 200 s, and look-up after look-up in each message 1 s beside the server's own time.
fast = together < 1.5 * server + 0.4
print("ok in-the-time-of-one-look-up-each" if fast else "FAIL in-time %.1f s" % together)
