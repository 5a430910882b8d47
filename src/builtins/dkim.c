/* Module dkim. */
#include "authentication/dkim.h"

#include "builtins/answer.h"
#include "builtins/asking.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"
#include "builtins/private_key.h"

/* ---- the body ---- */

static void forget_bodies(void *argument)
{
	struct context *context = argument;

	dkim_bodies_free(context->bodies);
	context->bodies = NULL;
}

static bool begin_bodies(struct context *context, uint32_t needs)
{
	context->bodies = dkim_bodies_new(&context->mail->message->received,
					  needs & NEED_HASH_TO_VERIFY, needs & NEED_HASH_TO_SIGN);
	return context->bodies &&
	       arena_defer(&context->mail->message_arena, forget_bodies, context);
}

void context_hash_body(struct context *context, uint32_t needs, struct text piece)
{
	const struct mail_message *message = context->mail->message;

	if (!(needs & (NEED_HASH_TO_VERIFY | NEED_HASH_TO_SIGN)))
		return;
	/* what comes too late for the beginning would be another body's hash */
	if (!context->bodies &&
	    (message->body_size != piece.length || !begin_bodies(context, needs)))
		return;
	dkim_bodies_add(context->bodies, piece);
}

/* Of the message as it came; of an empty body nothing has come yet. */
static enum call_result bodies_of(struct call *call, uint32_t needs, struct dkim_bodies **bodies)
{
	struct context *context = context_of(call);

	if (!context->bodies && (context->mail->message->body_size || !begin_bodies(context, needs)))
		return call_limit(call, LIMIT_messageMemory);
	*bodies = context->bodies;
	return CALL_DONE;
}

/* ---- checking ---- */

enum {
	SIGNATURE_RESULT,
	SIGNATURE_REASON,
	SIGNATURE_DOMAIN,
	SIGNATURE_SELECTOR,
	SIGNATURE_IDENTITY,
	SIGNATURE_ALGORITHM,
	SIGNATURE_CANONICALIZATION,
	SIGNATURE_KEY_BITS,
	SIGNATURE_TESTING,
	SIGNATURE_UNSIGNED_BYTES,
	SIGNATURE_START, /* of b=: tells signatures of one domain apart (RFC 6008) */
};

static struct text printed(struct call *call, bool *ok, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static struct text printed(struct call *call, bool *ok, const char *format, ...)
{
	struct buffer buffer;
	va_list arguments;
	struct text text;

	buffer_init(&buffer, BUFFER_CAP_DEFAULT);
	va_start(arguments, format);
	buffer_vprintf(&buffer, format, arguments);
	va_end(arguments);
	*ok &= !buffer.failed;
	text = arena_copy(call_arena(call), buffer_text(&buffer), ok);
	buffer_free(&buffer);
	return text;
}

static struct text identity_of(struct call *call, const struct dkim_signature *signature, bool *ok)
{
	if (signature->identity.length || signature->domain.length == 0)
		return signature->identity;
	return printed(call, ok, "@%.*s", TEXT_PRINTF(signature->domain));
}

static enum call_result add_outcome(struct call *call, struct list *list,
				    const struct dkim_outcome *outcome)
{
	const struct dkim_signature *signature = &outcome->signature;
	struct record *record = record_new(list->object.type->element, call_arena(call));
	struct text start = text_trim(signature->signature);
	bool ok = true;

	if (!record)
		return call_memory(call);
	record->fields[SIGNATURE_RESULT].text =
		text_of_string(dkim_result_name(outcome->result), LIFETIME_PROGRAM);
	record->fields[SIGNATURE_REASON].text = printed(call, &ok, "%s", outcome->reason);
	record->fields[SIGNATURE_DOMAIN].text = signature->domain;
	record->fields[SIGNATURE_SELECTOR].text = signature->selector;
	record->fields[SIGNATURE_IDENTITY].text = identity_of(call, signature, &ok);
	record->fields[SIGNATURE_ALGORITHM].text = signature->algorithm;
	record->fields[SIGNATURE_CANONICALIZATION].text =
		printed(call, &ok, "%s/%s", dkim_canon_name(signature->header_canon),
			dkim_canon_name(signature->body_canon));
	record->fields[SIGNATURE_KEY_BITS].i = outcome->key_bits;
	record->fields[SIGNATURE_TESTING].i = outcome->testing;
	record->fields[SIGNATURE_UNSIGNED_BYTES].i = (int64_t)outcome->unsigned_octets;
	record->fields[SIGNATURE_START].text =
		text_part(start, 0, start.length < 8 ? start.length : 8);
	return ok ? list_add(call, list, (value){ .record = record }) : call_memory(call);
}

/* Each signature hashes the header again, and one by RSA takes about as long as 64 KiB. */
static size_t bytes_to_hash(const struct headers *headers, unsigned times)
{
	return (headers->bytes + 65536) * times;
}

static enum call_result answer_outcomes(struct call *call, const struct dkim_check *check)
{
	enum call_result result = call_charge(call, bytes_to_hash(check->headers, check->count));
	struct list *list = NULL;

	if (result == CALL_DONE)
		list = answer_list(call, check->count, &result);
	for (unsigned i = 0; list && result == CALL_DONE && i < check->count; i++)
		result = add_outcome(call, list, check->outcomes + i);
	return result;
}

enum call_result builtin_dkim_verify(struct call *call)
{
	struct context *context = context_of(call);
	struct dkim_check check = { .headers = &context->mail->message->received };
	struct asking *asking;
	enum call_result result = bodies_of(call, NEED_HASH_TO_VERIFY, &check.bodies);

	if (result == CALL_DONE)
		result = asking_of(call, call->arguments[0].i, &asking);
	if (result != CALL_DONE)
		return result;
	check.now = context->outside->now(context->outside_argument) / 1000000;
	check.lookups = asking->lookups;
	check.late = clock_monotonic() >= asking->deadline;
	switch (dkim_verify(&check)) {
	case DKIM_PENDING:
		return asking_wait(call, asking);
	case DKIM_NO_MEMORY:
		return call_memory(call);
	default:
		result = asking_check(call, asking);
		return result == CALL_DONE ? answer_outcomes(call, &check) : result;
	}
}

/* ---- signing ---- */

enum {
	SIGN_DOMAIN,
	SIGN_SELECTOR,
	SIGN_KEY,
	SIGN_CANONICALIZATION,
	SIGN_FIELDS,
	SIGN_OVERSIGN,
	SIGN_IDENTITY,
	SIGN_LIFETIME,
};

/* What readers are shown, or programs act on (RFC 6376 5.4.1). */
static const struct text usual_fields[] = {
#define USUAL(name)                                                                                \
	{                                                                                          \
		name, sizeof(name) - 1, LIFETIME_PROGRAM                                           \
	}
	USUAL("From"),
	USUAL("Reply-To"),
	USUAL("Sender"),
	USUAL("Subject"),
	USUAL("Date"),
	USUAL("Message-ID"),
	USUAL("To"),
	USUAL("Cc"),
	USUAL("In-Reply-To"),
	USUAL("References"),
	USUAL("MIME-Version"),
	USUAL("Content-Type"),
	USUAL("Content-Transfer-Encoding"),
	USUAL("List-Id"),
	USUAL("List-Unsubscribe"),
	USUAL("List-Unsubscribe-Post"),
};
enum { USUAL_FIELDS = sizeof(usual_fields) / sizeof(*usual_fields), NAMED_MAX = 200 };

static bool canon_read(struct text name, enum dkim_canon *canon)
{
	*canon = text_equals(name, TEXT("relaxed")) ? DKIM_RELAXED : DKIM_SIMPLE;
	return *canon == DKIM_RELAXED || text_equals(name, TEXT("simple"));
}

static bool canons_read(struct text text, struct dkim_signing *signing)
{
	int64_t slash = text_find(text, TEXT("/"), 0);

	return slash >= 0 &&
	       canon_read(text_part(text, 0, (size_t)slash), &signing->header_canon) &&
	       canon_read(text_part(text, (size_t)slash + 1, text.length), &signing->body_canon);
}

/* An empty list leaves what is usual. */
static void take_names(const struct list *list, struct text room[NAMED_MAX],
		       const struct text **names, unsigned *count)
{
	if (list->length == 0)
		return;
	for (uint32_t i = 0; i < list->length && i < NAMED_MAX; i++)
		room[i] = list->items[i].text;
	*names = room;
	*count = list->length < NAMED_MAX ? list->length : NAMED_MAX;
}

/* What stands in the message now: the body that this filter has put there, or the one that came. */
static enum call_result bodies_to_sign(struct call *call, struct dkim_bodies **made,
				       struct dkim_bodies **bodies)
{
	const struct mail_message *message = mail_of(call)->message;
	const struct changes *changes = &message->changes;
	enum call_result charged = CALL_DONE;

	if (!message->body_replaced)
		return bodies_of(call, NEED_HASH_TO_SIGN, bodies);
	*bodies = *made = dkim_bodies_new(&message->headers, false, true);
	if (!*made)
		return call_memory(call);
	for (uint32_t i = message->body_first; i < changes->count && charged == CALL_DONE; i++) {
		if (changes->items[i].kind != CHANGE_REPLACE_BODY)
			continue;
		dkim_bodies_add(*made, changes->items[i].value);
		charged = call_charge(call, changes->items[i].value.length);
	}
	return charged;
}

static enum call_result make_signature(struct call *call, const struct dkim_signing *signing)
{
	struct buffer made;
	const char *fault;
	enum call_result result;

	buffer_init(&made, BUFFER_CAP_DEFAULT);
	fault = dkim_sign(signing, &made);
	if (made.failed)
		result = call_memory(call);
	else if (fault)
		result = call_raise(call, "argument", 0, false, "the message is not signed: %s",
				    fault);
	else
		result = call_return_text(call, made.data, made.length);
	buffer_free(&made);
	return result;
}

static enum call_result read_times(struct call *call, struct dkim_signing *signing)
{
	struct context *context = context_of(call);
	int64_t lifetime = call->arguments[SIGN_LIFETIME].i / 1000000;

	signing->now = context->outside->now(context->outside_argument) / 1000000;
	signing->expires = lifetime ? signing->now + lifetime : 0;
	if (lifetime < 0 || lifetime > INT32_MAX)
		return call_raise(call, "argument", 0, false, "no such lifetime");
	return CALL_DONE;
}

static enum call_result sign(struct call *call, struct dkim_signing *signing)
{
	struct dkim_bodies *made = NULL;
	struct key *key;
	enum call_result result = private_key_of(call, call->arguments[SIGN_KEY].text, &key);

	signing->key = key;
	if (result == CALL_DONE)
		result = bodies_to_sign(call, &made, &signing->bodies);
	if (result == CALL_DONE)
		result = make_signature(call, signing);
	dkim_bodies_free(made);
	key_free(key);
	return result;
}

enum call_result builtin_dkim_sign(struct call *call)
{
	const value *arguments = call->arguments;
	struct text fields[NAMED_MAX], oversigned[NAMED_MAX];
	struct dkim_signing signing = { .headers = &mail_of(call)->message->headers,
					.domain = arguments[SIGN_DOMAIN].text,
					.selector = arguments[SIGN_SELECTOR].text,
					.identity = arguments[SIGN_IDENTITY].text,
					.fields = usual_fields,
					.field_count = USUAL_FIELDS,
					.oversigned = usual_fields, /* From */
					.oversigned_count = 1 };
	enum call_result result = call_begin(call, bytes_to_hash(signing.headers, 2));

	take_names(arguments[SIGN_FIELDS].list, fields, &signing.fields, &signing.field_count);
	take_names(arguments[SIGN_OVERSIGN].list, oversigned, &signing.oversigned,
		   &signing.oversigned_count);
	if (result == CALL_DONE)
		result = read_times(call, &signing);
	if (result == CALL_DONE && !canons_read(arguments[SIGN_CANONICALIZATION].text, &signing))
		return call_raise(call, "argument", 0, false,
				  "a canonicalization is relaxed/simple, or the like");
	return result == CALL_DONE ? sign(call, &signing) : result;
}

enum call_result builtin_dkim_record(struct call *call)
{
	struct buffer bytes, base64;
	struct key *key;
	enum call_result result = call_charge(call, 65536);
	bool ok = true;

	if (result == CALL_DONE)
		result = private_key_of(call, call->arguments[0].text, &key);
	if (result != CALL_DONE)
		return result;
	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	buffer_init(&base64, BUFFER_CAP_DEFAULT);
	ok = key_write_public(key, &bytes);
	base64_write(buffer_text(&bytes), &base64);
	ok &= !base64.failed;
	call->result->text = printed(call, &ok, "v=DKIM1; k=%s; p=%.*s",
				     key_kind(key) == KEY_RSA ? "rsa" : "ed25519",
				     (int)base64.length, base64.length ? base64.data : "");
	buffer_free(&bytes);
	buffer_free(&base64);
	key_free(key);
	return ok ? CALL_DONE : call_memory(call);
}
