/* Signatures, right and wrong. */
#include "keys.h"
#include "message.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SIZE(rows) (sizeof(rows) / sizeof(*(rows)))

/* ---- the example of RFC 8463 A ---- */

static const char dinner[] = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\n"
			     " d=football.example.com; i=@football.example.com;\n"
			     " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n"
			     " subject : date : message-id : from : subject : date;\n"
			     " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
			     " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\n"
			     " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\n"
			     "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n"
			     " d=football.example.com; i=@football.example.com;\n"
			     " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\n"
			     " date : message-id : from : subject : date;\n"
			     " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
			     " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\n"
			     " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\n"
			     " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\n"
			     "From: Joe SixPack <joe@football.example.com>\n"
			     "To: Suzie Q <suzie@shopping.example.net>\n"
			     "Subject: Is dinner ready?\n"
			     "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n"
			     "Message-ID: <20030712040037.46341.5F8J@football.example.com>\n"
			     "\n"
			     "Hi.\n"
			     "\n"
			     "We lost the game.  Are you hungry yet?\n"
			     "\n"
			     "Joe.\n";

static const struct zone_row football[] = {
	{ "brisbane._domainkey.football.example.com", "TXT",
	  "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" },
	{ "test._domainkey.football.example.com", "TXT",
	  "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3id"
	  "Y6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lx"
	  "j+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB" },
};

Test(dkim, the_example_of_rfc_8463)
{
	struct message message;
	struct dkim_check check;

	message_open(&message, dinner);
	message_verify(&message, football, SIZE(football), 1528637909, &check);
	cr_assert_eq(check.count, 2);
	for (unsigned i = 0; i < 2; i++)
		cr_expect_eq(check.outcomes[i].result, DKIM_PASS, "%s", check.outcomes[i].reason);
	cr_expect_eq(check.outcomes[1].key_bits, 1024);
	message_close(&message);
}

/* ---- what we sign ---- */

static const char letter[] = "From: Alice <alice@sender.example>\n"
			     "To: bob@here.example,\n\tcarol@here.example\n"
			     "Subject:  two  blanks \n"
			     "Received: by mx.sender.example\n"
			     "\n"
			     "Hello \t you \n"
			     "\n"
			     " \n"
			     "line\n"
			     "\n"
			     "\n";

static const struct zone_row rows[] = {
	{ "rsa._domainkey.sender.example", "TXT", "p=" RSA_1024_PUBLIC },
	{ "ed._domainkey.sender.example", "TXT", "v=DKIM1; k=ed25519; p=" ED25519_PUBLIC },
};

static const struct text usual[] = { { "From", 4, 0 }, { "To", 2, 0 }, { "Subject", 7, 0 } };

static struct dkim_signing signing_of(const struct key *key)
{
	bool rsa = key_kind(key) == KEY_RSA;

	return (struct dkim_signing){ .key = key,
				      .domain = TEXT("sender.example"),
				      .selector = rsa ? TEXT("rsa") : TEXT("ed"),
				      .header_canon = DKIM_RELAXED,
				      .body_canon = DKIM_RELAXED,
				      .fields = usual,
				      .field_count = 3,
				      .oversigned = usual,
				      .oversigned_count = 1,
				      .identity = TEXT_EMPTY,
				      .now = 1000 };
}

static struct key *key_of(const char *pem)
{
	const char *why;
	struct key *key;

	cr_assert(crypto_load(&why), "%s", why);
	cr_assert(key_private(text_of_string(pem, LIFETIME_EVENT), &key));
	cr_assert_not_null(key);
	return key;
}

static void sign_and_verify(const char *pem, enum dkim_canon header, enum dkim_canon body)
{
	struct key *key = key_of(pem);
	struct dkim_signing signing = signing_of(key);
	struct dkim_check check;
	struct message message;

	signing.header_canon = header;
	signing.body_canon = body;
	message_open(&message, letter);
	cr_assert_str_eq(message_sign(&message, signing), "");
	message_verify(&message, rows, SIZE(rows), 1000, &check);
	cr_assert_eq(check.count, 1);
	cr_expect_eq(check.outcomes[0].result, DKIM_PASS, "%s/%s: %s", dkim_canon_name(header),
		     dkim_canon_name(body), check.outcomes[0].reason);
	message_close(&message);
	key_free(key);
}

Test(dkim, what_we_sign_is_right_in_every_form)
{
	for (enum dkim_canon header = DKIM_SIMPLE; header <= DKIM_RELAXED; header++) {
		for (enum dkim_canon body = DKIM_SIMPLE; body <= DKIM_RELAXED; body++) {
			sign_and_verify(rsa_1024_private, header, body);
			sign_and_verify(ed25519_private, header, body);
		}
	}
}

Test(dkim, what_cannot_be_signed)
{
	struct key *key = key_of(rsa_1024_private), *small = key_of(rsa_512_private);
	struct dkim_signing signing = signing_of(key);
	struct text many[201];
	struct message message;

	message_open(&message, letter);
	signing.key = small;
	cr_expect_str_eq(message_sign(&message, signing),
			 "a key of fewer than 1024 bits or more than 8192");
	signing.key = key;
	signing.domain = TEXT("no domain");
	cr_expect_str_eq(message_sign(&message, signing), "a domain or selector that is none");
	signing.domain = TEXT("sender.example");
	signing.identity = TEXT("a; l=0");
	cr_expect_str_eq(message_sign(&message, signing), "an identity that cannot be written");
	signing.identity = TEXT_EMPTY;
	signing.fields = usual + 1;
	signing.field_count = 1;
	signing.oversigned_count = 0;
	cr_expect_str_eq(message_sign(&message, signing), "From must be signed");
	for (unsigned i = 0; i < 201; i++)
		many[i] = TEXT("X");
	signing.oversigned = many;
	signing.oversigned_count = 201;
	cr_expect_str_eq(message_sign(&message, signing), "more than 200 fields to be signed");
	many[0] = TEXT("a b");
	cr_expect_str_eq(message_sign(&message, signing), "a field's name that is none");
	message_close(&message);
	key_free(key);
	key_free(small);
}

/* ---- what is wrong with a signed message ---- */

/* Signs the letter, lets `spoil` change it, and looks at the result. */
static void expect_spoilt(void (*spoil)(struct message *message), enum dkim_canon canon,
			  enum dkim_result wanted, const char *reason)
{
	struct key *key = key_of(rsa_1024_private);
	struct dkim_signing signing = signing_of(key);
	struct message message;
	struct dkim_check check;

	signing.header_canon = signing.body_canon = canon;
	message_open(&message, letter);
	cr_assert_str_eq(message_sign(&message, signing), "");
	spoil(&message);
	message_verify(&message, rows, SIZE(rows), 1000, &check);
	cr_assert_geq(check.count, 1);
	cr_expect_eq(check.outcomes[0].result, wanted, "%s %s",
		     dkim_result_name(check.outcomes[0].result), check.outcomes[0].reason);
	cr_expect_str_eq(check.outcomes[0].reason, reason);
	message_close(&message);
	key_free(key);
}

static void change_body(struct message *message)
{
	message->body.data[0] = 'J';
}

static void add_blank_lines(struct message *message)
{
	buffer_append_string(&message->body, "\r\n\r\n");
}

static void change_blanks(struct message *message)
{
	message->body.data[6] = ' ';
}

static void change_subject(struct message *message)
{
	headers_replace(&message->headers, 3, TEXT("Subject"), TEXT(" other"));
}

static void fold_subject(struct message *message)
{
	headers_replace(&message->headers, 3, TEXT("SUBJECT"), TEXT("\n two\n\tblanks"));
}

static void add_from(struct message *message)
{
	message_add(message, "From", " mallory@other.example");
}

static void change_received(struct message *message)
{
	headers_replace(&message->headers, 4, TEXT("Received"), TEXT(" by another"));
}

Test(dkim, what_was_changed_on_the_way)
{
	static const char body[] = "the body has been changed",
			  fields[] = "the signature does not fit";

	expect_spoilt(change_body, DKIM_SIMPLE, DKIM_FAIL, body);
	expect_spoilt(change_body, DKIM_RELAXED, DKIM_FAIL, body);
	expect_spoilt(add_blank_lines, DKIM_SIMPLE, DKIM_PASS, "");
	expect_spoilt(change_blanks, DKIM_RELAXED, DKIM_PASS, "");
	expect_spoilt(change_blanks, DKIM_SIMPLE, DKIM_FAIL, body);
	expect_spoilt(change_subject, DKIM_RELAXED, DKIM_FAIL, fields);
	expect_spoilt(fold_subject, DKIM_RELAXED, DKIM_PASS, "");
	expect_spoilt(fold_subject, DKIM_SIMPLE, DKIM_FAIL, fields);
	expect_spoilt(add_from, DKIM_RELAXED, DKIM_FAIL, fields); /* it is signed once more */
	expect_spoilt(change_received, DKIM_SIMPLE, DKIM_PASS, "");
}

/* Signed once, From may be added: the signature fits, and is not accepted. */
Test(dkim, a_from_that_is_not_signed)
{
	struct key *key = key_of(ed25519_private);
	struct dkim_signing signing = signing_of(key);
	struct message message;
	struct dkim_check check;

	signing.oversigned_count = 0;
	message_open(&message, letter);
	cr_assert_str_eq(message_sign(&message, signing), "");
	message_add(&message, "From", " mallory@other.example");
	message_verify(&message, rows, SIZE(rows), 1000, &check);
	cr_expect_eq(check.outcomes[0].result, DKIM_POLICY);
	cr_expect_str_eq(check.outcomes[0].reason, "a From field that is not signed");
	message_close(&message);
	key_free(key);
}

Test(dkim, a_signature_expires)
{
	struct key *key = key_of(ed25519_private);
	struct dkim_signing signing = signing_of(key);
	struct message message;
	struct dkim_check check;

	signing.expires = 2000;
	message_open(&message, letter);
	cr_assert_str_eq(message_sign(&message, signing), "");
	message_verify(&message, rows, SIZE(rows), 2000, &check);
	cr_expect_eq(check.outcomes[0].result, DKIM_PASS);
	message_verify(&message, rows, SIZE(rows), 2001, &check);
	cr_expect_eq(check.outcomes[0].result, DKIM_PERMERROR);
	cr_expect_str_eq(check.outcomes[0].reason, "it has expired");
	message_close(&message);
	key_free(key);
}

/* ---- keys ---- */

static void expect_key(const char *record, enum dkim_result wanted, const char *reason)
{
	const struct zone_row row = { "rsa._domainkey.sender.example", "TXT", record };
	struct key *key = key_of(rsa_1024_private);
	struct dkim_signing signing = signing_of(key);
	struct message message;
	struct dkim_check check;

	signing.identity = TEXT("alice@mail.sender.example");
	message_open(&message, letter);
	cr_assert_str_eq(message_sign(&message, signing), "");
	message_verify(&message, &row, 1, 1000, &check);
	cr_expect_eq(check.outcomes[0].result, wanted, "%s: %s", record,
		     dkim_result_name(check.outcomes[0].result));
	cr_expect_str_eq(check.outcomes[0].reason, reason, "%s: %s", record,
			 check.outcomes[0].reason);
	message_close(&message);
	key_free(key);
}

Test(dkim, keys)
{
	expect_key("p=" RSA_1024_PUBLIC, DKIM_PASS, "");
	expect_key(" v=DKIM1 ; k = rsa; n=note; h=sha1 : sha256; s=email; t=y; p=" RSA_1024_PUBLIC
		   ";",
		   DKIM_PASS, "");
	expect_key(NULL, DKIM_TEMPERROR, "the name server failed");
	expect_key("v=DKIM1; p=", DKIM_PERMERROR, "the key is revoked");
	expect_key("v=DKIM1", DKIM_PERMERROR, "the key's record has no key");
	expect_key("nonsense", DKIM_PERMERROR, "the key's record cannot be read");
	expect_key("v=spf1 -all", DKIM_PERMERROR, "the key's record is of another version");
	expect_key("v=DKIM2; p=" RSA_1024_PUBLIC, DKIM_PERMERROR,
		   "the key's record is of another version");
	expect_key("p=" RSA_1024_PUBLIC "; v=DKIM1", DKIM_PERMERROR,
		   "the key's record is of another version");
	expect_key("k=ed25519; p=" ED25519_PUBLIC, DKIM_PERMERROR, "the key is of another kind");
	expect_key("h=sha1; p=" RSA_1024_PUBLIC, DKIM_PERMERROR, "the key is not for sha256");
	expect_key("s=tlsrpt; p=" RSA_1024_PUBLIC, DKIM_PERMERROR, "the key is not for mail");
	expect_key("t=y:s; p=" RSA_1024_PUBLIC, DKIM_PERMERROR,
		   "the key is not for parts of its domain");
	expect_key("p=AAAA", DKIM_PERMERROR, "the key cannot be read");
	expect_key("p=" ED25519_PUBLIC, DKIM_PERMERROR, "the key cannot be read");
	expect_key("p=!" RSA_1024_PUBLIC, DKIM_PERMERROR, "the key cannot be read");
	expect_key("p=" RSA_512_PUBLIC, DKIM_POLICY, "a key of 512 bits is too short");
}

Test(dkim, no_key_and_several)
{
	const struct zone_row two[] = { rows[0], { rows[0].name, "TXT", "p=" } };
	struct key *key = key_of(rsa_1024_private);
	struct message message;
	struct dkim_check check;

	message_open(&message, letter);
	cr_assert_str_eq(message_sign(&message, signing_of(key)), "");
	message_verify(&message, two, 0, 1000, &check);
	cr_expect_str_eq(check.outcomes[0].reason, "there is no key for it");
	message_verify(&message, two, 2, 1000, &check);
	cr_expect_str_eq(check.outcomes[0].reason, "there is more than one key for it");
	message_close(&message);
	key_free(key);
}

/* ---- signatures as they are written ---- */

#define REQUIRED "v=1; a=rsa-sha256; d=sender.example; s=rsa; bh=aaaa; b=aaaa; h=From; "

static void expect_field(const char *field, enum dkim_result wanted, const char *fault)
{
	struct dkim_signature signature;

	dkim_signature_read(text_of_string(field, LIFETIME_EVENT), &signature);
	cr_expect_eq(signature.result, wanted, "%s", field);
	if (*fault)
		cr_expect_str_eq(signature.fault ? signature.fault : "", fault, "%s", field);
}

Test(dkim, fields_that_cannot_be_used)
{
	expect_field(REQUIRED, DKIM_PASS, "");
	expect_field(REQUIRED "c=relaxed; q=dns/txt; l=0; t=1; x=1; z=From:a", DKIM_PASS, "");
	expect_field(REQUIRED "i=@mail.sender.example", DKIM_PASS, "");
	expect_field("", DKIM_NEUTRAL, "a tag is missing");
	expect_field(REQUIRED "v=1", DKIM_NEUTRAL, "a tag that stands there twice");
	expect_field(REQUIRED "nonsense", DKIM_NEUTRAL, "a tag without a value");
	expect_field(REQUIRED ";; x=1", DKIM_NEUTRAL, "a tag without a value");
	expect_field("v=1; a=rsa-sha256; d=a.example; s=s; bh=a; b=a; h=To:Subject", DKIM_PERMERROR,
		     "From is not signed");
	expect_field("v=2; a=rsa-sha256; d=a.example; s=s; bh=a; b=a; h=From", DKIM_NEUTRAL,
		     "a version that is not 1");
	expect_field("v=1; a=rsa-sha1; d=a.example; s=s; bh=a; b=a; h=From", DKIM_POLICY,
		     "rsa-sha1 counts for nothing");
	expect_field("v=1; a=dsa; d=a.example; s=s; bh=a; b=a; h=From", DKIM_NEUTRAL,
		     "an algorithm that is not known");
	expect_field("v=1; a=rsa-sha256; d=a..example; s=s; bh=a; b=a; h=From", DKIM_NEUTRAL,
		     "a domain or selector that is none");
	expect_field(REQUIRED "c=relaxed/simple/simple", DKIM_NEUTRAL,
		     "a canonicalization that is not known");
	expect_field(REQUIRED "q=http", DKIM_NEUTRAL, "the key is not in the DNS");
	expect_field(REQUIRED "l=-1", DKIM_NEUTRAL, "a number that cannot be read");
	expect_field(REQUIRED "l=99999999999999999999", DKIM_NEUTRAL,
		     "a number that cannot be read");
	expect_field(REQUIRED "t=2; x=1", DKIM_NEUTRAL, "it expires before it was made");
	expect_field(REQUIRED "i=@other.example", DKIM_NEUTRAL, "i= is not of the domain");
	expect_field(REQUIRED "i=asender.example", DKIM_NEUTRAL, "i= is not of the domain");
	expect_field(REQUIRED "i=@evilsender.example", DKIM_NEUTRAL, "i= is not of the domain");
}

static void expect_base64(const char *text, const char *bytes)
{
	struct buffer out;
	bool right;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	right = base64_read(text_of_string(text, LIFETIME_EVENT), &out);
	cr_expect_eq(right, bytes != NULL, "%s", text);
	cr_expect(!bytes || text_equals_string(buffer_text(&out), bytes), "%s", text);
	buffer_free(&out);
}

Test(dkim, base64)
{
	const char *why;

	cr_assert(crypto_load(&why), "%s", why);
	expect_base64("QQ==", "A");
	expect_base64(" Q U\r\n\tI= ", "AB");
	expect_base64("QUJD", "ABC");
	expect_base64("", NULL);
	expect_base64("QQ", NULL);
	expect_base64("QQ=Q", NULL);
	expect_base64("Q===", NULL);
	expect_base64("QUI=QUJD", NULL);
	expect_base64("QU*D", NULL);
}

/* ---- l= ---- */

static uint64_t canonical_length(const char *body, enum dkim_canon canon)
{
	struct dkim_body hashed;
	uint8_t hash[SHA256_LENGTH];
	const char *why;

	cr_assert(crypto_load(&why));
	cr_assert(dkim_body_init(&hashed, canon, DKIM_WHOLE));
	dkim_body_add(&hashed, text_of_string(body, LIFETIME_EVENT));
	dkim_body_end(&hashed, hash);
	dkim_body_free(&hashed);
	return hashed.length;
}

Test(dkim, forms_of_a_body)
{
	cr_expect_eq(canonical_length("", DKIM_SIMPLE), 2);
	cr_expect_eq(canonical_length("", DKIM_RELAXED), 0);
	cr_expect_eq(canonical_length("\r\n\r\n", DKIM_SIMPLE), 2);
	cr_expect_eq(canonical_length(" \r\n\t\r\n", DKIM_RELAXED), 0);
	cr_expect_eq(canonical_length(" \r\n\t\r\n", DKIM_SIMPLE), 6);
	cr_expect_eq(canonical_length("a", DKIM_SIMPLE), 3);
	cr_expect_eq(canonical_length("a", DKIM_RELAXED), 3);
	cr_expect_eq(canonical_length(" C \r\nD \t E\r\n\r\n\r\n", DKIM_RELAXED), 9);
	cr_expect_eq(canonical_length(" C \r\nD \t E\r\n\r\n\r\n", DKIM_SIMPLE), 12);
	cr_expect_eq(canonical_length("a\nb\n", DKIM_SIMPLE), 6);
	cr_expect_eq(canonical_length("a\rb\r", DKIM_SIMPLE), 6);
}

#define HELLO_HASH "Ba3gj8+xBPQLJTahTfzW6RbWQ/XPgESxkCi2B66PSQg="
#define HEL_HASH   "t4nCTc22jEQ3sEwYa/I5pyB+dXP7GyKnSf4ae42W0pI="

/* A signature of the body "Hello" that says l= and bh= in this way, and does not fit otherwise;
 * above it one of another length. */
static void expect_limit(const char *tags, const char *reason, uint64_t unsigned_octets)
{
	static const char required[] =
		"v=1; a=rsa-sha256; d=sender.example; s=rsa; b=aaaa; h=From; ";
	struct message message;
	struct dkim_check check;
	char field[300];

	message_open(&message, "From: a@sender.example\n\nHello\n");
	snprintf(field, sizeof(field), "%s%s", required, tags);
	message_add(&message, "DKIM-Signature", field);
	snprintf(field, sizeof(field), "%sl=2; bh=aaaa", required);
	message_add(&message, "DKIM-Signature", field);
	message_verify(&message, rows, SIZE(rows), 1000, &check);
	cr_assert_eq(check.count, 2);
	cr_expect_str_eq(check.outcomes[1].reason, reason, "%s: %s", tags,
			 check.outcomes[1].reason);
	cr_expect_eq(check.outcomes[1].unsigned_octets, unsigned_octets, "%s", tags);
	message_close(&message);
}

Test(dkim, a_part_of_the_body_is_signed)
{
	static const char body[] = "the body has been changed",
			  fields[] = "the signature does not fit";

	expect_limit("bh=" HELLO_HASH, fields, 0);
	expect_limit("l=7; bh=" HELLO_HASH, fields, 0);
	expect_limit("l=3; bh=" HEL_HASH, fields, 4);
	expect_limit("l=4; bh=" HEL_HASH, body, 0);
	expect_limit("l=8; bh=" HELLO_HASH, "the body has been cut", 0);
}

/* More signatures than are looked at, and names without end: each costs little. */
Test(dkim, too_many)
{
	struct message message;
	struct dkim_check check;
	struct buffer field;

	message_open(&message, letter);
	buffer_init(&field, BUFFER_CAP_DEFAULT);
	buffer_append_string(&field,
			     "v=1; a=rsa-sha256; d=sender.example; s=rsa; bh=a; b=a; h=From");
	for (unsigned i = 0; i < DKIM_FIELDS_MAX; i++)
		buffer_append_string(&field, ":X");
	buffer_append_byte(&field, '\0');
	for (unsigned i = 0; i < 2 * DKIM_SIGNATURES_MAX; i++)
		message_add(&message, "DKIM-Signature", field.data);
	message_verify(&message, rows, SIZE(rows), 1000, &check);
	cr_expect_eq(check.count, DKIM_SIGNATURES_MAX);
	cr_expect_str_eq(check.outcomes[0].reason, "it names more than 1000 fields");
	message_close(&message);
	buffer_free(&field);
}

/* ---- want of memory ---- */

/* Whatever allocation fails: memory has ended, or the result is the one it would have been. */
static void verify_in_want(const char *pem, enum dkim_canon canon)
{
	struct zone zone = { rows, SIZE(rows), 0 };
	struct resolver *resolver = resolver_new_scripted(zone_answer, &zone);
	struct key *key = key_of(pem);
	struct dkim_signing signing = signing_of(key);
	struct message message;
	struct dkim_check check;
	enum dkim_progress progress = DKIM_NO_MEMORY;

	signing.header_canon = signing.body_canon = canon;
	message_open(&message, letter);
	cr_assert_str_eq(message_sign(&message, signing), "");
	message_verify(&message, rows, SIZE(rows), 1000, &check);
	check.bodies = dkim_bodies_new(&message.headers, true, false);
	dkim_bodies_add(check.bodies, buffer_text(&message.body));
	check.lookups = lookups_new(resolver, 50);
	cr_assert_eq(dkim_verify(&check), DKIM_DONE);
	for (unsigned long n = 1; progress == DKIM_NO_MEMORY && n < 100; n++) {
		memory_fail_at(n, false);
		progress = dkim_verify(&check);
		memory_fail_at(0, false);
	}
	cr_expect_eq(progress, DKIM_DONE);
	cr_expect_eq(check.outcomes[0].result, DKIM_PASS, "%s: %s",
		     dkim_result_name(check.outcomes[0].result), check.outcomes[0].reason);
	dkim_bodies_free(check.bodies);
	lookups_free(check.lookups);
	resolver_free(resolver);
	message_close(&message);
	key_free(key);
}

Test(dkim, checking_in_want_of_memory_is_no_failure_of_the_message)
{
	verify_in_want(rsa_1024_private, DKIM_RELAXED);
	verify_in_want(ed25519_private, DKIM_SIMPLE);
}

Test(dkim, hashing_in_want_of_memory)
{
	struct dkim_bodies *bodies = NULL;
	struct message message;

	message_open(&message, dinner);
	for (unsigned long n = 1; !bodies && n < 100; n++) {
		memory_fail_at(n, false);
		bodies = dkim_bodies_new(&message.headers, true, true);
		memory_fail_at(0, false);
		cr_expect(!bodies == (n <= 3), "at allocation %lu", n);
	}
	dkim_bodies_free(bodies);
	message_close(&message);
}

Test(dkim, signing_in_want_of_memory)
{
	struct key *key = key_of(rsa_1024_private);
	struct dkim_signing signing = signing_of(key);
	const char *fault = "";
	struct message message;
	struct buffer whole, made;
	unsigned long n;

	message_open(&message, letter);
	signing.headers = &message.headers;
	signing.bodies = dkim_bodies_new(&message.headers, false, true);
	dkim_bodies_add(signing.bodies, buffer_text(&message.body));
	buffer_init(&whole, BUFFER_CAP_DEFAULT);
	cr_assert_null(dkim_sign(&signing, &whole));
	for (n = 1; fault && n < 100; n++) {
		buffer_init(&made, BUFFER_CAP_DEFAULT);
		memory_fail_at(n, false);
		fault = dkim_sign(&signing, &made);
		memory_fail_at(0, false);
		cr_expect(!fault || made.failed, "at allocation %lu: %s", n, fault);
		cr_expect(fault || text_equals(buffer_text(&made), buffer_text(&whole)));
		buffer_free(&made);
	}
	cr_expect_null(fault);
	cr_expect_gt(n, 10);
	buffer_free(&whole);
	dkim_bodies_free(signing.bodies);
	message_close(&message);
	key_free(key);
}
