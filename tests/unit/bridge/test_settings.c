#include "bridge/settings.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct diagnostics *diagnostics;
static struct bridge_settings settings;
static struct buffer printed;

static const char *problems(void)
{
	buffer_free(&printed);
	buffer_init(&printed, (size_t)1 << 20);
	diagnostics_print(diagnostics, false, &printed);
	buffer_append_byte(&printed, '\0');
	return printed.data;
}

static void read_all(const char *text)
{
	diagnostics = malloc(sizeof(*diagnostics));
	diagnostics_init(diagnostics);
	settings_init(&settings);
	settings_read(&settings, diagnostics,
		      diagnostics_add_source(diagnostics, "c", text_of_string(text, 0)), "/etc/x");
	settings_finish(&settings, diagnostics);
}

static void done(void)
{
	settings_free(&settings);
	diagnostics_free(diagnostics);
	free(diagnostics);
	buffer_free(&printed);
}

static void expect_problem(const char *text, const char *place, const char *words)
{
	read_all(text);
	const char *told = problems();
	cr_assert_not_null(strstr(told, place), "%s: %s", text, told);
	cr_assert_not_null(strstr(told, words), "%s: %s", text, told);
	done();
}

#define MILTER "milter inet:5@127.0.0.1\n"

Test(settings, it_connects_to_the_ports_of_its_milters)
{
	read_all(MILTER "milter unix:/run/x\nmilter inet6:7@::1 {\n name b\n}\n");
	const struct ports *ports = &settings.service.ports;
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert(ports->bounded);
	for (int port = 0; port < PORTS; port++)
		cr_assert_eq(ports_have(ports, (uint16_t)port), port == 5 || port == 7, "%d", port);
	done();
}

Test(settings, an_address_is_enough)
{
	read_all(MILTER);
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_eq(settings.service.listen.count, 1);
	cr_assert_str_eq(settings.service.listen.items[0].name, "inet:1981@127.0.0.1");
	cr_assert_eq(settings.milters.count, 1);
	const struct milter_settings *milter = settings.milters.items;
	cr_assert_str_eq(milter->name, "inet:5@127.0.0.1");
	cr_assert_eq(milter->connect_timeout, 5);
	cr_assert_eq(milter->end_timeout, 120);
	cr_assert_str_eq(milter_on_error_word(milter->on_error), "tempfail");
	cr_assert_str_eq(milter_who_word(milter->authenticated), "any");
	cr_assert_null(settings.spool);
	done();
}

Test(settings, each_is_read)
{
	read_all("BINDIP ::1 # a comment\n"
		 "bindPort 7\r\n"
		 "\t listen unix:/run/a inet:8@127.0.0.1\n"
		 "listen inet:9@127.0.0.1\n"
		 "allow 192.0.2.0/24 2001:db8::/32\n"
		 "allow 192.0.3.1\n"
		 "spool queue\n"
		 "maxConnections 5\n"
		 "maxMessageSize 10MB\n"
		 "user \"a \\\"b\\\"\"\n"
		 "milter unix:/run/m {\n"
		 "  name one\n"
		 "  onError skip\n"
		 "  commandTimeout 2m\n"
		 "  networks 10.0.0.0/8 192.168.0.0/16\n"
		 "  exceptNetworks 10.1.0.0/16\n"
		 "  recipientDomains Example.ORG b.example\n"
		 "  authenticated no\n"
		 "  maxSize 1M\n"
		 "  maxConnections 12\n"
		 "}\n"
		 "milter {\n"
		 "  address inet:6@127.0.0.1\n"
		 "}");
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_eq(settings.service.listen.count, 4);
	cr_assert_str_eq(settings.service.listen.items[0].name, "inet6:7@::1");
	cr_assert_str_eq(settings.service.listen.items[3].name, "inet:9@127.0.0.1");
	cr_assert_eq(settings.allow.count, 3);
	cr_assert_str_eq(settings.spool, "/etc/x/queue");
	cr_assert_eq(settings.service.sessions_max, 5);
	cr_assert_eq(settings.message_size, 10 << 20);
	cr_assert_str_eq(settings.service.user, "a \"b\"");
	cr_assert_eq(settings.milters.count, 2);
	const struct milter_settings *milter = settings.milters.items;
	cr_assert_str_eq(milter->address, "unix:/run/m");
	cr_assert_str_eq(milter->name, "one");
	cr_assert_str_eq(milter_on_error_word(milter->on_error), "skip");
	cr_assert_eq(milter->command_timeout, 120);
	cr_assert_str_eq(words_join(&settings.arena, &milter->networks),
			 "10.0.0.0/8, 192.168.0.0/16");
	cr_assert_str_eq(words_join(&settings.arena, &milter->recipient_domains),
			 "example.org, b.example");
	cr_assert_str_eq(milter_who_word(milter->authenticated), "no");
	cr_assert_eq(milter->size_most, 1 << 20);
	cr_assert_eq(milter->connections_most, 12);
	cr_assert_eq(milter[1].connections_most, 0);
	done();
}

/* The script is told of them by the same words. */
Test(settings, words_of_choices)
{
	static const char *const failures[] = { "tempfail", "accept", "reject", "skip" },
				 *const logins[] = { "any", "yes", "no" };
	char text[200];
	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof(text),
			 "milter inet:5@127.0.0.1 {\nonError %s\nauthenticated %s\n}\n",
			 failures[i], logins[i % 3]);
		read_all(text);
		const struct milter_settings *milter = settings.milters.items;
		cr_assert_str_eq(milter_on_error_word(milter->on_error), failures[i]);
		cr_assert_str_eq(milter_who_word(milter->authenticated), logins[i % 3]);
		done();
	}
}

Test(settings, unix_sockets_alone)
{
	read_all("bindIp none\nlisten unix:/run/a\n" MILTER);
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_eq(settings.service.listen.count, 1);
	done();
	expect_problem("bindIp none\n" MILTER, "c:1:1", "no address to listen on");
}

Test(settings, others_need_an_access_list)
{
	expect_problem("bindIp 0.0.0.0\n" MILTER, "C0106", "who may connect");
	expect_problem("bindIp ::\n" MILTER, "C0106", "who may connect");
	expect_problem("listen inet:1@192.0.2.1\n" MILTER, "C0106", "write: allow");
	read_all("bindIp 0.0.0.0\nallow 192.0.2.7\n" MILTER);
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	done();
}

Test(settings, mistakes)
{
	expect_problem("bindPrt 5\n" MILTER, "c:1:1", "did you mean bindPort");
	expect_problem("bindPort 0\n" MILTER, "c:1:10", "from 1 to 65535");
	expect_problem("bindPort\n" MILTER, "c:1:1", "without a value");
	expect_problem("bindPort 1 2\n" MILTER, "c:1:10", "bindPort is a number");
	expect_problem("bindPort 1\nbindPort 2\n" MILTER, "c:2:1", "set twice");
	expect_problem("bindPort = 1\n" MILTER, "c:1:10", "no \"=\"");
	expect_problem("bindIp here\n" MILTER, "c:1:8", "an address");
	expect_problem("bindIp 1.2.3.4.5\n" MILTER, "c:1:8", "an address");
	expect_problem("allow 1.2.3.4/8\n" MILTER, "c:1:7", "write an address or a network");
	expect_problem("user \"a\n" MILTER, "c:1:6", "not ended");
	expect_problem("milter nowhere\n", "c:1:8", "no address of a socket");
	expect_problem("milter inet:5 {\n", "c:1:1", "never ends");
	expect_problem("milter inet:5 {\nmilter inet:6 {\n}\n", "c:2:1", "a block in a block");
	expect_problem("milter inet:5 {\n}\n}\n", "c:3:1", "ends nothing");
	expect_problem("milter inet:5 { name a\n}\n", "c:1:17", "follows");
	expect_problem("milter {\nname a\n}\n", "C0106", "no address");
	expect_problem("milter inet:5 {\nonEror skip\n}\n", "c:2:1", "did you mean onError");
	expect_problem("milter inet:5 {\nonError never\n}\n", "c:2:9",
		       "tempfail accept reject skip");
	expect_problem("milter inet:5 {\nconnectTimeout 0\n}\n", "c:2:16", "seconds");
	expect_problem("milter inet:5 {\nrecipientDomains a@b\n}\n", "c:2:18", "write a domain");
	expect_problem(MILTER MILTER, "c:2:8", "two milters have the name");
	expect_problem("milter inet:5 {\n}\nuser {\n}\n", "C0104", "user is a text");
	expect_problem("", "C0106", "no milter is given");
}

Test(settings, all_mistakes_in_one_run)
{
	read_all("bindPort 0\nuser\nwhat 1\nallow x\nmilter inet:5 {\nonError q\n}\n");
	static const char *const places[] = { "c:1:", "c:2:", "c:3:", "c:4:", "c:6:" };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		cr_assert_not_null(strstr(problems(), places[i]), "%s", places[i]);
	done();
}

Test(settings, too_many_milters)
{
	struct buffer text;
	buffer_init(&text, 65536);
	for (int i = 0; i < 33; i++)
		buffer_printf(&text, "milter inet:%d\n", i + 1);
	buffer_append_byte(&text, '\0');
	expect_problem(text.data, "c:33:", "more than 32");
	buffer_free(&text);
}

Test(settings, bytes_that_are_no_text)
{
	diagnostics = malloc(sizeof(*diagnostics));
	diagnostics_init(diagnostics);
	settings_init(&settings);
	settings_read(&settings, diagnostics,
		      diagnostics_add_source(diagnostics, "c", text_of("a\0b", 3, 0)), NULL);
	cr_assert_not_null(strstr(problems(), "NUL"));
	done();
}

/* What is shown can be read again, and gives the same. */
Test(settings, shown_and_read_again)
{
	static char shown[2][8192];
	const char *text = "bindIp ::1\nlisten unix:/run/a inet:8@127.0.0.1\nallow 1.2.3.0/24\n"
			   "user \"a \\\"b\\\"\"\nmilter inet:5 {\nname \"x y\"\nonError reject\n"
			   "networks 10.0.0.0/8 11.0.0.1\n}\nmilter unix:/run/b\n";
	for (int round = 0; round < 2; round++) {
		struct buffer out;
		buffer_init(&out, sizeof(shown[0]));
		read_all(text);
		cr_assert_eq(diagnostics->errors, 0, "%s", problems());
		settings_show(&settings, &out);
		snprintf(shown[round], sizeof(shown[0]), "%.*s", (int)out.length, out.data);
		buffer_free(&out);
		done();
		text = shown[0];
	}
	cr_assert_str_eq(shown[0], shown[1]);
	cr_assert_not_null(strstr(shown[0], "name \"x y\""));
	cr_assert_not_null(strstr(shown[0], "\nmilter unix:/run/b {"));
}
