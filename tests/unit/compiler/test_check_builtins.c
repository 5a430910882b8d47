#include "check_support.h"

#include <criterion/criterion.h>

TestSuite(check_builtins, .fini = check_forget);

static const struct expression *first_argument(const char *statement)
{
	struct checked *one = check_statements(statement);

	cr_assert_not_null(one->program, "%s: %s", statement, check_message(one));
	return check_statement_of(check_function(one, "onDataReceived"), 0)
		->value->arguments.items[0]
		.value;
}

Test(check_builtins, the_first_argument_decides)
{
	static const struct {
		const char *source;
		enum builtin_id wanted;
	} cases[] = {
		{"log.info(text(contains(\"abc\", \"b\")));", BUILTIN_text_contains},
		{"log.info(text(contains([1], 1)));", BUILTIN_list_contains},
		{"log.info(text(contains([\"a\": 1], \"a\")));", BUILTIN_map_contains},
		{"log.info(text(contains(net(\"::/0\"), remoteSmtpIp)));", BUILTIN_ip_contains},
		{"log.info(text(\"abc\".contains(\"b\")));", BUILTIN_text_contains},
		{"log.info(text(length(\"abc\")));", BUILTIN_text_length},
		{"log.info(text([1].length()));", BUILTIN_list_length},
		{"log.info(text(math.min(1, 2)));", BUILTIN_math_min},
		{"log.info(text(min(1, 2.5)));", BUILTIN_math_min_float},
		{"log.info(text(min(1.5, 2)));", BUILTIN_math_min_float},
		{"log.info(text(min(1s, 2s)));", BUILTIN_math_min_duration},
		{"log.info(text(min([1, 2])));", BUILTIN_list_min_int},
		{"log.info(text(sorted([\"b\", \"a\"])));", BUILTIN_list_sorted_text},
		{"log.info(text(matches(\"a\", re\"a\")));", BUILTIN_re_matches},
		{"log.info(text(re.match(re\"a\", \"a\")));", BUILTIN_re_match},
		{"log.info(text(seconds(5)));", BUILTIN_time_seconds},
		{"log.info(text(seconds(5s)));", BUILTIN_time_seconds_of},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct expression *outer = first_argument(cases[i].source);

		cr_assert_eq(outer->builtin, BUILTIN_text_ofAny);
		cr_expect_eq(outer->arguments.items[0].value->builtin, cases[i].wanted, "%s: %s",
			     cases[i].source,
			     builtin_rows[outer->arguments.items[0].value->builtin].id);
	}
}

Test(check_builtins, what_stands_for_T_K_and_V)
{
	const struct expression *call =
		first_argument("log.info([\"a\": \"x\"].get(\"a\", \"y\"));");

	cr_assert_eq(call->builtin, BUILTIN_map_get);
	cr_assert_eq(call->type, &type_text);
	cr_assert_null(call->type_arguments[0]);
	cr_assert_eq(call->type_arguments[1], &type_text);
	cr_assert_eq(call->type_arguments[2], &type_text);
	call = first_argument("log.info([\"a\"].first());");
	cr_assert_eq(call->type_arguments[0], &type_text);
}

Test(check_builtins, what_fits)
{
	static const struct check_case cases[] = {
		{"var x: list[float] = []; x.push(1); log.info(text(x));", ""},
		{"var x = [1]; x.push(\"a\"); log.info(text(x));", "E0306"},
		{"var x: list[list[int]] = []; x.push([]); log.info(text(x));", ""},
		{"var x: list[net] = []; x.push(\"10.0.0.0/8\"); log.info(text(x));", ""},
		{"var x = [\"a\": 1]; log.info(\"%{x.get(\"a\", \"b\")}\");", "E0306"},
		{"var x = [\"a\": 1.5]; log.info(\"%{x.get(\"a\", 0)}\");", ""},
		{"log.info(\"%{lower(5)}\");", "E0306"},
		{"log.info(\"%{contains(5, 5)}\");", "E0310"},
		{"log.info(\"%{contains(\"a\", 5)}\");", "E0306"},
		{"log.info(\"%{sorted([true])}\");", "E0310"},
		{"log.info(\"%{lower()}\");", "E0309"},
		{"log.info(\"%{lower(\"a\", \"b\")}\");", "E0309"},
		{"log.info(\"%{padStart(\"7\", width: 3, fill: \"0\")}\");", ""},
		{"log.info(\"%{padStart(\"7\", width: 3, with: \"0\")}\");", "E0309"},
		{"reject(550, \"5.7.1\");", "E0309"},
		{"reject(550);", "E0306"},
		{"log.info(\"%{length([])}\");", "E0315"},
		{"log.info(join([], \",\"));", ""},
		{"log.info(text.lower(\"A\") + log.info(\"x\"));", "E0327"},
		{"log.info(policy.is(\"a\", \"b\") ? \"x\" : \"y\");", ""},
		{"log.info(\"%{isCase2(\"a\", \"b\")}\");", "E0308"},
		{"addHeader(\"X\", \"y\"); \"X\".addHeader(\"y\");", ""},
		{"addHeader();", "E0309"}, /* the row without arguments is for call(addHeader) */
		{"call(lower);", "E0308"},
	};

	assert_cases(cases, check_statements);
	cr_assert_str_eq(check_help(check_statements("log.info(lower(5));")),
			 "write text(...), or put it into a text: \"%{...}\"");
	cr_assert_str_eq(check_message(check_statements("log.info(\"%{contains(true, 5)}\");")),
			 "there is no `contains` for bool");
}

Test(check_builtins, a_set_has_no_values)
{
	assert_codes(check_source("table t: text = \"file:x\"; event onData { "
				  "log.info(t.get(\"a\", \"b\")); }"),
		     "E0310");
	assert_codes(check_source("table t: text = \"file:x\"; event onData { "
				  "log.info(\"%{t.contains(\"a\")} %{t.length()}\"); }"),
		     "");
	assert_codes(check_source("table t: text -> int = \"file:x\"; "
				  "event onData { log.info(\"%{t.get(\"a\", 0) + 1}\"); }"),
		     "");
	assert_codes(check_source("table t: text -> int = \"file:x\"; "
				  "event onData { log.info(\"%{t.get(\"a\", \"b\")}\"); }"),
		     "E0306");
	assert_codes(check_source("table t: net -> int = \"file:x\"; "
				  "event onConnect { log.info(\"%{t.get(remoteSmtpIp, 0)}\"); }"),
		     "");
}

Test(check_builtins, a_user_function_comes_first)
{
	struct checked *one =
		check_source("function lower(x: text) -> text { return x; } event onData { "
			     "log.info(lower(\"A\")); log.info(text.lower(\"A\")); }");
	const struct function *f = check_function(one, "onData");

	cr_assert_eq(check_statement_of(f, 0)->value->arguments.items[0].value->kind,
		     EXPRESSION_CALL_FUNCTION);
	cr_assert_eq(check_statement_of(f, 1)->value->arguments.items[0].value->builtin,
		     BUILTIN_text_lower);
}
