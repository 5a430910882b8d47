#include "test/macros.h"

#include <stdio.h>

/* A set while it is filled. */
struct filling {
	const struct envelope *envelope;
	struct arena *arena;
	struct macro_set *set;
	bool ok;
};

static void set_macro(struct filling *filling, struct text name, struct text value)
{
	struct macro_set *set = filling->set;

	for (size_t i = 0; i < set->count; i++) {
		if (text_equals(set->pairs[2 * i], name)) {
			set->pairs[2 * i + 1] = value;
			return;
		}
	}
	if (set->count == MACROS_MAX)
		return;
	set->pairs[2 * set->count] = name;
	set->pairs[2 * set->count++ + 1] = value;
}

static void set_string(struct filling *filling, const char *name, const char *value)
{
	set_macro(filling, text_of_string(name, LIFETIME_PROGRAM),
		  text_of_string(value, LIFETIME_PROGRAM));
}

static void set_copy(struct filling *filling, const char *name, const char *value)
{
	struct text text = text_of_string(value, LIFETIME_EVENT);

	set_macro(filling, text_of_string(name, LIFETIME_PROGRAM),
		  arena_copy(filling->arena, text, &filling->ok));
}

static struct text host_of(struct text address)
{
	size_t at = address.length;

	while (at > 0 && address.data[at - 1] != '@')
		at--;
	return at ? text_part(address, at, address.length) : TEXT_EMPTY;
}

static void connect_macros(struct filling *filling)
{
	const struct envelope *envelope = filling->envelope;
	char client[400], port[16];

	snprintf(client, sizeof(client), "%s [%s]", envelope->client_name, envelope->client_ip);
	snprintf(port, sizeof(port), "%u", envelope->client_port);
	set_string(filling, "j", "mx.recipient.example");
	set_string(filling, "{daemon_name}", "smtpd");
	set_string(filling, "{daemon_addr}", "127.0.0.1");
	set_string(filling, "v", "afsl " AFSL_VERSION);
	set_copy(filling, "_", client);
	set_string(filling, "{client_addr}", envelope->client_ip);
	set_string(filling, "{client_name}", envelope->client_name);
	set_copy(filling, "{client_port}", port);
}

static void helo_macros(struct filling *filling)
{
	const struct envelope *envelope = filling->envelope;

	if (!envelope->tls)
		return;
	set_string(filling, "{tls_version}",
		   envelope->tls_version ? envelope->tls_version : "TLSv1.3");
	set_string(filling, "{cipher}",
		   envelope->cipher ? envelope->cipher : "TLS_AES_256_GCM_SHA384");
	set_string(filling, "{cipher_bits}", "256");
}

static void mail_macros(struct filling *filling)
{
	const struct envelope *envelope = filling->envelope;

	if (envelope->auth) {
		set_string(filling, "{auth_type}",
			   envelope->mechanism ? envelope->mechanism : "PLAIN");
		set_string(filling, "{auth_authen}", envelope->auth);
	}
	set_macro(filling, TEXT("{mail_addr}"), envelope->from);
	set_macro(filling, TEXT("{mail_host}"), host_of(envelope->from));
	set_macro(filling, TEXT("{mail_mailer}"), TEXT("smtp"));
}

static void rcpt_macros(struct filling *filling, struct text rcpt)
{
	set_macro(filling, TEXT("{rcpt_addr}"), rcpt);
	set_macro(filling, TEXT("{rcpt_host}"), host_of(rcpt));
	set_macro(filling, TEXT("{rcpt_mailer}"), TEXT("smtp"));
}

static void given_macros(struct filling *filling)
{
	for (size_t i = 0; i < filling->envelope->macro_count; i++) {
		struct text word = text_of_string(filling->envelope->macros[i], LIFETIME_PROGRAM);
		int64_t equals = text_find(word, TEXT("="), 0);

		if (equals > 0)
			set_macro(filling, text_part(word, 0, (size_t)equals),
				  text_part(word, (size_t)equals + 1, word.length));
	}
}

bool macros_of_stage(enum afsl_event stage, const struct envelope *envelope, struct text rcpt,
		     bool has_queue_id, struct arena *arena, struct macro_set *set)
{
	struct filling filling = { envelope, arena, set, true };

	set->count = 0;
	if (has_queue_id && stage != AFSL_CONNECT && stage != AFSL_HELO && stage != AFSL_MAIL)
		set_string(&filling, "i", "4F1C2D3B5A");
	if (stage == AFSL_CONNECT)
		connect_macros(&filling);
	else if (stage == AFSL_HELO)
		helo_macros(&filling);
	else if (stage == AFSL_MAIL)
		mail_macros(&filling);
	else if (stage == AFSL_RCPT)
		rcpt_macros(&filling, rcpt);
	given_macros(&filling);
	return filling.ok;
}
