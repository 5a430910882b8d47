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
		*report_out = NULL;
	if (!report)
		return NULL;
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	ok = length <= TEXT_LENGTH_MAX;
	if (ok) {
		number = diagnostics_add_source(&report->diagnostics, name,
						text_of(source, length, LIFETIME_PROGRAM));
		ok = format_source(number, &report->diagnostics, &out);
	}
	buffer_append_byte(&out, '\0');
	if (report_out && !ok)
		*report_out = report;
	else
		afsl_report_free(report);
	if (ok && !out.failed)
		return out.data;
	buffer_free(&out);
	return NULL;
}
