#include "peer.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

TestSuite(http, .timeout = 300);

/* ---- what the other side does ---- */

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(0); /* the script has heard enough */
}

/* The head of one request, up to its empty line; "" at the end. */
static const char *hear(int fd)
{
	static char head[70000];
	size_t length = 0;

	while (length < sizeof(head) - 1 && read(fd, head + length, 1) == 1) {
		head[++length] = '\0';
		if (length >= 4 && strcmp(head + length - 4, "\r\n\r\n") == 0)
			return head;
	}
	return "";
}

static void hear_body(int fd, const char *head, char *body, size_t room)
{
	const char *at = strstr(head, "Content-Length: ");
	size_t length = at ? strtoul(at + 16, NULL, 10) : 0, done = 0;

	while (done < length && done < room - 1) {
		ssize_t got = read(fd, body + done, length - done);

		if (got <= 0)
			_exit(1);
		done += (size_t)got;
	}
	body[done] = '\0';
}

static void page(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-A: 1\r\nx-a:  2 \r\n"
		"Content-Length: 5\r\n\r\nhello");
}

/* Sends back what it has heard. */
static void echo(int fd)
{
	char body[70000], head[1000];
	const char *request = hear(fd);

	hear_body(fd, request, body, sizeof(body));
	snprintf(head, sizeof(head), "HTTP/1.1 201 Created\r\nContent-Length: %zu\r\n\r\n",
		 strlen(request) + strlen(body));
	say(fd, head);
	say(fd, request);
	say(fd, body);
}

/* Two requests on one connection. */
static void twice(int fd)
{
	page(fd);
	page(fd);
}

static void chunks(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n"
		"X-Late: trailer\r\n\r\n");
}

static void interim(int fd)
{
	hear(fd);
	say(fd,
	    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\nX-B: 1\r\n\r\n");
}

static void not_found(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
}

/* ---- what a hostile one does ---- */

static void headers_without_end(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\n");
	for (unsigned i = 0; i < 1000000; i++)
		say(fd, "X-More: and more and more\r\n");
}

static void interims_without_end(int fd)
{
	hear(fd);
	for (unsigned i = 0; i < 1000000; i++)
		say(fd, "HTTP/1.1 100 Continue\r\n\r\n");
}

static void line_without_end(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\nX-Long: ");
	for (unsigned i = 0; i < 1000000; i++)
		say(fd, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

static void body_without_end(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\n\r\n");
	for (unsigned i = 0; i < 1000000; i++)
		say(fd, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
}

static void chunk_that_lies(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello and more than "
		"five\r\n");
}

static void chunk_of_any_size(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nx");
}

static void ends_early(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello");
}

/* When the client has begun to speak: earlier it might not even count as connected. */
static void ends_at_once(int fd)
{
	struct pollfd set = { .fd = fd, .events = POLLIN };

	poll(&set, 1, 10000);
}

static void ends_after_the_request(int fd)
{
	hear(fd);
}

static void speaks_no_http(int fd)
{
	hear(fd);
	say(fd, "220 mail.example ESMTP\r\n");
}

static void drips(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
	for (unsigned i = 0; i < 100000; i++) {
		say(fd, "x");
		usleep(20000);
	}
}

static void says_nothing(int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1)
		;
}

/* 100 MB of zeros in half a megabyte. */
static void bomb(int fd)
{
	FILE *zip = popen("head -c 100000000 /dev/zero | gzip -1", "r");
	char bytes[4096];
	size_t got;

	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
	while (zip && (got = fread(bytes, 1, sizeof(bytes), zip)) > 0)
		if (write(fd, bytes, got) < 0)
			_exit(0);
	_exit(zip ? 0 : 1);
}

static void zipped(int fd)
{
	FILE *zip = popen("printf hello | gzip", "r");
	char bytes[4096];
	size_t got = zip ? fread(bytes, 1, sizeof(bytes), zip) : 0;

	hear(fd);
	say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
	if (got == 0 || write(fd, bytes, got) < 0)
		_exit(1);
}

static void redirects(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
	if (strncmp(hear(fd), "GET /there HTTP/1.1\r\n", 21) != 0)
		_exit(1);
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere");
}

static void redirects_without_end(int fd)
{
	for (unsigned i = 0; i < 11 && *hear(fd); i++)
		say(fd, "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
}

static void redirects_to_a_file(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
}

static void multiple_choices(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 300 Many\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n");
}

static void not_modified(int fd)
{
	hear(fd);
	say(fd, "HTTP/1.1 304 Not Modified\r\nLocation: /a\r\n\r\n");
}

/* ---- what scripts see ---- */

#define GET "var a = http.get(\"http://h.example/p\", at: \"$\", timeout: 60s); "

Test(http, an_answer_has_status_headers_and_body)
{
	peer_holds(
		page, GET
		"return a.status == 200 and a.body == \"hello\" and a.headers[\"x-a\"] == \"1, 2\" "
		"and a.headers[\"content-type\"] == \"text/plain\";");
	peer_holds(not_found, GET "return a.status == 404 and a.body == \"no\";");
	peer_holds(chunks,
		   GET "return a.body == \"hello\" and not a.headers.contains(\"x-late\");");
	peer_holds(interim, GET
		   "return a.status == 204 and a.body == \"\" and not a.headers.contains(\"link\") "
		   "and a.headers[\"x-b\"] == \"1\";");
	peer_holds(zipped, GET "return a.body == \"hello\";");
}

Test(http, a_connection_is_used_again)
{
	peer_holds(twice, GET "var b = http.get(\"http://h.example/q\", at: \"$\"); "
			      "return a.body + b.body == \"hellohello\";");
}

Test(http, what_is_sent)
{
	peer_holds(echo, GET "return a.status == 201 and a.body =~ re\"^GET /p "
			     "HTTP/1\\.1\\r\\nHost: h\\.example\\r\\n\" and "
			     "not (a.body =~ re\"Content-Type|Content-Length|Expect\");");
	peer_holds(echo, "var a = http.post(\"http://h.example/\", json.of([1, 2]).write(), "
			 "headers: [\"X-K: v\"], "
			 "at: \"$\"); return a.body =~ re\"^POST / \" and a.body =~ re\"\\r\\nX-K: "
			 "v\\r\\n\" and "
			 "a.body =~ re\"\\r\\nContent-Type: application/json\\r\\n\" and a.body =~ "
			 "re\"\\r\\n\\r\\n\\[1,2\\]\";");
	peer_holds(
		echo,
		"var a = http.post(\"http://h.example/\", \"a\\0b\", type: \"\", at: \"$\"); "
		"return a.body =~ re\"Content-Length: 3\" and not (a.body =~ re\"Content-Type\");");
	peer_holds(echo, "var a = http.request(\"DELETE\", \"http://h.example/x?y=1\", headers: "
			 "[\"X-Empty:\"], at: \"$\"); "
			 "return a.body =~ re\"^DELETE /x\\?y=1 HTTP\" and a.body =~ "
			 "re\"\\r\\nX-Empty:\\r\\n\";");
	peer_holds(echo, "var a = http.request(\"PUT\", \"http://h.example/\", repeat(\"x\", "
			 "60000), at: \"$\"); "
			 "return a.body =~ re\"^PUT / \" and a.body =~ re\"x{60000}\";");
}

Test(http, no_header_smuggles_another)
{
	RAISE("argument",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"X: a\\r\\nY: b\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"X: a\\nY: b\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"X\\r\\nY: b\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"X: a\\0b\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\": b\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"X Y: b\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"Content-Length: 5\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"transfer-encoding: "
	      "chunked\"]).status == 0",
	      "http.post(\"http://127.0.0.1:9/\", \"\", type: \"a\\r\\nX: y\").status == 0",
	      "http.request(\"GET / HTTP/1.1\\r\\nX: y\", \"http://127.0.0.1:9/\").status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"X\\0: a\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"X: a\\x7fb\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [\"Connection: close\"]).status == 0",
	      "http.get(\"http://127.0.0.1:9/\", headers: [repeat(\"x\", 90) + \" : a\"]).status "
	      "== 0",
	      "http.request(repeat(\"X\", 40), \"http://127.0.0.1:9/\").status == 0",
	      "http.request(\"\", \"http://127.0.0.1:9/\").status == 0",
	      "http.request(\"CONNECT\", \"http://127.0.0.1:9/\").status == 0");
}

Test(http, headers_have_an_end)
{
	body_raises("argument",
		    "var lines = [\"X: a\"]; for (i in 1..110) { lines.push(\"X: a\"); } "
		    "return http.get(\"http://127.0.0.1:9/\", headers: lines).status == 0;");
}

/* These come with a length even when there is nothing to send. */
Test(http, an_empty_body_is_one)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH" };
	char body[300];

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		snprintf(body, sizeof(body),
			 "var a = http.request(\"%s\", \"http://h.example/\", at: \"$\"); return "
			 "a.body "
			 "=~ re\"^%s / \" and a.body =~ re\"\\r\\nContent-Length: 0\\r\\n\";",
			 methods[i], methods[i]);
		peer_holds(echo, body);
	}
	peer_holds(echo, "var a = http.request(\"OPTIONS\", \"http://h.example/\", at: \"$\"); "
			 "return not (a.body =~ re\"Content-Length\");");
}

Test(http, what_is_no_url)
{
	RAISE("argument", "http.get(\"\").status == 0",
	      "http.get(\"file:///etc/passwd\").status == 0",
	      "http.get(\"ftp://127.0.0.1/\").status == 0",
	      "http.get(\"gopher://127.0.0.1/\").status == 0", "http.get(\"http://\").status == 0",
	      "http.get(\"127.0.0.1\").status == 0",
	      "http.get(\"http://127.0.0.1:99999/\").status == 0",
	      "http.get(\"http://good.example@127.0.0.1/\").status == 0",
	      "http.get(\"http://127.0.0.1/a b\").status == 0",
	      "http.get(\"http://127.0.0.1/\\r\\nX: y\").status == 0",
	      "http.get(\"http://127.0.0.1/\\0\").status == 0",
	      "http.get(\"http://h.example/\" + repeat(\"x\", 5000)).status == 0",
	      "http.get(\"http://127.0.0.1/\", timeout: 0s).status == 0",
	      "http.get(\"http://127.0.0.1/\", max: -1).status == 0",
	      "http.get(\"http://127.0.0.1/\", redirects: 11).status == 0",
	      "http.get(\"http://127.0.0.1/\", redirects: -1).status == 0",
	      "http.get(\"https://127.0.0.1/\", trust: repeat(\"/x\", 5000)).status == 0",
	      "http.get(\"https://127.0.0.1/\", trust: \"/etc/a\\0b\").status == 0",
	      "http.get(\"http://127.0.0.1/\", at: \"nowhere\").status == 0");
}

Test(http, hostile_servers)
{
	static const struct {
		void (*serve)(int fd);
		const char *kind;
	} servers[] = {
		{ headers_without_end, "protocol" },
		{ interims_without_end, "protocol" },
		{ line_without_end, "protocol" },
		{ body_without_end, "protocol" },
		{ chunk_that_lies, "protocol" },
		{ chunk_of_any_size, "protocol" },
		{ ends_early, "closed" },
		{ ends_after_the_request, "closed" },
		{ speaks_no_http, "protocol" },
		{ bomb, "protocol" },
	};

	for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++)
		peer_raises(servers[i].serve, servers[i].kind, GET "return true;");
}

/* It is gone while libcurl still connects, or a moment later. */
Test(http, a_server_that_ends_at_once)
{
	peer_holds(ends_at_once, "try { " GET "return false; } catch (e) { "
				 "return e.kind == \"closed\" or e.kind == \"connect\"; }");
}

Test(http, slow_servers)
{
	peer_raises(drips, "timeout",
		    "http.get(\"http://h.example/\", at: \"$\", timeout: 300ms); return true;");
	peer_raises(says_nothing, "timeout",
		    "http.get(\"http://h.example/\", at: \"$\", timeout: 300ms); return true;");
}

Test(http, max_is_exact)
{
	peer_holds(page, "var a = http.get(\"http://h.example/\", at: \"$\", max: 5); return "
			 "a.body == \"hello\";");
	peer_raises(page, "protocol",
		    "http.get(\"http://h.example/\", at: \"$\", max: 4); return true;");
}

Test(http, nobody_listens)
{
	peer_raises(NULL, "connect", GET "return true;");
	peer_raises(NULL, "connect", "http.get(\"http://127.0.0.1:9/\"); return true;");
}

Test(http, redirects_are_followed_when_asked_to)
{
	peer_holds(redirects, "var a = http.get(\"http://h.example/\", at: \"$\", redirects: 1); "
			      "return a.body == \"there\";");
	peer_holds(page, GET "return a.status == 200;");
	peer_holds(redirects_to_a_file, GET
		   "return a.status == 302 and a.headers[\"location\"] == \"file:///etc/passwd\";");
	peer_raises(redirects_to_a_file, "protocol",
		    "http.get(\"http://h.example/\", at: \"$\", redirects: 3); return true;");
	/* What changes something is asked of the server that was named, and once. */
	peer_holds(redirects_to_a_file,
		   "var a = http.request(\"DELETE\", \"http://h.example/\", at: "
		   "\"$\", redirects: 3); return a.status == 302;");
	peer_holds(redirects_to_a_file,
		   "var a = http.request(\"GET\", \"http://h.example/\", \"x\", at: "
		   "\"$\", redirects: 3); return a.status == 302;");
	peer_holds(multiple_choices,
		   "var a = http.get(\"http://h.example/\", at: \"$\", redirects: 3); "
		   "return a.status == 300;");
	peer_holds(not_modified,
		   "var a = http.get(\"http://h.example/\", at: \"$\", redirects: 3); "
		   "return a.status == 304;");
	peer_holds(redirects_without_end, "var a = http.get(\"http://h.example/\", at: \"$\", "
					  "redirects: 10); return a.status == 302;");
}

Test(http, names_are_looked_up_first)
{
	static const struct zone_row rows[] = {
		{ "here.example", "A", "127.0.0.1" },
		{ "fails.example", "ANY", NULL },
	};

	world_zone = (struct zone){ rows, sizeof(rows) / sizeof(*rows), 0 };
	peer_raises(NULL, "connect", "http.get(\"http://here.example:9/\"); return true;");
	peer_raises(NULL, "connect", "http.get(\"http://none.example:9/\"); return true;");
	peer_raises(NULL, "dns", "http.get(\"http://fails.example:9/\"); return true;");
}

/* ---- servers that are only told of ---- */

static const char *redirect_to;
static char heard_headers[200];

/* The first one redirects, any other answers with what it was sent. */
static enum outside_http answer_told(void *argument, const struct outside_question *question,
				     struct outside_answer *answer)
{
	static char location[100];

	(void)argument;
	snprintf(heard_headers, sizeof(heard_headers), "%.*s", TEXT_PRINTF(question->headers));
	snprintf(location, sizeof(location), "Location: %s\n", redirect_to);
	*answer = (struct outside_answer){ .status = 200 };
	if (text_find(question->url, TEXT("first.example"), 0) >= 0)
		*answer = (struct outside_answer){
			.status = 302, .headers = text_of_string(location, LIFETIME_EVENT)
		};
	return OUTSIDE_ANSWERS;
}

/* `get` from https://first.example, which redirects to `to`. */
static enum vm_status follow(struct world *world, const char *to)
{
	static struct outside told;

	redirect_to = to;
	told = outside_live;
	told.http = answer_told;
	world_open(world, "function probe() -> int { return http.get(\"https://first.example/\", "
			  "[\"X-Token: 1\"], redirects: 3).status; }");
	world->context.outside = &told;
	return world_call(world, "probe");
}

Test(http, no_redirect_leads_from_https_to_http)
{
	struct world world;

	cr_expect_eq(follow(&world, "http://second.example/"), VM_FAILED);
	cr_expect(text_equals(vm_failure(world.vm)->kind, TEXT("protocol")));
	world_close(&world);
}

Test(http, another_server_hears_nothing_of_what_was_for_the_first)
{
	struct world world;

	cr_expect_eq(follow(&world, "https://second.example/"), VM_DONE);
	cr_expect_eq(vm_result(world.vm).i, 200);
	cr_expect_null(strstr(heard_headers, "X-Token"), "%s", heard_headers);
	world_close(&world);
}
