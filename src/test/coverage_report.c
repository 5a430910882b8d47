/* Coverage as text, as lcov's trace file, as JSON. */
#include "test/coverage.h"

#include "base/buffer.h"

/* ---- text ---- */

static void print_count(struct buffer *out, const char *what, struct covered covered)
{
	buffer_printf(out, "%u of %u %s", covered.reached, covered.all, what);
	if (covered.all)
		buffer_printf(out, " (%u %%)", covered.reached * 100 / covered.all);
}

/* "12-14, 20": lines whose state is wanted. */
static void print_missed_lines(const struct covered_file *file, struct buffer *out)
{
	unsigned last_line = file->count ? file->sites[file->count - 1].line : 0, from = 0, to = 0;
	const char *comma = "    not reached: line ";
	uint64_t hits;

	for (unsigned line = 1; line <= last_line + 1; line++) {
		enum line_state state =
			line <= last_line ? line_state(file, line, &hits) : LINE_REACHED;

		if (state == LINE_MISSED) {
			from = from ? from : line;
			to = line;
		} else if (from && state != LINE_PLAIN) {
			buffer_printf(out, from == to ? "%s%u" : "%s%u-%u", comma, from, to);
			comma = ", ";
			from = 0;
		}
	}
	if (*comma == ',')
		buffer_append_byte(out, '\n');
}

static bool is_missed(const struct site *site, enum site_kind kind)
{
	if (site->kind != kind)
		return false;
	if (kind == SITE_BRANCH)
		return (site->hits == 0) != (site->jumps == 0);
	return site->hits == 0;
}

/* Lines of sites, each once. */
static void print_missed_sites(const struct covered_file *file, enum site_kind kind,
			       const char *title, struct buffer *out)
{
	const char *comma = title;
	unsigned line = 0;

	for (size_t i = 0; i < file->count; i++) {
		const struct site *site = file->sites + i;

		if (!is_missed(site, kind) || site->line == line)
			continue;
		buffer_printf(out, "%s%u", comma, site->line);
		comma = ", ";
		line = site->line;
	}
	if (line)
		buffer_append_byte(out, '\n');
}

void coverage_text(const struct coverage *coverage, struct buffer *out)
{
	for (size_t i = 0; i < coverage->count; i++) {
		const struct covered_file *file = coverage->files + i;

		buffer_printf(out, "%s: ", file->name);
		print_count(out, "lines", covered_lines(file));
		buffer_append_string(out, ", ");
		print_count(out, "branches", covered_sites(file, SITE_BRANCH));
		buffer_append_string(out, ", ");
		print_count(out, "verdicts", covered_sites(file, SITE_VERDICT));
		buffer_append_byte(out, '\n');
		print_missed_lines(file, out);
		print_missed_sites(file, SITE_BRANCH, "    one way alone: line ", out);
		print_missed_sites(file, SITE_VERDICT, "    verdicts never given: line ", out);
	}
}

/* ---- lcov: geninfo(1) tells the format ---- */

static void print_lcov_branch(const struct site *site, unsigned block, struct buffer *out)
{
	uint64_t both = site->hits + site->jumps;
	const uint64_t ways[] = { site->hits, site->jumps };

	for (unsigned way = 0; way < 2; way++)
		if (both)
			buffer_printf(out, "BRDA:%u,%u,%u,%llu\n", site->line, block, way,
				      (unsigned long long)ways[way]);
		else
			buffer_printf(out, "BRDA:%u,%u,%u,-\n", site->line, block, way);
}

void coverage_lcov(const struct coverage *coverage, struct buffer *out)
{
	for (size_t i = 0; i < coverage->count; i++) {
		const struct covered_file *file = coverage->files + i;
		struct covered lines = covered_lines(file);
		struct covered branches = covered_sites(file, SITE_BRANCH);
		unsigned last_line = file->count ? file->sites[file->count - 1].line : 0, block = 0;
		uint64_t hits;

		buffer_printf(out, "TN:\nSF:%s\n", file->name);
		for (unsigned line = 1; line <= last_line; line++)
			if (line_state(file, line, &hits) != LINE_PLAIN)
				buffer_printf(out, "DA:%u,%llu\n", line, (unsigned long long)hits);
		for (size_t n = 0; n < file->count; n++)
			if (file->sites[n].kind == SITE_BRANCH)
				print_lcov_branch(file->sites + n, block++, out);
		buffer_printf(out, "BRF:%u\nBRH:%u\nLF:%u\nLH:%u\nend_of_record\n", branches.all,
			      branches.reached, lines.all, lines.reached);
	}
}

/* ---- JSON ---- */

static void print_json_count(const char *name, struct covered covered, struct buffer *out)
{
	buffer_printf(out, "   \"%s\": {\"reached\": %u, \"all\": %u},\n", name, covered.reached,
		      covered.all);
}

static void print_json_site(const struct site *site, struct buffer *out)
{
	static const char *const kinds[] = { "statement", "branch", "verdict" };

	buffer_printf(out, "{\"kind\": \"%s\", \"line\": %u, \"from\": %u, \"to\": %u, ",
		      kinds[site->kind], site->line, site->from, site->to);
	if (site->kind == SITE_BRANCH)
		buffer_printf(out, "\"ways\": [%llu, %llu]}", (unsigned long long)site->hits,
			      (unsigned long long)site->jumps);
	else
		buffer_printf(out, "\"hits\": %llu}", (unsigned long long)site->hits);
}

void coverage_json(const struct coverage *coverage, struct buffer *out)
{
	buffer_append_string(out, "{\"files\": [");
	for (size_t i = 0; i < coverage->count; i++) {
		const struct covered_file *file = coverage->files + i;

		buffer_printf(out, "%s\n  {\"file\": ", i ? "," : "");
		buffer_append_json(out, text_of_string(file->name, LIFETIME_EVENT));
		buffer_append_string(out, ",\n");
		print_json_count("lines", covered_lines(file), out);
		print_json_count("branches", covered_sites(file, SITE_BRANCH), out);
		print_json_count("verdicts", covered_sites(file, SITE_VERDICT), out);
		buffer_append_string(out, "   \"sites\": [");
		for (size_t n = 0; n < file->count; n++) {
			buffer_append_string(out, n ? ",\n    " : "\n    ");
			print_json_site(file->sites + n, out);
		}
		buffer_append_string(out, "]}");
	}
	buffer_append_string(out, "]}\n");
}
