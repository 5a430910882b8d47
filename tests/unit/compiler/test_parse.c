#include "tree_text.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void assert_tree(const char *source, const char *tree)
{
	struct parsed parsed = parse_string(source);

	cr_assert_str_eq(parsed.said, "", "%s\n%s", source, parsed.said);
	cr_assert_str_eq(parsed.tree, tree, "%s\ngot      %s\nexpected %s", source, parsed.tree,
			 tree);
}

/* An expression, as the value of x. */
static void assert_expression(const char *expression, const char *form)
{
	char source[2000], tree[2000];

	snprintf(source, sizeof(source), "event e { x = %s; }", expression);
	snprintf(tree, sizeof(tree), "(event e {(assign = x %s)})", form);
	assert_tree(source, tree);
}

static void assert_statement(const char *statement, const char *form)
{
	char source[2000], tree[2000];

	snprintf(source, sizeof(source), "event e { %s }", statement);
	snprintf(tree, sizeof(tree), "(event e {%s})", form);
	assert_tree(source, tree);
}

/* ---- declarations ---- */

Test(parse, nothing_is_a_program)
{
	assert_tree("", "");
	assert_tree("# only a comment", "");
	assert_tree("\xEF\xBB\xBF;;;", "");
	assert_tree("\r\n\t \r\n", "");
}

Test(parse, declarations)
{
	assert_tree("use \"lib/a.afsl\" as a;", "(use a \"lib/a.afsl\")");
	assert_tree("use \"b.afsl\";", "(use \"b.afsl\")");
	assert_tree("option o: text = \"v\"; option p: int;",
		    "(option o :text \"v\") (option p :int)");
	assert_tree("const A = 1; const B: float = 2;", "(const A 1) (const B :float 2)");
	assert_tree("table t: net = \"cidr:x\";", "(table t :net \"cidr:x\")");
	assert_tree("table t: text -> int = \"file:x\";", "(table t :text:int \"file:x\")");
	assert_tree("record R { a: int; b: text = \"x\";; }", "(record R (a:int) (b:text \"x\"))");
	assert_tree("session var a: int = 1; message var b = 2; shared var c: counter;",
		    "(session a :int 1) (message b 2) (shared c :counter)");
	assert_tree("function f(a: text, b: int = 3,) -> bool { }",
		    "(function f (a:text) (b:int 3) :bool {})");
	assert_tree("function f() { }", "(function f {})");
	assert_tree("method in { } event onStop { }", "(method in {}) (event onStop {})");
	assert_tree("test \"t\" { }", "(test \"t\" {})");
}

Test(parse, types)
{
	assert_tree("session var a: map[text, list[milter.Reply]];",
		    "(session a :map[:text:list[:milter.Reply]])");
	assert_tree("function f(a: option) -> table.record { }",
		    "(function f (a:option) :table.record {})");
}

Test(parse, words_that_are_names_elsewhere)
{
	assert_tree("record message { use: text; as: int; }",
		    "(record message (use:text) (as:int))");
	assert_tree(
		"option table: text; function test(record: int) { session = shared; }",
		"(option table :text) (function test (record:int) {(assign = session shared)})");
	assert_statement(
		"set(event, \"x\"); call(in); export(return); f(not, true);",
		"(do (call set event \"x\")) (do (call call in)) (do (call export return)) "
		"(do (call f not true))");
	assert_statement("a.if.while().event(1);",
			 "(do (call event of (call while of (. a if)) 1))");
}

Test(parse, texts_of_use_table_and_test_are_as_they_are)
{
	assert_tree(
		"use \"%a%%{\"; table t: text = \"file:%b%\"; test \"100%{ %%\" { x = \"%y%\"; }",
		"(use \"%a%%{\") (table t :text \"file:%b%\") "
		"(test \"100%{ %%\" {(assign = x (template %y))})");
	assert_tree("test r\"%a\" { }", "(test \"%a\" {})");
	assert_tree("event e { } test \"%{a\" { } const A = 1; use \"%b%\";",
		    "(event e {}) (test \"%{a\" {}) (const A 1) (use \"%b%\")");
	assert_tree("const A = \"%a%\";", "(const A (template %a))");
}

/* ---- statements ---- */

Test(parse, statements)
{
	assert_statement("var x = 1; var y: int; var z: int = 2;",
			 "(var x 1) (var y :int) (var z :int 2)");
	assert_statement("x = 1; x += 1; x -= 1; x *= 1; x /= 1; x %= 1;",
			 "(assign = x 1) (assign + x 1) (assign - x 1) (assign * x 1) "
			 "(assign / x 1) (assign % x 1)");
	assert_statement("a[i].f = 1;", "(assign = (. (index a i) f) 1)");
	assert_statement("f(); a.f(1); ; ;", "(do (call f)) (do (call f of a 1))");
	assert_statement("break; continue; return; return 1; throw \"x\";",
			 "(break) (continue) (return) (return 1) (throw \"x\")");
	assert_statement("while (a) { b(); }", "(while a {(do (call b))})");
	assert_statement("for (i in a) { } for (k, v in m) { } for (i in 0..n) { }",
			 "(for i a {}) (for k,v m {}) (range i 0 n {})");
	assert_statement("try { a(); } catch (e) { b(); } try { } catch { }",
			 "(try e {(do (call a))} {(do (call b))}) (try {} {})");
	assert_statement("parallel { a = f(); g(); }",
			 "(parallel {(assign = a (call f)) (do (call g))})");
}

Test(parse, else_belongs_to_its_if)
{
	assert_statement("if (a) { }", "(if a {})");
	assert_statement("if (a) { } else { b(); }", "(if a {} {(do (call b))})");
	assert_statement("if (a) { } else if (b) { } else if (c) { } else { d(); }",
			 "(if a {} {(if b {} {(if c {} {(do (call d))})})})");
	assert_statement("if (a) { if (b) { } else { c(); } }",
			 "(if a {(if b {} {(do (call c))})})");
}

/* ---- expressions ---- */

Test(parse, precedence)
{
	assert_expression("a or b and c", "(or a (and b c))");
	assert_expression("not a == b", "(not (== a b))");
	assert_expression("not a and b", "(and (not a) b)");
	assert_expression("a + b * c - d", "(- (+ a (* b c)) d)");
	assert_expression("a - b - c", "(- (- a b) c)");
	assert_expression("a / b % c * d", "(* (% (/ a b) c) d)");
	assert_expression("a + b < c * d", "(< (+ a b) (* c d))");
	assert_expression("-a.b * -1", "(* (- (. a b)) (- 1))");
	assert_expression("- - a", "(- (- a))");
	assert_expression("a - -1", "(- a (- 1))");
	assert_expression("(a + b) * c", "(* (+ a b) c)");
	assert_expression("a ? b : c ? d : e", "(? a b (? c d e))");
	assert_expression("a ? b ? c : d : e", "(? a (? b c d) e)");
	assert_expression("a or b ? c : d", "(? (or a b) c d)");
}

Test(parse, comparisons)
{
	assert_expression("a == b", "(== a b)");
	assert_expression("a != b", "(!= a b)");
	assert_expression("a < b", "(< a b)");
	assert_expression("a <= b", "(<= a b)");
	assert_expression("a > b", "(> a b)");
	assert_expression("a >= b", "(>= a b)");
	assert_expression("a in b", "(in a b)");
	assert_expression("a not in b", "(not-in a b)");
	assert_expression("a =~ re\"x\"", "(=~ a re\"x\")");
	assert_expression("a !~ b", "(!~ a b)");
	assert_expression("not a in b", "(not (in a b))");
}

Test(parse, calls_members_elements)
{
	assert_expression("a.b.c", "(. (. a b) c)");
	assert_expression("f(1, x: 2, 3,)", "(call f 1 x: 2 3)");
	assert_expression("a.f(b.g())", "(call f of a (call g of b))");
	assert_expression("a[1][2]", "(index (index a 1) 2)");
	assert_expression("a[1..2]", "(slice a 1 2)");
	assert_expression("a[1..]", "(slice a 1 _)");
	assert_expression("a[..2]", "(slice a _ 2)");
	assert_expression("f(c ? x : y, t: c ? 1 : 2)", "(call f (? c x y) t: (? c 1 2))");
	assert_expression("\"a\".upper()", "(call upper of \"a\")");
	assert_expression("[1].sum()", "(call sum of (list 1))");
	assert_expression("1.max(2)", "(call max of 1 2)");
	assert_expression("1.5.floor()", "(call floor of 1.5)");
}

Test(parse, lists_and_maps)
{
	assert_expression("[]", "(list)");
	assert_expression("[:]", "(map)");
	assert_expression("[1, 2,]", "(list 1 2)");
	assert_expression("[\"a\": 1, \"b\": [2],]", "(map \"a\" 1 \"b\" (list 2))");
	assert_expression("[c ? 1 : 2]", "(list (? c 1 2))");
	assert_expression("[c ? 1 : 2 : 3]", "(map (? c 1 2) 3)");
}

Test(parse, numbers)
{
	assert_expression("1_000", "1000");
	assert_expression("0x1F", "31");
	assert_expression("0Xff_ff", "65535");
	assert_expression("10K", "10240");
	assert_expression("2M", "2097152");
	assert_expression("1G", "1073741824");
	assert_expression("007", "7");
	assert_expression("9223372036854775807", "9223372036854775807");
	assert_expression("-9223372036854775808", "-9223372036854775808");
	assert_expression("1.5", "1.5");
	assert_expression("1_0.2_5", "10.25");
	assert_expression("500ms", "500000us");
	assert_expression("30s", "30000000us");
	assert_expression("5m", "300000000us");
	assert_expression("1h", "3600000000us");
	assert_expression("7d", "604800000000us");
	assert_expression("$0", "$0");
	assert_expression("$9", "$9");
	assert_expression("true", "true");
	assert_expression("false", "false");
}

Test(parse, plain_texts)
{
	assert_expression("\"\"", "\"\"");
	assert_expression("\"a\nb\"", "\"a\\u000ab\"");
	assert_expression("\"a\r\nb\"", "\"a\\u000d\\u000ab\"");
	assert_expression("\"\\\" \\\\ \\n\\r\\t\\0 \\%a\\%\"",
			  "\"\\\" \\\\ \\u000a\\u000d\\u0009\\u0000 %a%\"");
	assert_expression("\"\\x41\\xff\"", "\"A\\u00ff\"");
	assert_expression("\"\\u{e9}\\u{20AC}\\u{1F600}\\u{41}\"",
			  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"
			  "A\"");
	assert_expression("\"\\u{7F}\\u{80}\\u{7FF}\\u{800}\\u{FFFF}\\u{10000}\"",
			  "\"\\u007f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\"");
	assert_expression("\"h\xc3\xa9\"", "\"h\xc3\xa9\"");
	assert_expression("\"# no comment\"", "\"# no comment\"");
	assert_expression("r\"C:\\x %a% #\"", "\"C:\\\\x %a% #\"");
}

Test(parse, texts_with_names_in_them)
{
	assert_expression("\"%a%\"", "(template %a)");
	assert_expression("\"x%a%y%b%z\"", "(template \"x\" %a \"y\" %b \"z\")");
	assert_expression("\"%a%%b%\"", "(template %a %b)");
	assert_expression("\"%in%\"", "(template %in)");
	assert_expression("\"100%\"", "\"100%\"");
	assert_expression("\"%%\"", "\"%\"");
	assert_expression("\"%%a%%\"", "\"%a%\"");
	assert_expression("\"50% off 20% of\"", "\"50% off 20% of\"");
	assert_expression("\"%1a%\"", "\"%1a%\"");
	assert_expression("\"%a b%c%\"", "(template \"%a b\" %c)");
	assert_expression("\"\\n%%\\t%\"", "\"\\u000a%\\u0009%\"");
	assert_expression("\"\\%a%b%\"", "(template \"%a\" %b)");
}

Test(parse, texts_with_expressions_in_them)
{
	assert_expression("\"%{a + 1}\"", "(template %(+ a 1))");
	assert_expression("\"a%{\"b%{c}\"}d\"", "(template \"a\" %(template \"b\" %c) \"d\")");
	assert_expression("\"%{\"x\"}y\"", "(template %\"x\" \"y\")");
	assert_expression("\"%{\n f(\"}\")\n}\"", "(template %(call f \"}\"))");
	assert_expression("\"%{[1: 2][1]}%{b}\"", "(template %(index (map 1 2) 1) %b)");
	assert_expression("\"{%{a}}\"", "(template \"{\" %a \"}\")");
}

Test(parse, regular_expressions)
{
	assert_expression("re\"^a\\d+\\\"[x]#%b%\"", "re\"^a\\\\d+\\\\\\\"[x]#%b%\"");
	assert_expression("re\"a\nb\"imsxu", "re\"a\\u000ab\"imsxu");
	assert_expression("re\"\"", "re\"\"");
	assert_expression("re.find(a, re\"x\"i)", "(call find of re a re\"x\"i)");
	assert_expression("r", "r");
}

Test(parse, tight_writing)
{
	assert_tree("event e{if(a=~re\"x\"){}for(i in 0..3){}var c=a-1;var h=a%b%c;}#",
		    "(event e {(if (=~ a re\"x\") {}) (range i 0 3 {}) (var c (- a 1)) (var h (% "
		    "(% a b) c))})");
}

/* ---- spans ---- */

Test(parse, spans_cover_what_they_name)
{
	static const char source[] = "event e { x = (a + b) * c.d(1); }";
	struct diagnostics diagnostics;
	struct arena arena;
	const struct statement *statement;

	diagnostics_init(&diagnostics);
	arena_init(&arena, 1 << 20, LIFETIME_PROGRAM);
	diagnostics_add_source(&diagnostics, "t", TEXT(source));
	statement = parse(0, &arena, &diagnostics)->first->body->first;
	cr_assert_eq(statement->span.from, 10);
	cr_assert_eq(statement->span.to, 31);
	cr_assert_eq(statement->value->span.from, 14);
	cr_assert_eq(statement->value->span.to, 30);
	cr_assert(statement->value->left->parenthesised);
	cr_assert_eq(statement->value->right->name_span.from, 26);
	cr_assert_eq(statement->value->right->name_span.to, 27);
	cr_assert_eq(statement->value->depth, 3);
	arena_reset(&arena);
	diagnostics_free(&diagnostics);
}

Test(parse, texts_without_escapes_are_not_copied)
{
	static const char source[] = "const A = \"plain\";";
	struct diagnostics diagnostics;
	struct arena arena;
	struct tree *tree;

	diagnostics_init(&diagnostics);
	arena_init(&arena, 1 << 20, LIFETIME_PROGRAM);
	diagnostics_add_source(&diagnostics, "t", TEXT(source));
	tree = parse(0, &arena, &diagnostics);
	cr_assert_eq(tree->first->value->text.data, source + 11);
	cr_assert_eq(tree->first->value->text.lifetime, LIFETIME_PROGRAM);
	arena_reset(&arena);
	diagnostics_free(&diagnostics);
}

/* ---- memory ---- */

Test(parse, every_allocation_may_fail)
{
	static const char source[] =
		"use \"x\" as y; option a: text = \"%b%\\n%%c\"; table t: text -> int = "
		"\"file:a\";\n"
		"record R { a: list[int]; } session var s = [1, 2, 3, 4, 5, 6];\n"
		"function f(a: text, b: int = 1) -> int { for (i in 0..3) { g(a, x: b); } return "
		"1; }\n"
		"event e { if (a) { x.y = -1 + 2 * 3; } else if (b) { } else { } try { } catch (e) "
		"{ }\n"
		" x = \"a%{\"b%{c}\"}\\xff\"; y = a[1..2] ? [:] : [\"k\": re\"x\"i]; while (a) { "
		"break; } }\n";

	for (unsigned long nth = 1; nth < 60; nth++) {
		struct diagnostics diagnostics;
		struct arena arena;
		struct tree *tree;

		diagnostics_init(&diagnostics);
		arena_init(&arena, 1 << 20, LIFETIME_PROGRAM);
		diagnostics_add_source(&diagnostics, "t", TEXT(source));
		memory_fail_at(nth, true);
		tree = parse(0, &arena, &diagnostics);
		memory_fail_at(0, false);
		cr_assert(tree != NULL || diagnostics.errors > 0);
		arena_reset(&arena);
		diagnostics_free(&diagnostics);
	}
}

Test(parse, an_arena_that_is_full_is_an_error)
{
	static const char source[] =
		"event e { x = [1, 2, 3, 4, \"a%b%\\n\"]; f(a, b); if (c) { } else { } }";

	for (size_t cap = 1000; cap < 40000; cap += 500) {
		struct diagnostics diagnostics;
		struct arena arena;
		struct tree *tree;

		diagnostics_init(&diagnostics);
		arena_init(&arena, cap, LIFETIME_PROGRAM);
		diagnostics_add_source(&diagnostics, "t", TEXT(source));
		tree = parse(0, &arena, &diagnostics);
		cr_assert_eq(tree == NULL, diagnostics.errors > 0);
		if (!tree)
			cr_assert_str_eq(diagnostics.first->code, "E0105");
		arena_reset(&arena);
		diagnostics_free(&diagnostics);
	}
}
