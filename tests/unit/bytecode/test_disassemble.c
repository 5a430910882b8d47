#include "assemble.h"

#include "bytecode/disassemble.h"
#include "compiler/compile.h"

#include <criterion/criterion.h>

static struct buffer out;

static const char *dump(const char *source, bool whole)
{
	struct text text = text_of_string(source, LIFETIME_PROGRAM);
	struct compile_request request = { .path = "a.afsl", .text = &text, .raised = EVENTS_ALL };
	struct diagnostics diagnostics;
	struct program *program;

	diagnostics_init(&diagnostics);
	program = compile(&request, &diagnostics);
	cr_assert_not_null(program);
	buffer_init(&out, 1 << 20);
	if (whole)
		disassemble(program, &out);
	else
		disassemble_function(program, 0, &out);
	buffer_append_byte(&out, '\0');
	program_free(program);
	diagnostics_free(&diagnostics);
	return out.data;
}

Test(disassemble, shows_lines_names_and_operands)
{
	const char *shown = dump("function f(n: int) -> text {\n"
				 "\tvar s = \"a\";\n"
				 "\tif (n >= 3) { s += \"long %n%\"; }\n"
				 "\treturn s;\n}",
				 false);

	cr_assert_str_eq(shown, "f(int) -> text, 5 registers\n"
				"      0  ENTER_REGION       \n"
				" ; a.afsl:2: var s = \"a\";\n"
				"      1  LOAD_CONSTANT      r1:s, \"a\"\n"
				" ; a.afsl:3: if (n >= 3) { s += \"long %n%\"; }\n"
				"      2  JUMP_LT_INT_I      r0:n, 3, -> 7\n"
				" ; a.afsl:3: if (n >= 3) { s += \"long %n%\"; }\n"
				"      3  MOVE               r2, r1:s\n"
				"      4  LOAD_CONSTANT      r3, \"long \"\n"
				"      5  MOVE               r4, r0:n\n"
				"      6  CONCAT_PIECES      r1:s, r2, text + text + int\n"
				" ; a.afsl:4: return s;\n"
				"      7  LEAVE_REGION_TEXT  r1:s\n"
				"      8  RETURN             r1:s\n");
	buffer_free(&out);
}

Test(disassemble, shows_the_whole_program)
{
	const char *shown = dump("session var n: int = 5;\nmessage var l: list[text];\n"
				 "event onMailFrom { set(mine, \"x\"); export(mine); try { "
				 "l.push(ehloHost); } catch { accept(); } }\n"
				 "event onMailFrom { }",
				 true);

	cr_assert(strstr(shown, "session n: int = 5\n"));
	cr_assert(strstr(shown, "message l: list[text] = []\n"));
	cr_assert(strstr(shown, "policy mine: text = \"\"\n"));
	cr_assert(strstr(shown, "event onMailFrom runs function 2\n"));
	cr_assert(strstr(shown, "EXPORT             mine\n"));
	cr_assert(strstr(shown, "KEEP_GLOBAL        r0, mine\n"));
	cr_assert(strstr(shown, "READ               r"));
	cr_assert(strstr(shown, "ehloHost\n"));
	cr_assert(strstr(shown, "list.push"));
	cr_assert(strstr(shown, "accept"));
	cr_assert(strstr(shown, "errors in "));
	cr_assert(strstr(shown, "CALL               r0, onMailFrom, r0\n"));
	buffer_free(&out);
}

/* Nothing that stands in a source can break a line of the listing. */
Test(disassemble, constants_are_shown_clean)
{
	const char *shown = dump("function f() -> text { return \"a\\n\\x1b[0m\"; }", false);

	cr_assert(strstr(shown, "\"a\\x0A\\x1B[0m\""), "%s", shown);
	cr_assert_null(strchr(shown, '\x1b'));
	buffer_free(&out);
}

/* Functions that stand in another order than their numbers, and a line too long to be shown whole.
 */
Test(disassemble, lines_are_those_of_their_source)
{
	char source[4000] = "event onMailFrom {\n  call(later);\n}\n\n\nmethod later {\n  ";
	const char *shown;

	while (strlen(source) < 3000)
		strcat(source, "log.info(\"some text that is shown\"); ");
	strcat(source, "\n log.info(\"last\"); }");
	shown = dump(source, true);
	cr_assert(strstr(shown, " ; a.afsl:2: call(later);\n"));
	cr_assert(strstr(shown, " ; a.afsl:7: log.info(\"some text that is shown\");"));
	cr_assert(strstr(shown, " ; a.afsl:8: log.info(\"last\"); }\n"));
	buffer_free(&out);
}

/* One program with every opcode: each has a name and its operands are shown. */
Test(disassemble, every_row_has_a_name, .init = assemble_open, .fini = assemble_close)
{
	for (unsigned op = 0; op < OPCODE_COUNT; op++) {
		instruction i = instruction_make((enum opcode)op, 0, 0, 0);

		cr_assert_not_null(opcode_rows[op].name);
		cr_assert_gt(strlen(opcode_rows[op].meaning), 0);
		assembled.functions[0].instructions = &i;
		assembled.functions[0].length = 1;
		assembled.functions[0].registers = 1;
		buffer_init(&out, 1 << 16);
		disassemble_function(&assembled.program, 0, &out);
		cr_assert_not_null(memmem(out.data, out.length, opcode_rows[op].name,
					  strlen(opcode_rows[op].name)));
		buffer_free(&out);
	}
}

Test(disassemble, shows_the_constant_that_a_jump_compares_with)
{
	const char *shown =
		dump("event onMailFrom { if (mailFrom == \"a@b\") { accept(); } }", false);

	cr_assert_not_null(strstr(shown, "JUMP_NE_TEXT_K     r0, \"a@b\", -> "), "%s", shown);
	buffer_free(&out);
}
