/* A client of AXIMilter's line protocol, in pieces of any size, against a filter that answers by
 * what it sees. */
#include "fuzz.h"

#include "bridge/dialogue.h"

#include <stdlib.h>

static const char script[] =
	"session var n: int;\n"
	"event onConnect { n += 1; if (remoteSmtpPort == 1) { reject(); } }\n"
	"event onEhlo { if (ehloHost == \"t\") { tempfail(\"later \" + ehloHost); } }\n"
	"event onMailFrom { if (mailFrom == \"r\") { reject(\"no\"); } if (mailFrom == \"a\") { "
	"accept(); } }\n"
	"event onRcptTo { if (rcptTo == \"r\") { reject(\"no\"); } if (rcptTo == \"d\") { "
	"discard(); } }\n"
	"event onHeader { if (headerName == \"R\") { reject(554, \"5.7.0\", \"bad "
	"%headerValue%\"); } }\n"
	"event onBodyChunk { n += length(bodyChunk); }\n"
	"event onDataReceived { addHeader(\"X-N\", \"%n% %\" + macro(\"i\").replace(\"\\r\", "
	"\"\").replace(\"\\n\", \"\")\n"
	"  .replace(\"\\0\", \"\")); if (n > 5) { quarantine(\"q\"); } }\n";

static struct afsl_chain *chain;
static struct buffer out;

static void no_log(void *argument, int level, const char *line)
{
	(void)argument, (void)level, (void)line;
}

static struct afsl_session *session_new(void *argument)
{
	struct afsl_session *session = afsl_session_new(chain);
	(void)argument;
	if (session)
		afsl_session_log(session, no_log, NULL);
	return session;
}

static struct buffer *out_of(void *argument)
{
	(void)argument;
	return &out;
}

static bool goes_on(void *argument)
{
	(void)argument;
	return true;
}

static void chain_make(void)
{
	struct afsl_load_options options = { .source = script,
					     .source_length = sizeof(script) - 1 };
	struct afsl_program *program = afsl_program_load("fuzz.afsl", &options, NULL);
	chain = afsl_chain_new();
	if (!program || !chain || !afsl_chain_add(chain, program, NULL))
		abort();
	afsl_program_release(program);
	buffer_init(&out, (size_t)64 << 20);
}

static void settle(struct dialogue *dialogue)
{
	while (dialogue_session(dialogue)) {
		afsl_finish(dialogue_session(dialogue));
		dialogue_resume(dialogue);
	}
}

/* The first byte says how large the pieces are. */
static void play(struct dialogue *dialogue, const uint8_t *bytes, size_t size, size_t step)
{
	size_t from = 0, to = 0;
	while (!dialogue_is_over(dialogue)) {
		struct text piece = text_of((const char *)bytes + from, to - from, LIFETIME_EVENT);
		size_t took = dialogue_take(dialogue, piece);
		if (took > piece.length)
			abort();
		settle(dialogue);
		from += took;
		if (!took && to == size)
			break;
		if (!took)
			to = size - to < step ? size : to + step;
	}
}

/* Lines of printable ASCII, whatever was said. */
static void answers_check(void)
{
	for (size_t i = 0; i < out.length; i++) {
		char byte = out.data[i];
		bool end = byte == '\r' && i + 1 < out.length && out.data[i + 1] == '\n';
		if (end)
			i++;
		else if (byte < ' ' || byte > '~')
			abort();
	}
	if (out.length && out.data[out.length - 1] != '\n')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct dialogue_host host = { .session = session_new, .out = out_of, .goes_on = goes_on };
	if (!chain)
		chain_make();
	if (size == 0)
		return 0;
	buffer_clear(&out);
	struct dialogue *dialogue = dialogue_new(&host);
	if (!dialogue)
		abort();
	play(dialogue, bytes + 1, size - 1, (size_t)bytes[0] + 1);
	dialogue_gone(dialogue);
	settle(dialogue);
	dialogue_free(dialogue);
	answers_check();
	return 0;
}
