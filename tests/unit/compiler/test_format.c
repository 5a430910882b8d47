#include "compiler/format.h"

#include <criterion/criterion.h>

/* Formats, and formats the result again: that must change nothing. */
static void expect(const char *source, const char *wanted)
{
	const char *input = source;

	for (int round = 0; round < 2; round++) {
		struct diagnostics diagnostics;
		struct buffer out;
		uint32_t number;

		diagnostics_init(&diagnostics);
		buffer_init(&out, 1 << 20);
		number = diagnostics_add_source(&diagnostics, "t",
						text_of_string(input, LIFETIME_PROGRAM));
		cr_assert(format_source(number, &diagnostics, &out), "%s", input);
		cr_assert(text_equals_string(buffer_text(&out), wanted),
			  "round %d of\n%s\ngives\n%.*s\nnot\n%s", round, source, (int)out.length,
			  out.data ? out.data : "", wanted);
		buffer_free(&out);
		diagnostics_free(&diagnostics);
		input = wanted;
	}
}

#define IN_EVENT(inner) "event onData {\n    " inner "\n}\n"

Test(format, spaces_between_words)
{
	expect("option  a:text=\"x\";", "option a: text = \"x\";\n");
	expect("event onData{x=a+b*-c;}", IN_EVENT("x = a + b * -c;"));
	expect("event onData{x=- -1;}", IN_EVENT("x = - -1;"));
}

Test(format, calls_indices_and_members)
{
	expect("event onData{f ( a ,b:1 , ) ; m . x [ 1 .. 2 ] . y ( ) ;}",
	       IN_EVENT("f(a, b: 1,);\n    m.x[1..2].y();"));
	expect("event onData{set (in,\"y\");m.in(x);if(not(a)){}}",
	       IN_EVENT("set(in, \"y\");\n    m.in(x);\n    if (not (a)) { }"));
}

Test(format, colons_of_conditions_and_of_maps)
{
	expect("event onData{x=a?b:c;y=[a?b:c:d,\"k\":e];z=[:];}",
	       IN_EVENT("x = a ? b : c;\n    y = [a ? b : c: d, \"k\": e];\n    z = [:];"));
}

Test(format, blocks)
{
	expect("event onData{if(a){b();}else if(c){}else{d();}try{e();}catch(f){g();}}",
	       "event onData {\n    if (a) {\n        b();\n    } else if (c) { } else {\n"
	       "        d();\n    }\n    try {\n        e();\n    } catch (f) {\n        g();\n    "
	       "}\n}\n");
	expect("record R{a:int;b:text=\"\";}", "record R {\n    a: int;\n    b: text = \"\";\n}\n");
}

Test(format, a_block_begins_on_the_line_of_its_statement)
{
	expect("event e\n{\nif (a)\n{\nb();\n}\nelse\n{\n}\n}",
	       "event e {\n    if (a) {\n        b();\n    } else { }\n}\n");
	expect("event e # c\n{ # d\na();\n}", "event e  # c\n{        # d\n    a();\n}\n");
}

Test(format, declarations_with_blocks_stand_apart)
{
	expect("const A=1;\nevent a{}\nevent b{}", "const A = 1;\nevent a { }\n\nevent b { }\n");
}

Test(format, empty_lines_become_one_and_none_at_edges)
{
	expect("\n\n\nconst A=1;\n\n\n\nconst B=2;\n\n\n", "const A = 1;\n\nconst B = 2;\n");
	expect("event e {\n\n\n x();\n\n\n y();\n\n}\n", "event e {\n    x();\n\n    y();\n}\n");
}

Test(format, comments_stay)
{
	expect("# a\n\n#b\nevent e{ # c\n# d\nx(); # e\n}# f\n# g",
	       "# a\n\n#b\nevent e {  # c\n    # d\n    x();  # e\n}  # f\n# g\n");
}

Test(format, comments_behind_code_stand_below_each_other)
{
	expect("event e{\na(); # 1\nbbbb(); # 2\n\nc(); # 3\n}",
	       "event e {\n    a();     # 1\n    bbbb();  # 2\n\n    c();  # 3\n}\n");
}

Test(format, broken_lines_stay_broken)
{
	expect("event e{\nx=a\n+b;\nf(a,\nb);\nf(\na,\nb\n);\ng([\n1,\n2\n]);\n}",
	       "event e {\n    x = a\n        + b;\n    f(a,\n        b);\n    f(\n        a,\n    "
	       "    b\n"
	       "    );\n    g([\n        1,\n        2\n    ]);\n}\n");
}

Test(format, texts_are_untouched)
{
	expect("event e{x=\"a  %{ f( 1 ,\"b\" ) }\n  c\";y=r\"  q\";z=re\" a b\"x;}",
	       "event e {\n    x = \"a  %{ f( 1 ,\"b\" ) }\n  c\";\n    y = r\"  q\";\n    z = "
	       "re\" a b\"x;\n}\n");
	expect("test \"100% %x\"{}", "test \"100% %x\" { }\n");
}

Test(format, line_ends_become_line_feeds)
{
	expect("const A=1;\r\n\r\n# c\r\nconst B=\"x\r\ny\";\r\n",
	       "const A = 1;\n\n# c\nconst B = \"x\r\ny\";\n");
}

Test(format, nothing_and_only_comments)
{
	expect("", "");
	expect("\n \n", "");
	expect("# only", "# only\n");
	expect("\xEF\xBB\xBF"
	       "const A=1;",
	       "const A = 1;\n");
}

Test(format, errors_are_reported_and_nothing_is_made)
{
	struct diagnostics diagnostics;
	struct buffer out;

	diagnostics_init(&diagnostics);
	buffer_init(&out, 1000);
	diagnostics_add_source(&diagnostics, "t", TEXT("event {"));
	cr_assert_not(format_source(0, &diagnostics, &out));
	cr_assert_gt(diagnostics.errors, 0);
	cr_assert_eq(out.length, 0);
	buffer_free(&out);
	diagnostics_free(&diagnostics);
}
