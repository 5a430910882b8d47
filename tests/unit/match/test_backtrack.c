#include "match/backtrack.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct attack attack;

static bool is_dangerous(const char *pattern)
{
	return backtrack_find(text_of_string(pattern, LIFETIME_EVENT), TEXT_EMPTY, &attack);
}

Test(backtrack, repetitions_within_repetitions_are_dangerous)
{
	static const char *const patterns[] = {
		"^(a+)+$",     "^(a|a)*$",	"^(a|ab|b)*c$",	      "(x+x+)+y",
		"^([a-z]+)*@", "^(\\w+\\s?)*$", "^prefix: (\\d+)+;",  "^((ab)*c?)*d$",
		"^(.*)*x$",    "^(a{1,}){2,}$", "^([\\w.-]+\\.?)+@x",
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		cr_expect(is_dangerous(patterns[i]), "%s", patterns[i]);
}

Test(backtrack, repetitions_side_by_side_are_dangerous)
{
	static const char *const patterns[] = {
		"\\s+\\s+$",	"a*a*b",	       ".*.*x",		  "^(.*)(.*)x",
		"\\d+\\w+x",	"\\w+\\d+;",	       "a+?a+?b",	  "^id: \\s*\\s*=",
		"(?:a*)(?:a*)b", "[a-z]+[a-z0-9]*@x", "^(\\w+)\\s*(\\w+)$", "a{2,}a{2,}b",
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		cr_expect(is_dangerous(patterns[i]), "%s", patterns[i]);
		cr_expect_eq(attack.steps, ATTACK_STEPS_SQUARE);
	}
}

Test(backtrack, others_are_not)
{
	static const char *const patterns[] = {
		"",
		"^(a)+$",
		"^(?:[^@]+)+@",
		"^(ab|cd)*$",
		"^(ab?)*$",
		"^([a-z0-9]+\\.)*[a-z]+$",
		"^(news|list)-[0-9]+@",
		"(\\d{1,3}\\.){3}\\d{1,3}",
		"^(?>a+)+$",
		"^(a++)+$",
		"^(?:=\\?[^?]+\\?[bq]\\?[^?]*\\?=\\s*)+$",
		"^[a-z]+(\\.[a-z]+)*@",
		"^(<[^>]*>)*$",
		"(a+)+",
		"[(]a+)+",
		"(a+",
		"(",
		"\\",
		"[",
		"(?=a+)+b",
		"^(a+\\Q)+\\E$",
		"a+b+c",
		"a++a+b",
		"a*(?>b*)x",
		"[a-z]+[0-9]+x",
		"a*|a*b",
		"a*.a*b|c",
		"^\\s*a\\s*$",
		"a*^a*b",
		"^[^@]+@[^@]+$",
		"a{2}a{3}b",
		"a*a*",
		"a\\*a*b",
		"[a*]a*b",
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		cr_expect_not(is_dangerous(patterns[i]), "%s: %.*s", patterns[i],
			      (int)attack.length, attack.bytes);
}

Test(backtrack, the_attack_is_what_takes_long)
{
	cr_assert(is_dangerous("^id-(a+)+$"));
	cr_assert_eq(memcmp(attack.bytes, "id-aaaa", 7), 0);
	cr_assert_neq(attack.bytes[attack.length - 1], 'a');
	cr_assert_leq(attack.length, ATTACK_MAX);
}

Test(backtrack, odd_patterns_are_survived)
{
	static const char signs[] = "()[]{}|*+?\\^$.a,1:<=!-";
	char pattern[24];
	uint32_t state = 1;

	for (int i = 0; i < 200000; i++) {
		size_t length = 1 + (state >> 20) % (sizeof(pattern) - 1);

		for (size_t k = 0; k < length; k++) {
			state = state * 1664525 + 1013904223;
			pattern[k] = signs[(state >> 16) % (sizeof(signs) - 1)];
		}
		backtrack_find(text_of(pattern, length, LIFETIME_EVENT), TEXT_EMPTY, &attack);
	}
}
