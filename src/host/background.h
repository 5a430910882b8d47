/* A thread of low priority beside a reactor's: sessions whose handler computes for long go on
 * there, so that the reactor's own thread is there for the others. They take turns, come back as
 * soon as they wait for something or are done, and then belong to the reactor again. */
#ifndef HOST_BACKGROUND_H
#define HOST_BACKGROUND_H

#include "afsl.h"
#include "net/loop.h"

struct background;

/* A session that is sent there; the memory is the sender's. */
struct errand {
	struct errand *next;
	struct afsl_session *session; /* afsl_computes() */
};

/* The loop is woken when something has come back. NULL when memory has ended. */
struct background *background_new(struct loop *loop);
/* Waits for the end of the turn that runs; what is still there never comes back. */
void background_free(struct background *background);

/* The session is not touched until it is back. False when there is no thread for it. */
bool background_give(struct background *background, struct errand *errand);
/* True: it is back, and background_back() will not say so. False: its turn runs; it comes back
 * after that, however it stands. */
bool background_recall(struct background *background, struct errand *errand);
/* The next one that has come back, or NULL. */
struct errand *background_back(struct background *background);

#endif
