/* What was said about several scripts as one SARIF 2.1.0 log, which editors and code hosts read. */
#include "engine/program.h"

#include <string.h>

static const struct rule {
	const char *code;
	enum severity severity;
	const char *title, *explanation;
} rules[] = {
#define DIAGNOSTIC(code, severity, title, explanation) { #code, severity, title, explanation },
#include "grammar/diagnostics.def"
#undef DIAGNOSTIC
};

static bool is_used(const struct rule *rule, struct afsl_report *const *reports, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (const struct diagnostic *d = reports[i]->diagnostics.first; d; d = d->next)
			if (strcmp(d->code, rule->code) == 0)
				return true;
	return false;
}

static void add_text(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, "\"%s\":{\"text\":", name);
	buffer_append_json(out, text_of_string(text, LIFETIME_PROGRAM));
	buffer_append_byte(out, '}');
}

static void add_rule(struct buffer *out, const struct rule *rule)
{
	buffer_printf(out, "{\"id\":\"%s\",", rule->code);
	add_text(out, "shortDescription", rule->title);
	buffer_append_byte(out, ',');
	add_text(out, "fullDescription", rule->explanation);
	buffer_printf(out, ",\"defaultConfiguration\":{\"level\":\"%s\"}}",
		      rule->severity == SEVERITY_ERROR ? "error" : "warning");
}

static void add_rules(struct buffer *out, struct afsl_report *const *reports, size_t count)
{
	bool first = true;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!is_used(&rules[i], reports, count))
			continue;
		buffer_append_string(out, first ? "\n" : ",\n");
		add_rule(out, &rules[i]);
		first = false;
	}
}

static void add_results(struct buffer *out, struct afsl_report *const *reports, size_t count)
{
	bool first = true;

	for (size_t i = 0; i < count; i++) {
		diagnostics_print_sarif(&reports[i]->diagnostics, first, out);
		first = first && !reports[i]->diagnostics.first;
	}
}

char *afsl_reports_sarif(struct afsl_report *const *reports, size_t count)
{
	struct buffer out;

	buffer_init(&out, (size_t)256 << 20);
	buffer_append_string(&out,
			     "{\"$schema\":\"https://json.schemastore.org/"
			     "sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{"
			     "\"tool\":{\"driver\":{\"name\":\"afsl\",\"version\":\"" AFSL_VERSION
			     "\",\"rules\":[");
	add_rules(&out, reports, count);
	buffer_append_string(&out, "]}},\n\"columnKind\":\"unicodeCodePoints\",\"results\":[\n");
	add_results(&out, reports, count);
	buffer_append_string(&out, "]}]}\n");
	buffer_append_byte(&out, '\0');
	if (!out.failed)
		return out.data;
	buffer_free(&out);
	return NULL;
}
