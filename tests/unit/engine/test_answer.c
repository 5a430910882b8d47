#include "engine/answer.h"

#include "base/memory.h"

#include <criterion/criterion.h>

static const struct verdict reject = {
	VERDICT_REJECT, 550, {"5.7.1", 5, LIFETIME_EVENT}, {"one\r\ntwo", 8, LIFETIME_EVENT}};
static const struct origin origin = {"filter", "a.afsl:3", "why"};

Test(answer, keeps_its_words)
{
	struct answer answer = { 0 }, copy = { 0 };
	struct afsl_verdict told;

	cr_assert_not(answer_is_set(&answer));
	cr_assert_str_eq(answer_told(&answer).text, "");
	answer_set(&answer, &reject, &origin);
	cr_assert(answer_is_set(&answer));
	answer_copy(&copy, &answer);
	answer_clear(&answer);
	cr_assert_not(answer_is_set(&answer));
	cr_assert_null(answer_told(&answer).error);
	told = answer_told(&copy);
	cr_assert_eq(told.kind, AFSL_REJECT);
	cr_assert_eq(told.code, 550);
	cr_assert_str_eq(told.enhanced, "5.7.1");
	cr_assert_str_eq(told.text, "one\ntwo");
	cr_assert_str_eq(told.filter, "filter");
	cr_assert_str_eq(told.place, "a.afsl:3");
	cr_assert_str_eq(told.error, "why");
	answer_set(&copy, &reject, &(struct origin){"f", "", NULL});
	cr_assert_null(answer_told(&copy).error);
	answer_clear(&answer);
	answer_clear(&copy);
}

Test(answer, decides_without_memory_too)
{
	struct answer answer = { 0 };

	memory_fail_at(1, true);
	answer_set(&answer, &reject, &origin);
	memory_fail_at(0, false);
	cr_assert_eq(answer.kind, AFSL_REJECT);
	cr_assert_eq(answer.code, 550);
	cr_assert_str_eq(answer_told(&answer).text, "");
	cr_assert_str_eq(answer_told(&answer).filter, "");
	answer_clear(&answer);
}

Test(answer, every_kind_has_its_own)
{
	static const enum afsl_verdict_kind kinds[] = {AFSL_CONTINUE, AFSL_ACCEPT,
						       AFSL_REJECT,   AFSL_TEMPFAIL,
						       AFSL_DISCARD,  AFSL_DISCONNECTED};
	struct answer answer = { 0 };

	for (int kind = VERDICT_CONTINUE; kind <= VERDICT_DISCONNECT; kind++) {
		struct verdict verdict = {.kind = (enum verdict_kind)kind,
					  .enhanced = TEXT_EMPTY,
					  .text = TEXT_EMPTY};

		answer_set(&answer, &verdict, &origin);
		cr_assert_eq(answer.kind, kinds[kind]);
	}
	answer_clear(&answer);
}
