/* What loading a script had to say. */
#include "engine/program.h"

#include "base/memory.h"

enum { REPORT_MAX = 16 << 20 };

struct afsl_report *report_new(void)
{
	struct afsl_report *report = memory_zeroed(1, sizeof(*report));

	if (!report)
		return NULL;
	diagnostics_init(&report->diagnostics);
	buffer_init(&report->text, REPORT_MAX);
	buffer_init(&report->json, REPORT_MAX);
	return report;
}

void afsl_report_free(struct afsl_report *report)
{
	if (!report)
		return;
	buffer_free(&report->text);
	buffer_free(&report->json);
	diagnostics_free(&report->diagnostics);
	memory_free(report);
}

unsigned afsl_report_errors(const struct afsl_report *report)
{
	return report ? report->diagnostics.errors : 0;
}

unsigned afsl_report_warnings(const struct afsl_report *report)
{
	return report ? report->diagnostics.warnings : 0;
}

static const char *string_of(struct buffer *buffer, const char *otherwise)
{
	buffer_append_byte(buffer, '\0');
	return buffer->failed ? otherwise : buffer->data;
}

const char *afsl_report_text(struct afsl_report *report, bool colour)
{
	buffer_clear(&report->text);
	diagnostics_print(&report->diagnostics, colour, &report->text);
	return string_of(&report->text, "memory has ended\n");
}

const char *afsl_report_json(struct afsl_report *report)
{
	buffer_clear(&report->json);
	diagnostics_print_json(&report->diagnostics, &report->json);
	return string_of(&report->json, "[]");
}
