/* accept, reject, ...: they fill the context's verdict and end the event. */
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

enum call_result keep_text(struct call *call, struct text text, struct text *kept)
{
	struct mail_session *mail = mail_of(call);
	struct arena *arena = mail->message.open ? &mail->message_arena : &mail->session_arena;
	enum call_result charged;
	bool ok = true;

	*kept = text;
	if (text.lifetime >= (uint32_t)arena->lifetime)
		return CALL_DONE;
	charged = call_charge(call, text.length);
	if (charged != CALL_DONE)
		return charged;
	*kept = arena_copy(arena, text, &ok);
	if (ok)
		return CALL_DONE;
	return call_limit(call, mail->message.open ? LIMIT_messageMemory : LIMIT_sessionMemory);
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
	kept = keep_text(call, enhanced, &verdict.enhanced);
	if (kept == CALL_DONE)
		kept = keep_text(call, reply, &verdict.text);
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
