#include "bytecode/vocabulary.h"

#include "base/memory.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct type_table types;

static void setup(void)
{
	arena_init(&arena, 16 << 20, LIFETIME_PROGRAM);
	type_table_init(&types, &arena);
}

static void teardown(void)
{
	memory_fail_at(0, false);
	arena_reset(&arena);
}

TestSuite(vocabulary, .init = setup, .fini = teardown);

static struct text name(const char *string)
{
	return text_of_string(string, LIFETIME_PROGRAM);
}

Test(vocabulary, every_row_parses)
{
	const struct vocabulary *words = vocabulary_build(&types);

	cr_assert_not_null(words);
	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		const struct signature *signature = &words->builtins[i];

		cr_assert_not_null(signature->result, "%s", builtin_rows[i].id);
		cr_assert_leq(signature->count, SIGNATURE_PARAMETERS_MAX);
		for (unsigned j = 0; j < signature->count; j++)
			cr_assert_not_null(signature->parameters[j].type, "%s", builtin_rows[i].id);
	}
	for (unsigned i = 0; i < VARIABLE_COUNT; i++)
		cr_assert_not_null(words->variables[i], "%s", variable_rows[i].name);
}

Test(vocabulary, every_row_is_told_to_people)
{
	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		cr_assert_gt(strlen(builtin_rows[i].help), 0, "%s", builtin_rows[i].id);
		cr_assert_not_null(builtin_rows[i].example);
		cr_assert_gt(strlen(builtin_rows[i].name), 0, "%s", builtin_rows[i].id);
		cr_assert_neq(builtin_rows[i].events, 0, "%s", builtin_rows[i].id);
	}
	for (unsigned i = 0; i < VARIABLE_COUNT; i++)
		cr_assert_gt(strlen(variable_rows[i].help), 0, "%s", variable_rows[i].name);
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		cr_assert_gt(strlen(event_rows[i].help), 0, "%s", event_rows[i].name);
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		cr_assert_gt(strlen(limit_rows[i].help), 0, "%s", limit_rows[i].name);
		cr_assert_gt(limit_rows[i].value, 0, "%s", limit_rows[i].name);
	}
}

/* An inout parameter comes first, and what has a default comes behind what has none. */
Test(vocabulary, signatures_can_be_called)
{
	const struct vocabulary *words = vocabulary_build(&types);

	for (unsigned i = 0; i < BUILTIN_COUNT; i++)
		for (unsigned j = 1; j < words->builtins[i].count; j++) {
			const struct signature_parameter *one = &words->builtins[i].parameters[j];

			cr_assert(!one->inout, "%s", builtin_rows[i].id);
			cr_assert(one->fallback || !one[-1].fallback, "%s", builtin_rows[i].id);
		}
}

Test(vocabulary, a_signature_taken_apart)
{
	const struct vocabulary *words = vocabulary_build(&types);
	const struct signature *disconnect = &words->builtins[BUILTIN_disconnect];

	cr_assert_eq(disconnect->count, 3);
	cr_assert_str_eq(disconnect->parameters[0].name, "code");
	cr_assert_eq(disconnect->parameters[0].type, &type_int);
	cr_assert_str_eq(disconnect->parameters[0].fallback, "421");
	cr_assert_str_eq(disconnect->parameters[1].fallback, "\"4.7.0\"");
	cr_assert_str_eq(disconnect->parameters[2].fallback, "\"\"");
	cr_assert_eq(disconnect->result, &type_void);
	cr_assert_eq(words->builtins[BUILTIN_accept].count, 0);
	cr_assert_null(words->builtins[BUILTIN_text_lower].parameters[0].fallback);
	cr_assert_eq(words->builtins[BUILTIN_text_length].result, &type_int);
	cr_assert(words->builtins[BUILTIN_list_push].parameters[0].inout);
	cr_assert_not(words->builtins[BUILTIN_list_push].parameters[1].inout);
	cr_assert_str_eq(words->builtins[BUILTIN_list_push].parameters[0].name, "values");
	cr_assert_not(words->builtins[BUILTIN_text_length].parameters[0].inout);
}

Test(vocabulary, variables_have_types)
{
	const struct vocabulary *words = vocabulary_build(&types);

	cr_assert_eq(words->variables[VARIABLE_mailFrom], &type_text);
	cr_assert_eq(words->variables[VARIABLE_remoteSmtpIp], &type_ip);
	cr_assert_eq(words->variables[VARIABLE_recipients], type_list(&types, &type_text));
	cr_assert_eq(words->variables[VARIABLE_macros], type_map(&types, &type_text, &type_text));
}

static const struct type *record_named(const struct vocabulary *words, const char *wanted)
{
	for (unsigned i = 0; i < words->record_count; i++)
		if (strcmp(words->records[i]->record->name, wanted) == 0)
			return words->records[i];
	return NULL;
}

Test(vocabulary, records_of_modules)
{
	const struct vocabulary *words = vocabulary_build(&types);
	const struct record_type *error = words->error->record;
	const struct type *reply = record_named(words, "milter.Reply");

	cr_assert_str_eq(error->name, "Error");
	cr_assert_eq(error->field_count, 4);
	cr_assert_str_eq(error->fields[3].name, "temporary");
	cr_assert_eq(error->fields[3].type, &type_bool);
	cr_assert_not_null(reply);
	cr_assert_eq(reply->record->fields[4].type->kind, TYPE_LIST);
	cr_assert_str_eq(reply->record->fields[4].type->element->record->name, "milter.Change");
}

Test(vocabulary, names_are_found)
{
	cr_assert_eq(event_find(name("onMailFrom")), EVENT_onMailFrom);
	cr_assert_eq(event_find(name("onmailfrom")), -1);
	cr_assert_eq(event_find(name("")), -1);
	cr_assert_eq(event_find(name("onStop")), EVENT_COUNT - 1);
	cr_assert_eq(limit_find(name("instructions")), LIMIT_instructions);
	cr_assert_eq(limit_find(name("EventTime")), LIMIT_eventTime);
	cr_assert_eq(limit_find(name("instruction")), -1);
	cr_assert_eq(limit_find(name("")), -1);
}

/* Each allocation in turn is refused: NULL comes back, nothing is lost. */
Test(vocabulary, says_when_memory_has_ended)
{
	const struct vocabulary *words = NULL;
	unsigned nth;

	for (nth = 1; nth < 1000 && !words; nth++) {
		arena_reset(&arena);
		type_table_init(&types, &arena);
		memory_fail_at(nth, true);
		words = vocabulary_build(&types);
		memory_fail_at(0, false);
	}
	cr_assert_not_null(words);
	cr_assert_gt(nth, 2);
}

/* ---- words of two modules ---- */

/* A constant text becomes any of these, at the same cost. */
static bool is_read_from_text(const struct type *type)
{
	return type->kind == TYPE_IP || type->kind == TYPE_NET || type->kind == TYPE_TIME ||
	       type->kind == TYPE_DURATION || type->kind == TYPE_REGEX;
}

static unsigned required(const struct signature *signature)
{
	unsigned count = 0;

	for (unsigned i = 0; i < signature->count; i++)
		count += signature->parameters[i].fallback == NULL;
	return count;
}

/* Could the same arguments be meant for both? */
static bool take_the_same(const struct signature *a, const struct signature *b)
{
	if (required(a) > b->count || required(b) > a->count)
		return false;
	for (unsigned i = 0; i < a->count && i < b->count; i++) {
		const struct type *one = a->parameters[i].type, *other = b->parameters[i].type;

		if (one != other && !(is_read_from_text(one) && is_read_from_text(other)))
			return false;
	}
	return true;
}

/* Policy tests have a syntax of their own. */
static bool stands_alone(const struct builtin_row *row)
{
	return strcmp(row->module, "policy") != 0 &&
	       !builtin_needs_module((enum builtin_id)(row - builtin_rows));
}

/* Where two modules have one word, the types of the arguments say which is meant; else
 * builtin_needs_module() must name one of the two. */
Test(vocabulary, no_word_alone_means_functions_of_two_modules)
{
	const struct vocabulary *words = vocabulary_build(&types);

	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		for (unsigned k = i + 1; k < BUILTIN_COUNT; k++) {
			const struct builtin_row *a = &builtin_rows[i], *b = &builtin_rows[k];

			if (strcmp(a->name, b->name) == 0 && strcmp(a->module, b->module) != 0 &&
			    stands_alone(a) && stands_alone(b))
				cr_expect_not(
					take_the_same(&words->builtins[i], &words->builtins[k]),
					"%s of %s and %s", a->name, a->module, b->module);
		}
	}
}
