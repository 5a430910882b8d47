/*
 * milterload - load generator and measuring client for the milter protocol
 *
 * Speaks the MTA side of milter protocol version 2..6 to one filter over TCP
 * or a unix socket, the way an MTA does it: option negotiation, macros before
 * each event, one reply awaited per event unless the filter negotiated the
 * event or its reply away, SMFIR_SKIP honoured, progress messages ignored.
 *
 *   milterload --socket inet:PORT@HOST | inet:HOST:PORT | unix:/path  [options]
 *
 * Load:
 *   --conns C          concurrent connections, one thread each        (1)
 *   --messages M       messages per connection slot (thread)          (1000)
 *   --per-conn K       messages sent before reconnecting; 0 = all     (0)
 *   --warmup W         untimed messages per thread sent first         (20)
 *   --max-seconds S    stop the timed part after S seconds            (120)
 *   --timeout S        give up on one reply after S seconds           (30)
 *   --idle N           hold N idle connections open as well (see below)
 *   --rate R           at most R messages/s in total (0 = unthrottled)
 *   --gap-us U         wait U microseconds before every write (think time)
 * Message:
 *   --rcpts N (2)  --headers N (20)  --body BYTES (10240)  --chunk BYTES (65535)
 *   --eml FILE         take header fields and body from a message file
 *   --from ADDR --helo NAME --client-ip IPV4 --client-name NAME
 *   --rcpt-pattern P   printf pattern with two %d (user number, 0..999)
 *   --no-macros        send no macro packets (without them there is no queue id either;
 *                      otherwise every message has its own)
 *   --flush run|each   one write per run of packets up to the next awaited
 *                      reply (run, default; what Postfix does), or one write
 *                      per packet (each)
 *   --nodelay 0|1      TCP_NODELAY on our side                        (1)
 *   --quit nc          end an SMTP session with QUIT_NC and reuse the socket
 * Measuring:
 *   --pid P            filter process (repeatable); CPU and memory of P and all
 *                      its descendants are reported
 *   --cgroup DIR       take CPU from DIR/cpuacct.usage or DIR/cpu.stat instead
 *   --expect 'N: V'    every message must get exactly this added header
 *   --json             one JSON object on stdout
 *   --trace            print every packet of the first message to stderr
 * Idle mode (no load when --messages 0):
 *   --idle N --hold S  open N connections, negotiate, send connect+helo, keep
 *                      them S seconds, print memory before/with/after
 *   --idle-stage neg|helo   how far idle connections go               (helo)
 *
 * Exit status: 0 all messages got a verdict (and --expect held), 1 some errors,
 * 2 usage, 3 could not connect at all.
 *
 * A verdict other than "continue" at connect or helo covers every message sent on
 * that connection: those are counted under it, without latency. A message that
 * gets its verdict before end-of-message is followed by an ABORT, as an MTA does.
 * Latencies: "msg" runs from just before MAIL is written to the final verdict;
 * "eom" from just before the write that contains end-of-message to the verdict.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { ST_CONN, ST_HELO, ST_MAIL, ST_RCPT, ST_DATA, ST_HDR, ST_EOH, ST_BODY, ST_EOM, ST_N };
static const char *stname[ST_N] = {"connect", "helo", "mail", "rcpt", "data",
				   "header",  "eoh",  "body", "eom"};
/* protocol bit "do not send this event" and "no reply to this event" per stage */
static const uint32_t no_bit[ST_N] = {0x1, 0x2, 0x4, 0x8, 0x200, 0x20, 0x40, 0x10, 0};
static const uint32_t nr_bit[ST_N] = {0x1000, 0x2000,  0x4000,	0x8000, 0x10000,
				      0x80,   0x40000, 0x80000, 0};
static const char ev_cmd[ST_N] = {'C', 'H', 'M', 'R', 'T', 'L', 'N', 'B', 'E'};
/* index of the stage in SETSYMLIST requests; -1: no macros for this stage */
static const int sym_idx[ST_N] = {0, 1, 2, 3, 4, -1, 6, -1, 5};
#define P_LEADSPC 0x100000u
#define P_OLD	  0x80000000u /* ours: DATA is outside the negotiated version */

enum {
	V_CONT,
	V_ACCEPT,
	V_REJECT,
	V_TEMPFAIL,
	V_DISCARD,
	V_REPLY4,
	V_REPLY5,
	V_SHUTDOWN,
	V_CONNFAIL,
	V_NORCPT,
	V_ERROR,
	V_N
};
static const char *vname[V_N] = {"continue", "accept",	 "reject",   "tempfail",
				 "discard",  "reply4xx", "reply5xx", "shutdown",
				 "connfail", "norcpt",	 "error"};
enum { E_CONNECT, E_SEND, E_EOF, E_TIMEOUT, E_PROTO, E_N };
static const char *ename[E_N] = {"connect", "send", "eof", "timeout", "protocol"};

/* ---------------------------------------------------------------- options */
static struct {
	const char *sock, *eml, *from, *helo, *ip, *cname, *rcptpat, *expect, *cgroup, *idlestage;
	int conns, perconn, rcpts, headers, nomacros, flush_each, nodelay, quit_nc, json, trace;
	int idle, hold, timeout, warmup, gap_us;
	double maxsec;
	long messages;
	double rate;
	size_t body, chunk;
	pid_t pids[64];
	int npids;
} O = {.from = "<alice@sender.example.org>",
       .helo = "mail.sender.example.org",
       .ip = "192.0.2.10",
       .cname = "mail.sender.example.org",
       .rcptpat = "<user%d@dom%04d.example.net>",
       .idlestage = "helo",
       .conns = 1,
       .messages = 1000,
       .rcpts = 2,
       .headers = 20,
       .body = 10240,
       .chunk = 65535,
       .nodelay = 1,
       .timeout = 30,
       .maxsec = 120,
       .warmup = 20,
       .hold = 1};

static void die(int rc, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fputs("milterload: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(rc);
}

static void *xrealloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		die(2, "out of memory");
	return p;
}

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ------------------------------------------------------------- growable buf */
typedef struct {
	unsigned char *p;
	size_t n, cap;
} buf;

static void badd(buf *b, const void *d, size_t n)
{
	if (b->n + n > b->cap) {
		b->cap = (b->n + n) * 2 + 256;
		b->p = xrealloc(b->p, b->cap);
	}
	memcpy(b->p + b->n, d, n);
	b->n += n;
}
static void bstr(buf *b, const char *s)
{
	badd(b, s, strlen(s) + 1);
}
static void put32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}
static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static size_t pk_begin(buf *b, char cmd)
{
	size_t at = b->n;
	badd(b, "\0\0\0\0", 4);
	badd(b, &cmd, 1);
	return at;
}
static void pk_end(buf *b, size_t at)
{
	put32(b->p + at, (uint32_t)(b->n - at - 4));
}

/* ------------------------------------------------------------ the message */
static struct {
	char *name, *value;
} * H;
static int nH;
static char *body;
static size_t nbody;

static void addhdr(const char *n, size_t nl, const char *v, size_t vl)
{
	H = xrealloc(H, (size_t)(nH + 1) * sizeof *H);
	H[nH].name = strndup(n, nl);
	H[nH].value = strndup(v, vl);
	if (!H[nH].name || !H[nH].value)
		die(2, "out of memory");
	nH++;
}
static void addh(const char *n, const char *v)
{
	addhdr(n, strlen(n), v, strlen(v));
}

static void make_message(void)
{
	static const struct {
		const char *n, *v;
	} base[] = {
		{"Received",
		 " from mail.sender.example.org (mail.sender.example.org [192.0.2.10])\n"
		 "\tby mx.example.net (Postfix) with ESMTPS id 4XyZ1234\n"
		 "\tfor <user0@dom0500.example.net>; Mon,  2 Jun 2025 10:11:12 +0000 (UTC)"},
		{"From", " Alice Example <alice@sender.example.org>"},
		{"To", " User Zero <user0@dom0500.example.net>, user1@dom0537.example.net"},
		{"Subject", " Re: order 12345678 - notes for the planning meeting on Thursday"},
		{"Date", " Mon, 2 Jun 2025 12:11:10 +0200"},
		{"Message-ID", " <20250602101110.123456.alice@sender.example.org>"},
		{"MIME-Version", " 1.0"},
		{"Content-Type", " text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", " 8bit"},
		{"User-Agent", " ExampleMail/3.14"},
		{"Reply-To", " alice@sender.example.org"},
		{"List-Id", " Example discussion <discuss.lists.example.org>"},
	};
	static const char *words[] = {"the",	 "meeting",   "about", "next", "quarter", "will",
				      "be",	 "held",      "in",    "room", "four",	  "please",
				      "bring",	 "your",      "notes", "and",  "a",	  "copy",
				      "of",	 "agenda",    "we",    "need", "to",	  "discuss",
				      "budget",	 "plans",     "with",  "all",  "members", "before",
				      "closing", "figures",   "north", "wind", "could",	  "not",
				      "wrap",	 "xylophone", "quick", "1994", "visible", "answers",
				      "because"};
	for (int i = 0; i < O.headers; i++) {
		if (i < (int)(sizeof base / sizeof *base))
			addh(base[i].n, base[i].v);
		else {
			char n[32], v[128];
			snprintf(n, sizeof n, "X-Filler-%d", i);
			snprintf(v, sizeof v,
				 " value number %d; with=parameters; and-some=padding-text-%08x", i,
				 (unsigned)i * 2654435761u);
			addh(n, v);
		}
	}
	body = malloc(O.body + 128);
	if (!body)
		die(2, "out of memory");
	uint32_t s = 12345;
	size_t col = 0;
	/* exactly one of the scanned literals, at the very start */
	const char *first = "Dear all, do act now on the list below.\r\n";
	size_t fl = strlen(first);
	if (O.body >= fl) {
		memcpy(body, first, fl);
		nbody = fl;
	}
	while (nbody < O.body) {
		s = s * 1664525u + 1013904223u;
		const char *w = words[(s >> 16) % (sizeof words / sizeof *words)];
		size_t l = strlen(w);
		if (nbody + l + 2 >= O.body) {
			while (nbody < O.body)
				body[nbody++] = '.';
			break;
		}
		memcpy(body + nbody, w, l);
		nbody += l;
		col += l + 1;
		if (col > 68) {
			body[nbody++] = '\r';
			body[nbody++] = '\n';
			col = 0;
		} else
			body[nbody++] = ' ';
	}
}

static void load_eml(const char *fn)
{
	FILE *f = fopen(fn, "rb");
	if (!f)
		die(2, "%s: %s", fn, strerror(errno));
	buf raw = {0};
	char t[65536];
	size_t n;
	while ((n = fread(t, 1, sizeof t, f)) > 0)
		badd(&raw, t, n);
	fclose(f);
	badd(&raw, "", 1);
	raw.n--;
	char *p = (char *)raw.p, *end = p + raw.n;
	while (p < end) {
		char *e = memchr(p, '\n', (size_t)(end - p));
		size_t l = e ? (size_t)(e - p) : (size_t)(end - p);
		if (l && p[l - 1] == '\r')
			l--;
		char *next = e ? e + 1 : end;
		if (l == 0) {
			p = next;
			break;
		}
		char *colon = memchr(p, ':', l);
		if ((*p == ' ' || *p == '\t') && nH > 0) { /* folded line: value + LF + line */
			size_t ol = strlen(H[nH - 1].value);
			H[nH - 1].value = xrealloc(H[nH - 1].value, ol + l + 2);
			H[nH - 1].value[ol] = '\n';
			memcpy(H[nH - 1].value + ol + 1, p, l);
			H[nH - 1].value[ol + 1 + l] = 0;
		} else if (colon)
			addhdr(p, (size_t)(colon - p), colon + 1, l - (size_t)(colon + 1 - p));
		else if (nH == 0 && l > 5 && !memcmp(p, "From ", 5))
			; /* mbox envelope line */
		else
			break; /* body without empty line */
		p = next;
	}
	body = malloc((size_t)(end - p) * 2 + 2);
	if (!body)
		die(2, "out of memory");
	for (; p < end; p++) { /* the protocol carries CRLF lines */
		if (*p == '\n' && (nbody == 0 || body[nbody - 1] != '\r'))
			body[nbody++] = '\r';
		body[nbody++] = *p;
	}
	free(raw.p);
}

/* -------------------------------------------- prebuilt packets per negotiation */
typedef struct {
	size_t off, len;
	uint8_t stage, reply, rcpt;
} step;
typedef struct prog {
	uint32_t pflags;
	char *syms;
	size_t nsyms;
	buf b;
	step *s;
	size_t *ids; /* offsets of queue ids in b */
	int nids;
	int n, msg0; /* steps [0,msg0) per connection, [msg0,n) per message */
	struct prog *next;
} prog;

/* the queue id differs in every message: its last 9 characters are patched in place */
#define QID "4XyZ000000000"
static const struct {
	int st;
	const char *name, *val;
} mac[] = {
	{ST_CONN, "j", "mx.example.net"},
	{ST_CONN, "{daemon_name}", "mx.example.net"},
	{ST_CONN, "{daemon_addr}", "203.0.113.5"},
	{ST_CONN, "v", "Postfix 3.7.11"},
	{ST_CONN, "_", "mail.sender.example.org [192.0.2.10]"},
	{ST_HELO, "{tls_version}", "TLSv1.3"},
	{ST_HELO, "{cipher}", "TLS_AES_256_GCM_SHA384"},
	{ST_HELO, "{cipher_bits}", "256"},
	{ST_MAIL, "i", QID},
	{ST_MAIL, "{mail_addr}", "alice@sender.example.org"},
	{ST_MAIL, "{mail_host}", "sender.example.org"},
	{ST_MAIL, "{mail_mailer}", "smtp"},
	{ST_RCPT, "i", QID},
	{ST_RCPT, "{rcpt_addr}", "user@dom0500.example.net"},
	{ST_RCPT, "{rcpt_host}", "dom0500.example.net"},
	{ST_RCPT, "{rcpt_mailer}", "relay"},
	{ST_DATA, "i", QID},
	{ST_EOH, "i", QID},
	{ST_EOM, "i", QID},
};

static const char *sym_for(prog *g, int stage)
{
	size_t at = 0;
	if (sym_idx[stage] < 0)
		return NULL;
	while (at + 5 <= g->nsyms) {
		uint32_t ix = get32((unsigned char *)g->syms + at);
		const char *l = g->syms + at + 4;
		size_t ll = strnlen(l, g->nsyms - at - 4);
		if ((int)ix == sym_idx[stage])
			return l;
		at += 4 + ll + 1;
	}
	return NULL;
}

static int wanted(const char *list, const char *name)
{
	char bare[64], brace[66];
	size_t l = strlen(name);
	if (name[0] == '{')
		snprintf(bare, sizeof bare, "%.*s", (int)(l - 2), name + 1);
	else
		snprintf(bare, sizeof bare, "%s", name);
	snprintf(brace, sizeof brace, "{%s}", bare);
	for (const char *p = list; *p;) {
		size_t k = strcspn(p, " ,\t");
		if ((k == strlen(bare) && !memcmp(p, bare, k)) ||
		    (k == strlen(brace) && !memcmp(p, brace, k)))
			return 1;
		p += k;
		p += strspn(p, " ,\t");
	}
	return 0;
}

static void emit_macros(prog *g, int stage)
{
	if (O.nomacros || sym_idx[stage] < 0 || (stage == ST_DATA && (g->pflags & P_OLD)))
		return;
	const char *want = sym_for(g, stage);
	size_t at = pk_begin(&g->b, 'D');
	badd(&g->b, &ev_cmd[stage], 1);
	for (size_t i = 0; i < sizeof mac / sizeof *mac; i++)
		if (mac[i].st == stage && (!want || wanted(want, mac[i].name))) {
			bstr(&g->b, mac[i].name);
			if (mac[i].name[0] == 'i') {
				g->ids = xrealloc(g->ids, (size_t)(g->nids + 1) * sizeof *g->ids);
				g->ids[g->nids++] = g->b.n;
			}
			bstr(&g->b, mac[i].val);
		}
	pk_end(&g->b, at);
}

static step *newstep(prog *g, int stage)
{
	g->s = xrealloc(g->s, (size_t)(g->n + 1) * sizeof *g->s);
	step *s = &g->s[g->n++];
	memset(s, 0, sizeof *s);
	s->off = g->b.n;
	s->stage = (uint8_t)stage;
	return s;
}

/* one event: macros are sent even if the event itself was negotiated away */
static void emit(prog *g, int stage, const buf *payload)
{
	step *s = newstep(g, stage);
	int idx = g->n - 1;
	emit_macros(g, stage);
	if (!(g->pflags & no_bit[stage])) {
		size_t at = pk_begin(&g->b, ev_cmd[stage]);
		if (payload->n)
			badd(&g->b, payload->p, payload->n);
		pk_end(&g->b, at);
		g->s[idx].reply = !(g->pflags & nr_bit[stage]);
	}
	s = &g->s[idx];
	s->len = g->b.n - s->off;
	if (s->len == 0)
		g->n--;
}

static void build_prog(prog *g)
{
	buf p = {0};
	uint16_t port = htons(40123);
	bstr(&p, O.cname);
	badd(&p, "4", 1);
	badd(&p, &port, 2);
	bstr(&p, O.ip);
	emit(g, ST_CONN, &p);
	p.n = 0;
	bstr(&p, O.helo);
	emit(g, ST_HELO, &p);
	g->msg0 = g->n;
	p.n = 0;
	bstr(&p, O.from);
	char sz[32];
	snprintf(sz, sizeof sz, "SIZE=%zu", nbody + 1000);
	bstr(&p, sz);
	emit(g, ST_MAIL, &p);
	for (int i = 0; i < O.rcpts; i++) {
		char a[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(a, sizeof a, O.rcptpat, i, (500 + 37 * i) % 1000);
#pragma GCC diagnostic pop
		p.n = 0;
		bstr(&p, a);
		int before = g->n;
		emit(g, ST_RCPT, &p);
		if (g->n > before)
			g->s[g->n - 1].rcpt = 1;
	}
	p.n = 0;
	emit(g, ST_DATA, &p);
	for (int i = 0; i < nH; i++) {
		const char *v = H[i].value;
		if (!(g->pflags & P_LEADSPC) && *v == ' ')
			v++;
		p.n = 0;
		bstr(&p, H[i].name);
		bstr(&p, v);
		emit(g, ST_HDR, &p);
	}
	p.n = 0;
	emit(g, ST_EOH, &p);
	for (size_t at = 0; at < nbody; at += O.chunk) {
		buf c = {(unsigned char *)body + at, nbody - at < O.chunk ? nbody - at : O.chunk,
			 0};
		emit(g, ST_BODY, &c);
	}
	emit(g, ST_EOM, &p);
	free(p.p);
}

static prog *progs;
static pthread_mutex_t prog_mx = PTHREAD_MUTEX_INITIALIZER;
static prog *get_prog(uint32_t pf, const char *syms, size_t nsyms)
{
	prog *g;
	pthread_mutex_lock(&prog_mx);
	for (g = progs; g; g = g->next)
		if (g->pflags == pf && g->nsyms == nsyms && !memcmp(g->syms, syms, nsyms))
			break;
	if (!g) {
		g = calloc(1, sizeof *g);
		if (!g)
			die(2, "out of memory");
		g->pflags = pf;
		g->syms = malloc(nsyms + 1);
		memcpy(g->syms, syms, nsyms);
		g->syms[nsyms] = 0;
		g->nsyms = nsyms;
		build_prog(g);
		g->next = progs;
		progs = g;
	}
	pthread_mutex_unlock(&prog_mx);
	return g;
}

/* ------------------------------------------------------------- addresses */
static struct sockaddr_storage addr;
static socklen_t addrlen;

static void parse_addr(const char *s)
{
	memset(&addr, 0, sizeof addr);
	if (!strncmp(s, "unix:", 5) || !strncmp(s, "local:", 6) || *s == '/') {
		struct sockaddr_un *u = (void *)&addr;
		const char *p = *s == '/' ? s : strchr(s, ':') + 1;
		if (strlen(p) >= sizeof u->sun_path)
			die(2, "socket path too long");
		u->sun_family = AF_UNIX;
		strcpy(u->sun_path, p);
		addrlen = sizeof *u;
		return;
	}
	char host[256] = "127.0.0.1", port[64] = "";
	const char *p = s;
	if (!strncmp(p, "inet6:", 6))
		p += 6;
	else if (!strncmp(p, "inet:", 5))
		p += 5;
	const char *at = strchr(p, '@'), *col = strrchr(p, ':');
	if (at) {
		snprintf(port, sizeof port, "%.*s", (int)(at - p), p);
		snprintf(host, sizeof host, "%s", at + 1);
	} else if (col) {
		snprintf(host, sizeof host, "%.*s", (int)(col - p), p);
		snprintf(port, sizeof port, "%s", col + 1);
	} else
		snprintf(port, sizeof port, "%s", p);
	struct addrinfo hint = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *ai;
	size_t hl = strlen(host);
	if (host[0] == '[' && host[hl - 1] == ']') {
		memmove(host, host + 1, hl);
		host[hl - 2] = 0;
	}
	int rc = getaddrinfo(host, port, &hint, &ai);
	if (rc)
		die(2, "%s: %s", s, gai_strerror(rc));
	memcpy(&addr, ai->ai_addr, ai->ai_addrlen);
	addrlen = ai->ai_addrlen;
	freeaddrinfo(ai);
}

/* ------------------------------------------------------------ connections */
typedef struct {
	int fd;
	unsigned char *rb;
	size_t rn, rp, rcap;
	uint32_t version, actions, pflags;
	prog *g;
	const prog *own_of; /* own holds a private copy of that program's packets */
	unsigned char *own;
	int dead_verdict; /* verdict given at connect/helo for the whole session, or -1 */
	int dead_stage;
	int trace;
} conn;

typedef struct {
	pthread_t th;
	int id;
	conn c;
	uint64_t *lat, *elat;
	long nlat, done;
	uint64_t verd[ST_N][V_N], mods[256], errs[E_N], connects, rcpt_rej, skips, progress,
		mismatch;
	uint64_t tx, rx, wr, seq;
	char *sample;
} worker;

static void rb_reset(conn *c)
{
	c->rn = c->rp = 0;
}

static int do_connect(worker *w, conn *c)
{
	for (int tries = 0;; tries++) {
		c->fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (c->fd < 0)
			break;
		struct timeval tv = {O.timeout, 0};
		setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
		setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
		if (addr.ss_family != AF_UNIX && O.nodelay) {
			int one = 1;
			setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		}
		if (connect(c->fd, (struct sockaddr *)&addr, addrlen) == 0) {
			if (w)
				w->connects++;
			rb_reset(c);
			return 0;
		}
		int e = errno;
		close(c->fd);
		c->fd = -1;
		/* a full unix backlog answers EAGAIN at once: that is not a failure of the filter
		 */
		if ((e == EAGAIN || e == EINTR) && tries < 2000) {
			usleep(1000);
			continue;
		}
		errno = e;
		break;
	}
	if (w)
		w->errs[E_CONNECT]++;
	return -1;
}

static int send_all(worker *w, conn *c, const unsigned char *p, size_t n)
{
	while (n) {
		ssize_t k = send(c->fd, p, n, MSG_NOSIGNAL);
		if (k < 0) {
			if (errno == EINTR)
				continue;
			if (w)
				w->errs[E_SEND]++;
			return -1;
		}
		if (w) {
			w->tx += (uint64_t)k;
			w->wr++;
		}
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

static void trace_pkts(const char *dir, const unsigned char *p, size_t n)
{
	while (n >= 5) {
		uint32_t l = get32(p);
		if (l + 4 > n)
			break;
		fprintf(stderr, "%s '%c' %u ", dir, p[4], l - 1);
		for (uint32_t i = 0; i < l - 1 && i < 100; i++)
			fputc(isprint(p[5 + i]) ? p[5 + i] : p[5 + i] ? '.' : '|', stderr);
		fputc('\n', stderr);
		p += 4 + l;
		n -= 4 + l;
	}
}

static int send_run(worker *w, conn *c, const unsigned char *p, size_t n)
{
	if (c->trace)
		trace_pkts("->", p, n);
	if (O.gap_us)
		usleep((useconds_t)O.gap_us);
	if (!O.flush_each)
		return send_all(w, c, p, n);
	while (n) {
		size_t l = get32(p) + 4u;
		if (send_all(w, c, p, l))
			return -1;
		p += l;
		n -= l;
	}
	return 0;
}

/* next packet: its command, or -1; d and n describe data inside the buffer, valid until the next
 * call */
static int recv_pkt(worker *w, conn *c, unsigned char **d, size_t *n)
{
	for (;;) {
		size_t have = c->rn - c->rp;
		if (have >= 5) {
			uint32_t l = get32(c->rb + c->rp);
			if (l == 0 || l > 16u * 1024 * 1024) {
				if (w)
					w->errs[E_PROTO]++;
				return -1;
			}
			if (have >= 4u + l) {
				unsigned char *p = c->rb + c->rp;
				if (c->trace)
					trace_pkts("<-", p, 4u + l);
				c->rp += 4u + l;
				*d = p + 5;
				*n = l - 1;
				return p[4];
			}
		}
		if (c->rp) {
			memmove(c->rb, c->rb + c->rp, have);
			c->rn = have;
			c->rp = 0;
		}
		if (c->rcap - c->rn < 16384) {
			c->rcap = c->rcap * 2 + 32768;
			c->rb = xrealloc(c->rb, c->rcap);
		}
		ssize_t k = recv(c->fd, c->rb + c->rn, c->rcap - c->rn, 0);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			if (w)
				w->errs[k == 0 || errno == ECONNRESET		  ? E_EOF
					: errno == EAGAIN || errno == EWOULDBLOCK ? E_TIMEOUT
										  : E_EOF]++;
			return -1;
		}
		if (w)
			w->rx += (uint64_t)k;
		c->rn += (size_t)k;
	}
}

static int negotiate(worker *w, conn *c)
{
	unsigned char q[17], *d;
	size_t n;
	put32(q, 13);
	q[4] = 'O';
	put32(q + 5, 6);
	put32(q + 9, 0x1ff);
	put32(q + 13, 0x1fffff);
	if (send_run(w, c, q, sizeof q))
		return -1;
	int r = recv_pkt(w, c, &d, &n);
	if (r < 0)
		return -1;
	if (r != 'O' || n < 12) {
		if (w)
			w->errs[E_PROTO]++;
		return -1;
	}
	c->version = get32(d);
	c->actions = get32(d + 4);
	c->pflags = get32(d + 8);
	if (c->version < 6)
		c->pflags &= 0x3ff; /* later bits do not exist in older versions */
	if (c->version < 4)
		c->pflags |= P_OLD | 0x300; /* no DATA or UNKNOWN event before version 4 */
	c->g = get_prog(c->pflags, (char *)d + 12, n - 12);
	return 0;
}

/* wait for the verdict on one event; returns the reply byte or -1 */
static int wait_reply(worker *w, conn *c, int stage, int *verdict, int *hdrs_added)
{
	unsigned char *d;
	size_t n;
	for (;;) {
		int r = recv_pkt(w, c, &d, &n);
		if (r < 0)
			return -1;
		switch (r) {
		case 'p':
			if (w)
				w->progress++;
			continue;
		case 'c':
			*verdict = V_CONT;
			return r;
		case 's':
			if (w)
				w->skips++;
			*verdict = V_CONT;
			return r;
		case 'a':
			*verdict = V_ACCEPT;
			return r;
		case 'r':
			*verdict = V_REJECT;
			return r;
		case 't':
			*verdict = V_TEMPFAIL;
			return r;
		case 'd':
			*verdict = V_DISCARD;
			return r;
		case 'y':
			*verdict = n && d[0] == '4' ? V_REPLY4 : V_REPLY5;
			return r;
		case '4':
			*verdict = V_SHUTDOWN;
			return r;
		case 'f':
			*verdict = V_CONNFAIL;
			return r;
		case 'h':
		case 'i':
		case 'm':
		case 'b':
		case 'e':
		case '+':
		case '2':
		case '-':
		case 'q':
			if (w)
				w->mods[r]++;
			if (w && (r == 'h' || r == 'i')) {
				unsigned char *q = d + (r == 'i' ? 4 : 0);
				size_t ql = n - (r == 'i' ? 4 : 0), nl = strnlen((char *)q, ql);
				if (nl < ql) {
					char *v = (char *)q + nl + 1;
					if (*v == ' ')
						v++;
					if (!w->sample &&
					    asprintf(&w->sample, "%s: %s", (char *)q, v) < 0)
						w->sample = NULL;
					if (O.expect) {
						size_t el = strlen(O.expect);
						if (el < nl + 2 ||
						    strncmp(O.expect, (char *)q, nl) ||
						    strcmp(O.expect + nl + 2, v))
							w->mismatch++;
						(*hdrs_added)++;
					}
				}
			}
			if (stage != ST_EOM) {
				if (w)
					w->errs[E_PROTO]++;
				return -1;
			}
			continue;
		default:
			if (w)
				w->errs[E_PROTO]++;
			return -1;
		}
	}
}

/* connect + helo of a new SMTP session; 0 go on, -1 broken */
static int session(worker *w, conn *c)
{
	prog *g = c->g;
	int i = 0;
	c->dead_verdict = -1;
	while (i < g->msg0) {
		int j = i;
		while (!g->s[j].reply && j + 1 < g->msg0)
			j++;
		if (send_run(w, c, g->b.p + g->s[i].off, g->s[j].off + g->s[j].len - g->s[i].off))
			return -1;
		if (g->s[j].reply) {
			int v, dummy = 0;
			if (wait_reply(w, c, g->s[j].stage, &v, &dummy) < 0)
				return -1;
			if (v != V_CONT) {
				c->dead_verdict = v;
				c->dead_stage = g->s[j].stage;
				return 0;
			}
		}
		i = j + 1;
	}
	return 0;
}

static int open_conn(worker *w, conn *c)
{
	c->fd = -1;
	if (do_connect(w, c))
		return -1;
	if (negotiate(w, c) || session(w, c)) {
		close(c->fd);
		c->fd = -1;
		return -1;
	}
	return 0;
}

static void close_conn(worker *w, conn *c)
{
	static const unsigned char quit[5] = {0, 0, 0, 1, 'Q'};
	if (c->fd < 0)
		return;
	send_run(w, c, quit, 5);
	close(c->fd);
	c->fd = -1;
}

/* one message; returns verdict, sets *stage; V_ERROR when the connection broke */
static int message(worker *w, conn *c, int *stage, uint64_t *lat, uint64_t *elat)
{
	prog *g = c->g;
	if (c->own_of != g) {
		c->own = xrealloc(c->own, g->b.n);
		memcpy(c->own, g->b.p, g->b.n);
		c->own_of = g;
	}
	if (g->nids) {
		char id[10];
		uint64_t v = (uint64_t)w->id << 36 | (uint64_t)w->seq++;
		for (int k = 8; k >= 0; k--) {
			id[k] = "0123456789BCDFGHJKLMNPQRSTVWXYZb"[v & 31];
			v >>= 5;
		}
		for (int k = 0; k < g->nids; k++)
			memcpy(c->own + g->ids[k] + 4, id, 9);
	}
	int i = g->msg0, skip = -1, rc_ok = 0, rc_seen = 0, added = 0;
	uint64_t t0 = now_ns(), te = t0;
	*stage = ST_MAIL;
	if (c->dead_verdict >= 0) {
		*stage = c->dead_stage;
		*lat = *elat = 0;
		return c->dead_verdict;
	}
	while (i < g->n) {
		step *s = &g->s[i];
		if (s->stage == skip) {
			i++;
			continue;
		}
		int j = i;
		while (!g->s[j].reply && j + 1 < g->n && g->s[j + 1].stage != skip) {
			if (g->s[j].rcpt) {
				rc_seen++;
				rc_ok++;
			}
			j++;
		}
		step *e = &g->s[j];
		*stage = e->stage;
		if (e->stage > ST_DATA && rc_seen && !rc_ok)
			goto norcpt;
		if (e->stage == ST_EOM)
			te = now_ns();
		if (send_run(w, c, c->own + s->off, e->off + e->len - s->off))
			return V_ERROR;
		if (e->reply) {
			int v;
			int r = wait_reply(w, c, e->stage, &v, &added);
			if (r < 0)
				return V_ERROR;
			if (e->stage == ST_EOM) {
				uint64_t t1 = now_ns();
				*lat = t1 - t0;
				*elat = t1 - te;
				if (O.expect && added != 1)
					w->mismatch++;
				return v;
			}
			if (e->rcpt && e->stage == ST_RCPT) {
				rc_seen++;
				if (v == V_CONT)
					rc_ok++;
				else if (v == V_REJECT || v == V_TEMPFAIL || v == V_REPLY4 ||
					 v == V_REPLY5) {
					w->rcpt_rej++;
					v = V_CONT;
				}
			}
			if (v != V_CONT) { /* verdict before end of message */
				static const unsigned char ab[5] = {0, 0, 0, 1, 'A'};
				*lat = now_ns() - t0;
				*elat = 0;
				if (send_run(w, c, ab, 5))
					return V_ERROR;
				return v;
			}
			if (r == 's')
				skip = e->stage;
		}
		i = j + 1;
		if (i < g->n && g->s[i].stage > ST_DATA && rc_seen && !rc_ok) {
		norcpt:;
			static const unsigned char ab[5] = {0, 0, 0, 1, 'A'};
			*lat = now_ns() - t0;
			*elat = 0;
			*stage = ST_RCPT;
			if (send_run(w, c, ab, 5))
				return V_ERROR;
			return V_NORCPT;
		}
	}
	return V_ERROR;
}

/* -------------------------------------------------------------- processes */
typedef struct {
	double cpu;
	long rss_kb, pss_kb, hwm_kb;
	int procs, threads, fds;
} usage;

static int read_file(const char *fn, char *b, size_t n)
{
	int fd = open(fn, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t k = read(fd, b, n - 1);
	close(fd);
	if (k < 0)
		return -1;
	b[k] = 0;
	return (int)k;
}

static int stat_fields(pid_t p, pid_t *ppid, double *self, double *reaped, char *state)
{
	char fn[64], b[2048];
	snprintf(fn, sizeof fn, "/proc/%d/stat", (int)p);
	if (read_file(fn, b, sizeof b) <= 0)
		return -1;
	char *q = strrchr(b, ')');
	if (!q)
		return -1;
	unsigned long ut, st;
	long cu, cs;
	int pp;
	if (sscanf(q + 2, "%c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld", state, &pp,
		   &ut, &st, &cu, &cs) != 6)
		return -1;
	double tick = (double)sysconf(_SC_CLK_TCK);
	*ppid = pp;
	*self = (double)(ut + st) / tick;
	*reaped = (double)(cu + cs) / tick;
	return 0;
}

static long kb_of(const char *b, const char *key)
{
	const char *p = strstr(b, key);
	return p ? atol(p + strlen(key)) : 0;
}

static void measure(usage *u, int mem)
{
	memset(u, 0, sizeof *u);
	if (!O.npids)
		return;
	pid_t *set = NULL;
	int n = 0;
	pid_t(*all)[2] = NULL;
	int na = 0;
	DIR *d = opendir("/proc");
	struct dirent *e;
	while (d && (e = readdir(d))) {
		pid_t p = atoi(e->d_name), pp;
		double a, b;
		char st;
		if (p <= 0 || stat_fields(p, &pp, &a, &b, &st))
			continue;
		all = xrealloc(all, (size_t)(na + 1) * sizeof *all);
		all[na][0] = p;
		all[na++][1] = pp;
	}
	if (d)
		closedir(d);
	set = xrealloc(set, (size_t)(na + O.npids + 1) * sizeof *set);
	for (int i = 0; i < O.npids; i++)
		set[n++] = O.pids[i];
	for (int i = 0; i < n; i++)
		for (int k = 0; k < na; k++)
			if (all[k][1] == set[i]) {
				int dup = 0;
				for (int m = 0; m < n; m++)
					dup |= set[m] == all[k][0];
				if (!dup)
					set[n++] = all[k][0];
			}
	for (int i = 0; i < n; i++) {
		pid_t pp;
		double self, reaped;
		char st, fn[64], b[8192];
		clockid_t ck;
		struct timespec ts;
		if (stat_fields(set[i], &pp, &self, &reaped, &st))
			continue;
		if (st != 'Z' && clock_getcpuclockid(set[i], &ck) == 0 &&
		    clock_gettime(ck, &ts) == 0)
			self = (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
		u->cpu += self + reaped;
		u->procs++;
		if (!mem)
			continue;
		snprintf(fn, sizeof fn, "/proc/%d/status", (int)set[i]);
		if (read_file(fn, b, sizeof b) > 0) {
			u->rss_kb += kb_of(b, "VmRSS:");
			u->hwm_kb += kb_of(b, "VmHWM:");
			u->threads += (int)kb_of(b, "Threads:");
		}
		snprintf(fn, sizeof fn, "/proc/%d/smaps_rollup", (int)set[i]);
		if (read_file(fn, b, sizeof b) > 0)
			u->pss_kb += kb_of(b, "\nPss:");
		snprintf(fn, sizeof fn, "/proc/%d/fd", (int)set[i]);
		DIR *fd = opendir(fn);
		if (fd) {
			while (readdir(fd))
				u->fds++;
			closedir(fd);
			u->fds -= 2;
		}
	}
	free(set);
	free(all);
	if (O.cgroup) {
		char fn[512], b[4096];
		snprintf(fn, sizeof fn, "%s/cpuacct.usage", O.cgroup);
		if (read_file(fn, b, sizeof b) > 0)
			u->cpu = strtod(b, NULL) / 1e9;
		else {
			snprintf(fn, sizeof fn, "%s/cpu.stat", O.cgroup);
			if (read_file(fn, b, sizeof b) > 0)
				u->cpu = (double)kb_of(b, "usage_usec ") / 1e6;
		}
	}
}

/* CPU after the filter has gone quiet: closing and reaping count as its work */
static void measure_settled(usage *u)
{
	usage a;
	measure(&a, 0);
	for (int i = 0; i < 20; i++) {
		usleep(60000);
		measure(u, 0);
		if (u->procs == a.procs && u->cpu - a.cpu < 0.0004)
			break;
		a = *u;
	}
	measure(u, 1);
}

/* ----------------------------------------------------------------- workers */
static pthread_barrier_t bar;
static uint64_t t_start, t_end_limit;
static atomic_long tickets;
static uint64_t last_done_ns;
static pthread_mutex_t done_mx = PTHREAD_MUTEX_INITIALIZER;

static void run_n(worker *w, long n, int timed)
{
	conn *c = &w->c;
	long on = 0, fails = 0;
	for (long i = 0; i < n; i++) {
		if (timed && now_ns() > t_end_limit)
			break;
		if (timed && O.rate > 0) {
			long tk = atomic_fetch_add(&tickets, 1);
			uint64_t due = t_start + (uint64_t)((double)tk * 1e9 / O.rate),
				 t = now_ns();
			if (due > t) {
				struct timespec ts = {(time_t)((due - t) / 1000000000u),
						      (long)((due - t) % 1000000000u)};
				nanosleep(&ts, NULL);
			}
		}
		if (c->fd >= 0 && O.perconn > 0 && on >= O.perconn) {
			if (O.quit_nc) {
				static const unsigned char k[5] = {0, 0, 0, 1, 'K'};
				if (send_run(w, c, k, 5) || session(w, c)) {
					close(c->fd);
					c->fd = -1;
				}
			} else
				close_conn(w, c);
			on = 0;
		}
		if (c->fd < 0) {
			on = 0;
			if (open_conn(w, c)) {
				if (timed) {
					w->verd[ST_CONN][V_ERROR]++;
					w->done++;
				}
				if (++fails > 100)
					break;
				continue;
			}
		}
		int st;
		uint64_t l = 0, el = 0;
		int v = message(w, c, &st, &l, &el);
		on++;
		c->trace = 0;
		if (timed) {
			w->verd[st][v]++;
			w->done++;
			if (v != V_ERROR && l) {
				w->lat[w->nlat] = l;
				w->elat[w->nlat++] = el;
			}
		}
		if (v == V_ERROR || v == V_SHUTDOWN || v == V_CONNFAIL) {
			if (c->fd >= 0)
				close(c->fd);
			c->fd = -1;
			if (++fails > 100)
				break;
		}
	}
	if (c->fd >= 0)
		close_conn(w, c);
}

static void *work(void *arg)
{
	worker *w = arg;
	w->c.fd = -1;
	w->c.trace = O.trace && w->id == 0;
	if (O.warmup)
		run_n(w, O.warmup, 0);
	w->mismatch = w->connects = w->rcpt_rej = w->skips = w->progress = w->tx = w->rx = w->wr =
		0;
	memset(w->mods, 0, sizeof w->mods);
	pthread_barrier_wait(&bar);
	pthread_barrier_wait(&bar);
	run_n(w, O.messages, 1);
	uint64_t t = now_ns();
	pthread_mutex_lock(&done_mx);
	if (t > last_done_ns)
		last_done_ns = t;
	pthread_mutex_unlock(&done_mx);
	return NULL;
}

static int cmp64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}
static double pct(const uint64_t *v, long n, double q)
{
	if (!n)
		return 0;
	long i = (long)(q * (double)n);
	if (i >= n)
		i = n - 1;
	return (double)v[i] / 1000.0;
}

static void jstr(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 32 || (unsigned char)*s > 126)
			printf("\\u%04x", (unsigned char)*s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void jusage(const char *k, const usage *u)
{
	printf("\"%s\":{\"procs\":%d,\"threads\":%d,\"fds\":%d,\"rss_kb\":%ld,\"pss_kb\":%ld,\"hwm_"
	       "kb\":%ld}",
	       k, u->procs, u->threads, u->fds, u->rss_kb, u->pss_kb, u->hwm_kb);
}

static void usage_exit(void)
{
	FILE *f = fopen("/proc/self/exe", "r");
	if (f)
		fclose(f);
	fputs("usage: milterload --socket inet:PORT@HOST|unix:/path [--conns C] [--messages M] "
	      "[--per-conn K]\n"
	      "  [--warmup W] [--max-seconds S] [--timeout S] [--rate R] [--gap-us U] [--rcpts N] "
	      "[--headers N]\n"
	      "  [--body BYTES] [--chunk BYTES] [--eml FILE] [--from A] [--helo N] [--client-ip "
	      "IP] [--client-name N]\n"
	      "  [--rcpt-pattern P] [--no-macros] [--flush run|each] [--nodelay 0|1] [--quit nc] "
	      "[--pid P]...\n"
	      "  [--cgroup DIR] [--expect 'Name: value'] [--idle N [--hold S] [--idle-stage "
	      "neg|helo]] [--json] [--trace]\n"
	      "The comment at the top of milterload.c explains each of them.\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	enum {
		o_sock = 1,
		o_conns,
		o_msgs,
		o_per,
		o_warm,
		o_max,
		o_to,
		o_rate,
		o_gap,
		o_rcpts,
		o_hdrs,
		o_body,
		o_chunk,
		o_eml,
		o_from,
		o_helo,
		o_ip,
		o_cname,
		o_rp,
		o_nomac,
		o_flush,
		o_nod,
		o_quit,
		o_pid,
		o_cg,
		o_exp,
		o_idle,
		o_hold,
		o_ist,
		o_json,
		o_trace
	};
	static const struct option lo[] = {
		{"socket", 1, 0, o_sock},     {"conns", 1, 0, o_conns},
		{"messages", 1, 0, o_msgs},   {"per-conn", 1, 0, o_per},
		{"warmup", 1, 0, o_warm},     {"max-seconds", 1, 0, o_max},
		{"timeout", 1, 0, o_to},      {"rate", 1, 0, o_rate},
		{"gap-us", 1, 0, o_gap},      {"rcpts", 1, 0, o_rcpts},
		{"headers", 1, 0, o_hdrs},    {"body", 1, 0, o_body},
		{"chunk", 1, 0, o_chunk},     {"eml", 1, 0, o_eml},
		{"from", 1, 0, o_from},	      {"helo", 1, 0, o_helo},
		{"client-ip", 1, 0, o_ip},    {"client-name", 1, 0, o_cname},
		{"rcpt-pattern", 1, 0, o_rp}, {"no-macros", 0, 0, o_nomac},
		{"flush", 1, 0, o_flush},     {"nodelay", 1, 0, o_nod},
		{"quit", 1, 0, o_quit},	      {"pid", 1, 0, o_pid},
		{"cgroup", 1, 0, o_cg},	      {"expect", 1, 0, o_exp},
		{"idle", 1, 0, o_idle},	      {"hold", 1, 0, o_hold},
		{"idle-stage", 1, 0, o_ist},  {"json", 0, 0, o_json},
		{"trace", 0, 0, o_trace},     {0, 0, 0, 0}};
	int c;
	while ((c = getopt_long(argc, argv, "", lo, NULL)) != -1)
		switch (c) {
		case o_sock:
			O.sock = optarg;
			break;
		case o_conns:
			O.conns = atoi(optarg);
			break;
		case o_msgs:
			O.messages = atol(optarg);
			break;
		case o_per:
			O.perconn = atoi(optarg);
			break;
		case o_warm:
			O.warmup = atoi(optarg);
			break;
		case o_max:
			O.maxsec = atof(optarg);
			break;
		case o_to:
			O.timeout = atoi(optarg);
			break;
		case o_rate:
			O.rate = atof(optarg);
			break;
		case o_gap:
			O.gap_us = atoi(optarg);
			break;
		case o_rcpts:
			O.rcpts = atoi(optarg);
			break;
		case o_hdrs:
			O.headers = atoi(optarg);
			break;
		case o_body:
			O.body = strtoul(optarg, NULL, 0);
			break;
		case o_chunk:
			O.chunk = strtoul(optarg, NULL, 0);
			break;
		case o_eml:
			O.eml = optarg;
			break;
		case o_from:
			O.from = optarg;
			break;
		case o_helo:
			O.helo = optarg;
			break;
		case o_ip:
			O.ip = optarg;
			break;
		case o_cname:
			O.cname = optarg;
			break;
		case o_rp:
			O.rcptpat = optarg;
			break;
		case o_nomac:
			O.nomacros = 1;
			break;
		case o_flush:
			O.flush_each = !strcmp(optarg, "each");
			break;
		case o_nod:
			O.nodelay = atoi(optarg);
			break;
		case o_quit:
			O.quit_nc = !strcmp(optarg, "nc");
			break;
		case o_pid:
			if (O.npids < 64)
				O.pids[O.npids++] = atoi(optarg);
			break;
		case o_cg:
			O.cgroup = optarg;
			break;
		case o_exp:
			O.expect = optarg;
			break;
		case o_idle:
			O.idle = atoi(optarg);
			break;
		case o_hold:
			O.hold = atoi(optarg);
			break;
		case o_ist:
			O.idlestage = optarg;
			break;
		case o_json:
			O.json = 1;
			break;
		case o_trace:
			O.trace = 1;
			break;
		default:
			usage_exit();
		}
	if (!O.sock || optind != argc || O.conns < 1 || O.messages < 0 || O.chunk < 1)
		usage_exit();
	if (O.cgroup && !O.npids)
		O.pids[O.npids++] = getpid(); /* so that measure() runs */
	signal(SIGPIPE, SIG_IGN);
	struct rlimit rl;
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	parse_addr(O.sock);
	if (O.eml)
		load_eml(O.eml);
	else
		make_message();

	usage u0 = {0}, ui = {0}, ua = {0}, ub = {0}, uc = {0};
	measure(&u0, 1);

	/* idle connections */
	conn *idle = calloc((size_t)O.idle + 1, sizeof *idle);
	int idle_ok = 0, idle_fail = 0;
	uint64_t ti0 = now_ns();
	for (int i = 0; i < O.idle; i++) {
		idle[i].fd = -1;
		int rc = do_connect(NULL, &idle[i]);
		if (!rc) {
			rc = negotiate(NULL, &idle[i]);
			if (!rc && strcmp(O.idlestage, "neg"))
				rc = session(NULL, &idle[i]);
			if (rc) {
				close(idle[i].fd);
				idle[i].fd = -1;
			}
		}
		free(idle[i].rb);
		idle[i].rb = NULL;
		idle[i].rcap = 0;
		if (rc) {
			if (++idle_fail > 50)
				break;
		} else
			idle_ok++;
	}
	uint64_t ti1 = now_ns();
	if (O.idle) {
		usleep((useconds_t)(O.hold > 0 ? 500000 : 50000));
		measure(&ui, 1);
	}
	if (O.idle && O.hold > 1 && !O.messages)
		sleep((unsigned)O.hold - 1);

	worker *w = calloc((size_t)O.conns, sizeof *w);
	struct rusage r0, r1;
	double wall = 0;
	if (O.messages) {
		pthread_attr_t at;
		pthread_attr_init(&at);
		pthread_attr_setstacksize(&at, 256 * 1024);
		pthread_barrier_init(&bar, NULL, (unsigned)O.conns + 1);
		for (int i = 0; i < O.conns; i++) {
			w[i].id = i;
			w[i].lat = malloc((size_t)O.messages * 8);
			w[i].elat = malloc((size_t)O.messages * 8);
			if (!w[i].lat || !w[i].elat)
				die(2, "out of memory");
			int rc = pthread_create(&w[i].th, &at, work, &w[i]);
			if (rc)
				die(2, "pthread_create: %s", strerror(rc));
		}
		pthread_barrier_wait(&bar);
		if (O.warmup)
			measure_settled(&ua);
		else
			measure(&ua, 1);
		getrusage(RUSAGE_SELF, &r0);
		measure(&ua, 1);
		t_start = now_ns();
		t_end_limit = t_start + (uint64_t)(O.maxsec * 1e9);
		pthread_barrier_wait(&bar);
		for (int i = 0; i < O.conns; i++)
			pthread_join(w[i].th, NULL);
		getrusage(RUSAGE_SELF, &r1);
		wall = (double)(last_done_ns - t_start) / 1e9;
		measure_settled(&ub);
	}
	for (int i = 0; i < O.idle; i++)
		if (idle[i].fd >= 0)
			close_conn(NULL, &idle[i]);
	if (O.idle) {
		usleep(500000);
		measure(&uc, 1);
	}

	/* totals */
	worker T;
	memset(&T, 0, sizeof T);
	long nl = 0;
	for (int i = 0; i < O.conns; i++)
		nl += w[i].nlat;
	uint64_t *L = malloc((size_t)(nl + 1) * 8), *E = malloc((size_t)(nl + 1) * 8);
	long k = 0, ke = 0;
	uint64_t errs = 0;
	for (int i = 0; i < O.conns; i++) {
		for (long j = 0; j < w[i].nlat; j++) {
			L[k++] = w[i].lat[j];
			if (w[i].elat[j])
				E[ke++] = w[i].elat[j];
		}
		for (int a = 0; a < ST_N; a++)
			for (int b = 0; b < V_N; b++)
				T.verd[a][b] += w[i].verd[a][b];
		for (int a = 0; a < 256; a++)
			T.mods[a] += w[i].mods[a];
		for (int a = 0; a < E_N; a++) {
			T.errs[a] += w[i].errs[a];
			errs += w[i].errs[a];
		}
		T.connects += w[i].connects;
		T.rcpt_rej += w[i].rcpt_rej;
		T.skips += w[i].skips;
		T.progress += w[i].progress;
		T.mismatch += w[i].mismatch;
		T.done += w[i].done;
		T.tx += w[i].tx;
		T.rx += w[i].rx;
		T.wr += w[i].wr;
		if (!T.sample)
			T.sample = w[i].sample;
	}
	qsort(L, (size_t)k, 8, cmp64);
	qsort(E, (size_t)ke, 8, cmp64);
	double cpu = ub.cpu - ua.cpu;
	double ccpu = O.messages ? (double)(r1.ru_utime.tv_sec - r0.ru_utime.tv_sec) +
					   (double)(r1.ru_stime.tv_sec - r0.ru_stime.tv_sec) +
					   (double)(r1.ru_utime.tv_usec - r0.ru_utime.tv_usec +
						    r1.ru_stime.tv_usec - r0.ru_stime.tv_usec) /
						   1e6
				 : 0;
	double n = T.done ? (double)T.done : 1;
	prog *g = progs;
	int replies = 0;
	if (g)
		for (int i = g->msg0; i < g->n; i++)
			replies += g->s[i].reply;

	if (O.json) {
		printf("{\"socket\":");
		jstr(O.sock);
		printf(",\"conns\":%d,\"per_conn\":%d,\"rcpts\":%d,\"headers\":%d,\"body\":%zu",
		       O.conns, O.perconn, O.rcpts, nH, nbody);
		printf(",\"messages\":%ld,\"connects\":%llu,\"wall_s\":%.6f,\"msg_per_s\":%.2f",
		       T.done, (unsigned long long)T.connects, wall,
		       wall > 0 ? (double)T.done / wall : 0);
		printf(",\"filter_cpu_s\":%.6f,\"filter_cpu_us_per_msg\":%.3f,\"client_cpu_us_per_"
		       "msg\":%.3f",
		       cpu, cpu / n * 1e6, ccpu / n * 1e6);
		printf(",\"lat_us\":{\"p50\":%.1f,\"p95\":%.1f,\"p99\":%.1f,\"max\":%.1f}",
		       pct(L, k, .5), pct(L, k, .95), pct(L, k, .99), pct(L, k, 1));
		printf(",\"eom_us\":{\"p50\":%.1f,\"p95\":%.1f,\"p99\":%.1f,\"max\":%.1f}",
		       pct(E, ke, .5), pct(E, ke, .95), pct(E, ke, .99), pct(E, ke, 1));
		printf(",\"verdicts\":{");
		int first = 1;
		for (int a = 0; a < ST_N; a++)
			for (int b = 0; b < V_N; b++)
				if (T.verd[a][b]) {
					printf("%s\"%s@%s\":%llu", first ? "" : ",", vname[b],
					       stname[a], (unsigned long long)T.verd[a][b]);
					first = 0;
				}
		printf("},\"mods\":{");
		first = 1;
		for (int a = 0; a < 256; a++)
			if (T.mods[a]) {
				printf("%s\"%c\":%llu", first ? "" : ",", a,
				       (unsigned long long)T.mods[a]);
				first = 0;
			}
		printf("},\"errors\":{");
		for (int a = 0; a < E_N; a++)
			printf("%s\"%s\":%llu", a ? "," : "", ename[a],
			       (unsigned long long)T.errs[a]);
		printf("},\"mismatch\":%llu,\"rcpt_rejected\":%llu,\"skips\":%llu,\"progress\":%"
		       "llu",
		       (unsigned long long)T.mismatch, (unsigned long long)T.rcpt_rej,
		       (unsigned long long)T.skips, (unsigned long long)T.progress);
		printf(",\"tx_bytes_per_msg\":%.0f,\"rx_bytes_per_msg\":%.0f,\"writes_per_msg\":%."
		       "2f,\"replies_awaited_per_msg\":%d",
		       (double)T.tx / n, (double)T.rx / n, (double)T.wr / n, replies);
		if (g)
			printf(",\"pflags\":\"0x%x\"", g->pflags);
		if (T.sample) {
			printf(",\"added_header\":");
			jstr(T.sample);
		}
		if (O.idle)
			printf(",\"idle_asked\":%d,\"idle_open\":%d,\"idle_open_s\":%.3f", O.idle,
			       idle_ok, (double)(ti1 - ti0) / 1e9);
		putchar(',');
		jusage("before", &u0);
		if (O.idle) {
			putchar(',');
			jusage("idle", &ui);
			putchar(',');
			jusage("after_idle", &uc);
		}
		if (O.messages) {
			putchar(',');
			jusage("after", &ub);
		}
		puts("}");
	} else {
		if (O.messages) {
			printf("%ld messages on %llu connections (%d at once) in %.3f s: %.1f "
			       "msg/s\n",
			       T.done, (unsigned long long)T.connects, O.conns, wall,
			       wall > 0 ? (double)T.done / wall : 0);
			printf("latency us  msg p50 %.0f p95 %.0f p99 %.0f max %.0f | eom p50 %.0f "
			       "p95 %.0f p99 %.0f max %.0f\n",
			       pct(L, k, .5), pct(L, k, .95), pct(L, k, .99), pct(L, k, 1),
			       pct(E, ke, .5), pct(E, ke, .95), pct(E, ke, .99), pct(E, ke, 1));
			if (O.npids)
				printf("filter CPU %.3f s = %.1f us/msg; client CPU %.1f us/msg\n",
				       cpu, cpu / n * 1e6, ccpu / n * 1e6);
			for (int a = 0; a < ST_N; a++)
				for (int b = 0; b < V_N; b++)
					if (T.verd[a][b])
						printf("verdict %s at %s: %llu\n", vname[b],
						       stname[a], (unsigned long long)T.verd[a][b]);
			for (int a = 0; a < 256; a++)
				if (T.mods[a])
					printf("modification '%c': %llu\n", a,
					       (unsigned long long)T.mods[a]);
			if (T.sample)
				printf("first added header: %s\n", T.sample);
			if (O.expect)
				printf("expect mismatches: %llu\n", (unsigned long long)T.mismatch);
			if (g)
				printf("protocol flags 0x%x, %d replies awaited per message, %.2f "
				       "writes per message\n",
				       g->pflags, replies, (double)T.wr / n);
		}
		for (int a = 0; a < E_N; a++)
			if (T.errs[a])
				printf("error %s: %llu\n", ename[a], (unsigned long long)T.errs[a]);
		if (O.npids) {
			printf("memory before: rss %ld kB pss %ld kB, %d threads, %d procs\n",
			       u0.rss_kb, u0.pss_kb, u0.threads, u0.procs);
			if (O.idle)
				printf("with %d idle: rss %ld kB pss %ld kB, %d threads, %d procs "
				       "(opened in %.2f s)\nafter idle: rss %ld kB\n",
				       idle_ok, ui.rss_kb, ui.pss_kb, ui.threads, ui.procs,
				       (double)(ti1 - ti0) / 1e9, uc.rss_kb);
			if (O.messages)
				printf("memory after: rss %ld kB (peak %ld kB), %d threads\n",
				       ub.rss_kb, ub.hwm_kb, ub.threads);
		}
	}
	if (O.messages && T.done && T.errs[E_CONNECT] == (uint64_t)T.done)
		return 3;
	return errs || T.mismatch || idle_fail ? 1 : 0;
}
