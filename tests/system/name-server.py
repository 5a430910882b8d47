"""name-server.py PORT: a name server as nobody wants it, on 127.0.0.1, by UDP and TCP. The first label says how:

lost never answers, once-lost answers from the second time on, late after two seconds, lying under another number,
other with another question, cut says that it was cut and answers by TCP, short is a cut-off packet, loop and chain are
aliases, huge has 100 records of 200 bytes (by TCP), fails is SERVFAIL, refused REFUSED, foreign brings a record of
another owner. All else has one address and one text, 50 ms late.
"""
import asyncio
import socket
import struct
import sys

ADDRESS, TXT, CNAME = 1, 16, 5
seen = set()


def name_of(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1"))
        at += 1 + packet[at]
    return ".".join(labels), at + 1


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(owner, type, data):
    return wire_name(owner) + struct.pack(">HHIH", type, 1, 60, len(data)) + data


def usual(name, type):
    if type == ADDRESS:
        return [record(name, ADDRESS, bytes([192, 0, 2, 1]))]
    return [record(name, TXT, b"\x05right")] if type == TXT else []


def records_of(kind, name, type):
    if kind == "loop":
        return [record(name, CNAME, wire_name(name))]
    if kind == "chain":
        names = [name] + ["c%d.example" % i for i in range(40)]
        return [record(a, CNAME, wire_name(b)) for a, b in zip(names, names[1:])] + usual(names[-1], type)
    if kind == "alias":
        return [record(name, CNAME, wire_name("target.example"))] + usual("target.example", type)
    if kind == "huge":
        return [record(name, TXT, b"\xc8" + b"%03d" % i + b"x" * 197) for i in range(100)]
    if kind == "foreign":
        return [record("victim.example", type, bytes([192, 0, 2, 66]))]
    return usual(name, type)


def answer(packet, tcp):
    """The packet to send, or None, and how late."""
    name, end = name_of(packet, 12)
    type = struct.unpack(">H", packet[end:end + 2])[0]
    kind = name.split(".")[0]
    number, question = packet[:2], packet[12:end + 4]
    records, flags, late = records_of(kind, name, type), 0x8580, 0.05
    again = (name, type) in seen
    seen.add((name, type))
    if kind == "lost" or (kind == "once-lost" and not again):
        return None, 0
    if kind == "late":
        late = 2
    if kind == "lying":
        number = bytes([number[0] ^ 0xff, number[1]])
    if kind == "other":
        question = wire_name("another.example") + struct.pack(">HH", type, 1)
    if kind in ("fails", "refused"):
        flags |= 2 if kind == "fails" else 5
        records = []
    if kind in ("cut", "huge") and not tcp:
        flags |= 0x0200
        records = []
    head = number + struct.pack(">HHHHH", flags, 1, len(records), 0, 0)
    whole = head + question + b"".join(records)
    return whole[:-7] if kind == "short" else whole, late


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, packet, client):
        reply, late = answer(packet, False)
        if reply:
            asyncio.get_running_loop().call_later(late, self.transport.sendto, reply, client)


async def stream(reader, writer):
    try:
        while True:
            size = struct.unpack(">H", await reader.readexactly(2))[0]
            reply, late = answer(await reader.readexactly(size), True)
            await asyncio.sleep(late)
            writer.write(struct.pack(">H", len(reply)) + reply)
    except asyncio.IncompleteReadError:
        writer.close()


async def main(port):
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Datagrams, local_addr=("127.0.0.1", port))
    # room for a crowd's questions, beyond the system's bound (SO_RCVBUFFORCE)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
    await asyncio.start_server(stream, "127.0.0.1", port)
    print("ready", flush=True)
    await asyncio.sleep(600)


asyncio.run(main(int(sys.argv[1])))
