#include "content/archive.h"

#include <criterion/criterion.h>

#include "content/transfer.h"

/* in.zip, which holds deep.zip, which holds evil.js. */
static const char zips[] =
	"UEsDBBQAAAAIAAAAIVxny3DYgQAAALMAAAAGAAAAaW4uemlwC/BmZhFhYGDgAGLFmJO1e3Y4AlnFUJGU1NQCvarM"
	"Au4PaWmCiQkJDxiSjs5I22hte8ZBTFlgM3NhVmRaX1zYxyy2NoZ8NzXBtDtaiQsYVRguiz84e+oYQ9iREwlcS0wP"
	"eDEEeDMyiTDjtggGGhgZkKwN8GZlA/EZgdAMSKeD1QAAUEsBAhQDFAAAAAgAAAAhXGfLcNiBAAAAswAAAAYAAAAA"
	"AAAAAAAAAIABAAAAAGluLnppcFBLBQYAAAAAAQABADQAAAClAAAAAAA=";

static struct arena arena;

static struct archive_listing list(struct archive_limits limits)
{
	struct archive_listing listing;
	struct buffer bytes;
	const char *why;

	cr_assert(archive_load(&why), "%s", why);
	arena_reset(&arena);
	arena_init(&arena, 1 << 20, LIFETIME_EVENT);
	buffer_init(&bytes, 1 << 20);
	base64_decode(text_of_string(zips, LIFETIME_PROGRAM), &bytes);
	cr_assert(archive_list(buffer_text(&bytes), &limits, &arena, &listing));
	buffer_free(&bytes);
	return listing;
}

static void end(void)
{
	arena_reset(&arena);
}

TestSuite(archive, .fini = end);

static void holds(struct archive_limits limits, uint32_t count, anomaly_set anomalies)
{
	struct archive_listing listing = list(limits);

	cr_expect_eq(listing.count, count, "%u", listing.count);
	cr_expect_eq(listing.anomalies, anomalies);
}

Test(archive, limits_are_exact_and_what_lies_beyond_is_told)
{
	anomaly_set more = ANOMALY_BIT(archiveTooLarge);

	holds((struct archive_limits){ .members = 3, .depth = 3, .bytes = 1000 }, 3, 0);
	holds((struct archive_limits){ .members = 2, .depth = 3, .bytes = 1000 }, 2, more);
	holds((struct archive_limits){ .members = 3, .depth = 2, .bytes = 1000 }, 2, more);
	holds((struct archive_limits){ .members = 3, .depth = 1, .bytes = 1000 }, 1, more);
	holds((struct archive_limits){ .members = 3, .depth = 3, .bytes = 178 }, 1, more);
}
