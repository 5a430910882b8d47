#include "daemon/configuration.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/memory.h"
#include "files.h"
#include "service/file.h"

static struct buffer told;
static struct sources sources;
static bool strict; /* as when root starts it */

static void begin(void)
{
	sources_init(&sources, false);
	files_begin();
	buffer_init(&told, (size_t)1 << 20);
}

static void end(void)
{
	files_end();
	sources_free(&sources);
	buffer_free(&told);
}

static int load(struct command *command, bool chain_too)
{
	struct configuration configuration;
	struct afsl_chain *chain = NULL;
	buffer_clear(&told);
	sources_free(&sources);
	sources_init(&sources, strict);
	int code = configuration_load(command, &sources, &configuration, &told);
	if (!code && chain_too)
		code = chain_load(&configuration, &told, &chain);
	cr_assert(!chain_too || code || chain);
	afsl_chain_release(chain);
	configuration_free(&configuration);
	buffer_append_byte(&told, '\0');
	return code;
}

static int load_file(const char *name)
{
	struct command command = { .common.program = "afsld", .common.config = files_path(name) };
	return load(&command, true);
}

Test(configuration, good)
{
	begin();
	files_write("a.afsl",
		    "option limit: int = 1;\nevent onEhlo { if (limit > 3) { reject(); } }\n");
	files_write("good",
		    "listen = inet:1 filters = { script = a.afsl options = { limit = 5 } }\n");
	cr_assert_eq(load_file("good"), 0, "%s", told.data);
	end();
}

Test(configuration, files_that_are_none)
{
	begin();
	cr_assert_eq(load_file("absent"), EX_NOINPUT);
	cr_assert_not_null(strstr(told.data, "No such file"));
	mkdir(files_path("sub"), 0755);
	cr_assert_eq(load_file("sub"), EX_NOINPUT);
	cr_assert_not_null(strstr(told.data, "folder"));
	mkfifo(files_path("pipe"), 0600);
	cr_assert_eq(load_file("pipe"), EX_NOINPUT);
	cr_assert_not_null(strstr(told.data, "not a file"));
	end();
}

Test(configuration, wrong_scripts)
{
	begin();
	files_write("bad.afsl", "event onEhlo { what }\n");
	files_write("both",
		    "listen = inet:1 filters = ( { script = bad.afsl } { script = absent.afsl } )");
	cr_assert_eq(load_file("both"), EX_CONFIG);
	cr_assert_not_null(strstr(told.data, "bad.afsl:1:"));
	cr_assert_not_null(strstr(told.data, "absent.afsl"));
	files_write("a.afsl", "event onEhlo { }\n");
	files_write("option",
		    "listen = inet:1 filters = { script = a.afsl options = { none = 1 } }");
	cr_assert_eq(load_file("option"), EX_CONFIG);
	end();
}

Test(configuration, command_line_replaces)
{
	begin();
	files_write("a.afsl", "event onEhlo { }\n");
	files_write("good",
		    "listen = inet:1 filters = { script = absent.afsl } logLevel = debug\n");
	const char *listens[] = { "inet:2" }, *scripts[] = { files_path("a.afsl") };
	const char *sets[] = { "logLevel = error" };
	struct command command = { .common.config = files_path("good"),
				   .listens = listens,
				   .listen_count = 1,
				   .scripts = scripts,
				   .script_count = 1,
				   .common.sets = sets,
				   .common.set_count = 1 };
	struct configuration configuration;
	cr_assert_eq(configuration_load(&command, &sources, &configuration, &told), 0);
	cr_assert_eq(configuration.settings.service.listen.count, 1);
	cr_assert_str_eq(configuration.settings.service.listen.items[0].name, "inet:2@127.0.0.1");
	cr_assert_eq(configuration.settings.filters.count, 1);
	cr_assert_eq(configuration.settings.service.log_level, 0);
	configuration_free(&configuration);
	listens[0] = "what";
	cr_assert_eq(load(&command, false), EX_USAGE);
	listens[0] = "inet:2";
	sets[0] = "logLevle = x";
	cr_assert_eq(load(&command, false), EX_CONFIG);
	cr_assert_not_null(strstr(told.data, "--set:1:1"));
	end();
}

static void whom_to_trust(void)
{
	begin();
	files_write("a.afsl", "event onEhlo { }\n");
	files_write("good", "listen = inet:1 filters = { script = a.afsl }\n");
	cr_assert_null(file_distrust(files_path("a.afsl")));
	cr_assert_null(file_distrust(files_path("absent")));
	chmod(files_path("a.afsl"), 0666);
	cr_assert_not_null(file_distrust(files_path("a.afsl")));
	cr_assert_eq(load_file("good"), strict ? EX_CONFIG : EX_OK);
	cr_assert_not_null(strstr(told.data, "everybody can write to it"));
	chmod(files_path("a.afsl"), 0644);
	chmod(files_path("good"), 0646);
	cr_assert_eq(load_file("good"), strict ? EX_CONFIG : EX_OK);
	chmod(files_path("good"), 0644);
	chmod(files_folder, 0777);
	cr_assert_not_null(strstr(file_distrust(files_path("good")), "folder"));
	chmod(files_folder, 01777);
	cr_assert_null(file_distrust(files_path("good")));
	files_write("a.afsl", "use \"b.afsl\" as b;\nevent onEhlo { }\n");
	files_write("b.afsl", "const X = 1;\n");
	chmod(files_path("b.afsl"), 0666);
	cr_assert_eq(load_file("good"), strict ? EX_CONFIG : EX_OK);
	cr_assert_not_null(strstr(told.data, "0507]: everybody can write to "));
	end();
}

Test(configuration, whoever_is_not_root_is_warned_of_files_that_others_can_write)
{
	strict = false;
	whom_to_trust();
}

Test(configuration, a_daemon_that_root_starts_refuses_files_that_others_can_write)
{
	strict = true;
	whom_to_trust();
}

/* Written, mapped, and compiled again when the disk says something else, or nothing. */
Test(configuration, what_was_loaded_is_kept)
{
	begin();
	files_write("a.afsl", "use \"b.afsl\" as b;\nuse \"./b.afsl\" as again;\n"
			      "event onEhlo { if (ehloHost == b.X) { reject(again.X); } }\n");
	files_write("b.afsl", "const X = \"one\";\n");
	files_write(
		"good",
		"listen = inet:1 filters = ( { script = a.afsl } { script = a.afsl name = b } )\n");
	cr_assert_eq(load_file("good"), 0, "%s", told.data);
	int fd = memfd_create("sources", MFD_CLOEXEC);
	cr_assert(sources_write(&sources, fd));
	files_write("a.afsl", "event onEhlo {\n");
	unlink(files_path("b.afsl"));
	files_write("good", "nonsense\n");
	cr_assert_neq(load_file("good"), 0);
	sources_free(&sources);
	cr_assert(sources_map(&sources, fd));
	cr_assert_eq(sources.count, 4);
	struct command command = { .common.config = files_path("good") };
	struct configuration configuration;
	struct afsl_chain *chain = NULL;
	buffer_clear(&told);
	cr_assert_eq(configuration_load(&command, &sources, &configuration, &told), 0);
	cr_assert_eq(chain_load(&configuration, &told, &chain), 0, "%s", told.data);
	afsl_chain_release(chain);
	configuration_free(&configuration);
	close(fd);
	end();
}

Test(configuration, memory_may_end_anywhere)
{
	begin();
	files_write("a.afsl", "event onEhlo { }\n");
	files_write("good", "listen = inet:1 filters = { script = a.afsl options = { } }\n");
	for (unsigned long nth = 1; nth < 40; nth++) {
		struct command command = { .common.config = files_path("good") };
		struct configuration configuration;
		buffer_clear(&told);
		sources_free(&sources);
		memory_fail_at(nth, true);
		int code = configuration_load(&command, &sources, &configuration, &told);
		memory_fail_at(0, false);
		configuration_free(&configuration);
		if (code == 0)
			break;
		cr_assert(nth < 39);
	}
	end();
}
