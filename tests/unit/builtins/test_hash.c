#include "world.h"

#include <criterion/criterion.h>

/* The values of RFC 1321, FIPS 180 and RFC 2202, 4231. */
Test(hash, known_values)
{
	HOLD("hash.md5(\"\") == \"d41d8cd98f00b204e9800998ecf8427e\"",
	     "hash.sha1(\"abc\") == \"a9993e364706816aba3e25717850c26c9cd0d89d\"",
	     "hash.sha256(\"\") == "
	     "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"",
	     "length(hash.sha512(\"abc\")) == 128 and "
	     "hash.sha512(\"abc\").startsWith(\"ddaf35a1\")",
	     "hash.hmac(\"md5\", \"Jefe\", \"what do ya want for nothing?\") == "
	     "\"750c783e6ab0b503eaa86e310a5db738\"",
	     "hash.hmac(\"sha256\", \"\", \"\").startsWith(\"b613679a\")", "hash.crc32(\"\") == 0",
	     "hash.crc32(\"123456789\") == 0xcbf43926",
	     "hash.sha256(\"a\\0b\") != hash.sha256(\"a\")");
	RAISE("argument", "hash.hmac(\"crc32\", \"a\", \"b\")", "hash.hmac(\"\", \"a\", \"b\")",
	      "hash.hmac(\"sha256\\0\", \"a\", \"b\")");
}
