/* Module hash: by libcrypto, loaded with the script. */
#include "builtins/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

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

/* As zip and gzip have it. Half a byte at a time: the table is small. */
enum call_result builtin_hash_crc32(struct call *call)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	struct text bytes = call->arguments[0].text;
	enum call_result result = call_begin(call, 4 * (size_t)bytes.length);
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; result == CALL_DONE && i < bytes.length; i++) {
		crc ^= (unsigned char)bytes.data[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return result == CALL_DONE ? answer_int(call, ~crc & 0xffffffff) : result;
}
