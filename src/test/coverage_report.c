/* Coverage as text, as lcov's trace file, as JSON. */
#include "test/coverage.h"

#include "base/buffer.h"

/* ---- text ---- */

static void print_count(FILE *out, const char *what, struct covered covered)
{
	fprintf(out, "%u of %u %s", covered.reached, covered.all, what);
	if (covered.all)
		fprintf(out, " (%u %%)", covered.reached * 100 / covered.all);
}

/* "12-14, 20": lines whose state is wanted. */
static void print_missed_lines(const struct covered_file *file, FILE *out)
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
			fprintf(out, from == to ? "%s%u" : "%s%u-%u", comma, from, to);
			comma = ", ";
			from = 0;
		}
	}
	if (*comma == ',')
		putc('\n', out);
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
			       const char *title, FILE *out)
{
	const char *comma = title;
	unsigned line = 0;

	for (size_t i = 0; i < file->count; i++) {
		const struct site *site = file->sites + i;

		if (!is_missed(site, kind) || site->line == line)
			continue;
		fprintf(out, "%s%u", comma, site->line);
		comma = ", ";
		line = site->line;
	}
	if (line)
		putc('\n', out);
}

void coverage_text(const struct coverage *coverage, FILE *out)
{
	for (size_t i = 0; i < coverage->count; i++) {
		const struct covered_file *file = coverage->files + i;

		fprintf(out, "%s: ", file->name);
		print_count(out, "lines", covered_lines(file));
		fputs(", ", out);
		print_count(out, "branches", covered_sites(file, SITE_BRANCH));
		fputs(", ", out);
		print_count(out, "verdicts", covered_sites(file, SITE_VERDICT));
		putc('\n', out);
		print_missed_lines(file, out);
		print_missed_sites(file, SITE_BRANCH, "    one way alone: line ", out);
		print_missed_sites(file, SITE_VERDICT, "    verdicts never given: line ", out);
	}
}

/* ---- lcov: geninfo(1) tells the format ---- */

static void print_lcov_branch(const struct site *site, unsigned block, FILE *out)
{
	uint64_t both = site->hits + site->jumps;
	const uint64_t ways[] = { site->hits, site->jumps };

	for (unsigned way = 0; way < 2; way++)
		if (both)
			fprintf(out, "BRDA:%u,%u,%u,%llu\n", site->line, block, way,
				(unsigned long long)ways[way]);
		else
			fprintf(out, "BRDA:%u,%u,%u,-\n", site->line, block, way);
}

void coverage_lcov(const struct coverage *coverage, FILE *out)
{
	for (size_t i = 0; i < coverage->count; i++) {
		const struct covered_file *file = coverage->files + i;
		struct covered lines = covered_lines(file);
		struct covered branches = covered_sites(file, SITE_BRANCH);
		unsigned last_line = file->count ? file->sites[file->count - 1].line : 0, block = 0;
		uint64_t hits;

		fprintf(out, "TN:\nSF:%s\n", file->name);
		for (unsigned line = 1; line <= last_line; line++)
			if (line_state(file, line, &hits) != LINE_PLAIN)
				fprintf(out, "DA:%u,%llu\n", line, (unsigned long long)hits);
		for (size_t n = 0; n < file->count; n++)
			if (file->sites[n].kind == SITE_BRANCH)
				print_lcov_branch(file->sites + n, block++, out);
		fprintf(out, "BRF:%u\nBRH:%u\nLF:%u\nLH:%u\nend_of_record\n", branches.all,
			branches.reached, lines.all, lines.reached);
	}
}

/* ---- JSON ---- */

static void print_json_string(const char *string, FILE *out)
{
	struct buffer quoted;

	buffer_init(&quoted, BUFFER_CAP_DEFAULT);
	buffer_append_json(&quoted, text_of_string(string, LIFETIME_EVENT));
	fprintf(out, "%.*s", TEXT_PRINTF(buffer_text(&quoted)));
	buffer_free(&quoted);
}

static void print_json_count(const char *name, struct covered covered, FILE *out)
{
	fprintf(out, "   \"%s\": {\"reached\": %u, \"all\": %u},\n", name, covered.reached,
		covered.all);
}

static void print_json_site(const struct site *site, FILE *out)
{
	static const char *const kinds[] = { "statement", "branch", "verdict" };

	fprintf(out, "{\"kind\": \"%s\", \"line\": %u, \"from\": %u, \"to\": %u, ",
		kinds[site->kind], site->line, site->from, site->to);
	if (site->kind == SITE_BRANCH)
		fprintf(out, "\"ways\": [%llu, %llu]}", (unsigned long long)site->hits,
			(unsigned long long)site->jumps);
	else
		fprintf(out, "\"hits\": %llu}", (unsigned long long)site->hits);
}

void coverage_json(const struct coverage *coverage, FILE *out)
{
	fputs("{\"files\": [", out);
	for (size_t i = 0; i < coverage->count; i++) {
		const struct covered_file *file = coverage->files + i;

		fprintf(out, "%s\n  {\"file\": ", i ? "," : "");
		print_json_string(file->name, out);
		fputs(",\n", out);
		print_json_count("lines", covered_lines(file), out);
		print_json_count("branches", covered_sites(file, SITE_BRANCH), out);
		print_json_count("verdicts", covered_sites(file, SITE_VERDICT), out);
		fputs("   \"sites\": [", out);
		for (size_t n = 0; n < file->count; n++) {
			fputs(n ? ",\n    " : "\n    ", out);
			print_json_site(file->sites + n, out);
		}
		fputs("]}", out);
	}
	fputs("]}\n", out);
}
