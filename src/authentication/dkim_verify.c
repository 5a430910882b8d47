/* Checking signatures (RFC 6376 6.1). */
#include "authentication/dkim_fields.h"

#include <stdio.h>

#include "authentication/tags.h"

bool dkim_is_signature(const struct header *header)
{
	return text_equals_ignoring_case(text_trim(header->name), TEXT("DKIM-Signature"));
}

static bool conclude(struct dkim_outcome *outcome, enum dkim_result result, const char *reason)
{
	outcome->result = result;
	snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
	return result == DKIM_PASS;
}

/* ---- what the signature says of itself ---- */

static unsigned count_signed(struct text fields, struct text name)
{
	struct text one;
	unsigned count = 0;

	while (list_next(&fields, ':', &one))
		count += text_equals_ignoring_case(one, name);
	return count;
}

static unsigned count_fields(struct text fields)
{
	struct text one;
	unsigned count = 0;

	while (list_next(&fields, ':', &one))
		count++;
	return count;
}

static bool check_claims(const struct dkim_check *check, struct dkim_outcome *outcome)
{
	const struct dkim_signature *signature = &outcome->signature;

	if (signature->result != DKIM_PASS)
		return conclude(outcome, signature->result, signature->fault);
	if (count_fields(signature->fields) > DKIM_FIELDS_MAX)
		return conclude(outcome, DKIM_POLICY, "it names more than 1000 fields");
	if (signature->expires >= 0 && signature->expires < check->now)
		return conclude(outcome, DKIM_PERMERROR, "it has expired");
	return true;
}

/* ---- keys ---- */

static const struct dns_answer *ask(const struct dkim_check *check,
				    const struct dkim_signature *signature)
{
	char name[DKIM_NAME_ROOM];

	return lookups_get(check->lookups, dkim_key_name(signature, name), DNS_TXT);
}

static bool check_answer(struct dkim_outcome *outcome, const struct dns_answer *answer)
{
	if (!answer)
		return conclude(outcome, DKIM_TEMPERROR, "no answer in time for its key");
	if (answer->outcome == DNS_FAILED)
		return conclude(outcome, DKIM_TEMPERROR, answer->reason);
	if (answer->count == 0)
		return conclude(outcome, DKIM_PERMERROR, "there is no key for it");
	if (answer->count > 1)
		return conclude(outcome, DKIM_PERMERROR, "there is more than one key for it");
	return true;
}

/* The identity of a key with t=s is of the domain itself. */
static bool identity_is_exact(const struct dkim_signature *signature)
{
	struct text identity = signature->identity;
	size_t rest = identity.length - signature->domain.length;

	return identity.length == 0 || identity.data[rest - 1] == '@';
}

static bool check_key(struct dkim_outcome *outcome, const struct dkim_key *key)
{
	const struct dkim_signature *signature = &outcome->signature;
	char reason[64];

	outcome->testing = key->testing;
	if (!key->key)
		return conclude(outcome, DKIM_PERMERROR, key->fault);
	outcome->key_bits = key_bits(key->key);
	if (key->exact && !identity_is_exact(signature))
		return conclude(outcome, DKIM_PERMERROR, "the key is not for parts of its domain");
	if (signature->kind == KEY_ED25519 ||
	    (outcome->key_bits >= DKIM_BITS_LEAST && outcome->key_bits <= DKIM_BITS_MOST))
		return true;
	snprintf(reason, sizeof(reason), "a key of %u bits is too %s", outcome->key_bits,
		 outcome->key_bits < DKIM_BITS_LEAST ? "short" : "long");
	return conclude(outcome, DKIM_POLICY, reason);
}

/* ---- the message ---- */

/* *ok becomes false when memory has ended: then there is no result. */
static bool holds(struct text base64, const uint8_t *hash, bool *ok)
{
	struct buffer bytes;
	bool same;

	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	same = base64_read(base64, &bytes) && bytes.length == SHA256_LENGTH &&
	       memcmp(bytes.data, hash, SHA256_LENGTH) == 0;
	*ok &= !bytes.failed;
	buffer_free(&bytes);
	return same;
}

static bool check_body(const struct dkim_check *check, struct dkim_outcome *outcome, bool *ok)
{
	const struct dkim_signature *signature = &outcome->signature;
	uint64_t length;
	const uint8_t *hash =
		dkim_bodies_hash(check->bodies, signature->body_canon, signature->limit, &length);

	if (!hash || !holds(signature->hash, hash, ok))
		return conclude(outcome, DKIM_FAIL, "the body has been changed");
	if (signature->limit == DKIM_WHOLE)
		return true;
	if (signature->limit > length)
		return conclude(outcome, DKIM_FAIL, "the body has been cut");
	outcome->unsigned_octets = length - signature->limit;
	return true;
}

static bool check_signature(const struct dkim_signature *signature, const struct key *key,
			    const uint8_t hash[SHA256_LENGTH], bool *ok)
{
	struct buffer bytes;
	bool right;

	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	right = base64_read(signature->signature, &bytes) &&
		key_verify(key, hash, buffer_text(&bytes));
	*ok &= !bytes.failed;
	buffer_free(&bytes);
	return right;
}

/* A second From above or below the signed one is what a reader may be shown (RFC 6376 8.15). */
static bool check_from(struct dkim_outcome *outcome, struct dkim_fields *fields)
{
	dkim_fields_again(fields);
	if (dkim_fields_left(fields, TEXT("From")) <=
	    count_signed(outcome->signature.fields, TEXT("From")))
		return true;
	return conclude(outcome, DKIM_POLICY, "a From field that is not signed");
}

/* False when memory has ended. */
static bool check_message(const struct dkim_check *check, struct dkim_outcome *outcome,
			  struct dkim_fields *fields, const struct header *own,
			  const struct key *key)
{
	uint8_t hash[SHA256_LENGTH];
	bool ok = true;

	if (!check_body(check, outcome, &ok))
		return ok;
	if (!dkim_fields_hash(fields, &outcome->signature, own->name, hash))
		return false;
	if (!check_signature(&outcome->signature, key, hash, &ok))
		conclude(outcome, DKIM_FAIL, "the signature does not fit");
	else if (check_from(outcome, fields))
		conclude(outcome, DKIM_PASS, "");
	return ok;
}

static bool check_one(const struct dkim_check *check, struct dkim_outcome *outcome,
		      struct dkim_fields *fields, const struct header *own)
{
	const struct dns_answer *answer;
	struct dkim_key key;
	bool ok;

	if (!check_claims(check, outcome))
		return true;
	answer = ask(check, &outcome->signature);
	if (!check_answer(outcome, answer))
		return true;
	ok = dkim_key_read(answer->records[0].text, outcome->signature.kind, &key);
	if (ok && check_key(outcome, &key))
		ok = check_message(check, outcome, fields, own, key.key);
	key_free(key.key);
	return ok;
}

/* ---- all of them ---- */

/* The signatures, from the top down; true when all their keys have been answered. */
static bool gather(struct dkim_check *check, const struct header *own[DKIM_SIGNATURES_MAX])
{
	bool answered = true;

	check->count = 0;
	for (uint32_t i = 0; i < check->headers->count && check->count < DKIM_SIGNATURES_MAX; i++) {
		const struct header *header = check->headers->items + i;
		struct dkim_outcome *outcome = check->outcomes + check->count;

		if (!dkim_is_signature(header))
			continue;
		*outcome = (struct dkim_outcome){ .result = DKIM_PASS };
		dkim_signature_read(header->raw, &outcome->signature);
		own[check->count++] = header;
		if (check_claims(check, outcome))
			answered &= ask(check, &outcome->signature) != NULL;
	}
	return answered;
}

enum dkim_progress dkim_verify(struct dkim_check *check)
{
	const struct header *own[DKIM_SIGNATURES_MAX];
	struct dkim_fields *fields;
	bool ok = true;

	if (!gather(check, own) && !check->late)
		return DKIM_PENDING;
	if (check->count == 0)
		return DKIM_DONE;
	fields = dkim_fields_new(check->headers);
	for (unsigned i = 0; fields && ok && i < check->count; i++)
		ok = check_one(check, check->outcomes + i, fields, own[i]);
	ok &= fields != NULL;
	dkim_fields_free(fields);
	return ok ? DKIM_DONE : DKIM_NO_MEMORY;
}
