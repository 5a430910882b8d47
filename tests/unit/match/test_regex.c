#include "match/regex.h"

#include "base/wait.h"

#include <criterion/criterion.h>
#include <time.h>

static struct arena arena;
static struct regex_matcher *matcher;

static void begin(void)
{
	arena_init(&arena, 1 << 20, LIFETIME_PROGRAM);
	matcher = regex_matcher_new();
}

static void end(void)
{
	regex_matcher_free(matcher);
	arena_reset(&arena);
}

TestSuite(regex, .init = begin, .fini = end);

static struct text string(const char *s)
{
	return text_of_string(s, LIFETIME_EVENT);
}

static struct regex *compiled(const char *pattern, const char *flags)
{
	char message[REGEX_MESSAGE_MAX];
	size_t offset;
	struct regex *regex =
		regex_compile(string(pattern), string(flags), &arena, message, &offset);

	cr_assert_not_null(regex, "%s: %s", pattern, message);
	return regex;
}

static enum regex_result match_from(const char *pattern, const char *flags, struct text subject,
				    size_t from, struct text groups[REGEX_GROUPS])
{
	struct regex_limits limits = { .match = 1000000, .heap = 4 << 20, .deadline = clock_monotonic() + 60000000, .ends = INT64_MAX };

	return regex_match(compiled(pattern, flags), matcher, subject, from, &limits, groups);
}

static enum regex_result match(const char *pattern, const char *flags, const char *subject)
{
	return match_from(pattern, flags, string(subject), 0, NULL);
}

#define cr_assert_text(text, expected) \
	cr_assert(text_equals_string(text, expected), "is \"%.*s\"", TEXT_PRINTF(text))

Test(regex, matches_and_says_no)
{
	cr_assert_eq(match("b+", "", "abbbc"), REGEX_MATCH);
	cr_assert_eq(match("b+", "", "ac"), REGEX_NO_MATCH);
	cr_assert_eq(match("", "", ""), REGEX_MATCH);
	cr_assert_eq(match("^$", "", ""), REGEX_MATCH);
	cr_assert_eq(match("$", "", "abc"), REGEX_MATCH);
}

static bool told_rightly(const struct regex *regex, struct text subject, size_t from)
{
	struct regex_limits limits = { .match = 1000000, .heap = 4 << 20, .deadline = clock_monotonic() + 60000000, .ends = INT64_MAX };

	if (!regex_cannot_match(regex, subject, from))
		return false;
	cr_assert_eq(regex_match(regex, matcher, subject, from, &limits, NULL), REGEX_NO_MATCH, "%.*s: %.*s from %zu",
		     TEXT_PRINTF(regex_pattern(regex)), TEXT_PRINTF(subject), from);
	return true;
}

/* What is told before a match is what a match would tell. */
Test(regex, what_cannot_match_does_not)
{
	static const char *const patterns[] = {
		"^1[0-9]{2}\\.", "https?://([^/\\s]+)/", "^(re|fwd?):\\s*", "(?i)^X+k", "[a-z]+\\d{4,}@", "(.)\\1{4,}", "",
		"a?", "^$", "(?=.*b)a", "(?<=b)a", "\\Ba", "a(*ACCEPT)bc", "(*NO_START_OPT)abc", "(*COMMIT)a", "(?m)^b",
		"\\x{e9}t", "[^a]\\n?", "(a|b)c\\K", "k",
	};
	static const char *const subjects[] = {
		"", "a", "b", "ab", "ba", "100.1", "200.1", "xhttps://a.b/", "http:/", "Re: x", "FWD:", "xxK", "xk", "abc1234@",
		"aaaaa", "aaa\nbc", "\xe9t", "\xc9T", "c\nac", "ABC", "K", "abc",
	};
	static const char *const flags[] = { "", "i", "m", "s", "x", "u", "ui" };
	unsigned told = 0;

	for (size_t p = 0; p < sizeof(patterns) / sizeof(*patterns); p++)
		for (size_t f = 0; f < sizeof(flags) / sizeof(*flags); f++) {
			const struct regex *regex = compiled(patterns[p], flags[f]);

			for (size_t s = 0; s < sizeof(subjects) / sizeof(*subjects); s++)
				for (size_t from = 0; from <= strlen(subjects[s]); from++)
					told += told_rightly(regex, string(subjects[s]), from);
			arena_reset(&arena);
		}
	cr_assert_gt(told, 1000);
}

Test(regex, nothing_is_told_of_text_that_must_be_looked_at_first)
{
	cr_assert_not(regex_cannot_match(compiled("abc", "u"), string("\xff"), 0));
	cr_assert_not(regex_cannot_match(compiled("abc", ""), string("abc"), 4));
}

Test(regex, flags_change_the_meaning)
{
	cr_assert_eq(match("ABC", "", "abc"), REGEX_NO_MATCH);
	cr_assert_eq(match("ABC", "i", "abc"), REGEX_MATCH);
	cr_assert_eq(match("^b", "", "a\nb"), REGEX_NO_MATCH);
	cr_assert_eq(match("^b", "m", "a\nb"), REGEX_MATCH);
	cr_assert_eq(match("a.b", "", "a\nb"), REGEX_NO_MATCH);
	cr_assert_eq(match("a.b", "s", "a\nb"), REGEX_MATCH);
	cr_assert_eq(match("a b # c", "x", "ab"), REGEX_MATCH);
	cr_assert_eq(match("^.$", "", "\xc3\xa4"), REGEX_NO_MATCH);
	cr_assert_eq(match("^.$", "u", "\xc3\xa4"), REGEX_MATCH);
}

Test(regex, groups_are_parts_of_the_subject)
{
	struct text groups[REGEX_GROUPS];
	struct text subject = string("key=value");

	cr_assert_eq(match_from("(\\w+)=(x)?(\\w+)", "", subject, 0, groups), REGEX_MATCH);
	cr_assert_text(groups[0], "key=value");
	cr_assert_text(groups[1], "key");
	cr_assert_text(groups[2], "");
	cr_assert_text(groups[3], "value");
	cr_assert_text(groups[9], "");
	cr_assert_eq(groups[3].data, subject.data + 4, "a view, not a copy");
}

Test(regex, more_than_nine_groups_are_cut)
{
	struct text groups[REGEX_GROUPS];

	cr_assert_eq(match_from("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", "", string("abcdefghijk"), 0,
				groups),
		     REGEX_MATCH);
	cr_assert_text(groups[9], "i");
}

Test(regex, start_offset_counts_and_is_bounded)
{
	struct text groups[REGEX_GROUPS];

	cr_assert_eq(match_from("a", "", string("a-a"), 1, groups), REGEX_MATCH);
	cr_assert_eq(groups[0].data[-1], '-');
	cr_assert_eq(match_from("a", "", string("a"), 2, NULL), REGEX_NO_MATCH);
}

Test(regex, nul_is_an_ordinary_byte)
{
	cr_assert_eq(match_from("a\\x00b", "", text_of("a\0b", 3, LIFETIME_EVENT), 0, NULL),
		     REGEX_MATCH);
}

/* PCRE2's interpreter under valgrind is some thousand times slower than its JIT. */
#ifdef UNDER_VALGRIND
enum { FAR = 10000, HOSTILE = 1000 };
#else
enum { FAR = 300000, HOSTILE = 10000 };
#endif

Test(regex, a_match_far_behind_the_first_slice_is_found)
{
	static char subject[FAR];
	struct text groups[REGEX_GROUPS];

	memset(subject, 'a', sizeof(subject));
	subject[FAR - 10] = 'z';
	cr_assert_eq(match_from("z(a+)$", "", text_of(subject, sizeof(subject), LIFETIME_EVENT), 0,
				groups),
		     REGEX_MATCH);
	cr_assert_eq(groups[1].length, 9);
	for (size_t place = 0; place < 600; place++) { /* around every border of the first slices */
		memset(subject, 'a', 1000);
		subject[place] = 'z';
		cr_assert_eq(match_from("z", "", text_of(subject, 1000, LIFETIME_EVENT), 0, groups),
			     REGEX_MATCH);
		cr_assert_eq(groups[0].data, subject + place);
	}
}

Test(regex, slices_respect_characters)
{
	char subject[801];

	for (size_t i = 0; i < 800; i += 2)
		memcpy(subject + i, "\xc3\xa4", 2);
	subject[800] = 'z';
	cr_assert_eq(match_from("z", "u", text_of(subject, 801, LIFETIME_EVENT), 0, NULL),
		     REGEX_MATCH);
	cr_assert_eq(match_from("[^\xc3\xa4]", "u", text_of(subject, 800, LIFETIME_EVENT), 0, NULL),
		     REGEX_NO_MATCH, "no start inside a character");
	cr_assert_eq(match_from("\xc3\xb6", "u", text_of(subject, 801, LIFETIME_EVENT), 0, NULL),
		     REGEX_NO_MATCH);
}

Test(regex, broken_utf8_is_never_no_match)
{
	cr_assert_eq(match("a", "u", "\xff"), REGEX_BAD_SUBJECT);
	cr_assert_eq(match("a", "", "\xff"), REGEX_NO_MATCH);
}

Test(regex, a_bad_pattern_says_where)
{
	char message[REGEX_MESSAGE_MAX];
	size_t offset = 99;

	cr_assert_null(regex_compile(string("ab(c"), TEXT(""), &arena, message, &offset));
	cr_assert_eq(offset, 4);
	cr_assert(strlen(message) > 0);
	cr_assert_null(regex_compile(string("a"), TEXT("q"), &arena, message, &offset));
	cr_assert(strstr(message, "flag") != NULL);
	cr_assert_null(regex_compile(string("a\\Cb"), TEXT(""), &arena, message, &offset));
}

/* Of this thread, in microseconds: other programs do not count. */
static int64_t cpu_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int64_t hostile(const char *pattern, size_t length, enum regex_result *result)
{
	static char subject[HOSTILE];
	int64_t begun = cpu_time();
	struct regex_limits limits = { .match = 20000, .heap = 4 << 20, .deadline = clock_monotonic() + 200000, .ends = INT64_MAX };

	memset(subject, 'a', sizeof(subject));
	*result = regex_match(compiled(pattern, ""), matcher,
			      text_of(subject, length, LIFETIME_EVENT), 0, &limits, NULL);
	return cpu_time() - begun;
}

Test(regex, hostile_patterns_stop_within_their_limits)
{
	static const char *const patterns[] = { "(.*)*\\d", "a*a*[0-9]", "(([a-z])+.)+[A-Z]([a-z])+$",
						"(?:a?){30}a{30}\\d" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		enum regex_result result;
		int64_t took = hostile(patterns[i], HOSTILE, &result);

		cr_assert(result == REGEX_MATCH_LIMIT || result == REGEX_TIME_LIMIT, "%s: %d",
			  patterns[i], result);
		cr_assert_lt(took, 200000 + 10000000, "%s", patterns[i]);
	}
}

Test(regex, a_deep_pattern_gets_the_stack_it_may_have)
{
	static char subject[200000];
	struct regex_limits small = { .match = 10000000, .heap = 64 * 1024, .deadline = clock_monotonic() + 5000000, .ends = INT64_MAX };
	struct text text = text_of(subject, sizeof(subject), LIFETIME_EVENT);

	memset(subject, 'a', sizeof(subject));
	cr_assert_eq(match_from("^(a|b)*c?$", "", text, 0, NULL), REGEX_HEAP_LIMIT);
	cr_assert_eq(match_from("^(?:a|b)*+$", "", text, 0, NULL), REGEX_MATCH);
	cr_assert_eq(regex_match(compiled("^(a|b)*$", ""), matcher, text_part(text, 0, 10), 0,
				 &small, NULL),
		     REGEX_MATCH);
}

Test(regex, patterns_are_kept)
{
	cr_assert_text(regex_pattern(compiled("a+", "")), "a+");
}

/* One start position reads a long subject again and again: the match limit is far, the time must end it. */
Test(regex, a_long_subject_is_given_up_within_a_start_position)
{
	enum { LENGTH = 1 << 20, TIME = 100000, PATIENCE = 3000000 };
	static const char *const patterns[] = { "a*a*[0-9]", "^a*a*[0-9]", "^(a+)(a+)(a+)[0-9]" };
	char *bytes = malloc(LENGTH);

	memset(bytes, 'a', LENGTH);
	for (size_t i = 0; i < 2 * sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct regex *regex = compiled(patterns[i / 2], "");
		int64_t begun = clock_monotonic();
		struct regex_limits limits = { .match = 1000000000,
					       .heap = 64 << 20,
					       .deadline = begun + TIME,
					       .ends = begun + TIME };

		if (i % 2)
			regex_speed_up(regex);
		cr_expect_eq(regex_match(regex, matcher, text_of(bytes, LENGTH, LIFETIME_EVENT), 0,
					 &limits, NULL),
			     REGEX_TIME_LIMIT, "%s", patterns[i / 2]);
		cr_expect_lt(clock_monotonic() - begun, PATIENCE, "%s", patterns[i / 2]);
	}
	free(bytes);
}

Test(regex, the_first_match_has_its_limits_where_they_are_zero)
{
	struct regex_limits none = { .match = 0, .heap = 4 << 20, .deadline = INT64_MAX, .ends = INT64_MAX };

	cr_assert_eq(regex_match(compiled("a+b", ""), matcher, string("aab"), 0, &none, NULL), REGEX_MATCH_LIMIT);
}

#ifndef UNDER_VALGRIND /* where there is no machine code */
static enum regex_result match_short(const char *pattern, const char *flags, const char *subject, uint32_t limit,
				     struct text groups[REGEX_GROUPS])
{
	struct regex *regex = compiled(pattern, flags);

	regex_speed_up(regex);
	return regex_match_short(regex, matcher, string(subject), limit, groups);
}

/* What it cannot tell it leaves to the long way; it never says "no match" for that. */
Test(regex, short_matches_have_no_slices)
{
	struct text groups[REGEX_GROUPS];

	cr_assert_eq(match_short("(b+)(c)?", "", "abb", 1000, groups), REGEX_MATCH);
	cr_assert_text(groups[0], "bb");
	cr_assert_text(groups[1], "bb");
	cr_assert_text(groups[2], "");
	cr_assert_eq(match_short("b", "", "", 1000, groups), REGEX_NO_MATCH);
	cr_assert_eq(match_short("(a+)+[0-9]", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 1000, NULL), REGEX_FAILED);
	cr_assert_eq(match_short("b", "u", "\xff", 1000, NULL), REGEX_FAILED);
	cr_assert_eq(regex_match_short(compiled("b", ""), matcher, string("b"), 1000, NULL), REGEX_FAILED,
		     "there is no machine code");
}
#endif
