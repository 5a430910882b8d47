/* The third party of the demonstration: a small milter of the kind that mail servers have used for
 * twenty years, on libmilter, knowing nothing of AFSL.
 *
 *     milter inet:PORT@127.0.0.1
 *
 * It greets every message with a header, marks newsletters, and refuses lotteries. */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct letter {
	char *subject;
	int newsletter;
	size_t bytes;
};

static void letter_forget(SMFICTX *context)
{
	struct letter *letter = smfi_getpriv(context);

	if (letter)
		free(letter->subject);
	free(letter);
	smfi_setpriv(context, NULL);
}

static sfsistat on_mail(SMFICTX *context, char **arguments)
{
	(void)arguments;
	letter_forget(context);
	smfi_setpriv(context, calloc(1, sizeof(struct letter)));
	return smfi_getpriv(context) ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat on_rcpt(SMFICTX *context, char **arguments)
{
	if (strncasecmp(arguments[0], "<nobody@", 8) != 0)
		return SMFIS_CONTINUE;
	smfi_setreply(context, (char *)"550", (char *)"5.1.1", (char *)"Nobody lives here");
	return SMFIS_REJECT;
}

static sfsistat on_header(SMFICTX *context, char *name, char *value)
{
	struct letter *letter = smfi_getpriv(context);

	if (strcasecmp(name, "Subject") == 0 && !letter->subject)
		letter->subject = strdup(value);
	if (strcasecmp(name, "List-Unsubscribe") == 0)
		letter->newsletter = 1;
	return SMFIS_CONTINUE;
}

static sfsistat on_body(SMFICTX *context, unsigned char *bytes, size_t length)
{
	struct letter *letter = smfi_getpriv(context);

	(void)bytes;
	letter->bytes += length;
	return SMFIS_CONTINUE;
}

static sfsistat on_end(SMFICTX *context)
{
	struct letter *letter = smfi_getpriv(context);
	const char *subject = letter->subject ? letter->subject : "";
	char text[300];

	if (strcasestr(subject, "lottery")) {
		smfi_setreply(context, (char *)"550", (char *)"5.7.1",
			      (char *)"We do not play the lottery");
		return SMFIS_REJECT;
	}
	snprintf(text, sizeof(text), "%zu bytes, read by the demonstration milter", letter->bytes);
	smfi_addheader(context, (char *)"X-Demonstration", text);
	if (letter->newsletter) {
		snprintf(text, sizeof(text), "[newsletter] %.200s", subject);
		smfi_chgheader(context, (char *)"Subject", 1, text);
	}
	return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *context)
{
	letter_forget(context);
	return SMFIS_CONTINUE;
}

int main(int argc, char **argv)
{
	struct smfiDesc filter = {
		.xxfi_name = (char *)"demonstration",
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_body = on_body,
		.xxfi_eom = on_end,
		.xxfi_close = on_close,
	};

	if (argc != 2 || smfi_setconn(argv[1]) == MI_FAILURE ||
	    smfi_register(filter) == MI_FAILURE) {
		fprintf(stderr, "usage: milter inet:PORT@127.0.0.1\n");
		return 2;
	}
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
