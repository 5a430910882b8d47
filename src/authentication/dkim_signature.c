#include "authentication/dkim_signature.h"

#include "authentication/tags.h"

#include <stdio.h>

const char *dkim_result_name(enum dkim_result result)
{
	static const char *const names[] = { "pass",	"fail",	     "policy",
					     "neutral", "temperror", "permerror" };

	return names[result];
}

/* ---- the field ---- */

static bool refuse(struct dkim_signature *signature, enum dkim_result result, const char *fault)
{
	signature->result = result;
	signature->fault = fault;
	return false;
}

static bool read_algorithm(struct dkim_signature *signature)
{
	struct text name = signature->algorithm;

	if (text_equals_ignoring_case(name, TEXT("rsa-sha1")))
		return refuse(signature, DKIM_POLICY, "rsa-sha1 counts for nothing");
	signature->kind =
		text_equals_ignoring_case(name, TEXT("ed25519-sha256")) ? KEY_ED25519 : KEY_RSA;
	if (signature->kind == KEY_RSA && !text_equals_ignoring_case(name, TEXT("rsa-sha256")))
		return refuse(signature, DKIM_NEUTRAL, "an algorithm that is not known");
	return true;
}

static bool canon_of(struct text name, enum dkim_canon *canon)
{
	*canon = text_equals_ignoring_case(name, TEXT("relaxed")) ? DKIM_RELAXED : DKIM_SIMPLE;
	return *canon == DKIM_RELAXED || text_equals_ignoring_case(name, TEXT("simple"));
}

/* "relaxed/simple"; the body's is simple when it is not named. */
static bool read_canon(struct dkim_signature *signature, struct text text)
{
	struct text head = TEXT("simple"), body = TEXT("simple");

	list_next(&text, '/', &head);
	list_next(&text, '/', &body);
	if (text.length == 0 && canon_of(head, &signature->header_canon) &&
	    canon_of(body, &signature->body_canon))
		return true;
	return refuse(signature, DKIM_NEUTRAL, "a canonicalization that is not known");
}

static bool read_numbers(struct dkim_signature *signature, const struct tags *tags)
{
	const struct tag *limit = tags_find(tags, "l"), *made = tags_find(tags, "t"),
			 *expires = tags_find(tags, "x");
	int64_t octets = 0;

	if ((limit && !number_read(limit->value, &octets)) ||
	    (made && !number_read(made->value, &signature->made_at)) ||
	    (expires && !number_read(expires->value, &signature->expires)))
		return refuse(signature, DKIM_NEUTRAL, "a number that cannot be read");
	if (limit)
		signature->limit = (uint64_t)octets;
	if (signature->expires >= 0 && signature->expires < signature->made_at)
		return refuse(signature, DKIM_NEUTRAL, "it expires before it was made");
	return true;
}

/* The domain of i= is that of d=, or a part of it. */
static bool read_identity(struct dkim_signature *signature)
{
	struct text identity = signature->identity, domain = signature->domain;
	size_t rest;

	if (identity.length == 0)
		return true;
	if (identity.length <= domain.length)
		return refuse(signature, DKIM_NEUTRAL, "i= is not of the domain");
	rest = identity.length - domain.length;
	if (text_equals_ignoring_case(text_part(identity, rest, identity.length), domain) &&
	    text_contains_byte(identity, '@') &&
	    (identity.data[rest - 1] == '@' || identity.data[rest - 1] == '.'))
		return true;
	return refuse(signature, DKIM_NEUTRAL, "i= is not of the domain");
}

/* Tags that must be there (RFC 6376 3.5). */
static bool read_required(struct dkim_signature *signature, const struct tags *tags)
{
	static const char *const required[] = { "v", "a", "b", "bh", "d", "h", "s" };
	const struct tag *query = tags_find(tags, "q");

	for (size_t i = 0; i < sizeof(required) / sizeof(*required); i++)
		if (tags_value(tags, required[i]).length == 0)
			return refuse(signature, DKIM_NEUTRAL, "a tag is missing");
	if (!text_equals(tags_value(tags, "v"), TEXT("1")))
		return refuse(signature, DKIM_NEUTRAL, "a version that is not 1");
	if (query && !list_has(query->value, ':', TEXT("dns/txt")))
		return refuse(signature, DKIM_NEUTRAL, "the key is not in the DNS");
	if (!list_has(signature->fields, ':', TEXT("From")))
		return refuse(signature, DKIM_PERMERROR, "From is not signed");
	return true;
}

void dkim_signature_read(struct text raw, struct dkim_signature *signature)
{
	struct tags tags;
	const char *fault = tags_read(raw, &tags);
	const struct tag *b = tags_find(&tags, "b"), *canon = tags_find(&tags, "c");
	char name[DKIM_NAME_ROOM];

	*signature = (struct dkim_signature){ .raw = raw,
					      .signature = b ? b->span : TEXT_EMPTY,
					      .hash = tags_value(&tags, "bh"),
					      .domain = tags_value(&tags, "d"),
					      .selector = tags_value(&tags, "s"),
					      .identity = tags_value(&tags, "i"),
					      .fields = tags_value(&tags, "h"),
					      .algorithm = tags_value(&tags, "a"),
					      .limit = DKIM_WHOLE,
					      .made_at = -1,
					      .expires = -1 };
	if (fault)
		refuse(signature, DKIM_NEUTRAL, fault);
	else if (read_required(signature, &tags) && read_algorithm(signature) &&
		 read_canon(signature, canon ? canon->value : TEXT_EMPTY) &&
		 read_numbers(signature, &tags) && read_identity(signature) &&
		 !dns_name_is_valid(dkim_key_name(signature, name)))
		refuse(signature, DKIM_NEUTRAL, "a domain or selector that is none");
}

/* Names of hosts, and nothing that has a meaning where they are written. */
static bool is_plain(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!byte_is_name(name.data[i]) && name.data[i] != '-' && name.data[i] != '.')
			return false;
	return name.length > 0 && name.length <= DNS_NAME_MAX;
}

struct text dkim_key_name(const struct dkim_signature *signature, char out[DKIM_NAME_ROOM])
{
	int length = -1;

	if (is_plain(signature->selector) && is_plain(signature->domain))
		length = snprintf(out, DKIM_NAME_ROOM, "%.*s._domainkey.%.*s",
				  TEXT_PRINTF(signature->selector), TEXT_PRINTF(signature->domain));
	return length < 0 ? TEXT_EMPTY : text_of(out, (size_t)length, LIFETIME_EVENT);
}

/* ---- the key ---- */

static const char *check_record(const struct tags *tags, enum key_kind kind)
{
	const struct tag *version = tags_find(tags, "v"), *hashes = tags_find(tags, "h"),
			 *services = tags_find(tags, "s"), *type = tags_find(tags, "k");
	struct text wanted = kind == KEY_RSA ? TEXT("rsa") : TEXT("ed25519");

	if (version && (version != tags->items || !text_equals(version->value, TEXT("DKIM1"))))
		return "the key's record is of another version";
	if (!tags_find(tags, "p"))
		return "the key's record has no key";
	if (tags_value(tags, "p").length == 0)
		return "the key is revoked";
	if (!text_equals_ignoring_case(type ? type->value : TEXT("rsa"), wanted))
		return "the key is of another kind";
	if (hashes && !list_has(hashes->value, ':', TEXT("sha256")))
		return "the key is not for sha256";
	if (services && !list_has(services->value, ':', TEXT("*")) &&
	    !list_has(services->value, ':', TEXT("email")))
		return "the key is not for mail";
	return NULL;
}

bool dkim_key_read(struct text record, enum key_kind kind, struct dkim_key *key)
{
	struct tags tags;
	struct buffer bytes;
	bool ok = true;

	*key = (struct dkim_key){ .fault = tags_read(record, &tags) };
	if (key->fault)
		key->fault = "the key's record cannot be read";
	else
		key->fault = check_record(&tags, kind);
	if (key->fault)
		return true;
	key->testing = list_has(tags_value(&tags, "t"), ':', TEXT("y"));
	key->exact = list_has(tags_value(&tags, "t"), ':', TEXT("s"));
	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	if (base64_read(tags_value(&tags, "p"), &bytes))
		ok = key_public(kind, buffer_text(&bytes), &key->key);
	if (!key->key)
		key->fault = "the key cannot be read";
	ok &= !bytes.failed;
	buffer_free(&bytes);
	return ok;
}
