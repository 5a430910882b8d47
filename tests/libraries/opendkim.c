/* What module dkim promises (src/authentication/dkim.h, tests/system/authentication.py), asked of
 * libopendkim. */
#include "trial.h"

#include <opendkim/dkim.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* ---- a key, and what the name server says of it ---- */

struct key {
	char *pem, record[2048];
};

static char *pem_of(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;
	long length;

	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	length = BIO_get_mem_data(bio, &bytes);
	return strndup(bytes, (size_t)length);
}

static void make_key(struct key *key, EVP_PKEY *made, const char *kind)
{
	unsigned char bytes[1024], *end = bytes, base64[1500];
	size_t length = sizeof(bytes);

	if (strcmp(kind, "rsa") == 0)
		length = (size_t)i2d_PUBKEY(made, &end);
	else
		EVP_PKEY_get_raw_public_key(made, bytes, &length);
	EVP_EncodeBlock(base64, bytes, (int)length);
	snprintf(key->record, sizeof(key->record), "v=DKIM1; k=%s; p=%s", kind, base64);
	key->pem = pem_of(made);
}

static struct key rsa, ed25519, short_rsa;
static const struct key *asked; /* what the name server answers */
static unsigned lookups_late;	/* so often it has not answered yet */

static DKIM_CBSTAT look_up(DKIM *dkim, DKIM_SIGINFO *signature, u_char *room, size_t size)
{
	(void)dkim, (void)signature;
	if (lookups_late && lookups_late--)
		return DKIM_CBSTAT_TRYAGAIN;
	snprintf((char *)room, size, "%s", asked->record);
	return DKIM_CBSTAT_CONTINUE;
}

/* ---- letters ---- */

enum { FIELDS_MAX = 12000 };

struct letter {
	struct {
		const char *bytes;
		size_t length;
	} fields[FIELDS_MAX];
	size_t count;
	const char *body;
};

static struct letter letter;
static DKIM_LIB *library;

static void add_bytes(const char *bytes, size_t length)
{
	letter.fields[letter.count].bytes = bytes;
	letter.fields[letter.count++].length = length;
}

static void add(const char *field)
{
	add_bytes(field, strlen(field));
}

static void begin_letter(void)
{
	letter.count = 0;
	letter.body = "Good morning. \r\n\r\nAlice\r\n";
	add("From: Alice <alice@b.example>");
	add("To: bob@x.example");
	add("Subject: hello");
}

static void give(DKIM *dkim)
{
	for (size_t i = 0; i < letter.count; i++)
		dkim_header(dkim, (u_char *)letter.fields[i].bytes, letter.fields[i].length);
	while (dkim_eoh(dkim) == DKIM_STAT_CBTRYAGAIN)
		;
	dkim_body(dkim, (u_char *)letter.body, strlen(letter.body));
}

struct manner {
	dkim_canon_t header, body;
	dkim_alg_t algorithm;
	ssize_t length;
};

static const struct manner plain = { DKIM_CANON_RELAXED, DKIM_CANON_RELAXED, DKIM_SIGN_RSASHA256,
				     -1 };

/* The whole field, or NULL. */
static char *sign(const struct key *key, const struct manner *manner)
{
	DKIM_STAT status;
	DKIM *dkim = dkim_sign(library, (const u_char *)"x", NULL, (dkim_sigkey_t)key->pem,
			       (const u_char *)"s", (const u_char *)"b.example", manner->header,
			       manner->body, manner->algorithm, manner->length, &status);
	u_char *value;
	size_t length;
	char *field = NULL;

	if (!dkim)
		return NULL;
	give(dkim);
	if (dkim_eom(dkim, NULL) == DKIM_STAT_OK &&
	    dkim_getsighdr_d(dkim, 16, &value, &length) == DKIM_STAT_OK)
		if (asprintf(&field, "DKIM-Signature: %s", value) < 0)
			field = NULL;
	dkim_free(dkim);
	return field;
}

/* Appended: where it stands does not matter. */
static bool sign_letter(const struct key *key, const struct manner *manner)
{
	char *field = sign(key, manner);

	if (field)
		add(field);
	return field != NULL;
}

/* ---- verdicts ---- */

struct verdict {
	DKIM_STAT status;
	int count, passed, error; /* error: of the last signature */
	ssize_t not_signed;
};

static struct verdict verify(const struct key *key)
{
	struct verdict verdict = { 0 };
	DKIM_SIGINFO **signatures;
	DKIM *dkim = dkim_verify(library, (const u_char *)"x", NULL, &verdict.status);
	ssize_t all, canonical, signed_length;

	asked = key;
	if (!dkim)
		return verdict;
	give(dkim);
	verdict.status = dkim_eom(dkim, NULL);
	if (dkim_getsiglist(dkim, &signatures, &verdict.count) != DKIM_STAT_OK)
		verdict.count = 0;
	for (int i = 0; i < verdict.count; i++) {
		verdict.passed += DKIM_SIG_CHECK(signatures[i]);
		verdict.error = dkim_sig_geterror(signatures[i]);
		if (dkim_sig_getcanonlen(dkim, signatures[i], &all, &canonical, &signed_length) ==
		    DKIM_STAT_OK)
			verdict.not_signed = all - signed_length;
	}
	dkim_free(dkim);
	return verdict;
}

static bool passes(const struct key *key)
{
	return verify(key).passed > 0;
}

static char *replaced(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *out;

	if (!at || asprintf(&out, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old)) < 0)
		return strdup(text);
	return out;
}

/* ---- right and wrong ones ---- */

static bool all_forms_pass(const struct key *key, dkim_alg_t algorithm)
{
	unsigned passed = 0;

	for (unsigned form = 0; form < 4; form++) {
		const struct manner manner = { form & 1 ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
					       form & 2 ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
					       algorithm, -1 };

		begin_letter();
		passed += sign_letter(key, &manner) && passes(key);
	}
	trial_say("%u of 4 canonicalisations", passed);
	return passed == 4;
}

static bool rsa_passes(void)
{
	return all_forms_pass(&rsa, DKIM_SIGN_RSASHA256);
}

static bool ed25519_passes(void)
{
	return all_forms_pass(&ed25519, DKIM_SIGN_ED25519SHA256);
}

static bool changed_ones_fail(void)
{
	bool body, header, other;

	begin_letter();
	sign_letter(&rsa, &plain);
	letter.body = "Good evening.\r\n";
	body = passes(&rsa);
	begin_letter();
	sign_letter(&rsa, &plain);
	letter.fields[2].bytes = "Subject: buy it";
	letter.fields[2].length = 15;
	header = passes(&rsa);
	begin_letter();
	sign_letter(&rsa, &plain);
	other = passes(&short_rsa);
	trial_say("another body %s, another subject %s, another key %s", body ? "passes" : "fails",
		  header ? "passes" : "fails", other ? "passes" : "fails");
	return !body && !header && !other;
}

/* What stands behind a NUL byte in a signed field. */
static bool nul_hides_nothing(void)
{
	begin_letter();
	letter.count--;
	add_bytes("Subject: a\0b", 12);
	sign_letter(&rsa, &plain);
	letter.fields[2].bytes = "Subject: a\0 buy it";
	letter.fields[2].length = 18;
	trial_say("\"a\\0b\" is signed, \"a\\0 buy it\" %s", passes(&rsa) ? "passes" : "fails");
	return !passes(&rsa);
}

static bool second_from(void)
{
	bool refused;

	begin_letter();
	sign_letter(&rsa, &plain);
	add("From: mallory@other.example");
	refused = !passes(&rsa);
	trial_say("a From that is not signed %s", refused ? "is refused" : "passes");
	return refused;
}

static bool sha1_is_refused(void)
{
	const struct manner old = { DKIM_CANON_RELAXED, DKIM_CANON_RELAXED, DKIM_SIGN_RSASHA1, -1 };

	begin_letter();
	if (!sign_letter(&rsa, &old))
		return true;
	trial_say("rsa-sha1 %s (RFC 8301: must not)", passes(&rsa) ? "passes" : "is refused");
	return !passes(&rsa);
}

static bool short_keys_are_refused(void)
{
	struct verdict verdict;

	begin_letter();
	if (!sign_letter(&short_rsa, &plain)) {
		trial_say("it does not sign with 512 bits");
		return true;
	}
	verdict = verify(&short_rsa);
	trial_say("512 bits: %s", dkim_sig_geterrorstr(verdict.error));
	return verdict.passed == 0;
}

/* A field that was changed after signing: `error` is what must be found; 0: anything. */
static bool is_refused_as(const char *old, const char *new, int error)
{
	struct verdict verdict;
	char *field;

	begin_letter();
	field = sign(&rsa, &plain);
	add(replaced(field, old, new));
	verdict = verify(&rsa);
	trial_say("%s: %s", new, dkim_sig_geterrorstr(verdict.error));
	return verdict.passed == 0 && (error == 0 || verdict.error == error);
}

static bool broken_fields(void)
{
	return is_refused_as("\tt=", "\tt=1000; x=2000; y=", DKIM_SIGERROR_EXPIRED) &&
	       is_refused_as("v=1;", "v=1; i=@evil.example;", DKIM_SIGERROR_DOMAIN) &&
	       is_refused_as("bh=", "no=", DKIM_SIGERROR_MISSING_BH) &&
	       is_refused_as("v=1;", "v=2;", DKIM_SIGERROR_VERSION);
}

/* RFC 6376 3.2: a tag twice makes the whole field invalid. */
static bool tag_twice(void)
{
	bool refused;

	begin_letter();
	refused = is_refused_as("d=b.example;", "d=evil.example; d=b.example;", 0);
	trial_say("d= twice %s", refused ? "is refused" : "passes");
	return refused;
}

static bool unsigned_octets_are_told(void)
{
	const struct manner limited = { DKIM_CANON_SIMPLE, DKIM_CANON_SIMPLE, DKIM_SIGN_RSASHA256,
					10 };
	struct verdict verdict;

	begin_letter();
	sign_letter(&rsa, &limited);
	verdict = verify(&rsa);
	trial_say("of a body of 25 bytes, 10 signed, %zd are told to be not signed",
		  verdict.not_signed);
	return verdict.passed == 1 && verdict.not_signed == 15;
}

static bool each_signature_has_a_result(void)
{
	struct verdict verdict;
	char *good, *bad;

	begin_letter();
	good = sign(&rsa, &plain);
	bad = replaced(good, "bh=", "bh=AA");
	add(good);
	add(bad);
	verdict = verify(&rsa);
	trial_say("%d of %d pass", verdict.passed, verdict.count);
	return verdict.count == 2 && verdict.passed == 1;
}

/* ---- waiting ---- */

static bool keys_may_come_later(void)
{
	bool passed;

	begin_letter();
	sign_letter(&rsa, &plain);
	lookups_late = 3;
	passed = passes(&rsa);
	trial_say("asked %u times again, then it %s", 3 - lookups_late,
		  passed ? "passes" : "fails");
	return passed && lookups_late == 0;
}

/* ---- resources ---- */

static bool failing_allocations_are_told(void)
{
	enum { MOST = 3000 };
	unsigned nth = 0, wrong = 0;
	bool passed = false;

	begin_letter();
	sign_letter(&rsa, &plain);
	while (nth < MOST && !(passed && heap_asked() < nth)) {
		struct verdict verdict;

		trial_say("allocation %u of a verification fails", nth + 1);
		heap_fail_at(++nth);
		verdict = verify(&rsa);
		passed = verdict.passed > 0;
		/* a right signature that is called wrong for good */
		wrong += !passed && verdict.status == DKIM_STAT_BADSIG;
	}
	trial_say("of %u allocations that failed once, %u made a right signature a wrong one",
		  nth - 1, wrong);
	return nth > 1 && wrong == 0;
}

/* CPU of a message with as many signatures, each of which names five hundred of its fields. */
static double time_of(unsigned signatures)
{
	enum { NAMES = 500, FIELDS = 5000 };
	char names[8 * NAMES + 1], *field, *more;
	double begun;

	for (unsigned i = 0; i < NAMES; i++)
		memcpy(names + 8 * i, "X-Other:", 9);
	begin_letter();
	field = sign(&rsa, &plain);
	for (unsigned i = 0; i < signatures; i++)
		/* names of its own, for those of alike signatures are looked for once */
		if (asprintf(&more, "\th=x%u:%s", i, names) > 0)
			add(replaced(field, "\th=", more));
	for (unsigned i = 0; i < FIELDS; i++)
		add("X-Other: value");
	begun = cpu_seconds();
	verify(&rsa);
	return cpu_seconds() - begun;
}

/* Names times fields times signatures. */
static bool work_is_bounded(void)
{
	double one = time_of(1), many = time_of(100);

	trial_say("100 signatures over 5,000 fields take %.2f s of CPU, one %.3f s; there is no "
		  "bound to set",
		  many, one);
	return many < 20 * one;
}

int main(void)
{
	static const struct probe probes[] = {
		{ "rsa-passes", rsa_passes },
		{ "ed25519-passes", ed25519_passes },
		{ "changed-ones-fail", changed_ones_fail },
		{ "NUL-hides-nothing", nul_hides_nothing },
		{ "an-unsigned-From-is-refused", second_from },
		{ "rsa-sha1-is-refused", sha1_is_refused },
		{ "short-keys-are-refused", short_keys_are_refused },
		{ "broken-fields-are-refused", broken_fields },
		{ "a-tag-twice-is-refused", tag_twice },
		{ "l=-tells-what-is-not-signed", unsigned_octets_are_told },
		{ "each-signature-has-its-result", each_signature_has_a_result },
		{ "keys-may-come-later", keys_may_come_later },
		{ "failing-allocations-are-told", failing_allocations_are_told },
		{ "work-is-bounded", work_is_bounded },
	};

	make_key(&rsa, EVP_RSA_gen(2048), "rsa");
	make_key(&short_rsa, EVP_RSA_gen(512), "rsa");
	make_key(&ed25519, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "ed25519");
	library = dkim_init(NULL, NULL);
	if (!library || dkim_set_key_lookup(library, look_up) != DKIM_STAT_OK)
		return 1;
	return trial_run("opendkim", probes, sizeof(probes) / sizeof(*probes));
}
