#include "net/http.h"

#include "base/memory.h"
#include "net/curl.h"
#include "net/http_channel.h"

#include <errno.h>
#include <stdio.h>

enum { LINE_MAX_BYTES = 16 * 1024 };

struct http_question {
	struct http_channel *channel; /* NULL once it is over */
	CURL *easy;
	struct curl_slist *headers, *resolve, *connect_to;
	struct buffer head, body;
	size_t head_bytes; /* of all heads, those of interim answers and trailers too */
	bool head_complete;
	int64_t deadline;
	size_t max;
	int64_t keep;
	bool no_room;
	bool failed; /* libcurl would not take all that is asked */
	int (*open)(void *argument, const struct endpoint *endpoint);
	void *argument;
	int status;
	enum http_state state;
	char reason[CURL_ERROR_SIZE];
};

/* ---- what libcurl calls ---- */

static curl_socket_t open_socket(void *argument, curlsocktype purpose,
				 struct curl_sockaddr *address)
{
	struct http_question *question = argument;
	struct endpoint endpoint;

	(void)purpose;
	if (!endpoint_of(&address->addr, address->addrlen, &endpoint))
		return CURL_SOCKET_BAD;
	return question->open(question->argument, &endpoint);
}

/* A new status line begins a new head: interim answers come before the last one. Trailers behind
 * the body are counted, and dropped. */
static size_t take_head(char *bytes, size_t size, size_t count, void *argument)
{
	struct http_question *question = argument;
	struct text line = text_of(bytes, size * count, LIFETIME_EVENT);
	long status = 0;

	question->head_bytes += line.length;
	if (question->head_bytes > HTTP_HEADERS_MAX) {
		question->no_room = true;
		return 0;
	}
	if (question->head_complete)
		return line.length;
	if (text_starts_with(line, TEXT("HTTP/"))) {
		buffer_clear(&question->head);
	} else if (text_trim(line).length == 0) {
		curl.curl_easy_getinfo(question->easy, CURLINFO_RESPONSE_CODE, &status);
		question->head_complete = status >= 200;
	} else {
		buffer_append_text(&question->head, line);
	}
	return question->head.failed ? 0 : line.length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *argument)
{
	struct http_question *question = argument;
	size_t length = size * count;

	if (length > question->max - question->body.length) {
		question->no_room = true;
		return 0;
	}
	buffer_append(&question->body, bytes, length);
	return question->body.failed ? 0 : length;
}

/* ---- asking ---- */

#define SET(option, value)                                                                         \
	(question->failed |=                                                                       \
	 curl.curl_easy_setopt(question->easy, CURLOPT_##option, (value)) != CURLE_OK)

static void add_line(struct http_question *question, struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl.curl_slist_append(*list, line);

	if (longer)
		*list = longer;
	else
		question->failed = true;
}

static void add_headers(struct http_question *question, const struct http_request *request)
{
	add_line(question, &question->headers, "Expect:");
	for (size_t i = 0; i < request->header_count; i++)
		add_line(question, &question->headers, request->headers[i]);
	SET(HTTPHEADER, question->headers);
}

/* "+HOST:PORT:ADDRESS,ADDRESS": what libcurl would have looked up. */
static void add_addresses(struct http_question *question, const struct http_request *request)
{
	struct buffer line;
	char shown[IP_PRINTED_MAX];

	if (request->address_count == 0)
		return;
	buffer_init(&line, LINE_MAX_BYTES);
	buffer_printf(&line, "+%s:%u:", request->target->host, request->target->port);
	for (size_t i = 0; i < request->address_count; i++) {
		ip_print(request->addresses[i], shown);
		buffer_printf(&line, i ? ",%s" : "%s", shown);
	}
	buffer_append_byte(&line, '\0');
	if (line.failed)
		question->failed = true;
	else
		add_line(question, &question->resolve, line.data);
	buffer_free(&line);
	SET(RESOLVE, question->resolve);
}

/* "::ADDRESS:PORT": whatever the URL says. */
static void connect_at(struct http_question *question, const struct endpoint *at)
{
	char line[IP_PRINTED_MAX + 16], shown[IP_PRINTED_MAX];
	struct ip ip;
	uint16_t port;

	if (endpoint_path(at)) {
		SET(UNIX_SOCKET_PATH, endpoint_path(at));
		return;
	}
	endpoint_address(at, &ip, &port);
	ip_print(ip, shown);
	snprintf(line, sizeof(line), ip_is_v4(ip) ? "::%s:%u" : "::[%s]:%u", shown, port);
	add_line(question, &question->connect_to, line);
	SET(CONNECT_TO, question->connect_to);
}

static void set_body(struct http_question *question, struct text body)
{
	SET(POST, 1L);
	SET(POSTFIELDSIZE_LARGE, (curl_off_t)body.length);
	SET(POSTFIELDS, body.length ? body.data : "");
}

static void set_method(struct http_question *question, const struct http_request *request)
{
	if (request->has_body)
		set_body(question, request->body);
	if (!request->has_body && strcmp(request->method, "HEAD") == 0)
		SET(NOBODY, 1L);
	else
		SET(CUSTOMREQUEST, request->method);
}

static void set_callbacks(struct http_question *question)
{
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, question);
	SET(HEADERFUNCTION, take_head);
	SET(HEADERDATA, question);
	SET(WRITEFUNCTION, take_body);
	SET(WRITEDATA, question);
	SET(ERRORBUFFER, question->reason);
}

/* Longer than ours: libcurl's own clocks never strike first. */
static long longest_wait(int64_t deadline)
{
	int64_t left = (deadline - clock_monotonic()) / 1000 + 1000;

	return left > 0 && left < INT32_MAX ? (long)left : INT32_MAX;
}

static void set_manners(struct http_question *question, const struct http_request *request)
{
	SET(PROTOCOLS_STR, "http,https");
	SET(FOLLOWLOCATION, 0L);
	SET(NOSIGNAL, 1L);
	SET(PROXY, "");
	SET(NETRC, 0L);
	SET(HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	SET(USERAGENT, "afsl");
	SET(ACCEPT_ENCODING, "gzip, deflate");
	SET(CONNECTTIMEOUT_MS, longest_wait(request->deadline));
	SET(FRESH_CONNECT, request->keep ? 0L : 1L);
	SET(FORBID_REUSE, request->keep ? 0L : 1L);
	SET(MAXAGE_CONN, (long)(request->keep / 1000000) + 1);
}

static void set_trust(struct http_question *question, const char *trust)
{
	SET(CAINFO, trust);
	SET(CAPATH, NULL);
}

static bool prepare(struct http_question *question, const struct http_request *request)
{
	SET(URL, request->target->url);
	set_callbacks(question);
	set_manners(question, request);
	set_method(question, request);
	add_headers(question, request);
	add_addresses(question, request);
	if (request->trust)
		set_trust(question, request->trust);
	if (request->at)
		connect_at(question, request->at);
	return !question->failed;
}

/* Connections are for those who ask the same server in the same way. */
static struct http_channel *take_channel(const struct http_request *request)
{
	char key[HTTP_CHANNEL_KEY_MAX];

	snprintf(key, sizeof(key), "%s %s:%u %s %s", request->target->secure ? "https" : "http",
		 request->target->host, request->target->port, request->at ? request->at->name : "",
		 request->trust ? request->trust : "");
	return http_channel_take(key, request->keep > 0);
}

struct http_question *http_ask(const struct http_request *request)
{
	struct http_question *question = memory_zeroed(1, sizeof(*question));

	if (!question)
		return NULL;
	question->deadline = request->deadline;
	question->max = request->max;
	question->keep = request->keep;
	question->open = request->open;
	question->argument = request->argument;
	buffer_init(&question->head, HTTP_HEADERS_MAX);
	buffer_init(&question->body, request->max);
	question->easy = curl.curl_easy_init();
	if (question->easy && prepare(question, request))
		question->channel = take_channel(request);
	if (question->channel && http_channel_begin(question->channel, question->easy))
		return question;
	http_free(question);
	return NULL;
}

/* ---- its end ---- */

static void finish(struct http_question *question, enum http_state state)
{
	question->state = state;
	if (question->channel) {
		http_channel_end(question->channel, question->easy);
		http_channel_give(question->channel, state == HTTP_ANSWERED ? question->keep : 0);
	}
	question->channel = NULL;
}

void http_free(struct http_question *question)
{
	if (!question)
		return;
	finish(question, HTTP_CLOSED);
	if (question->easy)
		curl.curl_easy_cleanup(question->easy);
	curl.curl_slist_free_all(question->headers);
	curl.curl_slist_free_all(question->resolve);
	curl.curl_slist_free_all(question->connect_to);
	buffer_free(&question->head);
	buffer_free(&question->body);
	memory_free(question);
}

/* libcurl says the same of a broken connection and of chunks that are none. */
static enum http_state closed_or_wrong(const struct http_question *question)
{
	long error = 0;

	curl.curl_easy_getinfo(question->easy, CURLINFO_OS_ERRNO, &error);
	return error ? HTTP_CLOSED : HTTP_WRONG;
}

static enum http_state state_of(const struct http_question *question, CURLcode code)
{
	static const struct {
		CURLcode code;
		enum http_state state;
	} states[] = {
		{ CURLE_OK, HTTP_ANSWERED },
		{ CURLE_OUT_OF_MEMORY, HTTP_TOO_LARGE }, /* or a line longer than libcurl takes */
		{ CURLE_COULDNT_RESOLVE_HOST, HTTP_REFUSED },
		{ CURLE_COULDNT_CONNECT, HTTP_REFUSED },
		{ CURLE_OPERATION_TIMEDOUT, HTTP_LATE },
		{ CURLE_GOT_NOTHING, HTTP_CLOSED },
		{ CURLE_PARTIAL_FILE, HTTP_CLOSED },
		{ CURLE_SEND_ERROR, HTTP_CLOSED },
		{ CURLE_SSL_CONNECT_ERROR, HTTP_UNTRUSTED },
		{ CURLE_PEER_FAILED_VERIFICATION, HTTP_UNTRUSTED },
		{ CURLE_SSL_CACERT_BADFILE, HTTP_UNTRUSTED },
		{ CURLE_SSL_CIPHER, HTTP_UNTRUSTED },
		{ CURLE_SSL_CERTPROBLEM, HTTP_UNTRUSTED },
		{ CURLE_SSL_ISSUER_ERROR, HTTP_UNTRUSTED },
		{ CURLE_SSL_SHUTDOWN_FAILED, HTTP_UNTRUSTED },
	};

	if (code == CURLE_WRITE_ERROR)
		return question->no_room ? HTTP_TOO_LARGE : HTTP_NO_MEMORY;
	if (code == CURLE_RECV_ERROR)
		return closed_or_wrong(question);
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (states[i].code == code)
			return states[i].state;
	return HTTP_WRONG;
}

static void end_with(struct http_question *question, CURLcode code)
{
	long status = 0;

	curl.curl_easy_getinfo(question->easy, CURLINFO_RESPONSE_CODE, &status);
	question->status = (int)status;
	if (question->reason[0] == '\0')
		snprintf(question->reason, sizeof(question->reason), "%s",
			 curl.curl_easy_strerror(code));
	finish(question, state_of(question, code));
}

enum http_state http_run(struct http_question *question)
{
	CURLcode code;

	if (!question->channel)
		return question->state;
	if (http_channel_run(question->channel, &code))
		end_with(question, code);
	else if (clock_monotonic() >= question->deadline)
		finish(question, HTTP_LATE);
	return question->state;
}

void http_wait(struct http_question *question, struct wait_request *wait)
{
	wait_begin(wait, question->deadline);
	http_channel_wait(question->channel, wait);
}

/* ---- the answer ---- */

const char *http_reason(const struct http_question *question)
{
	return question->state == HTTP_LATE ? "no answer in time" : question->reason;
}

int http_status(const struct http_question *question)
{
	return question->status;
}

struct text http_body(const struct http_question *question)
{
	return buffer_text(&question->body);
}

struct text http_headers(const struct http_question *question)
{
	return buffer_text(&question->head);
}
