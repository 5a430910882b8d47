#include "daemon/command.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>

static struct command command;

static enum command_result parse(const char *first, ...)
{
	const char *argv[20] = { "afsld", first };
	int argc = first ? 2 : 1;
	va_list rest;
	va_start(rest, first);
	while (first && (argv[argc] = va_arg(rest, const char *)))
		argc++;
	va_end(rest);
	return command_parse(argc, (char **)(uintptr_t)argv, &command);
}

static void done(void)
{
	arena_reset(&command.common.arena);
}

Test(command, scripts_with_options)
{
	cr_assert_eq(parse("--foreground", "--listen", "inet:1", "-D", "a=b=c", "--option",
			   "d=", "x.afsl", "y.afsl", NULL),
		     COMMAND_RUN);
	cr_assert(command.common.foreground && !command.common.test && !command.common.show);
	cr_assert_null(command.common.config);
	cr_assert_eq(command.script_count, 2);
	cr_assert_str_eq(command.scripts[1], "y.afsl");
	cr_assert_eq(command.listen_count, 1);
	cr_assert_str_eq(command.listens[0], "inet:1");
	cr_assert_eq(command.options.count, 2);
	cr_assert_str_eq(command.options.items[0].name, "a");
	cr_assert_str_eq(command.options.items[0].value, "b=c");
	cr_assert_str_eq(command.options.items[1].value, "");
	done();
}

Test(command, a_file)
{
	cr_assert_eq(parse("-c", "f", "-t", "-s", "a=b", "--show-config", NULL), COMMAND_RUN);
	cr_assert_str_eq(command.common.config, "f");
	cr_assert(command.common.test && command.common.show && !command.common.foreground);
	cr_assert_str_eq(command.common.sets[0], "a=b");
	done();
	cr_assert_eq(parse("-s", "a=b", "--server", "libmilter", NULL), COMMAND_RUN);
	cr_assert_eq(command.common.set_count, 2);
	cr_assert_str_eq(command.common.sets[1], "server=libmilter");
	done();
	cr_assert_eq(parse(NULL), COMMAND_RUN);
	cr_assert_str_eq(command.common.config, CONFIG_PATH_DEFAULT);
	done();
	cr_assert_eq(parse("-c", "f", "x.afsl", NULL), COMMAND_RUN);
	cr_assert_str_eq(command.common.config, "f");
	cr_assert_eq(command.script_count, 1);
	done();
}

Test(command, wrong, .init = cr_redirect_stderr)
{
	cr_assert_eq(parse("--nothing", NULL), COMMAND_WRONG);
	done();
	cr_assert_eq(parse("-c", NULL), COMMAND_WRONG);
	done();
	cr_assert_eq(parse("-D", "a", "x.afsl", NULL), COMMAND_WRONG);
	done();
	cr_assert_eq(parse("-D", "=a", "x.afsl", NULL), COMMAND_WRONG);
	done();
	cr_assert_eq(parse("-c", "f", "-D", "a=b", NULL), COMMAND_WRONG);
	done();
}

Test(command, help_and_version, .init = cr_redirect_stdout)
{
	cr_assert_eq(parse("--help", NULL), COMMAND_DONE);
	done();
	cr_assert_eq(parse("-V", NULL), COMMAND_DONE);
	done();
}
