/* The limits of the language, as hosts see and set them. */
#include "engine/program.h"

#include "base/diagnostics.h"

void limits_default(int64_t limits[LIMIT_COUNT])
{
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		limits[i] = limit_rows[i].value;
}

bool limits_set(int64_t limits[LIMIT_COUNT], const struct afsl_setting *setting)
{
	int limit = limit_find(text_of_string(setting->name, LIFETIME_EVENT));
	int64_t number;

	if (limit < 0 || !setting->value ||
	    !text_to_int(text_of_string(setting->value, LIFETIME_EVENT), &number) || number < 0)
		return false;
	limits[limit] = number;
	return true;
}

bool afsl_limit_find(const char *name, size_t length, struct afsl_limit *limit)
{
	int found = limit_find(text_of(name, length, LIFETIME_EVENT));

	if (found < 0)
		return false;
	*limit = (struct afsl_limit){ limit_rows[found].name, limit_rows[found].unit };
	return true;
}

const char *afsl_limit_nearest(const char *name, size_t length)
{
	const char *names[LIMIT_COUNT];

	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		names[i] = limit_rows[i].name;
	return name_nearest(text_of(name, length, LIFETIME_EVENT), names, LIMIT_COUNT);
}
