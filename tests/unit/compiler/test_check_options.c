#include "check_support.h"

#include <criterion/criterion.h>

TestSuite(check_options, .fini = check_forget);

static struct checked *with_options(const char *source, const char *name, const char *setting)
{
	const char *const options[] = {name, setting, NULL};

	return check_program(source, options);
}

Test(check_options, defaults_and_settings)
{
	struct checked *one = check_source("option a: text = \"x\"; event onData { log.info(a); }");

	cr_assert(text_equals(one->program->options->name, TEXT("a")));
	cr_assert(text_equals(one->program->options->value, TEXT("x")));
	cr_assert_eq(one->program->options->type, &type_text);
	one = with_options("option a: text = \"x\"; event onData { log.info(a); }", "a", "y z");
	cr_assert(text_equals(one->program->options->value, TEXT("y z")));
	cr_assert(text_equals(check_statement_of(check_function(one, "onData"), 0)
				      ->value->arguments.items[0]
				      .value->constant.text,
			      TEXT("y z")));
	one = with_options("option a: duration = 5s;", "a", "1m");
	cr_assert(text_equals(one->program->options->value, TEXT("1m")));
	one = with_options("option a: list[ip];", "a", "192.0.2.1, ::1");
	cr_assert(text_equals(one->program->options->value, TEXT("192.0.2.1, ::1")));
	one = with_options("option a: list[int] = [1, 2];", "a", "");
	cr_assert_eq(one->program->options->value.length, 0);
}

Test(check_options, faults)
{
	assert_codes(with_options("option a: int = 1;", "a", "x"), "E0521");
	assert_codes(with_options("option a: bool = true;", "a", "maybe"), "E0521");
	assert_codes(with_options("option a: ip = \"::1\";", "a", "::g"), "E0521");
	assert_codes(with_options("option a: net = \"::/0\";", "a", "192.0.2.1/24"), "E0521");
	assert_codes(with_options("option a: list[int];", "a", "1,,2"), "E0521");
	assert_codes(with_options("option a: list[int];", "a", "1,2,"), "E0521");
	assert_codes(with_options("option a: int = 1;", "b", "1"), "E0520");
	assert_codes(with_options("const a = 1;", "a", "1"), "E0520");
	assert_codes(with_options("option a: int = \"x\";", "a", "1"), "E0306");
	assert_codes(check_source("option a: int;"), "E0522");
	assert_codes(check_source("option a: socket;"), "E0523");
	assert_codes(check_source("option a: map[text, int];"), "E0523");
	assert_codes(check_source("option a: list[list[int]];"), "E0523");
	assert_codes(check_source("option a: time = now();"), "E0319");
	assert_codes(check_source("option a: nothing = 1;"), "E0302");
	cr_assert_str_eq(check_help(with_options("option address: text = \"x\";", "adress", "1")),
			 "did you mean `address`?");
	cr_assert_str_eq(check_message(with_options("option a: int = 1;", "a", "many")),
			 "the option `a` is int, and cannot be set to \"many\"");
}

Test(check_options, the_last_setting_counts)
{
	const char *const options[] = {"a", "1", "a", "2", NULL};
	struct checked *one = check_program("option a: int;", options);

	cr_assert(text_equals(one->program->options->value, TEXT("2")));
}

Test(check_options, options_keep_their_order)
{
	struct checked *one =
		check_source("option a: int = b; option b: int = 2; option c: int = 3;");

	assert_codes(one, "");
	cr_assert_not_null(one->program->options->next->next);
	cr_assert_null(one->program->options->next->next->next);
}

Test(check_options, tables)
{
	struct checked *one = check_source(
		"table a: net = \"file:nets\"; table b: text -> duration = \"file:x\";");
	const struct checked_table *t = one->program->tables;

	cr_assert(text_equals(t->source, TEXT("file:nets")) && t->number == 0);
	cr_assert(t->type->kind == TYPE_TABLE && t->type->key == &type_net && !t->type->element);
	cr_assert(t->next->number == 1 && t->next->type->element == &type_duration);
	cr_assert_null(t->next->next);
	assert_codes(check_source("table a: net = \"nets\";"), "E0524");
	assert_codes(check_source("table a: net = \"file:\";"), "E0524");
	assert_codes(check_source("table a: net = \"redis:x\";"), "E0524");
	assert_codes(check_source("table a: ip = \"pcre:x\";"), "E0524");
	assert_codes(check_source("table a: float = \"file:x\";"), "E0524");
	assert_codes(check_source("table a: text -> list[int] = \"file:x\";"), "E0524");
	assert_codes(check_source("table a: nothing = \"file:x\";"), "E0302");
}
