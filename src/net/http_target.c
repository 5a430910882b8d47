/* URLs, taken apart by the library that will use them: two readings of one URL are two servers. */
#include "net/http.h"

#include "net/curl.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_plain(struct text url)
{
	for (uint32_t i = 0; i < url.length; i++)
		if ((unsigned char)url.data[i] <= ' ' || (unsigned char)url.data[i] > '~')
			return false;
	return true;
}

/* False when it does not fit. */
static bool take_part(CURLU *parsed, CURLUPart what, char *out, size_t room)
{
	char *part = NULL;
	unsigned flags = what == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;
	bool ok = curl.curl_url_get(parsed, what, &part, flags) == CURLUE_OK && strlen(part) < room;

	if (ok)
		strcpy(out, part);
	curl.curl_free(part);
	return ok;
}

static const char *take_host(CURLU *parsed, struct http_target *target)
{
	size_t length;

	if (!take_part(parsed, CURLUPART_HOST, target->host, sizeof(target->host)))
		return "the URL's host is missing or too long";
	length = strlen(target->host);
	if (target->host[0] == '[') {
		target->host[length - 1] = '\0';
		memmove(target->host, target->host + 1, length - 1);
	}
	target->is_address = ip_parse(text_of_string(target->host, LIFETIME_EVENT), &target->ip);
	return NULL;
}

static const char *take_parts(CURLU *parsed, struct http_target *target)
{
	char scheme[8], port[8];

	if (!take_part(parsed, CURLUPART_SCHEME, scheme, sizeof(scheme)) ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		return "a URL begins with http:// or https://";
	if (!take_part(parsed, CURLUPART_URL, target->url, sizeof(target->url)))
		return "the URL is too long";
	if (!take_part(parsed, CURLUPART_PORT, port, sizeof(port)))
		return "the URL's port is wrong";
	target->secure = scheme[4] == 's';
	target->port = (uint16_t)strtoul(port, NULL, 10);
	return take_host(parsed, target);
}

static const char *set_url(CURLU *parsed, const char *url, const struct http_target *base)
{
	CURLUcode code = CURLUE_OK;

	if (base)
		code = curl.curl_url_set(parsed, CURLUPART_URL, base->url, 0);
	if (code == CURLUE_OK)
		code = curl.curl_url_set(parsed, CURLUPART_URL, url, CURLU_DISALLOW_USER);
	if (code == CURLUE_USER_NOT_ALLOWED)
		return "a URL has no user and password here: send a header Authorization";
	if (code == CURLUE_UNSUPPORTED_SCHEME || code == CURLUE_BAD_SCHEME)
		return "a URL begins with http:// or https://";
	return code == CURLUE_OK ? NULL : "this is no URL: write http://HOST/PATH";
}

const char *http_target_parse(struct text url, const struct http_target *base,
			      struct http_target *target)
{
	char copy[HTTP_URL_MAX];
	const char *fault;
	CURLU *parsed;

	if (url.length >= sizeof(copy))
		return "the URL is longer than 4095 bytes";
	if (!is_plain(url))
		return "a URL has no blanks, control characters and bytes above 126: encode them "
		       "as %20";
	parsed = curl.curl_url();
	if (!parsed)
		return "there is no memory for it";
	snprintf(copy, sizeof(copy), "%.*s", TEXT_PRINTF(url));
	*target = (struct http_target){ .port = 0 };
	fault = set_url(parsed, copy, base);
	if (!fault)
		fault = take_parts(parsed, target);
	curl.curl_url_cleanup(parsed);
	return fault;
}

bool http_same_origin(const struct http_target *a, const struct http_target *b)
{
	return a->secure == b->secure && a->port == b->port &&
	       text_equals_ignoring_case(text_of_string(a->host, LIFETIME_EVENT),
					 text_of_string(b->host, LIFETIME_EVENT));
}
