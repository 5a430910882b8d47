/* A configuration file of afsld: read, and when nothing is wrong with it shown, which must read as
 * the same. */
#include "configuration.h"

#include "fuzz.h"

#include "daemon/settings.h"

static void read_source(struct diagnostics *diagnostics, uint32_t source, struct buffer *out)
{
	struct daemon_settings settings;

	settings_init(&settings);
	settings_read(&settings, diagnostics, source, "/etc/afsl");
	settings_finish(&settings, diagnostics);
	if (diagnostics->errors == 0)
		settings_show(&settings, out);
	settings_free(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	configuration_check(text_of((const char *)bytes, size, LIFETIME_PROGRAM), read_source);
	return 0;
}
