#include "check_support.h"

#include <criterion/criterion.h>

TestSuite(check_replies, .fini = check_forget);

Test(check_replies, codes)
{
	static const struct check_case cases[] = {
		{"reject(550, \"5.7.1\", \"no\");", ""},
		{"reject(599, \"\", \"no\");", ""},
		{"reject(500, \"5.0.0\", \"no\");", ""},
		{"reject(499, \"5.7.1\", \"no\");", "E0404"},
		{"reject(600, \"\", \"no\");", "E0404"},
		{"reject(451, \"4.7.1\", \"no\");", "E0404"},
		{"tempfail(451, \"4.7.1\", \"no\");", ""},
		{"tempfail(400, \"4.7.1\", \"no\");", ""},
		{"tempfail(399, \"\", \"no\");", "E0404"},
		{"tempfail(550, \"5.7.1\", \"no\");", "E0404"},
		{"disconnect();", ""},
		{"disconnect(421, \"4.7.0\", \"bye\");", ""},
		{"disconnect(550);", "E0404"},
		{"reject(code: 200, enhanced: \"\", reply: \"no\");", "E0404"},
		{"reject(mailCount, \"5.7.1\", \"no\");", ""},
		{"reject(int(queueId), queueId, queueId);", ""},
	};

	assert_cases(cases, check_statements);
}

Test(check_replies, enhanced_codes)
{
	static const struct check_case cases[] = {
		{"reject(550, \"5.7.100\", \"no\");", ""},
		{"reject(550, \"4.7.1\", \"no\");", "E0405"},
		{"reject(550, \"5.7\", \"no\");", "E0405"},
		{"reject(550, \"5.7.\", \"no\");", "E0405"},
		{"reject(550, \"5..1\", \"no\");", "E0405"},
		{"reject(550, \"5.7.1.1\", \"no\");", "E0405"},
		{"reject(550, \"5.7.1000\", \"no\");", "E0405"},
		{"reject(550, \"5.7.01\", \"no\");", "E0405"},
		{"reject(550, \"5.7.0\", \"no\");", ""},
		{"reject(550, \"55.7.1\", \"no\");", "E0405"},
		{"reject(550, \"5.7.1 \", \"no\");", "E0405"},
		{"reject(550, \"x\", \"no\");", "E0405"},
		{"tempfail(451, \"5.7.1\", \"no\");", "E0405"},
		{"reject(mailCount, \"4.7.1\", \"no\");", ""},
		{"reject(mailCount, \"nonsense\", \"no\");", "E0405"},
	};

	assert_cases(cases, check_statements);
}

Test(check_replies, texts)
{
	static const struct check_case cases[] = {
		{"reject(\"one\\ntwo\");", ""},
		{"reject(\"one\\r\\ntwo 100%\");", ""},
		{"reject(\"one\\rtwo\");", "E0407"},
		{"reject(\"\\0\");", "E0407"},
		{"tempfail(\"a\\tb\");", "E0407"},
		{"reject(550, \"5.7.1\", \"\\x7f\");", "E0407"},
		{"disconnect(reply: \"\\x01\");", "E0407"},
		{"reject(\"caf\\u{e9}\");", ""},
		{"reject(mailFrom);", ""},
	};

	assert_cases(cases, check_statements);
}
