/* A mail server asks a filter about one message: the whole of the hook.
 *     cc embed.c -lafsl -lpcre2-8 -lm -o embed && ./embed embed.afsl */
#include <afsl.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static struct afsl_text text(const char *string)
{
	return (struct afsl_text){string, strlen(string)};
}

static bool print(void *file, const char *bytes, size_t length)
{
	return fwrite(bytes, 1, length, file) == length;
}

/* True as long as the filter lets the message pass. A server with an event loop would watch the
 * descriptors of afsl_wait() and call afsl_resume() instead of afsl_finish(). */
static bool passes(struct afsl_session *session)
{
	const struct afsl_verdict *verdict;

	afsl_finish(session);
	verdict = afsl_verdict(session);
	if (verdict->kind == AFSL_CONTINUE || verdict->kind == AFSL_ACCEPT)
		return true;
	printf("%d %s %s\n", verdict->code, verdict->enhanced, verdict->text);
	return false;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(25025)};
	struct afsl_client client = {(const struct sockaddr *)&address, sizeof(address),
				     "client.example.net", NULL, false};
	struct afsl_report *report = NULL;
	struct afsl_program *program = afsl_program_load(argc > 1 ? argv[1] : "", NULL, &report);
	struct afsl_chain *chain = afsl_chain_new();
	struct afsl_session *session;

	if (!program || !chain || !afsl_chain_add(chain, program, NULL))
		return fputs(report ? afsl_report_text(report, false) : "no memory\n", stderr), 65;
	session = afsl_session_new(chain);
	inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
	if (session && (afsl_connect(session, &client), passes(session)) &&
	    (afsl_mail(session, text("<alice@example.net>"), NULL, 0), passes(session)) &&
	    (afsl_rcpt(session, text("<bob@example.org>"), NULL, 0), passes(session)) &&
	    (afsl_header(session, text("Subject"), text(" hello")), passes(session)) &&
	    (afsl_body(session, text("How are you?\r\n")), passes(session)) &&
	    (afsl_end_of_message(session), passes(session)))
		afsl_write_headers(session, print, stdout);
	afsl_session_free(session);
	afsl_chain_release(chain);
	afsl_program_release(program);
	afsl_report_free(report);
	return 0;
}
