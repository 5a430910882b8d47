/* Module http. A call looks the host up, asks, and waits; a redirect that is followed begins anew.
 */
#include "net/http.h"
#include "net/ports.h"
#include "builtins/answer.h"
#include "builtins/asking.h"
#include "builtins/builtins.h"
#include "builtins/http_fields.h"
#include "builtins/mail_call.h"
#include "builtins/socket.h"

#include <errno.h>
#include <stdio.h>

enum { ADDRESSES_MAX = 6, METHOD_MAX = 20, REDIRECTS_MAX = 10, TRUST_MAX = 500 };
enum { ANSWER_STATUS, ANSWER_HEADERS, ANSWER_BODY }; /* fields of http.Answer */

/* What the script asks for. */
struct wish {
	struct text method, url, body, type;
	bool has_body;
	const struct list *headers;
	int64_t timeout, max;
	struct text at, trust;
	int64_t redirects;
};

/* How far a call has come; in the event's arena. */
struct progress {
	struct http_target target;
	struct endpoint at;
	bool has_at;
	char method[METHOD_MAX];
	struct http_fields fields;
	const char *trust;
	int64_t deadline;
	int64_t redirects; /* that may still be followed */
	void *lookups;	   /* of the host's name: struct asking */
	struct ip addresses[ADDRESSES_MAX];
	size_t address_count;
	struct http_question *question;
	struct claim claim;				    /* of its connection */
	struct context *context;			    /* for open_socket */
	char refused[sizeof(((struct endpoint *)0)->name)]; /* where we may not connect to */
	const char *refused_why;
};

/* ---- beginning ---- */

static void forget(void *argument)
{
	struct progress *progress = argument;

	http_free(progress->question);
	claim_end(&progress->claim);
	progress->question = NULL;
}

static const char *wish_fault(const struct wish *wish)
{
	if (!http_is_token(wish->method) || wish->method.length >= METHOD_MAX)
		return "this is no method: write GET, POST, PUT ...";
	if (text_equals(wish->method, TEXT("CONNECT")))
		return "this method is not for scripts";
	if (wish->timeout <= 0)
		return "a timeout must be longer than nothing";
	if (wish->max < 0)
		return "max must not be negative";
	if (wish->redirects < 0 || wish->redirects > REDIRECTS_MAX)
		return "redirects must be from 0 to 10";
	if (wish->trust.length > TRUST_MAX || text_contains_byte(wish->trust, '\0'))
		return "the name of the file of certificates is too long";
	return NULL;
}

static const char *read_places(const struct wish *wish, struct progress *progress)
{
	const char *fault = http_target_parse(wish->url, NULL, &progress->target);

	if (fault || wish->at.length == 0)
		return fault;
	progress->has_at = true;
	return endpoint_parse(wish->at, &progress->at);
}

static enum call_result begin(struct call *call, const struct wish *wish, struct progress **out)
{
	struct progress *progress = arena_zeroed(call_arena(call), sizeof(*progress));
	int64_t longest = (int64_t)86400 * 1000000;
	const char *fault = wish_fault(wish);

	if (!progress || !arena_defer(call_arena(call), forget, progress))
		return call_memory(call);
	if (!fault)
		fault = read_places(wish, progress);
	if (fault)
		return call_raise(call, "argument", 0, false, "%s", fault);
	snprintf(progress->method, sizeof(progress->method), "%.*s", TEXT_PRINTF(wish->method));
	if (wish->trust.length)
		progress->trust = arena_string(call_arena(call), wish->trust);
	if (wish->trust.length && !progress->trust)
		return call_memory(call);
	progress->deadline =
		clock_monotonic() + (wish->timeout < longest ? wish->timeout : longest);
	progress->redirects = wish->redirects;
	progress->context = context_of(call);
	*call->pending = *out = progress;
	return http_fields_read(call, wish->headers, wish->type, &progress->fields);
}

/* ---- the host's addresses ---- */

static void add_addresses(struct progress *progress, const struct dns_answer *answer)
{
	for (uint32_t i = 0; i < answer->count && progress->address_count < ADDRESSES_MAX; i++)
		progress->addresses[progress->address_count++] = answer->records[i].ip;
}

static enum call_result take_addresses(struct call *call, struct progress *progress,
				       const struct dns_answer *v4, const struct dns_answer *v6)
{
	struct text name = text_of_string(progress->target.host, LIFETIME_EVENT);

	add_addresses(progress, v4);
	add_addresses(progress, v6);
	if (progress->address_count)
		return CALL_DONE;
	if (v4->outcome == DNS_FAILED)
		return asking_raise(call, name, v4->reason);
	if (v6->outcome == DNS_FAILED)
		return asking_raise(call, name, v6->reason);
	return call_raise(call, "connect", 0, false, "%s has no address", progress->target.host);
}

/* As the module dns does, but within a call that goes on afterwards. */
static enum call_result look_up(struct call *call, struct progress *progress)
{
	struct text name = text_of_string(progress->target.host, LIFETIME_EVENT);
	struct call inner = *call;
	const struct dns_answer *v4, *v6;
	struct asking *asking;
	enum call_result result;

	inner.pending = &progress->lookups;
	result = asking_of(&inner, progress->deadline - clock_monotonic(), &asking);
	if (result != CALL_DONE)
		return result;
	v4 = lookups_get(asking->lookups, name, DNS_A);
	v6 = lookups_get(asking->lookups, name, DNS_AAAA);
	if (!v4 || !v6)
		return asking_wait(&inner, asking);
	result = asking_check(&inner, asking);
	return result == CALL_DONE ? take_addresses(call, progress, v4, v6) : result;
}

static enum call_result find_host(struct call *call, struct progress *progress)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };

	if (progress->has_at || progress->target.is_address || progress->address_count)
		return CALL_DONE;
	if (strcmp(progress->target.host, "localhost") != 0)
		return look_up(call, progress);
	progress->addresses[progress->address_count++] = ip_of_v4(loopback);
	return CALL_DONE;
}

/* ---- asking ---- */

static int open_socket(void *argument, const struct endpoint *endpoint)
{
	struct progress *progress = argument;
	struct context *context = progress->context;
	int fd = context->outside->open(context->outside_argument, endpoint);

	if (fd < 0 && errno == EACCES) {
		progress->refused_why = connect_reason(endpoint, errno);
		snprintf(progress->refused, sizeof(progress->refused), "%s", endpoint->name);
	}
	return fd;
}

static enum call_result ask(struct call *call, const struct wish *wish, struct progress *progress)
{
	struct http_request request = { .method = progress->method,
					.target = &progress->target,
					.headers = progress->fields.lines,
					.header_count = progress->fields.count,
					.body = wish->body,
					.has_body = wish->has_body,
					.at = progress->has_at ? &progress->at : NULL,
					.addresses = progress->addresses,
					.address_count = progress->address_count,
					.trust = progress->trust,
					.max = (size_t)wish->max,
					.deadline = progress->deadline,
					.open = open_socket,
					.argument = progress };
	enum call_result charged = call_charge(call, wish->body.length);
	int64_t longest = call_limit_value(call, LIMIT_textLength);

	if (charged != CALL_DONE)
		return charged;
	if (wish->max > longest)
		request.max = (size_t)longest;
	if (context_of(call)->outside == &outside_live)
		request.keep = call_limit_value(call, LIMIT_connectionIdle) * 1000;
	progress->question = http_ask(&request);
	return progress->question ? CALL_DONE : call_memory(call);
}

static enum call_result raise_state(struct call *call, const struct progress *progress,
				    enum http_state state)
{
	static const struct {
		const char *kind;
		bool temporary;
	} kinds[] = {
		[HTTP_REFUSED] = { "connect", true },	  [HTTP_UNTRUSTED] = { "tls", false },
		[HTTP_CLOSED] = { "closed", true },	  [HTTP_WRONG] = { "protocol", false },
		[HTTP_TOO_LARGE] = { "protocol", false }, [HTTP_LATE] = { "timeout", true },
	};

	if (state == HTTP_NO_MEMORY)
		return call_memory(call);
	if (state == HTTP_REFUSED && progress->refused_why)
		return call_raise(call, "connect", EACCES, false, "%s: %s", progress->refused,
				  progress->refused_why);
	return call_raise(call, kinds[state].kind, 0, kinds[state].temporary, "%s: %s",
			  progress->target.host,
			  state == HTTP_TOO_LARGE ? "the answer is too long"
						  : http_reason(progress->question));
}

/* ---- the answer ---- */

static enum call_result answer(struct call *call, int status, struct text lines, struct text body)
{
	struct record *record = record_new(call->import->result, call_arena(call));
	enum call_result result = record ? call_charge(call, body.length) : call_memory(call);
	bool ok = true;

	if (result == CALL_DONE)
		result = http_fields_take(call, lines, record->fields[ANSWER_HEADERS].map);
	if (result != CALL_DONE)
		return result;
	record->fields[ANSWER_STATUS].i = status;
	record->fields[ANSWER_BODY].text = arena_copy(call_arena(call), body, &ok);
	call->result->record = record;
	return ok ? CALL_DONE : call_memory(call);
}

/* ---- redirects ---- */

static bool is_redirect(const struct progress *progress, const struct wish *wish, int status)
{
	return progress->redirects > 0 && !wish->has_body && status >= 301 && status <= 308 &&
	       status != 304 &&
	       (strcmp(progress->method, "GET") == 0 || strcmp(progress->method, "HEAD") == 0);
}

/* What the script sends along is for the server that it named: another one gets none of it. */
static enum call_result follow(struct call *call, struct progress *progress, struct text location)
{
	struct http_target target;
	const char *fault = http_target_parse(location, &progress->target, &target);

	if (!fault && progress->target.secure && !target.secure)
		fault = "it leads from https to http";
	if (fault)
		return call_raise(call, "protocol", 0, false, "%s redirects, and %s",
				  progress->target.host, fault);
	if (!http_same_origin(&progress->target, &target)) {
		progress->fields.count = 0;
		progress->has_at = false;
		progress->address_count = 0;
		progress->lookups = NULL;
	}
	progress->target = target;
	progress->redirects--;
	forget(progress);
	return CALL_DONE;
}

/* ---- one question ---- */

static const char *place_of(const struct progress *progress, struct endpoint *endpoint)
{
	if (progress->has_at)
		return progress->at.name;
	if (!progress->target.is_address)
		return "";
	endpoint_of_address(progress->target.ip, progress->target.port, endpoint);
	return endpoint->name;
}

static enum outside_http ask_outside(const struct wish *wish, const struct progress *progress,
				     struct outside_answer *reply)
{
	const struct context *context = progress->context;
	struct outside_question question = {
		.method = wish->method,
		.url = text_of_string(progress->target.url, LIFETIME_EVENT),
		.body = wish->body,
	};
	struct endpoint endpoint;
	struct buffer lines;
	enum outside_http result;

	question.place = place_of(progress, &endpoint);
	buffer_init(&lines, BUFFER_CAP_DEFAULT);
	for (size_t i = 0; i < progress->fields.count; i++)
		buffer_printf(&lines, "%s\n", progress->fields.lines[i]);
	question.headers = buffer_text(&lines);
	result = context->outside->http(context->outside_argument, &question, reply);
	buffer_free(&lines);
	return result;
}

static enum call_result run_question(struct call *call, struct progress *progress,
				     struct outside_answer *reply)
{
	enum http_state state;

	state = http_run(progress->question);
	if (state == HTTP_WAITING) {
		http_wait(progress->question, call_wait(call));
		return CALL_WAIT;
	}
	if (state != HTTP_ANSWERED)
		return raise_state(call, progress, state);
	*reply = (struct outside_answer){ .status = http_status(progress->question),
					  .headers = http_headers(progress->question),
					  .body = http_body(progress->question) };
	return CALL_DONE;
}

static enum call_result ask_once(struct call *call, const struct wish *wish,
				 struct progress *progress, struct outside_answer *reply)
{
	enum call_result result = CALL_DONE;
	enum outside_http outside = OUTSIDE_ASKS;

	if (!progress->question)
		outside = ask_outside(wish, progress, reply);
	if (outside == OUTSIDE_ANSWERS)
		return CALL_DONE;
	if (outside == OUTSIDE_REFUSES)
		return call_raise(call, "connect", EACCES, true, "%s: nobody is asked here",
				  progress->target.host);
	if (!progress->question)
		result = find_host(call, progress);
	if (result == CALL_DONE && !progress->question)
		result = socket_place(call, &progress->claim, progress->deadline,
				      progress->target.host);
	if (result == CALL_DONE && !progress->question)
		result = ask(call, wish, progress);
	return result == CALL_DONE ? run_question(call, progress, reply) : result;
}

static enum call_result fulfil(struct call *call, const struct wish *wish)
{
	struct progress *progress = *call->pending;
	struct outside_answer reply;
	struct text location;
	enum call_result result = progress ? CALL_DONE : begin(call, wish, &progress);

	while (result == CALL_DONE) {
		result = ask_once(call, wish, progress, &reply);
		if (result != CALL_DONE)
			break;
		location = is_redirect(progress, wish, reply.status)
				   ? http_fields_location(reply.headers)
				   : TEXT_EMPTY;
		if (location.length == 0) {
			result = answer(call, reply.status, reply.headers, reply.body);
			break;
		}
		result = follow(call, progress, location);
	}
	if (result != CALL_WAIT && progress)
		forget(progress);
	return result;
}

/* ---- the calls ---- */

enum call_result builtin_http_get(struct call *call)
{
	enum { URL, HEADERS, TIMEOUT, MAX, AT, REDIRECTS, TRUST };
	const value *arguments = call->arguments;
	const struct wish wish = { .method = TEXT("GET"),
				   .url = arguments[URL].text,
				   .headers = arguments[HEADERS].list,
				   .timeout = arguments[TIMEOUT].i,
				   .max = arguments[MAX].i,
				   .at = arguments[AT].text,
				   .redirects = arguments[REDIRECTS].i,
				   .trust = arguments[TRUST].text };

	return fulfil(call, &wish);
}

enum call_result builtin_http_post(struct call *call)
{
	enum { URL, BODY, KIND, HEADERS, TIMEOUT, MAX, AT, TRUST };
	const value *arguments = call->arguments;
	const struct wish wish = { .method = TEXT("POST"),
				   .url = arguments[URL].text,
				   .body = arguments[BODY].text,
				   .type = arguments[KIND].text,
				   .has_body = true,
				   .headers = arguments[HEADERS].list,
				   .timeout = arguments[TIMEOUT].i,
				   .max = arguments[MAX].i,
				   .at = arguments[AT].text,
				   .trust = arguments[TRUST].text };

	return fulfil(call, &wish);
}

/* Methods that come with a body even when it is empty. */
static bool wants_body(struct text method)
{
	return text_equals(method, TEXT("POST")) || text_equals(method, TEXT("PUT")) ||
	       text_equals(method, TEXT("PATCH"));
}

enum call_result builtin_http_request(struct call *call)
{
	enum { METHOD, URL, BODY, HEADERS, TIMEOUT, MAX, AT, REDIRECTS, TRUST };
	const value *arguments = call->arguments;
	const struct wish wish = { .method = arguments[METHOD].text,
				   .url = arguments[URL].text,
				   .body = arguments[BODY].text,
				   .has_body = arguments[BODY].text.length > 0 ||
					       wants_body(arguments[METHOD].text),
				   .headers = arguments[HEADERS].list,
				   .timeout = arguments[TIMEOUT].i,
				   .max = arguments[MAX].i,
				   .at = arguments[AT].text,
				   .redirects = arguments[REDIRECTS].i,
				   .trust = arguments[TRUST].text };

	return fulfil(call, &wish);
}
