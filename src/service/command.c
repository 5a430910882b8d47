#include "service/command.h"

#include <stdio.h>

#include "afsl.h"

bool command_init(struct service_command *command, int argc, char **argv, const char *name)
{
	*command = (struct service_command){ .program = argc ? argv[0] : name };
	arena_init(&command->arena, (size_t)16 << 20, LIFETIME_PROGRAM);
	command->sets = arena_zeroed(&command->arena, ((size_t)argc + 1) * sizeof(char *));
	optind = 0; /* begins anew, also in tests */
	return command->sets != NULL;
}

enum command_result command_wrong(const struct service_command *command, const char *what)
{
	fprintf(stderr, "%s: %s; %s --help says how it is called\n", command->program, what,
		command->program);
	return COMMAND_WRONG;
}

enum command_result command_option(struct service_command *command, int option, const char *name,
				   const char *help)
{
	switch (option) {
	case 'c':
		command->config = optarg;
		return COMMAND_RUN;
	case 't':
		command->test = true;
		return COMMAND_RUN;
	case 'f':
		command->foreground = true;
		return COMMAND_RUN;
	case 's':
		command->sets[command->set_count++] = optarg;
		return COMMAND_RUN;
	case OPTION_SHOW_CONFIG:
		command->show = true;
		return COMMAND_RUN;
	case 'h':
		fputs(help, stdout);
		return COMMAND_DONE;
	case 'V':
		printf("%s " AFSL_VERSION "\n", name);
		return COMMAND_DONE;
	default:
		/* getopt has said what is wrong. */
		return command_wrong(command, "the command line is not understood");
	}
}
