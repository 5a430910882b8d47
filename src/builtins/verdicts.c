/* accept, reject, ...: they fill the context's verdict and end the event. */
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

static enum call_result keep_for_message(struct call *call, struct text text, struct text *kept)
{
	bool ok = true;

	*kept = text;
	if (text.lifetime >= LIFETIME_MESSAGE)
		return CALL_DONE;
	*kept = arena_copy(&mail_of(call)->message_arena, text, &ok);
	return ok ? CALL_DONE : call_limit(call, LIMIT_messageMemory);
}

static bool kept_reserve(struct kept_bytes *place, size_t length, struct arena *arena)
{
	size_t room = 64;
	char *bytes;

	if (length <= place->room)
		return true;
	while (room < length)
		room *= 2;
	bytes = arena_bytes(arena, room);
	if (!bytes)
		return false;
	*place = (struct kept_bytes){ bytes, room };
	return true;
}

/* Marked as the event's, so that what keeps it longer copies it. */
static enum call_result keep_for_session(struct call *call, enum kept what, struct text text,
					 struct text *kept)
{
	struct arena *arena = &mail_of(call)->session_arena;
	struct context *context = context_of(call);
	struct kept_bytes *place;

	*kept = text;
	if (text.lifetime == LIFETIME_PROGRAM)
		return CALL_DONE;
	if (!context->kept)
		context->kept = arena_zeroed(arena, KEPT_COUNT * sizeof(*context->kept));
	if (!context->kept || !kept_reserve(&context->kept[what], text.length, arena))
		return call_limit(call, LIMIT_sessionMemory);
	place = &context->kept[what];
	if (text.length)
		memmove(place->bytes, text.data, text.length);
	*kept = text_of(place->bytes, text.length, LIFETIME_EVENT);
	return CALL_DONE;
}

enum call_result keep_text(struct call *call, enum kept what, struct text text, struct text *kept)
{
	enum call_result charged = call_charge(call, text.length);

	if (charged != CALL_DONE)
		return charged;
	if (mail_of(call)->message->open)
		return keep_for_message(call, text, kept);
	return keep_for_session(call, what, text, kept);
}

static enum call_result decide(struct call *call, enum verdict_kind kind)
{
	context_of(call)->verdict =
		(struct verdict){ .kind = kind, .enhanced = TEXT_EMPTY, .text = TEXT_EMPTY };
	return CALL_END;
}

static enum call_result decide_reply(struct call *call, enum verdict_kind kind, int64_t code,
				     struct text enhanced, struct text reply)
{
	/* A code that no int holds is as wrong as this one. */
	struct verdict verdict = { .kind = kind, .code = code < 0 || code > 999 ? 999 : (int)code };
	enum call_result kept = call_charge(call, reply.length);
	const char *fault;

	if (kept != CALL_DONE)
		return kept;
	fault = reply_fault(kind, verdict.code, enhanced, reply);
	if (fault)
		return call_raise(call, "argument", 0, false, "%s", fault);
	kept = keep_text(call, KEPT_ENHANCED, enhanced, &verdict.enhanced);
	if (kept == CALL_DONE)
		kept = keep_text(call, KEPT_REPLY, reply, &verdict.text);
	if (kept != CALL_DONE)
		return kept;
	context_of(call)->verdict = verdict;
	return CALL_END;
}

/* Without a text the mail server says what it always says. */
static enum call_result decide_text(struct call *call, enum verdict_kind kind, int code,
				    struct text enhanced)
{
	struct text reply = call->arguments[0].text;

	if (reply.length == 0)
		return decide(call, kind);
	return decide_reply(call, kind, code, enhanced, reply);
}

static enum call_result decide_full(struct call *call, enum verdict_kind kind)
{
	const value *arguments = call->arguments;

	return decide_reply(call, kind, arguments[0].i, arguments[1].text, arguments[2].text);
}

enum call_result builtin_because(struct call *call)
{
	context_of(call)->because = call->arguments[0].text;
	return CALL_DONE;
}

enum call_result builtin_accept(struct call *call)
{
	return decide(call, VERDICT_ACCEPT);
}

enum call_result builtin_reject(struct call *call)
{
	return decide_full(call, VERDICT_REJECT);
}

enum call_result builtin_rejectText(struct call *call)
{
	return decide_text(call, VERDICT_REJECT, 550, TEXT("5.7.1"));
}

enum call_result builtin_tempfail(struct call *call)
{
	return decide_full(call, VERDICT_TEMPFAIL);
}

enum call_result builtin_tempfailText(struct call *call)
{
	return decide_text(call, VERDICT_TEMPFAIL, 451, TEXT("4.7.1"));
}

enum call_result builtin_discard(struct call *call)
{
	return decide(call, VERDICT_DISCARD);
}

enum call_result builtin_disconnect(struct call *call)
{
	return decide_full(call, VERDICT_DISCONNECT);
}
