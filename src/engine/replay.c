/* The content for filters behind one that may edit it: the message as edited, from a spool. */
#include "engine/session.h"

#include "base/memory.h"

static bool may_edit(const struct lane *lane)
{
	if (!filter_edits_content(lane->filter, &lane->context.request))
		return false;
	return !lane_is_done(lane) || lane_has_changes(lane);
}

static bool wants_body(const struct lane *lane)
{
	return lane->filter->steps >> AFSL_BODY & 1 && !lane_is_done(lane);
}

void replay_prepare(struct afsl_session *session)
{
	const int64_t *limits;

	if (session->live)
		return;
	session->live = session->chain->judges ? session->count : 1;
	while (session->live < session->count && !may_edit(&session->lanes[session->live - 1]))
		session->live++;
	session->spooling = false;
	for (unsigned i = session->live; i < session->count; i++)
		session->spooling |= wants_body(session->lanes + i);
	if (!session->spooling)
		return;
	limits = session->lanes[session->live].filter->limits;
	session->spooled = memory_zeroed(1, sizeof(*session->spooled));
	if (!session->spooled)
		return;
	spool_init(&session->spooled->spool);
	spool_clear(&session->spooled->spool, (size_t)limits[LIMIT_spoolMemory],
		    (size_t)limits[LIMIT_spoolSize]);
}

void replay_forget(struct afsl_session *session)
{
	if (!session->spooled)
		return;
	spool_free(&session->spooled->spool);
	memory_free(session->spooled->chunk);
	memory_free(session->spooled);
	session->spooled = NULL;
}

/* The last lane before this one that has replaced the body. */
static const struct mail_message *replaced_body(const struct afsl_session *session)
{
	for (unsigned i = session->lane; i-- > 0;)
		if (session->lanes[i].mail->message->body_replaced)
			return session->lanes[i].mail->message;
	return NULL;
}

static struct text next_replaced(struct replay *replay, const struct mail_message *message)
{
	const struct changes *log = &message->changes;

	if (replay->next < message->body_first)
		replay->next = message->body_first;
	for (; replay->next < log->count; replay->next++) {
		const struct change *change = log->items + replay->next;
		size_t from = (size_t)replay->offset, to;

		if (change->kind == CHANGE_REPLACE_BODY && from < change->value.length) {
			to = change->value.length - from > SPOOL_CHUNK ? from + SPOOL_CHUNK
								       : change->value.length;
			replay->offset = to;
			return text_part(change->value, from, to);
		}
		replay->offset = 0;
	}
	return TEXT_EMPTY;
}

static const char *spool_fault(const struct afsl_session *session)
{
	const char *fault = session->spooled ? session->spooled->spool.fault : NULL;

	return fault ? fault : "memory has ended";
}

/* An empty piece is the end. */
static bool next_piece(struct afsl_session *session, struct text *piece)
{
	const struct mail_message *replaced = replaced_body(session);
	struct spooled *spooled = session->spooled;
	struct replay *replay = &session->replay;

	if (replaced) {
		*piece = next_replaced(replay, replaced);
		piece->lifetime = LIFETIME_EVENT;
		return true;
	}
	if (spooled && !spooled->chunk)
		spooled->chunk = memory_allocate(SPOOL_CHUNK);
	if (!spooled || !spooled->chunk ||
	    !spool_read(&spooled->spool, replay->offset, spooled->chunk, piece))
		return false;
	replay->offset += piece->length;
	return true;
}

/* EVENT_onBodyChunk with a chunk, or EVENT_onDataReceived when there is no more. */
static int next_body(struct afsl_session *session, struct lane *lane)
{
	struct text piece = TEXT_EMPTY;

	if (wants_body(lane) && !next_piece(session, &piece)) {
		lane_fail(lane, EVENT_onBodyChunk, spool_fault(session), lane->filter->on_error);
		return -2;
	}
	if (piece.length == 0) {
		session->replay.step = REPLAY_END;
		return EVENT_onDataReceived;
	}
	facts_give_chunk(lane, piece);
	return EVENT_onBodyChunk;
}

static int next_header(struct afsl_session *session, struct lane *lane)
{
	const struct headers *headers = &lane[-1].mail->message->headers;
	struct replay *replay = &session->replay;
	const char *fault = facts_open(lane);

	if (!fault && replay->next == headers->count) {
		replay->step = REPLAY_END_OF_HEADERS;
		return EVENT_onHeadersReceived;
	}
	if (!fault)
		fault = facts_give_header(lane, headers->items + replay->next++);
	if (!fault)
		return EVENT_onHeader;
	/* What this filter does not get, those behind it would miss. */
	lane_fail(lane, EVENT_onHeader, fault, AFSL_ON_ERROR_TEMPFAIL);
	return -2;
}

int replay_next(struct afsl_session *session, struct lane *lane)
{
	switch (session->replay.step) {
	case REPLAY_HEADERS:
		return next_header(session, lane);
	case REPLAY_END_OF_HEADERS:
		session->replay = (struct replay){ .step = REPLAY_BODY };
		return next_body(session, lane);
	case REPLAY_BODY:
		return next_body(session, lane);
	default:
		return -1;
	}
}
