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
	spool_clear(&session->spool, (size_t)limits[LIMIT_spoolMemory],
		    (size_t)limits[LIMIT_spoolSize]);
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

	if (replay->piece < message->body_first)
		replay->piece = message->body_first;
	for (; replay->piece < log->count; replay->piece++) {
		const struct change *change = log->items + replay->piece;
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

/* An empty piece is the end. */
static bool next_piece(struct afsl_session *session, struct text *piece)
{
	const struct mail_message *replaced = replaced_body(session);
	struct replay *replay = &session->replay;

	if (replaced) {
		*piece = next_replaced(replay, replaced);
		piece->lifetime = LIFETIME_EVENT;
		return true;
	}
	if (!session->chunk)
		session->chunk = memory_allocate(SPOOL_CHUNK);
	if (!session->chunk) {
		session->spool.fault = "memory has ended";
		return false;
	}
	if (!spool_read(&session->spool, replay->offset, session->chunk, piece))
		return false;
	replay->offset += piece->length;
	return true;
}

/* EVENT_onBodyChunk with a chunk, or EVENT_onDataReceived when there is no more. */
static int next_body(struct afsl_session *session, struct lane *lane)
{
	struct text piece = TEXT_EMPTY;

	if (wants_body(lane) && !next_piece(session, &piece)) {
		lane_fail(lane, EVENT_onBodyChunk, session->spool.fault, lane->filter->on_error);
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

	if (!fault && replay->header == headers->count) {
		replay->step = REPLAY_END_OF_HEADERS;
		return EVENT_onHeadersReceived;
	}
	if (!fault)
		fault = facts_give_header(lane, headers->items + replay->header++);
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
		session->replay.step = REPLAY_BODY;
		return next_body(session, lane);
	case REPLAY_BODY:
		return next_body(session, lane);
	default:
		return -1;
	}
}
