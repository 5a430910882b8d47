/* What the callbacks need of the server around them. */
#ifndef HOST_LIBMILTER_SERVER_H
#define HOST_LIBMILTER_SERVER_H

#include "host/host.h"
#include "host/libmilter_session.h"

/* May a session begin? ADMIT_REFUSED: it is told to come again later; ADMIT_NOT: there is not even
 * a descriptor to spare for telling it. */
enum admission { ADMIT, ADMIT_REFUSED, ADMIT_NOT };
enum admission server_admission(void);

/* A session that libmilter knows; refused ones have no engine. NULL when memory has ended. */
struct libmilter_session *server_session_begin(SMFICTX *context, bool refused);
void server_session_end(SMFICTX *context, struct libmilter_session *session);

/* Seconds between signs of life at the end of a message. */
unsigned server_progress_interval(void);

#endif
