/* HTTP questions that never block a thread, asked by libcurl behind the wait request.
 *
 * A question has one connection at a time and is used by one thread at a time. Connections stay
 * open for the next question to the same server, of whatever session of the process. Names are not
 * looked up here: whoever asks brings the addresses. Only http and https are spoken, certificates
 * are verified, redirects are answers like others, and no proxy, cookie or password file of the
 * surroundings counts. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/wait.h"
#include "net/socket.h"

enum { HTTP_URL_MAX = 4096, HTTP_HOST_MAX = 256, HTTP_HEADERS_MAX = 64 * 1024 };

/* Loads the library; false with a sentence in *why. All else comes after it. */
bool http_load(const char **why);

/* Where a URL leads. */
struct http_target {
	char url[HTTP_URL_MAX];
	char host[HTTP_HOST_MAX]; /* without brackets */
	uint16_t port;
	bool secure;	 /* https */
	bool is_address; /* `host` is one: nothing has to be looked up */
	struct ip ip;
};

/* `base`, which may be NULL, is what a relative URL starts at. NULL, or what is wrong with it. */
const char *http_target_parse(struct text url, const struct http_target *base,
			      struct http_target *target);
bool http_same_origin(const struct http_target *a, const struct http_target *b);

struct http_request {
	const char *method;
	const struct http_target *target;
	const char *const *headers; /* "Name: value", a name without a value as "Name;" */
	size_t header_count;
	struct text body; /* stays where it is until the question is freed */
	bool has_body;
	const struct endpoint *at;  /* connects there instead; NULL: where the URL leads */
	const struct ip *addresses; /* of the host, unless it is an address or `at` is set */
	size_t address_count;
	const char *trust; /* file of certificates that are trusted; NULL: the system's */
	size_t max;	   /* bytes of the answer's body */
	int64_t deadline;  /* clock_monotonic() */
	/* A descriptor for libcurl, which connects it; -1 sets errno. */
	int (*open)(void *argument, const struct endpoint *endpoint);
	void *argument;
	int64_t keep; /* microseconds that the connection may wait to be used again; 0: it is
			 neither kept nor one of before */
};

struct http_question;

/* Begins it; the request's texts are copied but for the body. NULL when memory has ended. */
struct http_question *http_ask(const struct http_request *request);
/* Given up, or done with. */
void http_free(struct http_question *question);

enum http_state {
	HTTP_WAITING,
	HTTP_ANSWERED,
	HTTP_REFUSED,	/* no connection */
	HTTP_UNTRUSTED, /* TLS, or its certificate */
	HTTP_CLOSED,	/* the other side ended it too early */
	HTTP_WRONG,	/* what it says is no HTTP */
	HTTP_TOO_LARGE,
	HTTP_LATE,
	HTTP_NO_MEMORY,
};

/* Does what can be done now. */
enum http_state http_run(struct http_question *question);
/* What to wait for, while it waits. */
void http_wait(struct http_question *question, struct wait_request *wait);
/* Why there is no answer: a sentence that lives as long as the question. */
const char *http_reason(const struct http_question *question);

/* The answer, which lives as long as the question. */
int http_status(const struct http_question *question);
struct text http_body(const struct http_question *question);
/* Header fields as they came, each with its CR LF. */
struct text http_headers(const struct http_question *question);

#endif
