/* What the daemon does to itself before it serves: sockets, pid file, user, background. */
#ifndef SERVICE_PROCESS_H
#define SERVICE_PROCESS_H

#include "service/settings.h"

#include <sys/types.h>

/* These print to standard error what is wrong and return 0 or a code of sysexits.h. */

struct identity {
	bool change; /* started as root, to become somebody else */
	uid_t user;
	gid_t group;
	char name[64];
};
int group_find(const char *name, gid_t *group);
/* Are there such a user and such groups? */
int identity_check(const struct service_settings *settings);
int identity_find(const struct service_settings *settings, bool foreground,
		  struct identity *identity);
/* Becomes the user, for good, and gives up gaining privileges by exec. */
int identity_become(const struct identity *identity);

/* One descriptor for each address, in `listeners`. */
int listeners_open(const struct service_settings *settings, const struct identity *identity,
		   int *listeners);
void listeners_close(const struct service_settings *settings, int *listeners);
/* Takes UNIX sockets out of the file system. */
void listeners_remove(const struct service_settings *settings);

/* Opened and locked before the background, written behind it. -1: there is none. */
int pid_file_open(const char *path, int *fd);
void pid_file_write(int fd);

/* The parent exits; its child goes on in a session of its own, without a terminal. */
int background_enter(void);

#endif
