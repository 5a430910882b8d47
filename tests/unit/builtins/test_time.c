#include "world.h"

#include <criterion/criterion.h>

Test(time, takes_moments_apart)
{
	HOLD("year(fromUnix(0)) == 1970", "weekday(fromUnix(0)) == 4", "yearDay(fromUnix(0)) == 1",
	     "year(fromUnix(-1)) == 1969", "month(fromUnix(-1)) == 12", "day(fromUnix(-1)) == 31",
	     "hour(fromUnix(-1)) == 23", "minute(fromUnix(-1)) == 59", "second(fromUnix(-1)) == 59",
	     "yearDay(time.date(2024, 12, 31)) == 366", "month(time.date(2024, 2, 29)) == 2",
	     "weekday(time.date(2026, 10, 18)) == 7", "unix(time.date(2000, 3, 1)) == 951868800",
	     "time.date(1969, 12, 31, 23, 59, 59) == fromUnix(-1)");
	RAISE("argument", "time.date(2026, 2, 29)", "time.date(2026, 13, 1)", "time.date(2026, 0, 1)",
	      "time.date(2026, 1, 0)", "time.date(2026, 4, 31)", "time.date(0, 1, 1)",
	      "time.date(10000, 1, 1)", "time.date(2026, 1, 1, 24)", "time.date(2026, 1, 1, 0, 60)",
	      "time.date(2026, 1, 1, 0, 0, 60)", "time.date(2026, 4294967297, 1)",
	      "time.date(2026, 1, -1)", "fromUnix(253402300800)", "fromUnix(-62135596801)",
	      "fromUnix(9223372036854775807)");
}

Test(time, reckons)
{
	HOLD("startOfDay(fromUnix(-1)) == fromUnix(-86400)", "startOfDay(fromUnix(0)) == fromUnix(0)",
	     "unix(add(fromUnix(0), -500ms)) == -1", "unix(add(fromUnix(0), 500ms)) == 0",
	     "between(fromUnix(10), fromUnix(0)) == -10s", "since(now()) >= 0s", "since(now()) < 1m",
	     "seconds(0) == 0s", "milliseconds(1500) == 1500ms", "minutes(2h) == 120",
	     "hours(90m) == 1", "days(36h) == 1", "seconds(-1500ms) == -1", "milliseconds(2s) == 2000");
	RAISE("overflow", "days(9223372036854775807)", "seconds(9223372036854775807)",
	      "add(fromUnix(250000000000), days(106000000))",
	      "between(add(fromUnix(-60000000000), -days(106000000)), fromUnix(250000000000))");
}

Test(time, prints)
{
	HOLD("iso8601(fromUnix(1)) == \"1970-01-01T00:00:01Z\"",
	     "iso8601(add(fromUnix(0), 250ms)) == \"1970-01-01T00:00:00.25Z\"",
	     "iso8601(fromUnix(0), -3h) == \"1969-12-31T21:00:00-03:00\"",
	     "rfc5322(fromUnix(0), -90m) == \"Wed, 31 Dec 1969 22:30:00 -0130\"",
	     "rfc5322(time.date(2026, 10, 18, 1, 2, 3), 2h) == \"Sun, 18 Oct 2026 03:02:03 +0200\"");
	RAISE("argument", "iso8601(fromUnix(0), 24h)", "rfc5322(fromUnix(0), -24h)");
}
