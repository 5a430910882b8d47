"""milter-crowd.py PORT COUNT: so many messages at once, each on a connection of its own, up to the reply to MAIL; the
time of all beside that of one alone. A line "ok" or "FAIL" at the end, the times before."""
import socket
import struct
import sys
import time

PORT, COUNT = int(sys.argv[1]), int(sys.argv[2])


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


alone, _ = crowd(0, 1)
together, replies = crowd(1, COUNT)
print("-- one message %.0f ms, %d messages with 20 look-ups each %.0f ms" % (alone * 1000, COUNT, together * 1000))
right = all(reply == b"c" for reply in replies)
print("ok all-answered" if right else "FAIL all-answered %r" % set(replies))
# One after the other it would be 200 s, look-up after look-up in each of them 1 s. Python's server is the slower half.
print("ok in-the-time-of-one-look-up-each" if together < 1.0 * COUNT / 200 + 0.5 else "FAIL in-time %.1f s" % together)
