#include "base/hash.h"

#include <criterion/criterion.h>

Test(hash, equal_bytes_have_equal_hashes_and_others_differ)
{
	char a[64] = "The same bytes", b[64] = "The same bytes";

	for (size_t length = 0; length <= 64; length++) {
		cr_assert_eq(hash_bytes(a, length), hash_bytes(b, length));
		if (length) {
			b[length - 1] ^= 1;
			cr_assert_neq(hash_bytes(a, length), hash_bytes(b, length));
			cr_assert_neq(hash_bytes(a, length), hash_bytes(a, length - 1));
			b[length - 1] ^= 1;
		}
	}
}

Test(hash, low_bits_are_spread)
{
	unsigned counts[256] = { 0 };

	for (uint64_t i = 0; i < 25600; i++)
		counts[hash_number(i) & 255]++;
	for (int i = 0; i < 256; i++)
		cr_assert(counts[i] > 40 && counts[i] < 200, "%d: %u", i, counts[i]);
}

Test(hash, case_counts_or_does_not)
{
	cr_assert_eq(hash_ignoring_case(TEXT("Subject")), hash_ignoring_case(TEXT("sUBJECT")));
	cr_assert_eq(hash_ignoring_case(TEXT("X-Spam-Status-Of-It")),
		     hash_ignoring_case(TEXT("x-spam-status-of-iT")));
	cr_assert_neq(hash_ignoring_case(TEXT("Subject")), hash_ignoring_case(TEXT("Subjecs")));
	cr_assert_neq(hash_ignoring_case(TEXT("[")), hash_ignoring_case(TEXT("{")));
	cr_assert_neq(hash_ignoring_case(TEXT("")), hash_ignoring_case(TEXT("\0")));
}
