#include "service/config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

static struct diagnostics *diagnostics;
static struct arena arena;
static struct buffer printed;

static struct config_value *read_bytes(const char *text, size_t length)
{
	diagnostics = malloc(sizeof(*diagnostics));
	diagnostics_init(diagnostics);
	arena_init(&arena, (size_t)64 << 20, LIFETIME_PROGRAM);
	uint32_t source =
		diagnostics_add_source(diagnostics, "c", text_of(text, length, LIFETIME_PROGRAM));
	return config_read(source, &arena, diagnostics);
}

static struct config_value *read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static const char *problems(void)
{
	buffer_init(&printed, (size_t)1 << 20);
	diagnostics_print(diagnostics, false, &printed);
	buffer_append_byte(&printed, '\0');
	return printed.data;
}

static void done(void)
{
	diagnostics_free(diagnostics);
	free(diagnostics);
	arena_reset(&arena);
	buffer_free(&printed);
}

static void tree_print(struct buffer *out, const struct config_value *value)
{
	if (value->kind == CONFIG_TEXT) {
		buffer_append_byte(out, '<');
		buffer_append_text(out, value->text);
		buffer_append_byte(out, '>');
	} else if (value->kind == CONFIG_SET) {
		buffer_append_byte(out, '(');
		for (struct config_value *member = value->members; member; member = member->next)
			tree_print(out, member);
		buffer_append_byte(out, ')');
	} else {
		buffer_append_byte(out, '{');
		for (struct config_entry *entry = value->entries; entry; entry = entry->next) {
			buffer_append_text(out, entry->name);
			tree_print(out, entry->value);
		}
		buffer_append_byte(out, '}');
	}
}

static void expect_tree(const char *text, const char *expected)
{
	struct buffer out;
	buffer_init(&out, 65536);
	struct config_value *root = read_text(text);
	cr_assert_not_null(root);
	tree_print(&out, root);
	buffer_append_byte(&out, '\0');
	cr_assert_str_eq(out.data, expected);
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	buffer_free(&out);
	done();
}

static void expect_problem(const char *text, const char *place, const char *words)
{
	cr_assert_not_null(read_text(text));
	const char *told = problems();
	cr_assert(strncmp(told, place, strlen(place)) == 0, "%s", told);
	cr_assert_not_null(strstr(told, words), "%s", told);
	done();
}

Test(config, shapes)
{
	expect_tree("", "{}");
	expect_tree("a = b", "{a<b>}");
	expect_tree("a=b c=d", "{a<b>c<d>}");
	expect_tree("a = ( x y, z )", "{a(<x><y><z>)}");
	expect_tree("a = ()\nb = {}", "{a()b{}}");
	expect_tree("a = { b = { c = ( { d = e } ) } }", "{a{b{c({d<e>})}}}");
	expect_tree("a = inet:8891@127.0.0.1", "{a<inet:8891@127.0.0.1>}");
	expect_tree("a = local:///run/x b = /etc/x c = / d = a/*b",
		    "{a<local:///run/x>b</etc/x>c</>d<a/*b>}");
}

Test(config, comments)
{
	expect_tree("# all\na = b # rest\n", "{a<b>}");
	expect_tree("/* a = b\n ** / */ c = d /**/ e = f", "{c<d>e<f>}");
	expect_tree("a = b#c", "{a<b>}");
	expect_tree("a = \"b # c /* d */\"", "{a<b # c /* d */>}");
}

Test(config, quoted)
{
	expect_tree("a = \"x y\"", "{a<x y>}");
	expect_tree("a = \"\"", "{a<>}");
	expect_tree("a = \"say \\\"hi\\\" \\\\ \\n\"", "{a<say \"hi\" \\ \\n>}");
	expect_tree("a = \"caf\xc3\xa9\"", "{a<caf\xc3\xa9>}");
}

Test(config, spans)
{
	struct config_value *root = read_text("# x\nname = \"a b\"\nother = { k = v }");
	struct config_entry *first = root->entries, *second = first->next;
	cr_assert_eq(first->span.from, 4);
	cr_assert_eq(first->span.to, 8);
	cr_assert_eq(first->value->span.from, 11);
	cr_assert_eq(first->value->span.to, 16);
	cr_assert_eq(second->value->span.from, 25);
	cr_assert_eq(second->value->span.to, 34);
	done();
}

Test(config, names_with_points)
{
	struct config_value *root = read_text("reputation.limit = 5\na.b2.c = d\n");

	cr_assert(text_equals_string(root->entries->name, "reputation.limit"));
	cr_assert(text_equals_string(root->entries->next->name, "a.b2.c"));
	done();
}

Test(config, mistakes)
{
	expect_problem("a b", "c:1:3: error[C0101]", "unexpected a word");
	expect_problem("a =", "c:1:", "the end of the file");
	expect_problem("a = (", "c:1:", "end of the file");
	expect_problem("a = b }", "c:1:7: error[C0101]", "'}'");
	expect_problem("1a = b", "c:1:1: error[C0101]", "cannot be the name");
	expect_problem("a-b = c", "c:1:1: error[C0101]", "cannot be the name");
	expect_problem("a. = c", "c:1:1: error[C0101]", "cannot be the name");
	expect_problem(".a = c", "c:1:1: error[C0101]", "cannot be the name");
	expect_problem("a..b = c", "c:1:1: error[C0101]", "cannot be the name");
	expect_problem("a.1b = c", "c:1:1: error[C0101]", "cannot be the name");
	expect_problem("\"a\" = c", "c:1:1: error[C0101]", "a quoted text");
	expect_problem("a = \"x\nb = c", "c:1:5: error[C0102]", "not ended on its line");
	expect_problem("a = \"x\\", "c:1:5: error[C0102]", "not ended on its line");
	expect_problem("a = b; c = d;", "c:1:6: error[C0102]", "no \";\"");
	expect_problem("a = b /* x", "c:1:", "comment is not ended");
}

Test(config, all_mistakes_are_told_and_reading_goes_on)
{
	struct config_value *root = read_text("a b\nc = d\ne = = f\ng = h\n\"i\nj = k\n");
	cr_assert_geq(diagnostics->errors, 3);
	bool found = false;
	for (struct config_entry *entry = root->entries; entry; entry = entry->next)
		found = found || text_equals_string(entry->name, "j");
	cr_assert(found);
	cr_assert_not_null(strstr(problems(), "c:1:"));
	cr_assert_not_null(strstr(printed.data, "c:3:"));
	cr_assert_not_null(strstr(printed.data, "c:5:"));
	done();
}

Test(config, depth_has_a_bound)
{
	char text[400] = "a = ";
	for (int i = 0; i < CONFIG_DEPTH_MAX; i++)
		strcat(text, "(");
	for (int i = 0; i < CONFIG_DEPTH_MAX; i++)
		strcat(text, ")");
	cr_assert_not_null(read_text(text));
	cr_assert_eq(diagnostics->errors, 0);
	done();
	strcpy(text, "a = ");
	for (int i = 0; i <= CONFIG_DEPTH_MAX; i++)
		strcat(text, "{b=");
	expect_problem(text, "c:1:", "deep in each other");
	/* What stands beside each other is not deep. */
	strcpy(text, "a = (");
	for (int i = 0; i < 40; i++)
		strcat(text, "() ");
	strcat(text, ")");
	cr_assert_not_null(read_text(text));
	cr_assert_eq(diagnostics->errors, 0);
	done();
}

Test(config, ten_million_brackets)
{
	size_t size = 10 << 20;
	char *text = malloc(size);
	memset(text, '(', size);
	cr_assert_not_null(read_bytes(text, size));
	cr_assert_geq(diagnostics->errors, 1);
	done();
	memset(text, '}', size);
	cr_assert_not_null(read_bytes(text, size));
	cr_assert_geq(diagnostics->errors, 1);
	done();
	free(text);
}

Test(config, too_large)
{
	size_t size = CONFIG_SIZE_MAX + 1;
	char *text = malloc(size);
	memset(text, ' ', size);
	cr_assert_not_null(read_bytes(text, size));
	cr_assert_not_null(strstr(problems(), "larger than"));
	done();
	cr_assert_not_null(read_bytes(text, size - 1));
	cr_assert_eq(diagnostics->errors, 0);
	done();
	free(text);
}

Test(config, bytes_of_every_kind)
{
	unsigned seed = 7;
	char text[64];
	for (int i = 0; i < 20000; i++) {
		size_t length = (size_t)rand_r(&seed) % sizeof(text);
		static const char alphabet[] = "ab={}(),;\"\\#/* \n\r\t\0\x80\xff";
		for (size_t k = 0; k < length; k++)
			text[k] = i % 2 ? (char)rand_r(&seed)
					: alphabet[(unsigned)rand_r(&seed) % sizeof(alphabet)];
		read_bytes(text, length);
		done();
	}
	cr_assert_not_null(read_bytes("a = b\0c", 7));
	cr_assert_not_null(strstr(problems(), "NUL"));
	done();
}

Test(config, many_entries)
{
	struct buffer text;
	buffer_init(&text, (size_t)8 << 20);
	for (int i = 0; i < 50000; i++)
		buffer_printf(&text, "name%d = ( a b )\n", i);
	struct config_value *root = read_bytes(text.data, text.length);
	size_t count = 0;
	for (struct config_entry *entry = root->entries; entry; entry = entry->next)
		count++;
	cr_assert_eq(count, 50000);
	done();
	buffer_free(&text);
}

Test(config, memory_may_end_anywhere)
{
	for (unsigned long nth = 1; nth < 12; nth++) {
		diagnostics = malloc(sizeof(*diagnostics));
		diagnostics_init(diagnostics);
		/* A cap so small that the tree does not fit, and no heap at all. */
		arena_init(&arena, 200 * nth, LIFETIME_PROGRAM);
		uint32_t source = diagnostics_add_source(
			diagnostics, "c", TEXT("a = b c = { d = \"e f\" } g = ( h )"));
		memory_fail_at(nth, true);
		struct config_value *root = config_read(source, &arena, diagnostics);
		memory_fail_at(0, false);
		cr_assert(root || diagnostics->errors);
		done();
	}
}
