#include "bytecode/profile.h"

#include <criterion/criterion.h>
#include <string.h>

Test(profile, servers_are_found_by_name)
{
	cr_assert_eq(profile_find(TEXT("postfix")), PROFILE_postfix);
	cr_assert_eq(profile_find(TEXT("postfix-non-smtp")), PROFILE_non_smtp);
	cr_assert_eq(profile_find(TEXT("Postfix")), -1);
	cr_assert_eq(profile_find(TEXT("")), -1);
}

Test(profile, macros_of_one_letter_have_two_spellings)
{
	const struct profile_macro *macro = profile_macro_find(TEXT("i"));

	cr_assert_not_null(macro);
	cr_assert_eq(profile_macro_find(TEXT("{i}")), macro);
	cr_assert_not_null(profile_macro_find(TEXT("{mail_addr}")));
	cr_assert_null(profile_macro_find(TEXT("mail_addr")));
	cr_assert_null(profile_macro_find(TEXT("{x}")));
}

Test(profile, a_macro_is_unknown_where_none_of_the_servers_knows_it)
{
	const struct profile_macro *id = profile_macro_find(TEXT("i"));
	event_set postfix = profile_macro_unknown(id, (profile_set)1 << PROFILE_postfix);

	cr_assert(postfix & EVENT_BIT(onRcptTo));
	cr_assert_not(postfix & EVENT_BIT(onData));
	cr_assert_not(postfix & EVENT_BIT(onDisconnect));
	cr_assert_not(profile_macro_unknown(id, PROFILES_ALL) & EVENT_BIT(onMailFrom));
	cr_assert_eq(profile_macro_unknown(id, (profile_set)1 << PROFILE_axigen), EVENTS_ALL);
}

Test(profile, facts_hold_for_words_of_their_list_and_all_servers_asked)
{
	struct profile_fact fact = { .profiles = 3,
				     .deed = PROFILE_CALL,
				     .subjects = "reject tempfail" };

	cr_assert(profile_fact_holds(&fact, 1) && profile_fact_holds(&fact, 3));
	cr_assert_not(profile_fact_holds(&fact, 7));
	cr_assert(profile_fact_is(&fact, PROFILE_CALL, TEXT("tempfail")));
	cr_assert(profile_fact_is(&fact, PROFILE_CALL, TEXT("reject")));
	cr_assert_not(profile_fact_is(&fact, PROFILE_TEXT, TEXT("reject")));
	cr_assert_not(profile_fact_is(&fact, PROFILE_CALL, TEXT("rej")));
	cr_assert_not(profile_fact_is(&fact, PROFILE_CALL, TEXT("reject tempfail")));
}

/* A row that names what does not exist would never strike. */
static bool is_known(enum profile_deed deed, struct text word)
{
	for (unsigned i = 0; i < VARIABLE_COUNT && deed == PROFILE_READ; i++)
		if (text_equals_string(word, variable_rows[i].name))
			return true;
	if (deed == PROFILE_EVENT)
		return event_find(word) >= 0;
	for (unsigned i = 0; i < BUILTIN_COUNT; i++)
		if (text_equals_string(word, builtin_rows[i].name))
			return true;
	return deed == PROFILE_TEXT && text_equals(word, TEXT("smtpExplanation"));
}

Test(profile, every_fact_is_about_something_that_exists)
{
	for (unsigned i = 0; i < PROFILE_FACT_COUNT; i++) {
		const struct profile_fact *fact = &profile_facts[i];

		cr_assert(*fact->what && fact->profiles && fact->events);
		for (const char *at = fact->subjects; *at; at += strspn(at, " ")) {
			size_t length = strcspn(at, " ");

			cr_expect(is_known(fact->deed, text_of(at, length, LIFETIME_PROGRAM)), "%s",
				  at);
			at += length;
		}
	}
}
