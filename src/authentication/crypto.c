#include "authentication/crypto.h"

#include <stdatomic.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/library.h"
#include "base/memory.h"

#define CRYPTO_FUNCTIONS(F)                                                                        \
	F(EVP_sha256)                                                                              \
	F(EVP_MD_CTX_new)                                                                          \
	F(EVP_MD_CTX_free)                                                                         \
	F(EVP_DigestInit_ex)                                                                       \
	F(EVP_DigestUpdate)                                                                        \
	F(EVP_DigestFinal_ex)                                                                      \
	F(EVP_DigestVerifyInit)                                                                    \
	F(EVP_DigestVerify)                                                                        \
	F(EVP_DigestSignInit)                                                                      \
	F(EVP_DigestSign)                                                                          \
	F(EVP_PKEY_CTX_new)                                                                        \
	F(EVP_PKEY_CTX_free)                                                                       \
	F(EVP_PKEY_CTX_set_signature_md)                                                           \
	F(EVP_PKEY_verify_init)                                                                    \
	F(EVP_PKEY_verify)                                                                         \
	F(EVP_PKEY_sign_init)                                                                      \
	F(EVP_PKEY_sign)                                                                           \
	F(EVP_PKEY_new_raw_public_key)                                                             \
	F(EVP_PKEY_get_raw_public_key)                                                             \
	F(EVP_PKEY_get_base_id)                                                                    \
	F(EVP_PKEY_get_bits)                                                                       \
	F(EVP_PKEY_get_size)                                                                       \
	F(EVP_PKEY_free)                                                                           \
	F(EVP_EncodeBlock)                                                                         \
	F(EVP_DecodeBlock)                                                                         \
	F(d2i_PUBKEY)                                                                              \
	F(d2i_PublicKey)                                                                           \
	F(i2d_PUBKEY)                                                                              \
	F(BIO_new_mem_buf)                                                                         \
	F(BIO_free)                                                                                \
	F(PEM_read_bio_PrivateKey)                                                                 \
	F(ERR_clear_error)

static struct {
	CRYPTO_FUNCTIONS(LIBRARY_POINTER)
} crypto;
static const struct library_symbol symbols[] = { CRYPTO_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library library = LIBRARY("libcrypto.so.3", "libssl3", symbols, crypto);

bool crypto_load(const char **why)
{
	return library_load(&library, why);
}

/* ---- SHA-256 ---- */

struct digest {
	EVP_MD_CTX *context;
};

struct digest *digest_new(void)
{
	struct digest *digest = memory_zeroed(1, sizeof(*digest));

	if (!digest)
		return NULL;
	digest->context = crypto.EVP_MD_CTX_new();
	if (digest->context &&
	    crypto.EVP_DigestInit_ex(digest->context, crypto.EVP_sha256(), NULL) == 1)
		return digest;
	digest_free(digest);
	return NULL;
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	crypto.EVP_MD_CTX_free(digest->context);
	memory_free(digest);
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
	if (length)
		crypto.EVP_DigestUpdate(digest->context, bytes, length);
}

void digest_end(struct digest *digest, uint8_t hash[SHA256_LENGTH])
{
	crypto.EVP_DigestFinal_ex(digest->context, hash, NULL);
}

/* ---- keys ---- */

struct key {
	EVP_PKEY *pkey;
	enum key_kind kind;
	atomic_uint more; /* who keeps it, beside the one who made it */
};

/* Takes the library's key over; *key is NULL when it is of no kind that DKIM has. False when memory
 * has ended. */
static bool key_of(EVP_PKEY *pkey, struct key **key)
{
	int id = pkey ? crypto.EVP_PKEY_get_base_id(pkey) : 0;
	bool fits = id == EVP_PKEY_RSA || id == EVP_PKEY_ED25519;

	*key = fits ? memory_zeroed(1, sizeof(**key)) : NULL;
	crypto.ERR_clear_error();
	if (*key)
		**key = (struct key){ .pkey = pkey,
				      .kind = id == EVP_PKEY_RSA ? KEY_RSA : KEY_ED25519 };
	else
		crypto.EVP_PKEY_free(pkey);
	return *key || !fits;
}

static EVP_PKEY *rsa_key(struct text bytes)
{
	const unsigned char *from = (const unsigned char *)bytes.data;
	EVP_PKEY *pkey = crypto.d2i_PUBKEY(NULL, &from, (long)bytes.length);

	from = (const unsigned char *)bytes.data;
	if (!pkey)
		pkey = crypto.d2i_PublicKey(EVP_PKEY_RSA, NULL, &from, (long)bytes.length);
	return pkey;
}

static EVP_PKEY *ed25519_key(struct text bytes)
{
	return crypto.EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						  (const unsigned char *)bytes.data, bytes.length);
}

bool key_public(enum key_kind kind, struct text bytes, struct key **key)
{
	*key = NULL;
	if (bytes.length == 0)
		return true;
	if (!key_of(kind == KEY_RSA ? rsa_key(bytes) : ed25519_key(bytes), key))
		return false;
	if (*key && (*key)->kind != kind) {
		key_free(*key);
		*key = NULL;
	}
	return true;
}

/* Nobody is there to ask for a passphrase. */
static int no_passphrase(char *out, int size, int writing, void *argument)
{
	(void)out, (void)size, (void)writing, (void)argument;
	return -1;
}

bool key_private(struct text pem, struct key **key)
{
	BIO *bio = crypto.BIO_new_mem_buf(pem.data, (int)pem.length);
	EVP_PKEY *pkey = NULL;

	if (bio)
		pkey = crypto.PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	crypto.BIO_free(bio);
	return key_of(pkey, key) && bio;
}

struct key *key_keep(struct key *key)
{
	atomic_fetch_add_explicit(&key->more, 1, memory_order_relaxed);
	return key;
}

void key_free(struct key *key)
{
	if (!key || atomic_fetch_sub_explicit(&key->more, 1, memory_order_acq_rel) > 0)
		return;
	crypto.EVP_PKEY_free(key->pkey);
	memory_free(key);
}

enum key_kind key_kind(const struct key *key)
{
	return key->kind;
}

unsigned key_bits(const struct key *key)
{
	return (unsigned)crypto.EVP_PKEY_get_bits(key->pkey);
}

bool key_write_public(const struct key *key, struct buffer *out)
{
	bool is_rsa = key->kind == KEY_RSA;
	size_t length = is_rsa ? (size_t)crypto.i2d_PUBKEY(key->pkey, NULL) : 32;
	unsigned char *to = (unsigned char *)buffer_reserve(out, length);

	if (!to)
		return false;
	if (is_rsa)
		crypto.i2d_PUBKEY(key->pkey, &to);
	else
		crypto.EVP_PKEY_get_raw_public_key(key->pkey, to, &length);
	out->length += length;
	return true;
}

/* ---- signatures ---- */

static EVP_PKEY_CTX *rsa_context(const struct key *key, bool signing)
{
	EVP_PKEY_CTX *context = crypto.EVP_PKEY_CTX_new(key->pkey, NULL);
	bool ok = context && (signing ? crypto.EVP_PKEY_sign_init(context)
				      : crypto.EVP_PKEY_verify_init(context)) == 1;

	if (ok && crypto.EVP_PKEY_CTX_set_signature_md(context, crypto.EVP_sha256()) == 1)
		return context;
	crypto.EVP_PKEY_CTX_free(context);
	return NULL;
}

static bool rsa_verify(const struct key *key, const uint8_t hash[SHA256_LENGTH],
		       struct text signature)
{
	EVP_PKEY_CTX *context = rsa_context(key, false);
	bool right =
		context && crypto.EVP_PKEY_verify(context, (const unsigned char *)signature.data,
						  signature.length, hash, SHA256_LENGTH) == 1;

	crypto.EVP_PKEY_CTX_free(context);
	return right;
}

static bool ed25519_verify(const struct key *key, const uint8_t hash[SHA256_LENGTH],
			   struct text signature)
{
	EVP_MD_CTX *context = crypto.EVP_MD_CTX_new();
	bool right = context &&
		     crypto.EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
		     crypto.EVP_DigestVerify(context, (const unsigned char *)signature.data,
					     signature.length, hash, SHA256_LENGTH) == 1;

	crypto.EVP_MD_CTX_free(context);
	return right;
}

bool key_verify(const struct key *key, const uint8_t hash[SHA256_LENGTH], struct text signature)
{
	bool right = key->kind == KEY_RSA ? rsa_verify(key, hash, signature)
					  : ed25519_verify(key, hash, signature);

	crypto.ERR_clear_error();
	return right;
}

static bool rsa_sign(const struct key *key, const uint8_t hash[SHA256_LENGTH], unsigned char *to,
		     size_t *length)
{
	EVP_PKEY_CTX *context = rsa_context(key, true);
	bool done = context && crypto.EVP_PKEY_sign(context, to, length, hash, SHA256_LENGTH) == 1;

	crypto.EVP_PKEY_CTX_free(context);
	return done;
}

static bool ed25519_sign(const struct key *key, const uint8_t hash[SHA256_LENGTH],
			 unsigned char *to, size_t *length)
{
	EVP_MD_CTX *context = crypto.EVP_MD_CTX_new();
	bool done = context &&
		    crypto.EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
		    crypto.EVP_DigestSign(context, to, length, hash, SHA256_LENGTH) == 1;

	crypto.EVP_MD_CTX_free(context);
	return done;
}

bool key_sign(const struct key *key, const uint8_t hash[SHA256_LENGTH], struct buffer *out)
{
	size_t length = (size_t)crypto.EVP_PKEY_get_size(key->pkey);
	unsigned char *to = (unsigned char *)buffer_reserve(out, length);
	bool done = to && (key->kind == KEY_RSA ? rsa_sign(key, hash, to, &length)
						: ed25519_sign(key, hash, to, &length));

	crypto.ERR_clear_error();
	if (done)
		out->length += length;
	return done;
}

/* ---- base64 ---- */

static void append_without_blanks(struct buffer *out, struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (!byte_is_space(text.data[i]))
			buffer_append_byte(out, text.data[i]);
}

/* How many "=" stand at the end, and nowhere else; 3 when they are wrong. */
static unsigned padding_of(struct text digits)
{
	int64_t at = text_find(digits, TEXT("="), 0);
	size_t padding = at < 0 ? 0 : digits.length - (size_t)at;

	if (padding > 2 || (padding == 2 && digits.data[digits.length - 1] != '='))
		return 3;
	return (unsigned)padding;
}

bool base64_read(struct text text, struct buffer *out)
{
	struct buffer digits;
	unsigned char *to;
	unsigned padding;
	int length = -1;

	buffer_init(&digits, BUFFER_CAP_DEFAULT);
	append_without_blanks(&digits, text);
	padding = padding_of(buffer_text(&digits));
	to = (unsigned char *)buffer_reserve(out, digits.length + 1);
	if (to && !digits.failed && digits.length && digits.length % 4 == 0 && padding < 3)
		length = crypto.EVP_DecodeBlock(to, (const unsigned char *)digits.data,
						(int)digits.length);
	out->failed |= digits.failed;
	buffer_free(&digits);
	if (length < (int)padding || out->failed)
		return false;
	out->length += (size_t)length - padding;
	return true;
}

void base64_write(struct text bytes, struct buffer *out)
{
	size_t length = ((size_t)bytes.length + 2) / 3 * 4;
	unsigned char *to = (unsigned char *)buffer_reserve(out, length + 1);

	if (!to)
		return;
	crypto.EVP_EncodeBlock(to, (const unsigned char *)bytes.data, (int)bytes.length);
	out->length += length;
}
