/* Module hash: by libcrypto, loaded with the script. */
#include "builtins/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/crc32.h"
#include "base/library.h"
#include "builtins/answer.h"
#include "builtins/builtins.h"

#define CRYPTO_FUNCTIONS(F) F(EVP_Digest) F(EVP_get_digestbyname) F(HMAC)
static struct {
	CRYPTO_FUNCTIONS(LIBRARY_POINTER)
} crypto;
static const struct library_symbol symbols[] = { CRYPTO_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library library = LIBRARY("libcrypto.so.3", "libssl3", symbols, crypto);

bool hash_load(const char **why)
{
	return library_load(&library, why);
}

static enum call_result answer_hex(struct call *call, const unsigned char *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	struct writer writer;

	writer_begin(&writer, call, 2 * length);
	for (size_t i = 0; i < length; i++) {
		writer_add_byte(&writer, digits[bytes[i] >> 4]);
		writer_add_byte(&writer, digits[bytes[i] & 15]);
	}
	return writer_end(&writer);
}

/* NULL, with *result set, when there is none of that name or libcrypto cannot be had. */
static const EVP_MD *find(struct call *call, struct text name, enum call_result *result)
{
	static const char *const names[] = { "md5", "sha1", "sha256", "sha384", "sha512" };
	const char *why;

	if (!hash_load(&why)) {
		*result = call_raise(call, "library", 0, false, "%s", why);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (text_equals_string(name, names[i]))
			return crypto.EVP_get_digestbyname(names[i]);
	*result = call_raise(call, "argument", 0, false,
			     "the hashes are md5, sha1, sha256, sha384 and sha512");
	return NULL;
}

static enum call_result answer_digest(struct call *call, struct text name)
{
	struct text bytes = call->arguments[0].text;
	enum call_result result = call_begin(call, 8 * (size_t)bytes.length);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	const EVP_MD *kind;

	if (result != CALL_DONE)
		return result;
	kind = find(call, name, &result);
	if (!kind)
		return result;
	if (!crypto.EVP_Digest(bytes.data ? bytes.data : "", bytes.length, digest, &length, kind,
			       NULL))
		return call_raise(call, "library", 0, false, "libcrypto refuses this hash");
	return answer_hex(call, digest, length);
}

enum call_result builtin_hash_md5(struct call *call)
{
	return answer_digest(call, TEXT("md5"));
}

enum call_result builtin_hash_sha1(struct call *call)
{
	return answer_digest(call, TEXT("sha1"));
}

enum call_result builtin_hash_sha256(struct call *call)
{
	return answer_digest(call, TEXT("sha256"));
}

enum call_result builtin_hash_sha512(struct call *call)
{
	return answer_digest(call, TEXT("sha512"));
}

enum call_result builtin_hash_hmac(struct call *call)
{
	struct text key = call->arguments[1].text, bytes = call->arguments[2].text;
	enum call_result result = call_begin(call, 8 * ((size_t)bytes.length + key.length));
	unsigned char code[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	const EVP_MD *kind;

	if (result != CALL_DONE)
		return result;
	kind = find(call, call->arguments[0].text, &result);
	if (!kind)
		return result;
	if (!crypto.HMAC(kind, key.data ? key.data : "", (int)key.length,
			 (const unsigned char *)(bytes.data ? bytes.data : ""), bytes.length, code,
			 &length))
		return call_raise(call, "library", 0, false, "libcrypto refuses this hash");
	return answer_hex(call, code, length);
}

enum call_result builtin_hash_crc32(struct call *call)
{
	struct text bytes = call->arguments[0].text;
	enum call_result result = call_begin(call, 4 * (size_t)bytes.length);

	return result == CALL_DONE ? answer_int(call, (uint32_t)~crc32_add(UINT32_MAX, bytes))
				   : result;
}
