/* Programs from source text: what they compute, raise, keep and give back. */
#include "bed.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define F(body) "function f() -> text { " body " }"

#define GIVES(body, expected) \
	do { \
		const char *given = text_of_source(F(body)); \
		cr_assert_str_eq(given, expected, "%s\ngives %s\nnot   %s", body, given, expected); \
	} while (0)

Test(run, arithmetic)
{
	GIVES("var a = 7; var b = -2; return \"%{a + b} %{a - b} %{a * b} %{a / b} %{a % b}\";",
	      "5 9 -14 -3 1");
	GIVES("var a = 7; return \"%{a + 3} %{a - 3} %{3 - a} %{a * 3} %{a / 3} %{a % 3} %{-a}\";",
	      "10 4 -4 21 2 1 -7");
	GIVES("var a = 7; return \"%{a / -2} %{-a % 3} %{a % -3} %{a / 1000000} %{1000000 * a}\";",
	      "-3 -1 1 0 7000000");
	GIVES("var a = 1.5; return \"%{a + 1} %{a * 2.0} %{a / 4} %{1 - a} %{-a}\";",
	      "2.5 3.0 0.375 -0.5 -1.5");
	GIVES("var d = 90s; return \"%{d + 30s} %{d * 2} %{d / 3} %{d / 30s} %{d > 1m}\";",
	      "2m 3m 30s 3 yes");
	GIVES("var n = 4294967296; return \"%{n % 10} %{n / 10} %{-n % 10}\";", "6 429496729 -6");
}

Test(run, arithmetic_that_does_not_fit_raises)
{
	GIVES("var a = 9223372036854775807; a += 1; return text(a);",
	      "overflow: the result does not fit in 64 bits");
	GIVES("var a = 9223372036854775807; var b = 1; return text(a + b);",
	      "overflow: the result does not fit in 64 bits");
	GIVES("var a = -9223372036854775807; return text(a - 2);",
	      "overflow: the result does not fit in 64 bits");
	GIVES("var a = -9223372036854775807; var b = 2; return text(a - b);",
	      "overflow: the result does not fit in 64 bits");
	GIVES("var a = 9223372036854775807; return text(a * 2);",
	      "overflow: the result does not fit in 64 bits");
	GIVES("var a = 9223372036854775807; var b = a; return text(a * b);",
	      "overflow: the result does not fit in 64 bits");
	GIVES("var a = -9223372036854775807; a -= 1; return text(-a);",
	      "overflow: the result does not fit in 64 bits");
	GIVES("var a = -9223372036854775807; a -= 1; var b = -1; return text(a / b);",
	      "overflow: the result does not fit in 64 bits");
	GIVES("var a = -9223372036854775807; a -= 1; var b = -1; return text(a % b);", "0");
	GIVES("var a = 1; var b = 0; return text(a / b);", "argument: division by zero");
	GIVES("var a = 1; var b = 0; return text(a % b);", "argument: division by zero");
	GIVES("var a = 1.0; var b = 0.0; return text(a / b);", "argument: division by zero");
}

Test(run, comparisons_as_values_and_jumps)
{
	GIVES("var a = 3; var b = 4; return \"%{a == b}%{a != b}%{a < b}%{a <= b}%{a > b}%{a >= b}\";",
	      "noyesyesyesnono");
	GIVES("var a = 3; return \"%{a == 3}%{a != 3}%{a < 3}%{a <= 3}%{a > 3}%{a >= 3}%{4 > a}%{3 < a}\";",
	      "yesnonoyesnoyesyesno");
	GIVES("var a = 1.5; var b = 2.5; return \"%{a == b}%{a != b}%{a < b}%{a <= b}%{a > b}%{a >= b}\";",
	      "noyesyesyesnono");
	GIVES("var a = \"ab\"; var b = \"b\"; return \"%{a == b}%{a != b}%{a < b}%{a <= b}%{a > b}%{a >= b}\";",
	      "noyesyesyesnono");
	GIVES("var a = \"ab\"; return \"%{a == \"ab\"}%{a != \"ab\"}%{\"ab\" == a}%{a == \"\"}\";",
	      "yesnoyesno");
	GIVES("var a = ip(\"10.0.0.1\"); var b = ip(\"10.0.0.2\"); "
	      "return \"%{a == b}%{a != b}%{a < b}%{a <= b}%{a > b}%{a >= b}\";",
	      "noyesyesyesnono");
	GIVES("var a = [1, 2]; var b = [1, 2]; var c = [2]; return \"%{a == b}%{a == c}%{a != c}\";",
	      "yesnoyes");
	GIVES("var a = true; var b = false; return \"%{a == b}%{a != b}%{not a}\";", "noyesno");
	GIVES("var x = 1; var big = 100000; var t = \"\"; if (x < big) { t += \"a\"; } "
	      "if (big > x) { t += \"b\"; } if (x >= big) { t += \"c\"; } return t;",
	      "ab");
}

Test(run, comparisons_with_nan_are_false)
{
	GIVES("var inf = 1.0; var i = 0; while (i < 2000) { inf = inf * 10.0; i += 1; } "
	      "var nan = inf - inf; "
	      "return \"%{nan < 1.0}%{nan <= 1.0}%{nan > 1.0}%{nan >= 1.0}%{nan == nan}%{nan != nan}"
	      "%{not (nan < 1.0)}%{not (nan >= 1.0)}\";",
	      "nononononoyesyesyes");
}

Test(run, conditions_stop_early)
{
	static const char source[] =
		"session var heard: text; "
		"function a(r: bool) -> bool { heard += \"a\"; return r; } "
		"function b(r: bool) -> bool { heard += \"b\"; return r; } "
		"function f() -> text { "
		"if (a(true) and b(true)) { heard += \"1\"; } "
		"if (a(false) and b(true)) { heard += \"2\"; } "
		"if (a(true) or b(true)) { heard += \"3\"; } "
		"if (a(false) or b(false)) { heard += \"4\"; } else { heard += \"5\"; } "
		"if (not (a(true) and b(false)) and b(true)) { heard += \"6\"; } "
		"var v = a(true) and (b(false) or a(true)); "
		"return \"%heard% %v%\"; }";

	cr_assert_str_eq(text_of_source(source), "ab1aa3ab5abb6aba yes");
}

Test(run, choice)
{
	GIVES("var n = 3; var x = n > 2 ? \"more\" : \"less\"; return x;", "more");
	GIVES("var n = 3; var x = 1; x = n > 5 ? 1 : x + 10; return text(x);", "11");
	GIVES("var a = [1]; var b = [2]; var c = true; var d = c ? a : b; d.push(5); "
	      "return \"%{length(a)} %{length(d)}\";",
	      "1 2");
}

Test(run, loops)
{
	GIVES("var s = \"\"; for (i in 0..5) { s += text(i); } return s;", "01234");
	GIVES("var s = \"\"; for (i in 3..3) { s += text(i); } for (i in 3..1) { s += \"x\"; } return s;", "");
	GIVES("var s = 0; var i = 0; while (i < 10) { i += 1; if (i % 2 == 0) { continue; } "
	      "if (i > 7) { break; } s += i; } return text(s);",
	      "16");
	GIVES("var s = \"\"; for (x in [\"a\", \"b\", \"c\"]) { if (x == \"b\") { continue; } s += x; } return s;",
	      "ac");
	GIVES("var s = \"\"; for (k, v in [\"a\": 1, \"b\": 2]) { s += \"%k%%v% \"; } return s;", "a1 b2 ");
	GIVES("var s = \"\"; for (k in [\"a\": 1, \"b\": 2]) { s += k; } return s;", "ab");
	GIVES("var s = \"\"; for (i in 0..3) { for (j in 0..3) { if (j == i) { break; } s += \"%i%%j% \"; } } return s;",
	      "10 20 21 ");
	GIVES("var n = 0; for (i in 9223372036854775805..9223372036854775807) { n += 1; } return text(n);",
	      "2");
}

Test(run, a_loop_walks_over_a_snapshot)
{
	GIVES("var l = [1, 2, 3]; var n = 0; for (x in l) { l.push(x); n += 1; } return \"%n% %{length(l)}\";",
	      "3 6");
	GIVES("var m = [\"a\": 1]; var n = 0; for (k, v in m) { m[\"b%{n}\"] = v; m.remove(k); n += 1; } "
	      "return \"%n% %{length(m)}\";",
	      "1 1");
	GIVES("var m = [[1], [2]]; for (row in m) { row.push(9); } return \"%{length(m[0])}\";", "1");
}

Test(run, values_are_copied_when_changed)
{
	GIVES("var a = [1]; var b = a; b.push(2); a[0] = 7; return \"%{a[0]} %{length(a)} %{b[0]} %{length(b)}\";",
	      "7 1 1 2");
	GIVES("var a = [[1], [2]]; var b = a; b[0][0] = 9; b[1].push(3); "
	      "return \"%{a[0][0]} %{length(a[1])} %{b[0][0]} %{length(b[1])}\";",
	      "1 1 9 2");
	GIVES("var a = [\"x\": [1]]; var b = a; b[\"x\"].push(2); return \"%{length(a[\"x\"])} %{length(b[\"x\"])}\";",
	      "1 2");
	GIVES("var row = [1]; var m = [row, row]; m[0].push(2); row.push(3); row.push(4); "
	      "return \"%{length(m[0])} %{length(m[1])} %{length(row)}\";",
	      "2 1 3");
	GIVES("var m = [[1], [2]]; m[0] = m[1]; m[0].push(5); return \"%{length(m[0])} %{length(m[1])}\";",
	      "2 1");
	GIVES("var a = [1, 2, 3]; a.extend(a); return text(length(a));", "6");
}

Test(run, arguments_and_results_are_values)
{
	static const char source[] =
		"function grow(l: list[int]) -> list[int] { l.push(9); return l; } "
		"session var kept: list[int]; "
		"function peek() -> list[int] { return kept; } "
		"function f() -> text { var a = [1]; var b = grow(a); b.push(1); kept = b; "
		"var c = peek(); c.push(7); c.push(8); kept.push(5); b[0] = 99; "
		"return \"%{length(a)} %{length(b)} %{length(kept)} %{length(c)} %{kept[0]}\"; }";

	cr_assert_str_eq(text_of_source(source), "1 3 4 5 1");
}

/* Literals of constants are shared from the start. What is made at run time is not, so that each way
 * of getting a second holder has to mark it. `one()` gives such a list, `rows()` a list of two. */
#define FRESH \
	"record P { items: list[int]; } session var s: list[int]; session var m: map[int, list[int]]; message var held: list[list[int]]; " \
	"function one() -> list[int] { var l: list[int] = []; l.push(1); return l; } " \
	"function rows() -> list[list[int]] { var l: list[list[int]] = []; l.push(one()); l.push(one()); l[0][0] = 1; l[1][0] = 1; return l; } " \
	"function grown(l: list[int]) -> list[int] { l.push(5); return l; } " \
	"function same(l: list[int]) -> list[int] { return l; } " \
	"function first(p: P) -> list[int] { return p.items; } " \
	"function session() -> list[int] { return s; } "

#define FRESH_GIVES(body, expected) \
	do { \
		const char *given = text_of_source(FRESH F(body)); \
		cr_assert_str_eq(given, expected, "%s\ngives %s\nnot   %s", body, given, expected); \
	} while (0)

Test(run, fresh_objects_are_copied_too)
{
	FRESH_GIVES("var a = one(); var b = a; b.push(2); return \"%{length(a)} %{length(b)}\";", "1 2");
	FRESH_GIVES("var a = one(); var b = one(); b = a; a.push(2); return \"%{length(a)} %{length(b)}\";", "2 1");
	FRESH_GIVES("var a = one(); var b = grown(a); return \"%{length(a)} %{length(b)}\";", "1 2");
	FRESH_GIVES("var a = one(); var b = same(a); b.push(2); return \"%{length(a)} %{length(b)}\";", "1 2");
	FRESH_GIVES("var a = rows(); var b = a[0]; b.push(2); return \"%{length(a[0])} %{length(b)}\";", "1 2");
	FRESH_GIVES("var a = rows(); var b = a[0]; a[0].push(2); return \"%{length(a[0])} %{length(b)}\";", "2 1");
	FRESH_GIVES("var a = rows(); var b = grown(a[0]); return \"%{length(a[0])} %{length(b)}\";", "1 2");
	FRESH_GIVES("var a = rows(); for (row in a) { row.push(2); } return \"%{length(a[0])} %{length(a[1])}\";", "1 1");
	FRESH_GIVES("var a = rows(); var n = 0; for (row in a) { a.push(row); a[1].push(7); n += length(row); } return \"%{length(a)} %n%\";", "4 2");
	FRESH_GIVES("var a = one(); var n = 0; for (x in a) { a.push(x); a[0] = 9; n += x; } return \"%{length(a)} %n%\";", "2 1");
	FRESH_GIVES("var a: map[int, list[int]] = [:]; a[1] = one(); for (k, v in a) { v.push(2); a[2] = v; } return \"%{length(a[1])} %{length(a[2])}\";", "1 2");
	FRESH_GIVES("var a = one(); var p = P(items: a); p.items.push(2); a.push(3); a.push(4); return \"%{length(a)} %{length(p.items)}\";", "3 2");
	FRESH_GIVES("var p = P(items: one()); p.items.push(2); var q = p; q.items.push(3); var f = first(p); f.push(1); f.push(1); return \"%{length(p.items)} %{length(q.items)} %{length(f)}\";", "2 3 4");
	FRESH_GIVES("var a = one(); var b = [a, a]; b[0].push(2); a.push(3); a.push(4); return \"%{length(a)} %{length(b[0])} %{length(b[1])}\";", "3 2 1");
	FRESH_GIVES("var a = one(); var c = length(a) > 0; var b = c ? a : one(); b.push(2); return \"%{length(a)} %{length(b)}\";", "1 2");
	FRESH_GIVES("var a = rows(); a[0] = a[1]; a[0].push(2); return \"%{length(a[0])} %{length(a[1])}\";", "2 1");
	FRESH_GIVES("var a = one(); var b: list[list[int]] = []; b.push(a); b[0].push(2); a.push(3); a.push(4); return \"%{length(a)} %{length(b[0])}\";", "3 2");
	FRESH_GIVES("var a = one(); a.extend(a); a.extend(a); return text(length(a));", "4");
	FRESH_GIVES("var a = rows(); var b = a[0]; var c = a.pop(); c.push(2); b.push(3); b.push(4); return \"%{length(a)} %{length(a[0])} %{length(b)} %{length(c)}\";", "1 1 3 2");
	FRESH_GIVES("var a: map[int, list[int]] = [:]; a[1] = one(); a[1].push(2); var b = a.get(1, []); b.push(3); return \"%{length(a[1])} %{length(b)}\";", "2 3");
}

Test(run, fresh_objects_in_variables_that_last)
{
	FRESH_GIVES("s = one(); s.push(2); var a = s; s.push(3); a[0] = 7; return \"%{length(s)} %{s[0]} %{length(a)} %{a[0]}\";", "3 1 2 7");
	FRESH_GIVES("s = one(); var a = session(); s.push(3); return \"%{length(s)} %{length(a)}\";", "2 1");
	FRESH_GIVES("s = one(); var a = grown(s); return \"%{length(s)} %{length(a)}\";", "1 2");
	FRESH_GIVES("s = one(); var n = 0; for (x in s) { s.push(x); n += 1; } return \"%{length(s)} %n%\";", "2 1");
	FRESH_GIVES("var a = one(); s = a; a.push(2); s.push(3); s.push(4); return \"%{length(s)} %{length(a)}\";", "3 2");
	FRESH_GIVES("s = one(); m[1] = s; s.push(2); m[1].push(3); m[1].push(4); return \"%{length(s)} %{length(m[1])}\";", "2 3");
	FRESH_GIVES("m[1] = one(); var a = m[1]; m[1].push(2); a.push(3); a.push(4); return \"%{length(m[1])} %{length(a)}\";", "2 3");
	FRESH_GIVES("s = one(); held.push(s); held.push(s); held[0].push(2); s.push(3); s.push(4); return \"%{length(s)} %{length(held[0])} %{length(held[1])}\";", "3 2 1");
	FRESH_GIVES("s = one(); s.push(2); s.extend(s); return text(length(s));", "4");
}

Test(run, records)
{
	static const char source[] =
		"record Point { x: int; name: text; tags: list[text]; } "
		"function f() -> text { var p = Point(x: 1, name: \"a\", tags: [\"t\"]); var q = p; "
		"q.x = 5; q.tags.push(\"u\"); q.name += \"b\"; var l = [p, q]; l[0].x += 10; "
		"return \"%{p.x}%{p.name}%{length(p.tags)} %{q.x}%{q.name}%{length(q.tags)} %{l[0].x} %{p == q} %{p == p}\"; }";

	cr_assert_str_eq(text_of_source(source), "1a1 5ab2 11 no yes");
}

Test(run, records_share_what_they_are_made_of)
{
	static const char source[] =
		"record P { n: int; items: list[int]; } function f() -> text { var l = [1]; l.push(2); var p = P(n: length(l), items: l); l.push(3); p.items[0] = 9; "
		"return \"%{length(l)} %{l[0]} %{length(p.items)} %{p.items[0]}\"; }";

	cr_assert_str_eq(text_of_source(source), "3 1 2 9");
}

Test(run, compound_assignment_of_parts)
{
	GIVES("var m = [\"a\": 1]; m[\"a\"] += 4; m[\"a\"] *= 3; return text(m[\"a\"]);", "15");
	GIVES("var l = [[1.5]]; l[0][0] += 1; return text(l[0][0]);", "2.5");
	GIVES("var l = [\"a\"]; l[0] += \"b\"; l[0] += \"c\"; return l[0];", "abc");
	GIVES("var l = [10]; l[0] -= 3; l[0] /= 2; l[0] %= 2; return text(l[0]);", "1");
}

Test(run, texts)
{
	GIVES("var a = \"hello\"; return \"%{a[1]} %{a[1..3]} %{a[..2]} %{a[3..]} %{a[2..99]} %{a[4..2]}|\";",
	      "101 el he lo llo |");
	GIVES("var a = \"ab\"; var b = a + \"c\"; var c = a + \"d\"; return a + b + c;", "ababcabd");
	GIVES("var s = \"x\"; for (i in 0..5) { s = s + s; } return text(length(s));", "32");
	GIVES("var s = \"\"; var t = \"\"; for (i in 0..1000) { s += \"ab\"; t += text(i % 10); } "
	      "return \"%{length(s)} %{length(t)} %{t[..12]}\";",
	      "2000 1000 012345678901");
	GIVES("var a = \"\"; var b = \"\"; return \"[%{a + b}]\";", "[]");
	GIVES("var s = \"a\" + text(1) + \"b\" + text(2.5) + \"c\"; return s;", "a1b2.5c");
}

Test(run, texts_that_share_a_beginning_stay_apart)
{
	GIVES("var s = \"\"; for (i in 0..300) { s += \"x\"; } var a = s; a += \"1\"; var b = s; b += \"2\"; "
	      "s += \"3\"; return a[299..] + b[299..] + s[299..] + text(length(s));",
	      "x1x2x3301");
}

/* Between two texts that grow lie others: what grows must stop before them. */
Test(run, texts_that_grow_do_not_run_into_others)
{
	GIVES("var s = \"\"; var t = \"ab\"; var kept: list[text] = []; for (i in 0..3000) { s += \"x\"; kept.push(text(i)); if (i % 7 == 0) { t += \"yz\"; } } "
	      "var n = 0; for (i in 0..3000) { if (kept[i] != \"%i%\") { n += 1; } } "
	      "return \"%n% %{length(s)} %{contains(s, \"1\")} %{length(t)} %{t =~ re\"^ab(yz)*$\"}\";",
	      "0 3000 no 860 yes");
}

/* The room behind a text is nobody's once the text is gone with its function. */
Test(run, texts_do_not_grow_where_one_that_is_gone_could)
{
	static const char source[] =
		"const ten = \"xxxxxxxxxx\"; "
		"function gone(n: int) -> int { var s = ten + ten + ten + ten + ten + ten + ten + ten + ten + ten + ten + ten + ten + text(n); "
		"var t = \"%n%\"; s = s + \"y\"; return length(s) + length(t); } "
		"function f() -> text { var n = gone(5); var s = \"%n%\"; for (i in 0..300) { s = s + \"c\"; } "
		"var other = \"%{n * 1000000}\"; var wrong = 0; for (i in 3..length(s)) { if (s[i] != 99) { wrong += 1; } } "
		"return \"%n% %{length(s)} %wrong% %other%\"; }";

	cr_assert_str_eq(text_of_source(source), "133 303 0 133000000");
}

Test(run, wrong_indices_raise)
{
	GIVES("var l = [1]; return text(l[1]);", "index: element 1 of a list of 1");
	GIVES("var l = [1]; return text(l[-1]);", "index: element -1 of a list of 1");
	GIVES("var l = [1]; l[3] = 1; return \"\";", "index: element 3 of a list of 1");
	GIVES("var l = [[1]]; l[3].push(1); return \"\";", "index: element 3 of a list of 1");
	GIVES("var t = \"ab\"; return text(t[2]);", "index: byte 2 of a text of 2");
	GIVES("var t = \"ab\"; return text(t[-1]);", "index: byte -1 of a text of 2");
	GIVES("var t = \"ab\"; return t[-1..];", "index: a slice cannot begin or end at -1");
	GIVES("var t = \"ab\"; return t[0..-2];", "index: a slice cannot begin or end at -2");
	GIVES("var m = [\"a\": 1]; return text(m[\"b\\n\"]);", "key: no entry for \"b\\x0A\"");
	GIVES("var m = [\"a\": [1]]; m[\"b\"].push(1); return \"\";", "key: no entry for \"b\"");
	GIVES("var m = [1: 1]; return text(m[2]);", "key: no entry for \"2\"");
}

Test(run, membership)
{
	GIVES("var l = [1, 2]; var n = 2; return \"%{n in l}%{5 in l}%{n not in l}\";", "yesnono");
	GIVES("var t = \"b\"; return \"%{t in [\"a\", \"b\"]}%{t not in [\"a\"]}\";", "yesyes");
	GIVES("var m = [\"a\": 1]; return \"%{\"a\" in m}%{\"b\" in m}\";", "yesno");
	GIVES("var i = ip(\"10.1.2.3\"); return \"%{i in \"10.0.0.0/8\"}%{i in \"11.0.0.0/8\"}"
	      "%{i in [\"11.0.0.0/8\", \"10.1.0.0/16\"]}%{i in [\"11.0.0.0/8\"]}\";",
	      "yesnoyesno");
}

Test(run, membership_is_found_whenever_the_clock_is_read)
{
	GIVES("var l = [[1], [2], [3], [4], [5], [6], [7]]; var n = 0; var seven = 7; for (i in 0..30000) { if ([seven] in l) { n += 1; } } return text(n);",
	      "30000");
	GIVES("var l = [1, 2, 3, 4, 5, 6, 7]; var n = 0; var seven = 7; for (i in 0..100000) { if (seven in l) { n += 1; } } return text(n);",
	      "100000");
}

Test(run, groups)
{
	GIVES("var t = \"alice@example.net\"; if (t =~ re\"^(\\w+)@(\\w+)\") { return \"%{$0}|%{$1}|%{$2}|%{$3}|\"; } return \"no\";",
	      "alice@example|alice|example||");
	GIVES("var t = \"b\"; if (t =~ re\"(a)|(b)\") { } if (t =~ re\"(x)\") { return \"no\"; } return \"[%{$1}][%{$2}]\";",
	      "[][b]");
	GIVES("return \"[%{$1}]\";", "[]");
	GIVES("var t = \"ABC\"; return \"%{t =~ re\"b\"}%{t =~ re\"b\"i}%{t !~ re\"b\"}\";", "noyesyes");
	GIVES("var t = \"\\xff\"; return \"%{t =~ re\".\"u}\";",
	      "argument: a regular expression with flag u met text that is not UTF-8");
}

Test(run, long_literals)
{
	char source[40000];
	size_t used = 0;

	used += (size_t)snprintf(source + used, sizeof(source) - used, "function f() -> text { var n = 1; var l = [n");
	for (int i = 0; i < 999; i++)
		used += (size_t)snprintf(source + used, sizeof(source) - used, ", n + %d", i);
	used += (size_t)snprintf(source + used, sizeof(source) - used, "]; var m = [0: n");
	for (int i = 1; i < 500; i++)
		used += (size_t)snprintf(source + used, sizeof(source) - used, ", %d: n + %d", i, i);
	snprintf(source + used, sizeof(source) - used,
		 "]; return \"%%{length(l)} %%{l[999]} %%{l[64]} %%{length(m)} %%{m[499]} %%{m[64]}\"; }");
	cr_assert_str_eq(text_of_source(source), "1000 999 64 500 500 65");
}

/* ---- errors ---- */

Test(errors, are_caught_with_their_fields)
{
	GIVES("try { throw \"mine\"; } catch (e) { return \"%{e.kind}|%{e.message}|%{e.code}|%{e.temporary}\"; }",
	      "throw|mine|0|no");
	GIVES("try { var l = [1]; l[5] = 2; } catch (e) { return e.kind; } return \"not\";", "index");
	GIVES("try { throw \"a\"; } catch { return \"caught\"; }", "caught");
	GIVES("var t = \"\"; try { t += \"1\"; try { throw \"in\"; } catch (e) { t += e.message; throw \"out\"; } } "
	      "catch (e) { t += e.message; } return t;",
	      "1inout");
	GIVES("try { try { throw \"a\"; } catch (e) { throw e; } } catch (e) { return \"again \" + e.message; }",
	      "again a");
	GIVES("throw Error(kind: \"io\", message: \"m\", code: 5, temporary: true);", "io: m");
}

Test(errors, what_follows_an_empty_handler_is_run)
{
	GIVES("var l = [1]; var n = 0; try { l[n + 5] = 1; } catch { } n += 1; return text(n);", "1");
	GIVES("var l = [1]; var n = 0; try { l[n] = 1; } catch { } n += 1; return text(n);", "1");
	GIVES("var n = 0; try { throw \"a\"; } catch { } n += 1; return text(n);", "1");
	GIVES("var n = 0; try { } catch { n = 5; } n += 1; return text(n);", "1");
	GIVES("var l = [1]; var n = 0; if (n == 0) { try { l[n + 5] = 1; } catch { } } n += 1; return text(n);", "1");
	GIVES("var l = [1]; var n = 0; while (n < 3) { n += 1; try { l[n + 5] = 1; } catch { } } return text(n);", "3");
}

Test(errors, unwind_calls)
{
	static const char source[] =
		"function deep(n: int) -> int { if (n == 0) { throw \"bottom\"; } return deep(n - 1) + 1; } "
		"function f() -> text { var x = 5; try { x = deep(20); } catch (e) { return \"%{e.message} %x%\"; } return \"no\"; }";

	cr_assert_str_eq(text_of_source(source), "bottom 5");
}

Test(errors, variables_keep_what_they_had)
{
	GIVES("var a = 1; var t = \"x\"; for (i in 0..5) { try { a += 1; t += text(i); if (i == 3) { throw \"e\"; } a += 10; } "
	      "catch { t += \"!\"; } } return \"%a% %t%\";",
	      "46 x0123!4");
}

Test(errors, break_and_continue_leave_a_try)
{
	GIVES("var t = \"\"; for (i in 0..5) { try { if (i == 1) { continue; } if (i == 3) { break; } t += text(i); } catch { } } "
	      "try { throw \"a\"; } catch { t += \"c\"; } return t;",
	      "02c");
}

Test(errors, an_uncaught_one_has_its_stack)
{
	struct bed bed;

	bed_open(&bed, "function g(n: int) -> int {\n\tvar l = [1];\n\treturn l[n];\n}\n"
		       "function f() -> text { return text(g(4)); }");
	cr_assert_eq(bed_run(&bed, "f", NULL), VM_FAILED);
	bed_end(&bed);
	cr_assert(text_equals_string(vm_failure(bed.vm)->trace, "g (a.afsl:3:9) < f (a.afsl:5:36)"),
		  "%.*s", TEXT_PRINTF(vm_failure(bed.vm)->trace));
	cr_assert_not(vm_failure(bed.vm)->limit);
	bed_close(&bed);
}

Test(errors, the_stack_of_a_deep_call_is_cut)
{
	struct bed bed;

	bed_open(&bed, "function g(n: int) -> int { if (n == 0) { throw \"x\"; } return g(n - 1) + 1; }\n"
		       "function f() -> text { return text(g(100)); }");
	cr_assert_eq(bed_run(&bed, "f", NULL), VM_FAILED);
	cr_assert(text_ends_with(vm_failure(bed.vm)->trace, TEXT(" < ...")));
	cr_assert_leq(vm_failure(bed.vm)->trace.length, 1024);
	bed_close(&bed);
}

Test(errors, a_long_message_is_whole_when_caught_and_cut_when_not)
{
	GIVES("var s = \"0123456789\"; for (i in 0..9) { s += s; } try { throw s; } catch (e) { return text(length(e.message)); }",
	      "5120");
	cr_assert_eq(strlen(text_of_source(F("var s = \"0123456789\"; for (i in 0..9) { s += s; } throw s;"))),
		     strlen("throw: ") + 1024);
}

/* ---- limits ---- */

static enum limit_id limit_of(const char *source, enum limit_id lower, int64_t to)
{
	struct bed bed;
	enum limit_id which;

	bed_open(&bed, source);
	if (lower != LIMIT_COUNT)
		bed.limits[lower] = to;
	cr_assert_eq(bed_run(&bed, "f", NULL), VM_FAILED);
	cr_assert(vm_failure(bed.vm)->limit);
	cr_assert(text_equals_string(vm_failure(bed.vm)->kind, "limit"));
	which = vm_failure(bed.vm)->which;
	bed_end(&bed);
	/* and the session goes on */
	if (program_function(bed.program, "good") >= 0)
		cr_assert_str_eq(bed_text(&bed, "good"), "good");
	bed_close(&bed);
	return which;
}

#define GOOD " function good() -> text { return \"good\"; }"

Test(limits, an_endless_loop_ends)
{
	cr_assert_eq(limit_of(F("while (true) { } return \"\";") GOOD, LIMIT_COUNT, 0), LIMIT_instructions);
	cr_assert_eq(limit_of(F("var i = 0; while (i >= 0) { i = i == 0 ? 1 : 0; } return \"\";"), LIMIT_COUNT, 0),
		     LIMIT_instructions);
	cr_assert_eq(limit_of(F("for (i in 0..9223372036854775807) { } return \"\";"), LIMIT_COUNT, 0),
		     LIMIT_instructions);
	cr_assert_eq(limit_of(F("var s = 0; for (i in 0..9223372036854775807) { if (i % 2 == 0) { continue; } s += 1; } return \"\";"),
			      LIMIT_COUNT, 0),
		     LIMIT_instructions);
}

Test(limits, cannot_be_caught)
{
	cr_assert_eq(limit_of(F("while (true) { try { while (true) { } } catch { } } return \"\";"), LIMIT_COUNT, 0),
		     LIMIT_instructions);
	cr_assert_eq(limit_of("function g(n: int) -> int { return g(n + 1) + 1; } "
			      "function f() -> text { try { return text(g(0)); } catch { return \"caught\"; } }",
			      LIMIT_COUNT, 0),
		     LIMIT_callDepth);
}

Test(limits, time_ends_a_loop)
{
	struct bed bed;
	int64_t begun;

	bed_open(&bed, F("while (true) { } return \"\";"));
	bed.limits[LIMIT_instructions] = INT64_MAX / 4;
	begun = clock_monotonic();
	cr_assert(vm_begin_function(bed.vm, 0, NULL, begun + 50000));
	cr_assert_eq(vm_run(bed.vm), VM_FAILED);
	cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_eventTime);
	cr_assert_lt(clock_monotonic() - begun, 1050000);
	bed_end(&bed);
	bed_close(&bed);
}

/* The events of the content share one time; those before and behind it have one each. */
Test(limits, time_is_named_by_the_event)
{
	static const struct {
		enum event_id event;
		enum limit_id limit;
	} rows[] = {
		{ EVENT_onConnect, LIMIT_eventTime },	   { EVENT_onData, LIMIT_eventTime },
		{ EVENT_onHeader, LIMIT_contentTime },	   { EVENT_onBodyChunk, LIMIT_contentTime },
		{ EVENT_onDataReceived, LIMIT_contentTime }, { EVENT_onAbort, LIMIT_eventTime },
		{ EVENT_onDisconnect, LIMIT_eventTime },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char source[100];
		struct bed bed;

		snprintf(source, sizeof(source), "event %s { while (true) { } }", event_rows[rows[i].event].name);
		bed_open(&bed, source);
		cr_assert(vm_begin_event(bed.vm, rows[i].event, clock_monotonic()));
		cr_assert_eq(vm_run(bed.vm), VM_FAILED);
		cr_expect_eq(vm_failure(bed.vm)->which, rows[i].limit, "%s", source);
		bed_end(&bed);
		bed_close(&bed);
	}
}

Test(limits, endless_recursion_ends)
{
	cr_assert_eq(limit_of("function g(n: int) -> int { return g(n + 1) + 1; } function f() -> text { return text(g(0)); }" GOOD,
			      LIMIT_COUNT, 0),
		     LIMIT_callDepth);
	cr_assert_eq(limit_of("method g { g(); } function f() -> text { call(g); return \"\"; }", LIMIT_callDepth, 3),
		     LIMIT_callDepth);
}

Test(limits, depth_counts_calls)
{
	static const char source[] = "function g(n: int) -> int { if (n == 0) { return 0; } return g(n - 1) + 1; } "
				     "function f() -> text { return text(g(9)); }";
	struct bed bed;

	bed_open(&bed, source);
	bed.limits[LIMIT_callDepth] = 10;
	cr_assert_str_eq(bed_text(&bed, "f"), "9");
	bed_close(&bed);
	bed_open(&bed, source); /* a VM keeps its limits */
	bed.limits[LIMIT_callDepth] = 9;
	cr_assert_eq(bed_run(&bed, "f", NULL), VM_FAILED);
	cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_callDepth);
	bed_end(&bed);
	bed_close(&bed);
}

Test(limits, the_stack_is_part_of_the_memory)
{
	char source[30000];
	size_t used = (size_t)snprintf(source, sizeof(source), "function g(n: int) -> int { ");
	struct bed bed;

	for (int i = 0; i < 500; i++)
		used += (size_t)snprintf(source + used, sizeof(source) - used, "var v%d = n; ", i);
	snprintf(source + used, sizeof(source) - used, "return g(n + 1) + v0; } function f() -> text { return text(g(0)); }");
	bed_open(&bed, source);
	bed.limits[LIMIT_callDepth] = 100000;
	bed.limits[LIMIT_eventMemory] = 1 << 20;
	cr_assert_eq(bed_run(&bed, "f", NULL), VM_FAILED);
	cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_eventMemory);
	bed_end(&bed);
	bed_close(&bed);
}

Test(limits, endless_allocation_ends)
{
	cr_assert_eq(limit_of(F("var l: list[text] = []; while (true) { l.push(\"a\" + text(length(l))); } return \"\";") GOOD,
			      LIMIT_instructions, INT64_MAX / 4),
		     LIMIT_eventMemory);
	cr_assert_eq(limit_of(F("var s = \"x\"; while (true) { s += s; } return \"\";"), LIMIT_COUNT, 0),
		     LIMIT_textLength);
	cr_assert_eq(limit_of(F("var l = [1]; while (true) { l = [l[0], l[0]]; } return \"\";"),
			      LIMIT_instructions, INT64_MAX / 4),
		     LIMIT_eventMemory);
}

/* Each turn takes less than the limit, all of them much more. */
static const char *with_little_memory(const char *loop)
{
	static char shown[200];
	char source[2000];
	struct bed bed;

	snprintf(source, sizeof(source),
		 "function pad(l: list[text], n: int) -> text { var s = l[0] + repeat(\"x\", n); return s + \"!\"; }\n"
		 "function f() -> text { var l = [\"abc\"]; var t = \"a\" + text(1); var n = 0; %s return \"%%n%% %%t%% %%{l[0]}\"; }", loop);
	bed_open(&bed, source);
	bed.limits[LIMIT_eventMemory] = 200000;
	bed.event.cap = 200000;
	snprintf(shown, sizeof(shown), "%s", bed_text(&bed, "f"));
	bed_close(&bed);
	return shown;
}

Test(memory, turns_of_loops_give_back_what_they_make)
{
	cr_assert_str_eq(with_little_memory("for (i in 0..1000) { var s = t; for (k in 0..100) { s = s + \"0123456789\"; } n += length(s); }"),
			 "1002000 a1 abc");
	cr_assert_str_eq(with_little_memory("for (i in 0..1000) { var m = [t: [i]]; m[t].push(i); m[\"x%i%\"] = [1]; n += length(m[t]); }"),
			 "2000 a1 abc");
	cr_assert_str_eq(with_little_memory("for (i in 0..1000) { var s = l[0] + repeat(\"-\", 5000); if (length(s) % 2 == i % 2) { continue; } "
					    "if (i == 900) { break; } n += 1; }"),
			 "450 a1 abc");
	cr_assert_str_eq(with_little_memory("for (i in 0..1000) { try { var s = t + repeat(\"-\", 3000); n += 1; if (i % 2 == 0) { throw s; } } "
					    "catch (e) { n += length(e.message) - 3001; } }"),
			 "1500 a1 abc");
	cr_assert_str_eq(with_little_memory("while (n < 500) { n += 1; for (s in [t, t + repeat(\"y\", 3000)]) { var u = s + s; } }"),
			 "500 a1 abc");
	/* a function that looks at a list, whose text moves out of a block of its own */
	cr_assert_str_eq(with_little_memory("for (i in 0..100) { var s = pad([l[0]], i * 300); n += length(s); } for (i in 0..3) { t = pad([t], 3); }"),
			 "1485400 a1xxx!xxx!xxx! abc");
}

/* Not what is held outside. */
Test(memory, what_a_loop_keeps_stays)
{
	cr_assert_str_eq(with_little_memory("for (i in 0..50) { var s = t + \"+\"; t = s; n += 1; }"),
			 "50 a1++++++++++++++++++++++++++++++++++++++++++++++++++ abc");
	cr_assert_str_eq(with_little_memory("for (i in 0..50) { var s = \"<%i%>\"; l.push(s); } for (s in l) { n += length(s); } l[0] = l[50];"),
			 "193 a1 <49>");
	cr_assert_str_eq(with_little_memory("for (i in 0..3) { var m = l; var s = \"<%i%>\"; m.push(s); l = m; } n = length(l[2] + l[3]);"),
			 "6 a1 abc");
	cr_assert_str_eq(with_little_memory("for (i in 0..3) { if (\"k%i%=\" =~ re\"k(.)\") { n += 1; t = $1; } } t = t + $1;"),
			 "3 22 abc");
}

Test(limits, lists_have_a_length)
{
	cr_assert_eq(limit_of(F("var l: list[int] = []; while (true) { l.push(1); } return \"\";"), LIMIT_listLength, 1000),
		     LIMIT_listLength);
	cr_assert_eq(limit_of(F("var m: map[int, int] = [:]; var i = 0; while (true) { m[i] = 1; i += 1; } return \"\";"),
			      LIMIT_listLength, 1000),
		     LIMIT_listLength);
}

Test(limits, session_and_message_memory)
{
	cr_assert_eq(limit_of("session var s: list[text]; function f() -> text { while (true) { s.push(\"abc\" + text(length(s))); } return \"\"; }" GOOD,
			      LIMIT_COUNT, 0),
		     LIMIT_sessionMemory);
	cr_assert_eq(limit_of("session var s: text; function f() -> text { while (true) { s += \"abcdefghijklmnop\"; } return \"\"; }" GOOD,
			      LIMIT_COUNT, 0),
		     LIMIT_sessionMemory);
	cr_assert_eq(limit_of("message var s: list[text]; function f() -> text { while (true) { s.push(\"abcdefghijklmnopqrstuvwxyz\" + text(length(s))); } return \"\"; }" GOOD,
			      LIMIT_instructions, INT64_MAX / 4),
		     LIMIT_messageMemory);
}

Test(limits, a_regex_that_backtracks_is_a_limit_not_a_no)
{
	enum limit_id which = limit_of(
		F("var s = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"; "
		  "try { if (s =~ re\"^(a+)+$\") { return \"yes\"; } } catch { return \"caught\"; } return \"no\";"),
		LIMIT_COUNT, 0);

	cr_assert(which == LIMIT_regexMatch || which == LIMIT_regexTime || which == LIMIT_regexDepth);
}

Test(limits, comparing_long_texts_is_charged)
{
	static const char *const conditions[] = { "s == t", "s != t", "s < t", "s <= t", "t in m", "s + \"\" == t" };

	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		char source[512];
		struct bed bed;

		snprintf(source, sizeof(source),
			 "function f() -> text { var s = \"0123456789abcdef\"; for (i in 0..16) { s += s; } var t = s[1..]; s = s[..length(t)]; t = t[..length(t) - 1] + \"x\"; "
			 "t = s[..1] + s[1..]; var m = [t: 1]; var n = 0; while (true) { if (%s) { n += 1; } } return \"\"; }",
			 conditions[i]);
		bed_open(&bed, source);
		bed.limits[LIMIT_instructions] = 30000000;
		cr_assert_eq(bed_run(&bed, "f", NULL), VM_FAILED, "%s", conditions[i]);
		cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_instructions, "%s", conditions[i]);
		bed_close(&bed);
	}
}

Test(limits, copying_is_charged)
{
	cr_assert_eq(limit_of(F("var a: list[int] = []; for (i in 0..10000) { a.push(i); } var n = 0; while (true) { var b = a; b[0] = n; n += 1; } return \"\";"),
			      LIMIT_instructions, 200000),
		     LIMIT_instructions);
	cr_assert_eq(limit_of(F("var a: map[int, int] = [:]; for (i in 0..10000) { a[i] = i; } var n = 0; while (true) { var b = a; b[0] = n; n += 1; } return \"\";"),
			      LIMIT_instructions, 200000),
		     LIMIT_instructions);
}

Test(limits, comparing_what_shares_itself_is_charged)
{
	cr_assert_eq(limit_of(F("var a = [1]; for (i in 0..999) { a.push(i); } var b = [a]; for (i in 0..999) { b.push(a); } "
				"var c = [b]; for (i in 0..999) { c.push(b); } "
				"var d = [b]; for (i in 0..999) { d.push(b); } d[999][999][999] = 5; "
				"while (true) { if (c == d) { return \"no\"; } } return \"\";"),
			      LIMIT_COUNT, 0),
		     LIMIT_instructions);
}

Test(limits, a_turn_of_a_loop_costs_its_length)
{
	static const char *const loops[] = { "while (n >= 0) {", "for (i in 0..100000) {", "for (x in l) {" };

	for (size_t i = 0; i < sizeof(loops) / sizeof(*loops); i++) {
		char source[6000];
		size_t used = (size_t)snprintf(source, sizeof(source),
					       "function f() -> text { var l: list[int] = []; for (i in 0..1500) { l.push(i); } var n = 0; %s ", loops[i]);

		for (int k = 0; k < 100; k++)
			used += (size_t)snprintf(source + used, sizeof(source) - used, "n = n * 1 + 1 - 1; ");
		snprintf(source + used, sizeof(source) - used, "} return \"done\"; }");
		cr_assert_eq(limit_of(source, LIMIT_instructions, 300000), LIMIT_instructions, "%s", loops[i]);
	}
}

Test(limits, a_call_costs_more_than_nothing)
{
	cr_assert_eq(limit_of("function g(n: int) -> int { if (n == 0) { return 0; } return g(n - 1) + g(n - 1); } function f() -> text { return text(g(60)); }",
			      LIMIT_COUNT, 0),
		     LIMIT_instructions);
}

/* ---- memory ---- */

Test(memory, an_event_without_memory_fails_and_loses_nothing)
{
	struct bed bed;

	bed_open(&bed, F("var l = [1]; for (i in 0..100) { l.push(i); } return \"done %{length(l)}\";"));
	for (unsigned long nth = 1; nth < 20; nth++) {
		enum vm_status status;

		memory_fail_at(nth, true);
		status = bed_run(&bed, "f", NULL);
		memory_fail_at(0, false);
		if (status == VM_FAILED)
			cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_eventMemory);
		bed_end(&bed);
		cr_assert_str_eq(bed_text(&bed, "f"), "done 101");
	}
	bed_close(&bed);
}

Test(memory, a_new_vm_without_memory_is_null)
{
	struct bed bed;

	bed_open(&bed, F("return \"\";"));
	memory_fail_at(1, true);
	cr_assert_null(vm_new(bed.program, &bed.services, &bed.natives));
	memory_fail_at(0, false);
	bed_close(&bed);
}

/* ---- tracing ---- */

struct seen {
	char text[2000];
	const char *source;
};

static void trace(void *argument, const struct vm *vm, struct span span)
{
	struct seen *seen = argument;
	size_t used = strlen(seen->text);
	struct text name;
	const struct type *type;
	value v;

	used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, "%.*s",
				 (int)(span.to - span.from), seen->source + span.from);
	for (unsigned n = 0; vm_local(vm, n, &name, &type, &v); n++)
		used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, " %.*s=%d",
					 TEXT_PRINTF(name), (int)v.i);
	snprintf(seen->text + used, sizeof(seen->text) - used, "\n");
}

Test(tracer, sees_statements_and_variables)
{
	static const char source[] = "function f() -> text { var a = 1; if (a > 0) { var b = 2; a += b; } for (i in 0..2) { a += i; } return text(a); }";
	struct seen seen = { .source = source };
	struct bed bed;

	bed_open(&bed, source);
	vm_trace(bed.vm, trace, &seen);
	cr_assert_str_eq(bed_text(&bed, "f"), "4");
	cr_assert_str_eq(seen.text, "var a = 1;\n"
				    "if (a > 0) { var b = 2; a += b; } a=1\n"
				    "var b = 2; a=1\n"
				    "a += b; a=1 b=2\n"
				    "for (i in 0..2) { a += i; } a=3\n"
				    "a += i; a=3 i=0\n"
				    "a += i; a=3 i=1\n"
				    "return text(a); a=4\n");
	vm_trace(bed.vm, NULL, NULL);
	seen.text[0] = '\0';
	cr_assert_str_eq(bed_text(&bed, "f"), "4");
	cr_assert_str_eq(seen.text, "");
	bed_close(&bed);
}
