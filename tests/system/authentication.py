"""check KEYS FILE: what dkimpy says against the signatures of a message; nothing when they are right.

broken|spf|dmarc SMTP_PORT SCRATCH: sends messages through Postfix, whose milter is filters/dmarc.afsl, and looks at the
Authentication-Results that arrive. A line for each: "ok NAME" or "FAIL NAME why".
"""
import glob
import re
import socket
import sys
import time

import dkim

LETTER = (b"From: Alice <alice@b.example>\r\nTo: bob@x.example\r\nSubject: hello\r\n"
          b"Date: Sat, 1 Jan 2022 10:00:00 +0000\r\n\r\nGood morning. \r\n\r\nAlice\r\n")


def check(keys, path):
    records = dict(line.rstrip("\n").encode().split(b" ", 1) for line in open(keys))
    message = open(path, "rb").read()
    for i in range(len(re.findall(rb"(?m)^DKIM-Signature:", message))):
        try:
            right = dkim.DKIM(message).verify(i, dnsfunc=lambda name, timeout=5: records.get(name.rstrip(b".")))
        except dkim.DKIMException as why:
            right = why
        if right is not True:
            print("dkimpy:", right)


class Client:
    """An SMTP client that may be anybody (XCLIENT), and sends any bytes."""

    def __init__(self, port, address=None, helo="client.example"):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")
        self.reply()
        if address:
            self.say("EHLO xclient")
            self.say("XCLIENT ADDR=%s NAME=[UNAVAILABLE]" % address)
        self.say("EHLO " + helo)

    def reply(self):
        while True:
            line = self.file.readline().decode("latin-1")
            if len(line) < 4 or line[3] == " ":
                return line.rstrip()

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def send(self, sender, message):
        for line in ("MAIL FROM:<%s>" % sender, "RCPT TO:<bob@x.example>", "DATA"):
            reply = self.say(line)
            if reply[0] not in "23":
                return reply
        self.socket.sendall(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
        return self.reply()

    def quit(self):
        self.say("QUIT")
        self.socket.close()


class Table:
    def __init__(self, port, scratch):
        self.port, self.scratch, self.count = int(port), scratch, 0

    def arrived(self, mark):
        for _ in range(200):
            for path in glob.glob(self.scratch + "/arrived/*"):
                text = open(path, "rb").read().decode("latin-1")
                if mark in text:
                    return text
            time.sleep(0.05)
        return "nothing has arrived"

    def case(self, name, wanted, message=LETTER, sender="alice@b.example", address=None, helo="client.example"):
        """`wanted` is searched in the reply and in the results, on one line."""
        self.count += 1
        mark = "X-Case: %d." % self.count
        client = Client(self.port, address, helo)
        reply = client.send(sender, mark.encode() + b"\r\n" + message)
        client.quit()
        seen = reply
        if reply.startswith("250"):
            text = self.arrived(mark)
            field = re.search(r"(?m)^Authentication-Results:((?:.*\n[ \t])*.*)", text)
            seen += " " + (re.sub(r"\s+", " ", field.group(1)) if field else text)
        print("ok" if re.search(wanted, seen) else "FAIL", name, "" if re.search(wanted, seen) else
              "%s is not in: %s" % (wanted, seen), flush=True)


# ---- signatures ----

def signed(scratch, message=LETTER, key="rsa", selector=None, domain=b"b.example", canon="relaxed/relaxed", **options):
    pem = open("%s/%s.pem" % (scratch, key), "rb").read()
    head, body = canon.encode().split(b"/")
    if key == "ed25519":
        import base64
        pem = base64.b64encode(base64.b64decode(b"".join(pem.split(b"\n")[1:-2]))[-32:])
        options["signature_algorithm"] = b"ed25519-sha256"
    options.setdefault("include_headers", [b"from", b"to", b"subject"])
    return dkim.sign(message, (selector or key).encode(), domain, pem, canonicalize=(head, body), **options) + message


def without(message, tag):
    return re.sub(rb"\s*\b%s=[^;]*;" % tag, b"", message, count=1)


def broken(table):
    scratch = table.scratch
    for canon in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"):
        for key in ("rsa", "ed25519"):
            good = signed(scratch, key=key, canon=canon)
            name = key + "-" + canon.replace("/", "-")
            table.case("right-" + name, "dkim=pass header.d=b.example", good)
            table.case("body-changed-" + name, 'dkim=fail reason="the body has been changed"',
                       good.replace(b"Good morning", b"Good evening"))
            table.case("header-changed-" + name, 'dkim=fail reason="the signature does not fit"',
                       good.replace(b"Subject: hello", b"Subject: buy"))
            table.case("blanks-" + name, "dkim=pass" if canon == "relaxed/relaxed" else "dkim=fail",
                       good.replace(b"Subject: hello", b"Subject:  hello").replace(b"morning. ", b"morning.  "))
            table.case("lines-at-the-end-" + name, "dkim=pass", good + b"\r\n\r\n")
    good = signed(scratch)
    table.case("from-added", "dkim=policy reason=\"a From field that is not signed\"",
               b"From: mallory@other.example\r\n" + good)
    table.case("unsigned-field-changed", "dkim=pass", good.replace(b"2022", b"2023"))
    table.case("cut-body", "dkim=fail", good.replace(b"\r\n\r\nAlice", b""))
    limited = signed(scratch, length=True)
    table.case("l-and-more-behind", "dkim=pass", limited + b"Buy this.\r\n")
    table.case("l-larger-than-the-body", "dkim=fail reason=\"the body has been", limited.replace(b"\r\n\r\nAlice", b""))
    table.case("l-forged", "dkim=fail", re.sub(rb"l=\d+", b"l=0", limited))
    table.case("expired", 'dkim=permerror reason="it has expired"', re.sub(rb"\bt=\d+", b"t=1000; x=2000", good))
    table.case("wrong-key", 'dkim=fail reason="the signature does not fit"', signed(scratch, key="other", selector="rsa"))
    table.case("revoked", 'dkim=permerror reason="the key is revoked"', signed(scratch, selector="revoked"))
    table.case("no-key", 'dkim=permerror reason="there is no key', signed(scratch, selector="nothing"))
    table.case("no-domain", 'dkim=permerror reason="there is no key', signed(scratch, domain=b"nowhere.example"))
    table.case("no-such-record", 'dkim=permerror reason="there is no key', signed(scratch, selector="address"))
    table.case("two-keys", 'dkim=permerror reason="there is more than one', signed(scratch, selector="two"))
    table.case("broken-key", "dkim=permerror reason=\"the key cannot be read", signed(scratch, selector="broken"))
    table.case("foreign-record", "dkim=permerror", signed(scratch, selector="spf"))
    table.case("key-of-512-bits", 'dkim=policy reason="a key of 512 bits', re.sub(rb"s=rsa", b"s=short", good))
    table.case("key-through-cname", "dkim=pass", signed(scratch, selector="alias"))
    table.case("server-fails", "dkim=temperror", signed(scratch, domain=b"broken.example"))
    table.case("sha1", "dkim=policy reason=\"rsa-sha1", good.replace(b"rsa-sha256", b"rsa-sha1"))
    table.case("no-bh", "dkim=neutral", without(good, b"bh"))
    table.case("tag-twice", "dkim=neutral", good.replace(b"v=1;", b"v=1; v=1;"))
    table.case("identity-of-another", "dkim=neutral", good.replace(b"v=1;", b"v=1; i=@evil.example;"))
    table.case("two-signatures", "dkim=pass.*dkim=fail",
               signed(scratch, key="ed25519", message=good.replace(b"bh=", b"bh=AA")))
    table.case("none", "dkim=none", LETTER)
    table.case("twenty-signatures", "dkim=pass", b"".join([good[:-len(LETTER)]] * 20) + LETTER)


# ---- SPF ----

def spf(table):
    for domain, address, wanted in (
            ("nospf", "192.0.2.1", "none"), ("nothing", "192.0.2.1", "none"), ("pass", "192.0.2.1", "pass"),
            ("pass", "198.51.100.1", "fail"), ("soft", "198.51.100.1", "softfail"),
            ("neutral", "198.51.100.1", "neutral"), ("nodefault", "198.51.100.1", "neutral"),
            ("wrong", "192.0.2.1", "permerror"), ("twice", "192.0.2.1", "permerror"),
            ("loop", "192.0.2.1", "permerror"), ("deep", "192.0.2.1", "permerror"),
            ("voids", "192.0.2.1", "permerror"), ("broken", "192.0.2.1", "temperror"),
            ("unsure", "192.0.2.1", "temperror"), ("a", "192.0.2.25", "pass"), ("mx", "192.0.2.25", "pass"),
            ("six", "IPV6:2001:db8::25", "pass"), ("six", "IPV6:2001:db8:1::25", "fail"),
            ("include", "192.0.2.1", "pass"), ("redirect", "192.0.2.1", "pass"), ("exists", "192.0.2.9", "pass"),
            ("ptr", "192.0.2.25", "pass")):
        table.case("%s-from-%s" % (domain, address.replace(":", ".")), "spf=%s " % wanted,
                   sender="alice@%s.example" % domain, address=address)
    table.case("null-sender-by-helo", "spf=pass smtp.helo=pass.example", sender="", address="192.0.2.1",
               helo="pass.example")


# ---- DMARC ----

def letter(author):
    return LETTER.replace(b"alice@b.example", author.encode())


def dmarc(table):
    scratch = table.scratch
    aligned = {"sender": "a@pass.example", "address": "192.0.2.1"}
    table.case("aligned-by-spf", "dmarc=pass", letter("a@pass.example"), **aligned)
    table.case("aligned-by-dkim", "dmarc=pass", signed(scratch), sender="a@other.example")
    table.case("aligned-in-part", "dmarc=pass", signed(scratch, letter("alice@news.b.example")))
    table.case("rejected", "^550 5.7.1 .*DMARC policy of b.example", LETTER, sender="a@other.example")
    table.case("rejected-broken-signature", "^550 5.7.1", signed(scratch).replace(b"morning", b"evening"))
    table.case("strict", "^550 5.7.1", signed(scratch, letter("a@strict.b.example")))
    table.case("no-policy", "dmarc=none", letter("a@nothing.example"))
    table.case("only-told", "dmarc=fail", letter("a@told.example"))
    table.case("two-policies", "dmarc=none", letter("a@twopolicies.example"))
    table.case("wrong-policy", "dmarc=permerror", letter("a@wrongpolicy.example"))
    table.case("server-fails", "dmarc=temperror", letter("a@broken.example"))
    table.case("subdomain-policy", "^550 5.7.1", letter("a@sub.told.example"))
    table.case("several-authors", "^550 5.7.1", letter("a@told.example, b@b.example"))
    table.case("no-author", "^550 5.7.1 .*without a domain", LETTER.replace(b"Alice <alice@b.example>", b"Alice"))
    table.case("no-from", "^550 5.7.1 .*no From field", LETTER.replace(b"From: ", b"X-From: "))
    table.case("two-froms", "^550 5.7.1 .*more than one From", b"From: x@told.example\r\n" + LETTER)
    table.case("forged-results", "^250(?!.*forged)", b"Authentication-Results: MX.Test.example; forged=pass\r\n" +
               letter("a@told.example"))


if sys.argv[1] == "check":
    check(sys.argv[2], sys.argv[3])
else:
    {"broken": broken, "spf": spf, "dmarc": dmarc}[sys.argv[1]](Table(sys.argv[2], sys.argv[3]))
