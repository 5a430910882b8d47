/* What a client says of the connection and the message, and how the engine gets it. */
#include "bridge/dialogue_state.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/ip.h"
#include "bridge/percent.h"

void facts_init(struct dialogue *dialogue)
{
	for (unsigned i = 0; i < FACT_COUNT; i++)
		buffer_init(&dialogue->facts[i].value, DIALOGUE_LINE_MAX);
}

void facts_free(struct dialogue *dialogue)
{
	for (unsigned i = 0; i < FACT_COUNT; i++)
		buffer_free(&dialogue->facts[i].value);
}

void fact_say(struct dialogue *dialogue, enum fact_id id, struct text value)
{
	struct fact *fact = &dialogue->facts[id];
	buffer_clear(&fact->value);
	buffer_append_text(&fact->value, value);
	fact->said = true;
	fact->message = dialogue->message_number;
	if (fact->value.failed)
		dialogue_fault(dialogue, "memory has ended", TEXT_EMPTY);
}

struct text fact_value(const struct dialogue *dialogue, enum fact_id id)
{
	const struct fact *fact = &dialogue->facts[id];
	return fact->said ? buffer_text(&fact->value) : TEXT_EMPTY;
}

static bool is_of_message(enum fact_id id)
{
	return id == FACT_FROM || id == FACT_QUID || id >= FACT_MACROS + AFSL_MAIL - AFSL_CONNECT;
}

void facts_forget_client(struct dialogue *dialogue)
{
	for (unsigned i = 0; i < FACT_COUNT; i++)
		if (dialogue->facts[i].message != dialogue->message_number)
			dialogue->facts[i].said = false;
}

void facts_forget_message(struct dialogue *dialogue)
{
	for (unsigned i = 0; i < FACT_COUNT; i++)
		if (is_of_message((enum fact_id)i))
			dialogue->facts[i].said = false;
}

/* ---- macros ---- */

enum { PAIRS_MAX = 128 };

struct pairs {
	struct afsl_text texts[2 * PAIRS_MAX];
	size_t count;
	bool wrong;
};

/* The next word at `from`, which moves behind it; empty at the end. */
static struct text word_next(struct text text, uint32_t *from)
{
	while (*from < text.length && text.data[*from] == ' ')
		++*from;
	uint32_t start = *from;
	while (*from < text.length && text.data[*from] != ' ')
		++*from;
	return text_part(text, start, *from);
}

static void pair_add(struct dialogue *dialogue, struct pairs *pairs, struct text name,
		     struct text encoded)
{
	struct text value;
	if (pairs->count == PAIRS_MAX || name.length == 0 ||
	    !percent_decode(&dialogue->arena, encoded, &value)) {
		pairs->wrong = true;
		return;
	}
	pairs->texts[2 * pairs->count] = (struct afsl_text){ name.data, name.length };
	pairs->texts[2 * pairs->count + 1] = (struct afsl_text){ value.data, value.length };
	pairs->count++;
}

/* "name=value name=value" */
static void pairs_add_words(struct dialogue *dialogue, struct pairs *pairs, struct text words)
{
	uint32_t at = 0;
	struct text word;
	while (!pairs->wrong && (word = word_next(words, &at)).length) {
		int64_t equals = text_find(word, TEXT("="), 0);
		if (equals < 0)
			pairs->wrong = true;
		else
			pair_add(dialogue, pairs, text_part(word, 0, (uint32_t)equals),
				 text_part(word, (uint32_t)equals + 1, word.length));
	}
}

/* Lines whose words are macros of a stage by their place. */
static const struct place_row {
	enum fact_id fact;
	enum afsl_event stage;
	const char *names[3];
} place_rows[] = {
	{ FACT_AUTH, AFSL_MAIL, { "{auth_authen}", "{auth_type}", NULL } },
	{ FACT_QUID, AFSL_MAIL, { "i", NULL, NULL } },
	{ FACT_TLSV, AFSL_HELO, { "{tls_version}", "{cipher}", "{cipher_bits}" } },
};

static void pairs_add_places(struct dialogue *dialogue, struct pairs *pairs, enum afsl_event stage)
{
	for (size_t row = 0; row < sizeof(place_rows) / sizeof(place_rows[0]); row++) {
		struct text words = fact_value(dialogue, place_rows[row].fact), word;
		uint32_t at = 0;
		if (place_rows[row].stage != stage)
			continue;
		for (unsigned i = 0; i < 3 && place_rows[row].names[i]; i++)
			if ((word = word_next(words, &at)).length)
				pair_add(dialogue, pairs,
					 text_of_string(place_rows[row].names[i], LIFETIME_PROGRAM),
					 word);
	}
}

bool facts_give_macros(struct dialogue *dialogue, enum afsl_event stage)
{
	struct pairs pairs = { .count = 0 };
	enum fact_id fact = FACT_MACROS + stage - AFSL_CONNECT;
	pairs_add_words(dialogue, &pairs, fact_value(dialogue, fact));
	pairs_add_places(dialogue, &pairs, stage);
	if (pairs.wrong) {
		dialogue_fault(dialogue, "macros that cannot be read", TEXT_EMPTY);
		return false;
	}
	if (afsl_macros(dialogue->session, stage, pairs.texts, pairs.count))
		return true;
	dialogue_fault(dialogue, "memory has ended", TEXT_EMPTY);
	return false;
}

/* ---- the connection ---- */

static socklen_t address_unix(struct sockaddr_storage *address, struct text path)
{
	struct sockaddr_un *local = (struct sockaddr_un *)address;
	if (path.length >= sizeof(local->sun_path))
		path.length = sizeof(local->sun_path) - 1;
	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path.data, path.length);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.length + 1);
}

static socklen_t address_inet(struct sockaddr_storage *address, struct ip ip, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	if (ip_is_v4(ip)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, ip.bytes + 12, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, ip.bytes, 16);
	return sizeof(*v6);
}

/* An address without a name is its own name, as mail servers write it. */
static char *host_name(struct dialogue *dialogue, struct ip ip)
{
	struct text host = fact_value(dialogue, FACT_CNHO);
	char printed[IP_PRINTED_MAX], bracketed[IP_PRINTED_MAX + 8];
	if (host.length || ip_is_none(ip))
		return arena_string(&dialogue->arena, host.length ? host : TEXT("localhost"));
	ip_print(ip, printed);
	snprintf(bracketed, sizeof(bracketed), "[%s%s]", ip_is_v4(ip) ? "" : "IPv6:", printed);
	return arena_string(&dialogue->arena, text_of_string(bracketed, LIFETIME_EVENT));
}

bool facts_client(struct dialogue *dialogue, struct client_facts *facts)
{
	struct text address = fact_value(dialogue, FACT_CNIP),
		    path = fact_value(dialogue, FACT_CNUX);
	struct ip ip = { { 0 } };
	int64_t port = 0;
	*facts = (struct client_facts){ .client = { .tls = dialogue->facts[FACT_TLSV].said } };
	ip_parse(address, &ip);
	text_to_int(fact_value(dialogue, FACT_CNPO), &port);
	if (path.length)
		facts->client.address_length = address_unix(&facts->address, path);
	else if (!ip_is_none(ip))
		facts->client.address_length = address_inet(&facts->address, ip, (uint16_t)port);
	if (facts->client.address_length)
		facts->client.address = (const struct sockaddr *)&facts->address;
	facts->client.name = host_name(dialogue, ip);
	if (!facts->client.name)
		dialogue_fault(dialogue, "memory has ended", TEXT_EMPTY);
	return facts->client.name != NULL;
}
