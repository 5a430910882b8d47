/* Authentication-Results, read, recognized and written. */
#include "authentication/results.h"

#include <criterion/criterion.h>

/* "server version | method=result (reason) name=value ... | ... ! fault" */
static void print(const struct auth_results *results, struct buffer *out)
{
	buffer_printf(out, "%.*s %d", TEXT_PRINTF(results->server), (int)results->version);
	for (const struct auth_result *one = results->first; one; one = one->next) {
		buffer_printf(out, " | %.*s=%.*s", TEXT_PRINTF(one->method),
			      TEXT_PRINTF(one->result));
		if (one->reason.length)
			buffer_printf(out, " (%.*s)", TEXT_PRINTF(one->reason));
		for (const struct auth_property *p = one->properties; p; p = p->next)
			buffer_printf(out, " %.*s=%.*s", TEXT_PRINTF(p->name),
				      TEXT_PRINTF(p->value));
	}
	if (results->fault)
		buffer_printf(out, " ! %s", results->fault);
	buffer_append_byte(out, '\0');
}

static void expect(const char *field, const char *wanted)
{
	struct auth_results results;
	struct arena arena;
	struct buffer out;

	arena_init(&arena, BUFFER_CAP_DEFAULT, LIFETIME_EVENT);
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	cr_assert(auth_results_read(text_of_string(field, LIFETIME_EVENT), &arena, &results));
	print(&results, &out);
	cr_expect_str_eq(out.data, wanted, "%s: %s", field, out.data);
	buffer_free(&out);
	arena_reset(&arena);
}

/* Most are of RFC 8601 B. */
Test(results, read)
{
	expect("example.org 1; none", "example.org 1");
	expect("example.com;\n spf=pass smtp.mailfrom=example.net",
	       "example.com 1 | spf=pass smtp.mailfrom=example.net");
	expect("example.com;\n auth=pass (cram-md5) smtp.auth=sender@example.net;\n"
	       " spf=pass smtp.mailfrom=example.net",
	       "example.com 1 | auth=pass smtp.auth=sender@example.net | spf=pass "
	       "smtp.mailfrom=example.net");
	expect("foo.example.net (foobar) 1 (baz);\n"
	       " dkim (Because I like it) / 1 (One yay) = (wait for it) fail\n"
	       " policy (A dot can go here) . (like that) expired\n"
	       " (this surprised me) = (as I wasn't expecting it) 1362471462",
	       "foo.example.net 1 | dkim=fail policy.expired=1362471462");
	expect("x; dkim=fail reason=\"bad; \\\"key\\\"\" header.d=a.example header.b=ab/c+d=",
	       "x 1 | dkim=fail (bad; \"key\") header.d=a.example header.b=ab/c+d=");
	expect("\"x\"; auth=pass smtp.auth=\"a b\"@example.org;",
	       "x 1 | auth=pass smtp.auth=a b@example.org");
	expect("", " 1 ! it does not say whose it is");
	expect("; spf=pass", " 1 ! it does not say whose it is");
	expect("x spf=pass", "x 1 ! a head that cannot be read");
	expect("x; spf=pass; dkim", "x 1 | spf=pass ! a method without a result");
	expect("x; spf=pass smtp=a", "x 1 ! a property that cannot be read");
	expect("x; spf=pass smtp.a=\"b", "x 1 ! a property that cannot be read");
	expect("x; =pass", "x 1 ! a method that cannot be read");
	expect("x; (open", "x 1");
}

static void expect_claim(const char *field, bool wanted)
{
	cr_expect_eq(
		auth_results_claims(text_of_string(field, LIFETIME_EVENT), TEXT("mx.here.example")),
		wanted, "%s", field);
}

Test(results, whose_they_are)
{
	expect_claim(" mx.here.example; spf=pass", true);
	expect_claim("MX.Here.EXAMPLE 1; spf=pass", true);
	expect_claim("\n\t(note (deep)) mx.here.example;none", true);
	expect_claim("\"mx.here.example\"; none", true);
	expect_claim("\"mx.\\here\".example; none", true);
	expect_claim("mx.here.example.; none", true);
	expect_claim("mx.here.example", true);
	expect_claim("mx.here.example/1; spf=pass", true);
	expect_claim("; spf=pass", true);
	expect_claim("\x01mx.here.example; spf=pass", true);
	expect_claim("mx .here.example; spf=pass", true);
	expect_claim("mx.there.example; spf=pass", false);
	expect_claim("xmx.here.example; spf=pass", false);
	expect_claim("here.example; spf=pass (mx.here.example)", false);
}

static const char *write(struct auth_result *result, char out[512])
{
	struct auth_results results = { .server = TEXT("mx.here.example"), .first = result };
	struct buffer buffer;
	const char *fault;

	buffer_init(&buffer, 511);
	fault = auth_results_write(&results, &buffer);
	buffer_append_byte(&buffer, '\0');
	strcpy(out, fault ? fault : buffer.data);
	buffer_free(&buffer);
	return out;
}

Test(results, written)
{
	struct auth_property property = { TEXT("smtp.mailfrom"), TEXT("a@b.example"), NULL };
	struct auth_result result = { .method = TEXT("spf"),
				      .result = TEXT("fail"),
				      .reason = TEXT_EMPTY,
				      .properties = &property };
	char out[512];

	cr_expect_str_eq(write(NULL, out), "mx.here.example; none");
	cr_expect_str_eq(write(&result, out),
			 "mx.here.example;\n\tspf=fail\n\t smtp.mailfrom=a@b.example");
	property.value = TEXT("a\r\nX: \xff \"b\\;@c");
	result.reason = TEXT("not allowed");
	cr_expect_str_eq(write(&result, out),
			 "mx.here.example;\n\tspf=fail reason=\"not allowed\"\n\t "
			 "smtp.mailfrom=\"a??X: ? \\\"b\\\\;@c\"");
	property.name = TEXT("smtp");
	cr_expect_str_eq(write(&result, out), "a property has a name like smtp.mailfrom");
	result.method = TEXT("s p f");
	cr_expect_str_eq(write(&result, out), "a method and its result are words");
}
