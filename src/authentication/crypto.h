/* Hashes and signatures: libcrypto, loaded on first use. */
#ifndef AUTHENTICATION_CRYPTO_H
#define AUTHENTICATION_CRYPTO_H

#include "base/buffer.h"

#include <stdint.h>

/* Once, while a program is loaded; nothing else here may be called before. False with a sentence in
 * *why. */
bool crypto_load(const char **why);

/* ---- SHA-256 ---- */

enum { SHA256_LENGTH = 32 };

struct digest;

/* NULL when memory has ended. */
struct digest *digest_new(void);
void digest_free(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t length);
/* Nothing may be added afterwards. */
void digest_end(struct digest *digest, uint8_t hash[SHA256_LENGTH]);

/* ---- keys ---- */

enum key_kind { KEY_RSA, KEY_ED25519 };

struct key;

/* As a DKIM record has it: a SubjectPublicKeyInfo or RSAPublicKey in DER, or the 32 bytes of
 * Ed25519. *key is NULL when it is none; false when memory has ended. */
bool key_public(enum key_kind kind, struct text bytes, struct key **key);
/* PEM, without a passphrase, RSA or Ed25519. *key is NULL when it is none; false when memory has
 * ended. */
bool key_private(struct text pem, struct key **key);
/* Counted, safe under threads. */
struct key *key_keep(struct key *key);
void key_free(struct key *key);

enum key_kind key_kind(const struct key *key);
unsigned key_bits(const struct key *key);
/* What key_public() reads; false when memory has ended. */
bool key_write_public(const struct key *key, struct buffer *out);

/* Of a hash: RSA by PKCS #1 v1.5, Ed25519 of the hash as bytes (RFC 8463 3). */
bool key_verify(const struct key *key, const uint8_t hash[SHA256_LENGTH], struct text signature);
bool key_sign(const struct key *key, const uint8_t hash[SHA256_LENGTH], struct buffer *out);

/* ---- base64 ---- */

/* Blanks and line ends within are skipped. False when it is none, or when memory has ended: then
 * out->failed is set. */
bool base64_read(struct text text, struct buffer *out);
void base64_write(struct text bytes, struct buffer *out);

#endif
