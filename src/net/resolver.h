/* DNS questions that never block a thread.
 *
 * A resolver belongs to one session and is used by one thread at a time; what has been answered is
 * shared by all (dns_cache.h). Whoever asks waits for the resolver's descriptors, then looks
 * whether the answer is there. */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include "base/wait.h"
#include "net/dns.h"
#include "net/ports.h"

struct resolver;
struct question;

/* "192.0.2.1, [2001:db8::1]:5353" for all resolvers that are made from now on; NULL or "": those of
 * /etc/resolv.conf. False when it cannot be read; then nothing has changed. */
bool resolver_set_servers(const char *servers);
/* Adds the ports at which they are asked by TCP. */
void resolver_ports(struct ports *ports);

/* NULL when memory has ended or there is no name server. */
struct resolver *resolver_new(void);
/* One that asks nobody: `answer` gives each answer at once and hands it over; NULL when memory has
 * ended. */
typedef struct dns_answer *resolver_answers(void *argument, struct text name, int type);
struct resolver *resolver_new_scripted(resolver_answers *answer, void *argument);
/* Open questions are forgotten: their owners must not look at them again. */
void resolver_free(struct resolver *resolver);

/* `name` is copied. A name that cannot be one (dns_name_is_valid) is answered DNS_NO_NAME. NULL
 * when memory has ended. */
struct question *resolver_ask(struct resolver *resolver, struct text name, int type);
/* Takes what has arrived and sends what must be sent again; call it before looking at answers. */
void resolver_process(struct resolver *resolver);
/* The answer, which lives as long as the question; NULL: not yet. */
const struct dns_answer *question_answer(const struct question *question);
/* What to wait for while there are open questions; false when the request is full. */
bool resolver_wait(struct resolver *resolver, struct wait_request *request);
void question_free(struct question *question);

#endif
