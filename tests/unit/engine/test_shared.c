/* Shared variables of programs: all sessions see the same, and what is loaded again goes on. */
#include "play.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct afsl_shared *space;

static struct afsl_program *load(const char *name, const char *source)
{
	struct afsl_load_options options = {
		.source = source, .source_length = strlen(source), .shared = space
	};
	struct afsl_report *report = NULL;
	struct afsl_program *program = afsl_program_load(name, &options, &report);

	cr_assert(program, "%s", report ? afsl_report_text(report, false) : "");
	afsl_report_free(report);
	return program;
}

static void run_session(struct play *play, struct afsl_program *program)
{
	play_begin(play);
	cr_assert(afsl_chain_add(play->chain, program, NULL));
	play_session(play);
	play_connect(play, "192.0.2.1");
}

/* What a session of the program says when it begins. */
static void expect_said(struct afsl_program *program, const char *expected)
{
	static struct play play;

	memset(&play, 0, sizeof(play));
	run_session(&play, program);
	cr_expect_str_eq(play_said(&play), expected);
	play_end(&play);
}

static const char counting[] = "shared var hits: counter; shared var seen: cache[text, int];"
			       "event onConnect { seen.put(\"%{hits.add()}\", 1); log.info(\"%{hits.value()} %{seen.length()}\"); }";

Test(shared, sessions_and_reloads_go_on_with_the_same)
{
	struct afsl_program *old, *new;

	space = afsl_shared_new();
	old = load("a.afsl", counting);
	expect_said(old, "1 1|");
	expect_said(old, "2 2|");
	new = load("a.afsl", "# changed\nshared var hits: counter; shared var seen: cache[text, int] = cache(ttl: 5h);"
			     "event onConnect { seen.put(\"%{hits.add(10)}\", 1); log.info(\"%{hits.value()} %{seen.length()}\"); }");
	expect_said(new, "12 3|");
	expect_said(old, "13 4|"); /* sessions of before go on meanwhile */
	afsl_program_release(old);
	expect_said(new, "23 5|");
	afsl_program_release(new);
	afsl_shared_release(space);
}

Test(shared, with_another_type_or_in_another_file_it_is_another_variable)
{
	struct afsl_program *first, *typed, *elsewhere;

	space = afsl_shared_new();
	first = load("a.afsl", counting);
	typed = load("a.afsl", "record R { n: int; } shared var hits: counter; shared var seen: cache[text, R];"
			       "event onConnect { hits.add(); seen.put(\"a\", R(n: 1)); log.info(\"%{hits.value()} %{seen.length()}\"); }");
	elsewhere = load("b.afsl", counting);
	expect_said(first, "1 1|");
	expect_said(typed, "2 1|");
	expect_said(first, "3 2|");
	expect_said(elsewhere, "1 1|");
	afsl_program_release(typed);
	typed = load("a.afsl", "record R { n: int; m: int; } shared var seen: cache[text, R];"
			       "event onConnect { log.info(\"%{seen.length()}\"); }");
	expect_said(typed, "0|");
	afsl_program_release(typed);
	afsl_program_release(first);
	afsl_program_release(elsewhere);
	afsl_shared_release(space);
}

Test(shared, without_a_space_each_program_has_its_own)
{
	struct afsl_program *first, *second;

	space = NULL;
	first = load("a.afsl", counting);
	second = load("a.afsl", counting);
	expect_said(first, "1 1|");
	expect_said(second, "1 1|");
	afsl_program_release(first);
	afsl_program_release(second);
}

Test(shared, nothing_is_kept_where_the_host_does_not_say_so)
{
	struct afsl_program *program;

	space = NULL;
	program = load("a.afsl", "shared var hits: counter = counter(store: \"lmdb:hits\");"
				 "event onConnect { log.info(\"%{hits.add()}\"); }");
	expect_said(program, "1|");
	expect_said(program, "2|");
	afsl_program_release(program);
}

/* The programs keep the space. */
Test(shared, the_host_may_let_go_of_the_space_first)
{
	struct afsl_program *program;

	space = afsl_shared_new();
	program = load("a.afsl", counting);
	afsl_shared_release(space);
	expect_said(program, "1 1|");
	afsl_program_release(program);
	afsl_shared_release(NULL);
}
