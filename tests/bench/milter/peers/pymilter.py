#!/usr/bin/python3
# pymilter.py SOCKET WORK(0|1|2) TABLE: the policy of w2core.h in Python.
import sys, re, ipaddress
import Milter

SOCK, WORK, TABLE = sys.argv[1], int(sys.argv[2]), sys.argv[3]
I = re.I
HELO = re.compile(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$', I)
FROM = re.compile(r'^<?[-a-z0-9._%+=]+@([-a-z0-9]+\.)+[a-z]{2,}>?$', I)
SUBJ = [re.compile(p, I) for p in (r'viagra|cialis|v1agra', r'(^|[^a-z])free\s+money([^a-z]|$)',
        r'^(re|fwd?):\s', r'[0-9]{6,}', r'lottery.*(win|won|winner)')]
LIT = [b'click here to unsubscribe', b'act now', b'wire transfer', b'X5O!P%@AP', b'bitcoin wallet',
       b'verify your account', b'100% free', b'winner', b'confidential business proposal', b'no obligation']
CIDR = [(int(n.network_address), int(n.netmask)) for n in map(ipaddress.ip_network,
        ('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '198.51.100.0/24'))]
DOMAINS = set(open(TABLE).read().split())
CONT, ACCEPT = Milter.CONTINUE, Milter.ACCEPT

class W0(Milter.Base):
    @Milter.nocallback
    def connect(self, host, fam, addr): return CONT
    @Milter.nocallback
    def hello(self, name): return CONT
    @Milter.nocallback
    def envfrom(self, f, *a): return CONT
    @Milter.nocallback
    def envrcpt(self, f, *a): return CONT
    @Milter.nocallback
    def data(self): return CONT
    @Milter.nocallback
    def header(self, n, v): return CONT
    @Milter.nocallback
    def eoh(self): return CONT
    @Milter.nocallback
    def body(self, c): return CONT
    @Milter.nocallback
    def unknown(self, c): return CONT
    def eom(self): return CONT

class W1(Milter.Base):
    def connect(self, host, fam, addr): return CONT
    def hello(self, name): return CONT
    def envfrom(self, f, *a): return CONT
    def envrcpt(self, f, *a): return CONT
    def data(self): return CONT
    def header(self, n, v): return CONT
    def eoh(self): return CONT
    def body(self, c): return CONT
    def unknown(self, c): return CONT
    def eom(self): return CONT

class W2(W1):
    def connect(self, host, fam, addr):
        a, b, c, d = addr[0].split('.')
        ip = int(a) << 24 | int(b) << 16 | int(c) << 8 | int(d)
        self.local = 0
        for net, mask in CIDR:
            if ip & mask == net: self.local = 1
        return CONT
    def hello(self, name):
        self.helo = 1 if HELO.match(name) else 0
        return CONT
    def envfrom(self, f, *a):
        self.frm = 1 if FROM.match(f) else 0
        self.rcpt = self.hit = self.hdrs = self.subj = self.bytes = self.hits = 0
        return CONT
    def envrcpt(self, f, *a):
        self.rcpt += 1
        if f.rpartition('@')[2].rstrip('>').lower() in DOMAINS: self.hit += 1
        return CONT
    def header(self, n, v):
        self.hdrs += 1
        if n.lower() == 'subject':
            for r in SUBJ:
                if r.search(v): self.subj += 1
        return CONT
    def body(self, c):
        self.bytes += len(c)
        for l in LIT:
            if l in c: self.hits += 1
        return CONT
    def eom(self):
        self.addheader('X-Perf', 'local=%d helo=%d from=%d rcpt=%d/%d hdrs=%d subj=%d bytes=%d hits=%d' % (
            self.local, self.helo, self.frm, self.hit, self.rcpt, self.hdrs, self.subj, self.bytes, self.hits))
        return ACCEPT

Milter.factory = (W0, W1, W2)[WORK]
Milter.set_flags(Milter.ADDHDRS)
Milter.runmilter('pyperf', SOCK, 240)
