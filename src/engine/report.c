/* What loading a script had to say. */
#include "engine/program.h"

#include "base/memory.h"

enum { REPORT_MAX = 16 << 20 };

static const char no_memory_text[] = "error[E0105]: there is not enough memory\n";
static const char no_memory_json[] =
	"[{\"severity\":\"error\",\"code\":\"E0105\",\"file\":\"?\",\"line\":null,\"column\":null,"
	"\"endLine\":null,\"endColumn\":null,\"message\":\"there is not enough memory\","
	"\"help\":null,\"related\":null}]";

/* What is said when there is no memory to say anything: it is never written to, never freed. */
static struct diagnostic memory_ended = { .severity = SEVERITY_ERROR,
					  .code = "E0105",
					  .message = "there is not enough memory" };
static struct afsl_report no_memory = {
	.diagnostics = { .first = &memory_ended, .last = &memory_ended, .errors = 1 },
};

struct afsl_report *report_of_no_memory(void)
{
	return &no_memory;
}

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

void report_memory(struct afsl_report *report)
{
	diagnostics_report(&report->diagnostics, memory_ended.code, memory_ended.span, "%s",
			   memory_ended.message);
}

void afsl_report_free(struct afsl_report *report)
{
	if (!report || report == &no_memory)
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
	if (report == &no_memory)
		return no_memory_text;
	buffer_clear(&report->text);
	diagnostics_print(&report->diagnostics, colour, &report->text);
	return string_of(&report->text, no_memory_text);
}

const char *afsl_report_json(struct afsl_report *report)
{
	if (report == &no_memory)
		return no_memory_json;
	buffer_clear(&report->json);
	diagnostics_print_json(&report->diagnostics, &report->json);
	return string_of(&report->json, no_memory_json);
}
