/* The control socket: who runs the daemon asks it things there, in lines.
 *
 * A request is one line of words: "status", "reload", "rollback 3". The answer is a line "ok" or
 * "failed CODE" (of sysexits.h), text, and the end of the connection. A client has a few seconds to
 * ask and to take its answer; root, the daemon's own user and the group of the socket are served.
 */
#ifndef SERVICE_CONTROL_H
#define SERVICE_CONTROL_H

#include <poll.h>

#include "service/process.h"

struct control;
struct control_client;

/* A whole request, without its line end. It is answered at once or later. */
typedef void control_request(void *argument, struct control_client *client, const char *line);

/* The socket of the settings, in *fd; -1: there is to be none. Prints what is wrong; 0, or a code
 * of sysexits.h. */
int control_open(const struct service_settings *settings, const struct identity *identity, int *fd);
/* Takes it out of the file system. */
void control_remove(const struct service_settings *settings);

/* Serves on that socket and takes it over. NULL when memory has ended. */
struct control *control_new(int fd, control_request *request, void *argument);
void control_free(struct control *control);
/* In another process: its descriptors go, the socket's file stays. */
void control_forget(struct control *control);

/* Ends the conversation with that text; the client is not the caller's any more. */
void control_answer(struct control_client *client, int code, struct text text);

/* What to poll for, into a set with room for CONTROL_POLLS; then the same set, polled. */
enum { CONTROL_CLIENTS_MAX = 8, CONTROL_POLLS = CONTROL_CLIENTS_MAX + 1 };
nfds_t control_poll(const struct control *control, struct pollfd *set);
void control_turn(struct control *control, const struct pollfd *set, nfds_t count);
/* When a client's time ends; INT64_MAX: there is none. */
int64_t control_deadline(const struct control *control);

#endif
