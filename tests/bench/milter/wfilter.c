/* libmilter filter doing work level W0, W1 or W2.
 * wfilter -p SOCKET -w 0|1|2 -t TABLE [-n] [-s memmem|jit|simd]   (-n: negotiate "no reply"
 * wherever possible) */
#include "w2core.h"
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <unistd.h>

static int work, noreply;
#define CTX w2_t *s = smfi_getpriv(ctx)
#define NR  (noreply ? SMFIS_NOREPLY : SMFIS_CONTINUE)

static w2_t *priv(SMFICTX *ctx)
{
	CTX;
	if (!s) {
		s = calloc(1, sizeof *s);
		smfi_setpriv(ctx, s);
	}
	return s;
}
static sfsistat f_connect(SMFICTX *ctx, char *h, _SOCK_ADDR *a)
{
	(void)h;
	if (work == 2) {
		uint32_t ip = 0;
		if (a && a->sa_family == AF_INET)
			ip = ntohl(((struct sockaddr_in *)a)->sin_addr.s_addr);
		w2_connect(priv(ctx), ip);
	}
	return NR;
}
static sfsistat f_helo(SMFICTX *ctx, char *h)
{
	if (work == 2)
		w2_helo(priv(ctx), h);
	return NR;
}
static sfsistat f_mail(SMFICTX *ctx, char **av)
{
	if (work == 2)
		w2_mail(priv(ctx), av[0]);
	return NR;
}
static sfsistat f_rcpt(SMFICTX *ctx, char **av)
{
	if (work == 2)
		w2_rcpt(priv(ctx), av[0]);
	return NR;
}
static sfsistat f_data(SMFICTX *ctx)
{
	(void)ctx;
	return NR;
}
static sfsistat f_unk(SMFICTX *ctx, const char *a)
{
	(void)ctx;
	(void)a;
	return NR;
}
static sfsistat f_hdr(SMFICTX *ctx, char *n, char *v)
{
	if (work == 2)
		w2_header(priv(ctx), n, v);
	return NR;
}
static sfsistat f_eoh(SMFICTX *ctx)
{
	(void)ctx;
	return NR;
}
static sfsistat f_body(SMFICTX *ctx, unsigned char *p, size_t n)
{
	if (work == 2)
		w2_body(priv(ctx), p, n);
	return NR;
}
static sfsistat f_eom(SMFICTX *ctx)
{
	if (work == 2) {
		char b[256];
		w2_summary(priv(ctx), b, sizeof b);
		smfi_addheader(ctx, (char *)"X-Perf", b);
		return SMFIS_ACCEPT;
	}
	return SMFIS_CONTINUE;
}
static sfsistat f_abort(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}
static sfsistat f_close(SMFICTX *ctx)
{
	CTX;
	if (s) {
		if (s->md)
			pcre2_match_data_free(s->md);
		free(s);
		smfi_setpriv(ctx, NULL);
	}
	return SMFIS_CONTINUE;
}
static sfsistat f_neg(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
		      unsigned long f3, unsigned long *pf0, unsigned long *pf1, unsigned long *pf2,
		      unsigned long *pf3)
{
	(void)ctx;
	(void)f2;
	(void)f3;
	*pf0 = SMFIF_ADDHDRS & f0;
	*pf1 = f1 & (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_DATA |
		     SMFIP_NR_UNKN | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY);
	*pf2 = *pf3 = 0;
	return SMFIS_CONTINUE;
}
int main(int argc, char **argv)
{
	const char *sock = NULL, *tab = "domains.txt";
	int c;
	while ((c = getopt(argc, argv, "p:w:t:ns:")) != -1)
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
			noreply = 1;
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
	w2_init(tab);
	struct smfiDesc d = {.xxfi_name = (char *)"wfilter",
			     .xxfi_version = SMFI_VERSION,
			     .xxfi_flags = SMFIF_ADDHDRS};
	if (work > 0) {
		d.xxfi_connect = f_connect;
		d.xxfi_helo = f_helo;
		d.xxfi_envfrom = f_mail;
		d.xxfi_envrcpt = f_rcpt;
		d.xxfi_header = f_hdr;
		d.xxfi_eoh = f_eoh;
		d.xxfi_body = f_body;
		d.xxfi_eom = f_eom;
		d.xxfi_abort = f_abort;
		d.xxfi_close = f_close;
		d.xxfi_unknown = f_unk;
		d.xxfi_data = f_data;
		if (noreply)
			d.xxfi_negotiate = f_neg;
	}
	if (smfi_setconn((char *)sock) == MI_FAILURE || smfi_register(d) == MI_FAILURE)
		return 2;
	smfi_setbacklog(1024);
	return smfi_main();
}
