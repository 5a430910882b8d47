#include "daemon/settings.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct diagnostics *diagnostics;
static struct daemon_settings settings;
static struct buffer printed;

static const char *problems(void)
{
	buffer_free(&printed);
	buffer_init(&printed, (size_t)1 << 20);
	diagnostics_print(diagnostics, false, &printed);
	buffer_append_byte(&printed, '\0');
	return printed.data;
}

static void begin(const char *text, const char *folder)
{
	diagnostics = malloc(sizeof(*diagnostics));
	diagnostics_init(diagnostics);
	settings_init(&settings);
	settings_read(&settings, diagnostics,
		      diagnostics_add_source(diagnostics, "c", text_of_string(text, 0)), folder);
}

static void read_all(const char *text)
{
	begin(text, "/etc/afsl");
	settings_finish(&settings, diagnostics);
}

static void done(void)
{
	settings_free(&settings);
	diagnostics_free(diagnostics);
	free(diagnostics);
	buffer_free(&printed);
}

#define FILTERS "listen = inet:1 filters = ( { script = a.afsl } ) "

static void expect_problem(const char *text, const char *place, const char *words)
{
	read_all(text);
	const char *told = problems();
	cr_assert_not_null(strstr(told, place), "%s", told);
	cr_assert_not_null(strstr(told, words), "%s", told);
	done();
}

Test(settings, defaults)
{
	read_all(FILTERS);
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_eq(settings.service.socket_mode, 0660);
	cr_assert_eq(settings.service.log, LOG_TARGET_AUTO);
	cr_assert_eq(settings.service.log_level, 2);
	cr_assert_eq(settings.on_error, AFSL_ON_ERROR_TEMPFAIL);
	cr_assert_eq(settings.service.sessions_max, 1000);
	cr_assert_eq(settings.service.backlog, 1024);
	cr_assert_eq(settings.service.read_timeout, 600);
	cr_assert_eq(settings.service.progress_interval, 3);
	cr_assert_eq(settings.service.drain_timeout, 60);
	cr_assert_null(settings.service.user);
	cr_assert_null(settings.service.pid_file);
	done();
}

Test(settings, each_is_read)
{
	read_all(FILTERS "USER = afsl group = mail socketMode = 0600 pidFile = /run/p "
			 "log = syslog logLevel = debug library = lib onError = reject "
			 "maxSessions = 5 backlog = 6 readTimeout = 2m progressInterval = 7 "
			 "drainTimeout = 1h");
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_str_eq(settings.service.user, "afsl");
	cr_assert_str_eq(settings.service.group, "mail");
	cr_assert_eq(settings.service.socket_mode, 0600);
	cr_assert_str_eq(settings.service.pid_file, "/run/p");
	cr_assert_eq(settings.service.log, LOG_TARGET_SYSLOG);
	cr_assert_eq(settings.service.log_level, 3);
	cr_assert_str_eq(settings.library, "/etc/afsl/lib");
	cr_assert_eq(settings.on_error, AFSL_ON_ERROR_REJECT);
	cr_assert_eq(settings.service.sessions_max, 5);
	cr_assert_eq(settings.service.backlog, 6);
	cr_assert_eq(settings.service.read_timeout, 120);
	cr_assert_eq(settings.service.progress_interval, 7);
	cr_assert_eq(settings.service.drain_timeout, 3600);
	done();
}

Test(settings, addresses)
{
	read_all("listen = ( inet:8891@127.0.0.1, unix:/run/a ) filters = { script = a }");
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_eq(settings.service.listen.count, 2);
	cr_assert_str_eq(settings.service.listen.items[1].name, "unix:/run/a");
	done();
	expect_problem("listen = nonsense filters = { script = a }", "c:1:10", "C0105");
	expect_problem("listen = ( inet:1 inet:1@127.0.0.1 ) filters = { script = a }", "C0107",
		       "given twice");
	expect_problem("listen = { a = b }", "C0104", "address");
	expect_problem("filters = { script = a }", "C0106", "no address");
}

/* "53 783" */
static const char *ports_of(const struct ports *ports)
{
	static char text[200];
	size_t length = 0;
	text[0] = '\0';
	if (!ports->bounded)
		return "any";
	for (int port = 0; port < PORTS; port++)
		if (ports_have(ports, (uint16_t)port))
			length +=
				(size_t)snprintf(text + length, sizeof(text) - length, " %d", port);
	return text;
}

static void expect_ports(const char *text, const char *expected)
{
	read_all(text);
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_str_eq(ports_of(&settings.service.ports), expected, "%s", text);
	done();
}

Test(settings, ports_are_those_of_the_key_and_of_what_is_named)
{
	expect_ports(FILTERS, "any");
	expect_ports(FILTERS "connectPorts = 25", " 25");
	expect_ports(FILTERS "connectPorts = ( 65535 1 783 783 )", " 1 783 65535");
	expect_ports(FILTERS "connectPorts = ()", "");
	expect_ports(FILTERS "connectPorts = 1 store = \"redis:inet:6379@127.0.0.1?db=2\"",
		     " 1 6379");
	expect_ports(FILTERS "connectPorts = 1 store = lmdb:x", " 1");
	expect_ports("listen = inet:1 connectPorts = () filters = ("
		     "{ script = a address = inet://127.0.0.1:3310 }"
		     "{ script = b address = unix:/run/x options = { port = 99 } }"
		     "{ script = c options = { a = \"inet6:7@::1\" url = \"https://h.example/x\" "
		     "b = \"http://u:9@h.example:8080\" d = \"http://[::1]?a:1\" e = "
		     "\"http://[::1]:81#a\" "
		     "f = \"https://h:99999/\" c = \"redis:inet://127.0.0.1:6380\" } } )",
		     " 7 80 81 443 3310 6380 8080");
	expect_problem(FILTERS "connectPorts = ( 0 )", "C0105", "from 1 to 65535");
	expect_problem(FILTERS "connectPorts = 65536", "C0105", "from 1 to 65535");
	expect_problem(FILTERS "connectPorts = ( smtp )", "C0105", "connectPorts");
	expect_problem(FILTERS "connectPorts = ( ( 25 ) )", "C0104", "holds numbers");
	expect_problem(FILTERS "connectPorts = { a = 25 }", "C0104", "a port or a set of them");
}

Test(settings, filters_in_their_order)
{
	read_all("listen = inet:1 onError = accept limits = { instructions = 5 callDepth = 7 }\n"
		 "filters = ( { name = z script = a.afsl priority = 5 }\n"
		 "{ script = /x/spam.afsl priority = -1 onError = reject }\n"
		 "{ name = y script = b priority = 5 limits = { callDepth = 9 } } )");
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_eq(settings.filters.count, 3);
	const struct filter_settings *filter = settings.filters.items;
	cr_assert_str_eq(filter[0].name, "spam");
	cr_assert_str_eq(filter[0].script, "/x/spam.afsl");
	cr_assert_eq(filter[0].on_error, AFSL_ON_ERROR_REJECT);
	cr_assert_str_eq(filter[1].name, "z");
	cr_assert_str_eq(filter[1].script, "/etc/afsl/a.afsl");
	cr_assert_eq(filter[1].on_error, AFSL_ON_ERROR_ACCEPT);
	cr_assert_str_eq(filter[2].name, "y");
	cr_assert_eq(filter[1].limits.count, 2);
	cr_assert_eq(filter[2].limits.count, 2);
	cr_assert_str_eq(filter[2].limits.items[0].value, "9");
	cr_assert_str_eq(filter[2].limits.items[1].name, "instructions");
	done();
}

Test(settings, folders_of_a_filter)
{
	read_all("listen = inet:1 filters = ( { script = a files = ( /srv/lists, words ) }\n"
		 "{ script = b files = /srv } { script = c } )");
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	const struct filter_settings *filter = settings.filters.items;
	cr_assert_eq(filter[0].folders.count, 2);
	cr_assert_str_eq(filter[0].folders.items[0], "/srv/lists");
	cr_assert_str_eq(filter[0].folders.items[1], "/etc/afsl/words");
	cr_assert_eq(filter[1].folders.count, 1);
	cr_assert_eq(filter[2].folders.count, 0);
	done();
	expect_problem("listen = inet:1 filters = { script = a files = { a = b } }", "C0104",
		       "folder");
	expect_problem("listen = inet:1 filters = { script = a files = ( ( a ) ) }", "C0104",
		       "files holds texts");
}

Test(settings, which_messages_a_filter_is_for)
{
	read_all("listen = inet:1 localDomains = ( example.org .example.net ) filters = (\n"
		 "{ script = a applyOn = local mixed = discardRcpt maxMessageSize = 10MB }\n"
		 "{ script = b applyOn = ( local relay ) domains = example.org accounts = ( "
		 "joe@x.example ) }\n"
		 "{ script = c } )");
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	const struct filter_settings *filter = settings.filters.items;
	cr_assert_eq(settings.local_domains.count, 2);
	cr_assert_eq(filter[0].apply_on, AFSL_APPLY_LOCAL);
	cr_assert_eq(filter[0].mixed, AFSL_MIXED_DISCARD_RCPT);
	cr_assert_eq(filter[0].size_most, 10 << 20);
	cr_assert_eq(filter[1].apply_on, AFSL_APPLY_LOCAL | AFSL_APPLY_RELAY);
	cr_assert_str_eq(filter[1].domains.items[0], "example.org");
	cr_assert_str_eq(filter[1].accounts.items[0], "joe@x.example");
	cr_assert_eq(filter[2].apply_on, 0);
	cr_assert_eq(filter[2].mixed, AFSL_MIXED_ALL);
	cr_assert_eq(filter[2].size_most, 0);
	done();
	expect_problem("listen = inet:1 filters = { script = a applyOn = all }", "C0105",
		       "local, relay");
	expect_problem("listen = inet:1 filters = { script = a applyOn = relay }", "C0106",
		       "localDomains");
	expect_problem("listen = inet:1 filters = { script = a domains = joe@example.org }",
		       "C0105", "not a domain");
	expect_problem("listen = inet:1 filters = { script = a accounts = ( @example.org ) }",
		       "C0105", "not an account");
	expect_problem("listen = inet:1 filters = { script = a maxMessageSize = 0 }", "C0105",
		       "size");
	expect_problem("listen = inet:1 filters = { script = a mixed = some }", "C0105",
		       "discardRcpt");
}

Test(settings, connections_of_a_filter_are_limits)
{
	read_all("listen = inet:1 limits = { connections = 7 connectionIdle = 2s } filters = (\n"
		 "{ script = a maxConnections = 10 idleTimeout = 5m } { script = b } )");
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	const struct setting_list *a = &settings.filters.items[0].limits;
	const struct setting_list *b = &settings.filters.items[1].limits;
	cr_assert_eq(a->count, 2);
	cr_assert_str_eq(a->items[0].name, "connections");
	cr_assert_str_eq(a->items[0].value, "10");
	cr_assert_str_eq(a->items[1].name, "connectionIdle");
	cr_assert_str_eq(a->items[1].value, "300000");
	cr_assert_eq(b->count, 2);
	cr_assert_str_eq(b->items[0].value, "7");
	cr_assert_str_eq(b->items[1].value, "2000");
	done();
	expect_problem("listen = inet:1 filters = { script = a maxConnections = 0 }", "C0105",
		       "from 1 to 65536");
	expect_problem("listen = inet:1 filters = { script = a idleTimeout = 0 }", "C0105",
		       "seconds");
	expect_problem("listen = inet:1 filters = { script = a idleTimeout = 2d }", "C0105",
		       "seconds");
	expect_problem("listen = inet:1 filters = { script = a maxConnections = 2 limits = { "
		       "connections = 3 } }",
		       "C0107", "maxConnections is given twice");
}

Test(settings, options_and_address)
{
	read_all("listen = inet:1 filters = { script = a address = \"inet://127.0.0.1:8891\"\n"
		 "options = { limit = 5 words = \"a b\" } }");
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	const struct setting_list *options = &settings.filters.items[0].options;
	cr_assert_eq(options->count, 3);
	cr_assert_str_eq(options->items[1].name, "words");
	cr_assert_str_eq(options->items[1].value, "a b");
	cr_assert_str_eq(options->items[2].name, "address");
	cr_assert_str_eq(options->items[2].value, "inet://127.0.0.1:8891");
	done();
	expect_problem("listen = inet:1 filters = { script = a address = inet:1 "
		       "options = { address = inet:2 } }",
		       "C0107", "address is given twice");
	expect_problem("listen = inet:1 filters = { script = a address = what }", "C0105",
		       "c:1:50");
	expect_problem("listen = inet:1 filters = { script = a options = { a = 1 A = 2 } }",
		       "C0107", "set twice");
	expect_problem("listen = inet:1 filters = { script = a options = { a = ( b ) } }", "C0104",
		       "a text or a number");
}

Test(settings, mistakes)
{
	expect_problem(FILTERS "logLevle = info", "C0103", "did you mean logLevel");
	expect_problem(FILTERS "zzzzzz = info", "C0103", "no setting \"zzzzzz\"");
	expect_problem(FILTERS "logLevel = loud", "C0105", "error warning info debug");
	expect_problem(FILTERS "maxSessions = 0", "C0105", "from 1 to 1000000");
	expect_problem(FILTERS "maxSessions = 1000001", "C0105", "from 1 to");
	expect_problem(FILTERS "maxSessions = many", "C0105", "many");
	expect_problem(FILTERS "readTimeout = 0", "C0105", "seconds");
	expect_problem(FILTERS "readTimeout = 5x", "C0105", "seconds");
	expect_problem(FILTERS "socketMode = 0888", "C0105", "octal");
	expect_problem(FILTERS "socketMode = 1777", "C0105", "octal");
	/* 2 to the 72nd and 0660: what would be left of it in 64 bits is a mode. */
	expect_problem(FILTERS "socketMode = 1000000000000000000000660", "C0105", "octal");
	expect_problem(FILTERS "user = ( a )", "C0104", "user is a text");
	expect_problem(FILTERS "user = \"\"", "C0105", "user is empty");
	expect_problem(FILTERS "user = a user = b", "C0107", "set twice");
	expect_problem(FILTERS "limits = ( a )", "C0104", "limits");
	expect_problem(FILTERS "limits = { callDeph = 5 }", "C0103", "did you mean callDepth");
	expect_problem(FILTERS "limits = { callDepth = 0 }", "C0105", "nothing is without a limit");
	expect_problem(FILTERS "limits = { callDepth = -1 }", "C0105", "callDepth");
	expect_problem(FILTERS "limits = { eventTime = 5s eventtime = 6s }", "C0107", "twice");
	expect_problem("listen = inet:1 filters = { name = a }", "C0106", "no script");
	expect_problem("listen = inet:1 filters = ( word )", "C0104", "an object");
	expect_problem("listen = inet:1 filters = word", "C0104", "filters");
	expect_problem("listen = inet:1 filters = ( { script = a scirpt = b } )", "C0103",
		       "did you mean script");
	expect_problem("listen = inet:1 filters = ( { script = a } { script = b/a.afsl } )",
		       "C0107", "two filters have the name a");
	expect_problem("listen = inet:1 filters = { script = a accounts = ( joe@ ) }", "C0105",
		       "not an account");
	expect_problem("listen = inet:1 filters = { script = a accounts = @x }", "C0105",
		       "not an account");
	expect_problem("listen = inet:1 filters = { script = a domains = joe@x }", "C0105",
		       "not a domain");
	expect_problem("listen = inet:1", "C0106", "no filter");
}

Test(settings, all_mistakes_in_one_run)
{
	read_all("logLevel = loud\nmaxSessions = 0\nwhat = 1\nlisten = x\nfilters = { name = a }");
	cr_assert_geq(diagnostics->errors, 5);
	for (int line = 1; line <= 5; line++) {
		char place[16];
		snprintf(place, sizeof(place), "c:%d:", line);
		cr_assert_not_null(strstr(problems(), place), "%s", place);
	}
	done();
}

Test(settings, too_many_filters)
{
	struct buffer text;
	buffer_init(&text, 65536);
	buffer_append_string(&text, "listen = inet:1 filters = (");
	for (int i = 0; i < 101; i++)
		buffer_printf(&text, "{ name = n%d script = s }", i);
	buffer_append_string(&text, ")");
	buffer_append_byte(&text, '\0');
	expect_problem(text.data, "C0105", "more than 100");
	buffer_free(&text);
}

Test(settings, command_line_adds)
{
	const char *why;
	struct afsl_setting pair = { "address", "inet:2" };
	struct setting_list options = { &pair, 1 };
	begin("", NULL);
	cr_assert(settings_add_listen(&settings, "inet:5@127.0.0.1", &why));
	cr_assert_not(settings_add_listen(&settings, "what", &why));
	cr_assert_not_null(why);
	cr_assert(settings_add_script(&settings, "dir/one.afsl", &options));
	settings_finish(&settings, diagnostics);
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_str_eq(settings.filters.items[0].name, "one");
	cr_assert_str_eq(settings.filters.items[0].script, "dir/one.afsl");
	cr_assert_str_eq(settings.filters.items[0].options.items[0].value, "inet:2");
	done();
}

/* What is shown can be read again, and gives the same. */
Test(settings, shown_and_read_again)
{
	static char shown[2][8192];
	const char *text =
		"listen = ( inet:1 unix:/run/a ) user = \"a \\\"b\\\" \\\\ c\" socketMode = 0640\n"
		"logLevel = warning connectPorts = ( 783 25 ) limits = { eventTime = 5s }\n"
		"filters = ( { name = \"x y\" script = a.afsl address = inet:7 options = { o = \"# "
		"/* \" } "
		"priority = 3 onError = accept } { name = y script = \"/* b\" } )";
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
	cr_assert_not_null(strstr(shown[0], "user = \"a \\\"b\\\" \\\\ c\""));
	cr_assert_not_null(strstr(shown[0], "socketMode = 0640"));
	cr_assert_not_null(strstr(shown[0], "connectPorts = ( 25 783 )"));
	cr_assert_not_null(strstr(shown[0], "eventTime = 5000"));
	cr_assert_not_null(strstr(shown[0], "# group is not set"));
}

static char *file_text(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "r");
	cr_assert_not_null(file, "run from the top folder");
	cr_assert_gt(getdelim(&text, &size, '\0', file), 0);
	fclose(file);
	return text;
}

Test(settings, the_example_is_right)
{
	char *text = file_text("docs/afsld.conf.example");
	read_all(text);
	cr_assert_eq(diagnostics->errors, 0, "%s", problems());
	cr_assert_eq(settings.filters.count, 1);
	done();
	free(text);
}

/* Every setting stands in the manual with its help and its default. */
Test(settings, the_manual_has_them_all)
{
	char *manual = file_text("docs/man/afsld.conf.5");
	for (char *at = manual; *at; at++)
		if (*at == '\n')
			*at = ' ';
	for (size_t i = 0; i < daemon_table.count; i++) {
		char entry[128];
		const struct setting_row *row = &daemon_table.rows[i];
		snprintf(entry, sizeof(entry), ".It Cm %s No =", row->name);
		cr_assert_not_null(strstr(manual, entry), "%s", entry);
		cr_assert_not_null(strstr(manual, row->help), "%s: %s", row->name, row->help);
		if (*row->unset) {
			snprintf(entry, sizeof(entry), "Default: %s", row->unset);
			cr_assert_not_null(strstr(manual, entry), "%s: %s", row->name, entry);
		}
	}
	free(manual);
}
