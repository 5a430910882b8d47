/* What the host reads when an event is done. */
#include "engine/session.h"

#include "base/memory.h"

enum { REQUEST_MOST = 4 << 20 };

void results_answer(struct afsl_session *session, const struct verdict *verdict,
		    const struct origin *origin)
{
	answer_set(&session->answer, verdict, origin);
	session->verdict = answer_told(&session->answer);
}

void results_answer_again(struct afsl_session *session, const struct answer *refusal)
{
	answer_copy(&session->answer, refusal);
	session->verdict = answer_told(&session->answer);
}

void results_forget(struct afsl_session *session)
{
	answer_free(&session->answer);
	session->verdict = answer_told(&session->answer);
}

const struct afsl_verdict *afsl_verdict(const struct afsl_session *session)
{
	return &session->verdict;
}

/* Commands that come again and again, and the content: what may be skipped. */
static bool is_needed_always(enum afsl_event event)
{
	return event == AFSL_END_OF_MESSAGE || event == AFSL_ABORT || event == AFSL_DISCONNECT ||
	       event == AFSL_NEGOTIATE;
}

bool afsl_wants(const struct afsl_session *session, enum afsl_event event)
{
	bool content = event == AFSL_HEADER || event == AFSL_END_OF_HEADERS || event == AFSL_BODY;

	if (is_needed_always(event))
		return true;
	if (content && session_refusal(session, event))
		return false;
	for (unsigned i = 0; i < session->count; i++) {
		const struct lane *lane = session->lanes + i;
		bool over = lane->session_done || (event != AFSL_MAIL && lane_is_done(lane));

		if (!over && lane->filter->steps >> event & 1)
			return true;
	}
	return false;
}

/* ---- what was negotiated ---- */

static bool has_word(struct text words, struct text word)
{
	for (size_t from = 0; from < words.length;) {
		int64_t end = text_find(words, TEXT(" "), from);
		size_t to = end < 0 ? words.length : (size_t)end;

		if (text_equals(text_part(words, from, to), word))
			return true;
		from = to + 1;
	}
	return false;
}

static void add_words(struct buffer *to, struct text words)
{
	for (size_t from = 0; from < words.length;) {
		int64_t end = text_find(words, TEXT(" "), from);
		size_t until = end < 0 ? words.length : (size_t)end;
		struct text word = text_part(words, from, until);

		if (word.length && !has_word(buffer_text(to), word)) {
			if (to->length)
				buffer_append_byte(to, ' ');
			buffer_append_text(to, word);
		}
		from = until + 1;
	}
}

static void gather_requests(struct afsl_session *session, unsigned stage)
{
	struct buffer *words = &session->requested[stage];
	bool requested = false;

	buffer_init(words, REQUEST_MOST);
	for (unsigned i = 0; i < session->count; i++) {
		const struct text *names =
			mail_requested_macros(session->lanes[i].mail, (enum macro_stage)stage);

		requested |= names != NULL;
		if (names)
			add_words(words, *names);
	}
	if (requested)
		buffer_append_byte(words, '\0');
}

static bool has_requests(const struct afsl_session *session)
{
	for (unsigned i = 0; i < session->count; i++)
		if (session->lanes[i].mail->requests)
			return true;
	return false;
}

void results_negotiated(struct afsl_session *session)
{
	struct afsl_needs needs = { .needs = 0 };

	for (unsigned i = 0; i < session->count; i++)
		filter_add_needs(session->lanes[i].filter, &session->lanes[i].context.request,
				 &needs);
	session->needs = needs.needs;
	session->replies = needs.replies;
	results_free(session);
	if (!has_requests(session))
		return;
	session->requested = memory_zeroed(MACRO_STAGE_COUNT, sizeof(*session->requested));
	for (unsigned stage = 0; session->requested && stage < MACRO_STAGE_COUNT; stage++)
		gather_requests(session, stage);
}

void results_free(struct afsl_session *session)
{
	for (unsigned stage = 0; session->requested && stage < MACRO_STAGE_COUNT; stage++)
		buffer_free(&session->requested[stage]);
	memory_free(session->requested);
	session->requested = NULL;
}

void afsl_session_needs(const struct afsl_session *session, struct afsl_needs *needs)
{
	afsl_chain_needs(session->chain, needs);
	needs->needs = session->needs;
	needs->replies = session->replies;
}

const char *afsl_requested_macros(const struct afsl_session *session, enum afsl_event event)
{
	int stage = macro_stage_of(event);
	const struct buffer *words;

	if (stage < 0 || !session->requested)
		return NULL;
	words = &session->requested[stage];
	return words->length && !words->failed ? words->data : NULL;
}

/* ---- changes ---- */

size_t afsl_change_count(const struct afsl_session *session)
{
	return session->plan ? session->plan->count : 0;
}

static struct afsl_text text_to(struct text text)
{
	return (struct afsl_text){text.length ? text.data : "", text.length};
}

struct afsl_change afsl_change(const struct afsl_session *session, size_t index)
{
	static const enum afsl_change_kind kinds[CHANGE_KIND_COUNT] = {
		[CHANGE_ADD_HEADER] = AFSL_ADD_HEADER,
		[CHANGE_INSERT_HEADER] = AFSL_INSERT_HEADER,
		[CHANGE_CHANGE_HEADER] = AFSL_CHANGE_HEADER,
		[CHANGE_ADD_RCPT] = AFSL_ADD_RCPT,
		[CHANGE_DELETE_RCPT] = AFSL_DELETE_RCPT,
		[CHANGE_CHANGE_SENDER] = AFSL_CHANGE_SENDER,
		[CHANGE_REPLACE_BODY] = AFSL_REPLACE_BODY,
		[CHANGE_QUARANTINE] = AFSL_QUARANTINE,
	};
	const struct change *change;

	if (index >= afsl_change_count(session))
		return (struct afsl_change){
			.kind = AFSL_ADD_HEADER, .name = {"", 0}, .value = {"", 0}};
	change = session->plan->items + index;
	return (struct afsl_change){.kind = kinds[change->kind],
				    .index = change->index,
				    .name = text_to(change->name),
				    .value = text_to(change->value),
				    .blanks = change->blanks,
				    .more = change->more};
}

/* Folding was LF inside; outside it is CR LF. */
static bool write_raw(struct text raw, afsl_write *write, void *argument)
{
	for (size_t from = 0; from < raw.length;) {
		int64_t found = text_find(raw, TEXT("\n"), from);
		size_t to = found < 0 ? raw.length : (size_t)found;

		if (to > from && !write(argument, raw.data + from, to - from))
			return false;
		if (found < 0)
			break;
		if (!write(argument, "\r\n", 2))
			return false;
		from = to + 1;
	}
	return write(argument, "\r\n", 2);
}

bool afsl_write_headers(const struct afsl_session *session, afsl_write *write, void *argument)
{
	const struct headers *headers;

	if (session->count == 0)
		return true;
	headers = &session->lanes[session->count - 1].mail->message->headers;
	for (uint32_t i = 0; i < headers->count; i++) {
		const struct header *header = headers->items + i;

		if (!write(argument, header->name.data, header->name.length) ||
		    !write(argument, ":", 1) || !write_raw(header->raw, write, argument))
			return false;
	}
	return true;
}
