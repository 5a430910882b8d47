#include "engine/program.h"

#include "compiler/format.h"

#include <afsl.h>

char *afsl_format(const char *name, const char *source, size_t length,
		  struct afsl_report **report_out)
{
	struct afsl_report *report = report_new();
	struct buffer out;
	uint32_t number;
	bool ok;

	if (report_out)
		*report_out = report ? NULL : report_of_no_memory();
	if (!report)
		return NULL;
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	number = diagnostics_add_source(&report->diagnostics, name,
					source_text(source, length, LIFETIME_PROGRAM));
	ok = format_source(number, &report->diagnostics, &out);
	buffer_append_byte(&out, '\0');
	ok = ok && !out.failed;
	if (!ok && !report->diagnostics.errors)
		report_memory(report);
	if (report_out && !ok)
		*report_out = report;
	else
		afsl_report_free(report);
	if (ok)
		return out.data;
	buffer_free(&out);
	return NULL;
}
