#include "service/loading.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/system.h"
#include "base/wait.h"
#include "service/sandbox.h"

enum {
	PATIENCE = 60, /* seconds */
	PROBLEMS_MAX = 4 << 20,
};

/* ---- in the process ---- */

static int load(const struct loading *loading, const struct service *service,
		struct buffer *problems)
{
	struct afsl_chain *chain = NULL;
	struct sources sources;
	sources_init(&sources, service->strict);
	int code = service->load(service, &sources, problems, &chain);
	if (!code && !sources_write(&sources, loading->sources)) {
		buffer_printf(problems, "the scripts cannot be kept: %s\n", strerror(errno));
		code = EX_OSERR;
	}
	afsl_chain_release(chain);
	sources_free(&sources);
	return code;
}

__attribute__((noreturn)) static void run(const struct loading *loading,
					  const struct service *service,
					  const struct identity *identity)
{
	struct buffer problems;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	setpgid(0, 0);
	buffer_init(&problems, PROBLEMS_MAX);
	int code = identity ? identity_become(identity) : EX_OK;
	if (!code) {
		struct sandbox_room room = { .stores = service->settings->stores,
					     .ports = &service->settings->ports };
		sandbox_enter(&room);
		code = load(loading, service, &problems);
	}
	if (!system_write_whole(loading->problems, problems.data, problems.length) && !code)
		code = EX_OSERR;
	buffer_free(&problems);
	_exit(code);
}

/* ---- around it ---- */

static void files_close(struct loading *loading)
{
	if (loading->problems >= 0)
		close(loading->problems);
	if (loading->sources >= 0)
		close(loading->sources);
	loading->problems = loading->sources = -1;
}

static bool files_open(struct loading *loading)
{
	loading->problems = memfd_create("problems", MFD_CLOEXEC);
	loading->sources = memfd_create("sources", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return loading->problems >= 0 && loading->sources >= 0;
}

bool loading_begin(struct loading *loading, const struct service *service,
		   const struct identity *identity)
{
	*loading = (struct loading){ .deadline = clock_monotonic() + PATIENCE * 1000000 };
	if (!files_open(loading)) {
		files_close(loading);
		return false;
	}
	pid_t pid = system_fork();
	if (pid == 0)
		run(loading, service, identity);
	if (pid < 0) {
		files_close(loading);
		return false;
	}
	loading->pid = pid;
	return true;
}

static void problems_read(const struct loading *loading, struct buffer *problems)
{
	lseek(loading->problems, 0, SEEK_SET);
	buffer_read(problems, loading->problems);
}

static int code_of(const struct loading *loading, struct buffer *problems)
{
	if (WIFEXITED(loading->status))
		return WEXITSTATUS(loading->status);
	buffer_printf(problems, "%s by signal %d\n",
		      clock_monotonic() >= loading->deadline
			      ? "compiling took too long: it was ended"
			      : "the compiler was ended",
		      WTERMSIG(loading->status));
	return EX_SOFTWARE;
}

int loading_end(struct loading *loading, struct buffer *problems, int *sources)
{
	problems_read(loading, problems);
	int code = code_of(loading, problems);
	*sources = -1;
	if (!code) {
		/* It is what all workers compile from here on: nobody changes it any more. */
		fcntl(loading->sources, F_ADD_SEALS,
		      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
		*sources = loading->sources;
		loading->sources = -1;
	}
	files_close(loading);
	loading->pid = 0;
	return code;
}

int loading_whole(const struct service *service, const struct identity *identity,
		  struct buffer *problems, int *sources)
{
	struct loading loading;
	*sources = -1;
	if (!loading_begin(&loading, service, identity)) {
		buffer_printf(problems, "no process to compile in: %s\n", strerror(errno));
		return EX_OSERR;
	}
	while (waitpid(loading.pid, &loading.status, 0) < 0 && errno == EINTR) {
	}
	return loading_end(&loading, problems, sources);
}
