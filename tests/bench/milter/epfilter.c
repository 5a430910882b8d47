/* Minimal event-driven milter server: one epoll loop per thread, one read per
 * wake-up, every complete packet in it handled, one write for all replies.
 * epfilter -p inet:PORT@HOST|unix:/path -w 0|1|2 [-T threads] [-n] [-t TABLE] [-s memmem|jit|simd]
 * -n: negotiate every "no reply" bit; -m MASK: exactly these.
 * -q: acknowledge received TCP data at once (TCP_QUICKACK after every read).
 * It is a yardstick, not a product: no timeouts, no policy, minimal checks. */
#include "w2core.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int work, noreply, lfd, tcp, quickack;
typedef struct {
	int fd;
	unsigned char *rb;
	size_t cap, n;
	uint32_t pf;
	w2_t s;
} cn;

static uint32_t g32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static void p32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

static void drop(cn *c)
{
	close(c->fd);
	free(c->rb);
	if (c->s.md)
		pcre2_match_data_free(c->s.md);
	free(c);
}
/* handle one packet; append the reply to o; return new length, or -1 to close */
static int packet(cn *c, char cmd, unsigned char *d, size_t n, unsigned char *o, int on)
{
	static const unsigned char cont[5] = {0, 0, 0, 1, 'c'};
	int bit = 0;
	switch (cmd) {
	case 'O': {
		if (n < 12)
			return -1;
		uint32_t theirs = g32(d + 8), pf = 0;
		if (work == 0)
			pf = theirs & 0x37f; /* every NO bit, incl. NODATA and NOUNKNOWN */
		else if (noreply)
			pf = theirs & (uint32_t)noreply;
		c->pf = pf;
		p32(o + on, 13);
		o[on + 4] = 'O';
		p32(o + on + 5, 6);
		p32(o + on + 9, g32(d + 4) & 1);
		p32(o + on + 13, pf);
		return on + 17;
	}
	case 'D':
		return on;
	case 'Q':
		return -1;
	case 'K':
	case 'A':
		return on;
	case 'C':
		bit = 0x1000;
		if (work == 2) {
			size_t l = strnlen((char *)d, n);
			struct in_addr a = {0};
			if (l + 4 < n && d[l + 1] == '4')
				inet_pton(AF_INET, (char *)d + l + 4, &a);
			w2_connect(&c->s, ntohl(a.s_addr));
		}
		break;
	case 'H':
		bit = 0x2000;
		if (work == 2)
			w2_helo(&c->s, (char *)d);
		break;
	case 'M':
		bit = 0x4000;
		if (work == 2)
			w2_mail(&c->s, (char *)d);
		break;
	case 'R':
		bit = 0x8000;
		if (work == 2)
			w2_rcpt(&c->s, (char *)d);
		break;
	case 'T':
		bit = 0x10000;
		break;
	case 'U':
		bit = 0x20000;
		break;
	case 'L':
		bit = 0x80;
		if (work == 2)
			w2_header(&c->s, (char *)d, (char *)d + strlen((char *)d) + 1);
		break;
	case 'N':
		bit = 0x40000;
		break;
	case 'B':
		bit = 0x80000;
		if (work == 2)
			w2_body(&c->s, d, n);
		break;
	case 'E':
		if (work == 2) {
			unsigned char *q = o + on;
			memcpy(q + 5, "X-Perf", 7);
			int l = w2_summary(&c->s, (char *)q + 12, 256);
			p32(q, (uint32_t)(1 + 7 + l + 1));
			q[4] = 'h';
			on += 12 + l + 1;
			p32(o + on, 1);
			o[on + 4] = 'a';
			return on + 5;
		}
		break;
	default:
		return -1;
	}
	if (bit && (c->pf & (uint32_t)bit))
		return on;
	memcpy(o + on, cont, 5);
	return on + 5;
}
/* Reads go into one big buffer per thread; only an incomplete packet is kept per connection. */
#define BIG (1024 * 1024 + 262144)
static int readable(cn *c, unsigned char *big, unsigned char *o, int osz)
{
	size_t n = c->n, at = 0;
	if (n)
		memcpy(big, c->rb, n);
	ssize_t k = recv(c->fd, big + n, BIG - n, 0);
	if (k == 0 || (k < 0 && errno != EAGAIN && errno != EINTR))
		return -1;
	if (k < 0)
		return 0;
	if (quickack && tcp) {
		int one = 1;
		setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
	}
	n += (size_t)k;
	int on = 0;
	while (n - at >= 5) {
		uint32_t l = g32(big + at);
		if (l == 0 || l > 1024 * 1024)
			return -1;
		if (n - at < 4u + l)
			break;
		unsigned char save = big[at + 4 + l];
		big[at + 4 + l] = 0;
		on = packet(c, (char)big[at + 4], big + at + 5, l - 1, o, on);
		big[at + 4 + l] = save;
		if (on < 0)
			return -1;
		at += 4u + l;
		if (on > osz - 600) {
			if (send(c->fd, o, (size_t)on, MSG_NOSIGNAL) != on)
				return -1;
			on = 0;
		}
	}
	c->n = n - at;
	if (c->n > c->cap) {
		c->cap = c->n;
		c->rb = realloc(c->rb, c->cap);
	} else if (c->n == 0 && c->cap) {
		free(c->rb);
		c->rb = NULL;
		c->cap = 0;
	}
	if (c->n)
		memcpy(c->rb, big + at, c->n);
	if (on && send(c->fd, o, (size_t)on, MSG_NOSIGNAL) != on)
		return -1;
	return 0;
}
static void *loop(void *arg)
{
	(void)arg;
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL}, evs[64];
	static __thread unsigned char o[65536];
	unsigned char *big = malloc(BIG + 1);
	epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &ev);
	for (;;) {
		int k = epoll_wait(ep, evs, 64, -1);
		for (int i = 0; i < k; i++) {
			cn *c = evs[i].data.ptr;
			if (!c) {
				int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
				if (fd < 0)
					continue;
				if (tcp) {
					int one = 1;
					setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
				}
				c = calloc(1, sizeof *c);
				c->fd = fd;
				ev.events = EPOLLIN;
				ev.data.ptr = c;
				epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
			} else if (readable(c, big, o, sizeof o) < 0)
				drop(c);
		}
	}
	return NULL;
}
int main(int argc, char **argv)
{
	const char *sock = NULL, *tab = "domains.txt";
	int c, T = 1;
	while ((c = getopt(argc, argv, "p:w:t:ns:T:qm:")) != -1)
		switch (c) {
		case 'p':
			sock = optarg;
			break;
		case 'w':
			work = atoi(optarg);
			break;
		case 't':
			tab = optarg;
			break;
		case 'n':
			noreply = 0x80 | 0xff000;
			break;
		case 'm':
			noreply = (int)strtoul(optarg, NULL, 0);
			break;
		case 'q':
			quickack = 1;
			break;
		case 'T':
			T = atoi(optarg);
			break;
		case 's':
			w2_scan_mode = *optarg == 'j'	? SCAN_JIT
				       : *optarg == 's' ? SCAN_SIMD
							: SCAN_MEMMEM;
			break;
		default:
			return 2;
		}
	if (!sock)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	w2_init(tab);
	if (!strncmp(sock, "unix:", 5) || !strncmp(sock, "local:", 6)) {
		struct sockaddr_un u = {.sun_family = AF_UNIX};
		strncpy(u.sun_path, strchr(sock, ':') + 1, sizeof u.sun_path - 1);
		unlink(u.sun_path);
		lfd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (bind(lfd, (void *)&u, sizeof u)) {
			perror("bind");
			return 2;
		}
	} else {
		int port = atoi(sock + 5), one = 1;
		struct sockaddr_in a = {.sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		if (bind(lfd, (void *)&a, sizeof a)) {
			perror("bind");
			return 2;
		}
		tcp = 1;
	}
	listen(lfd, 1024);
	pthread_t th;
	for (int i = 1; i < T; i++)
		pthread_create(&th, NULL, loop, NULL);
	loop(NULL);
	return 0;
}
