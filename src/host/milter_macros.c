#include "host/milter_macros.h"

#include "base/memory.h"

#define AT(stage) (1u << MILTER_STAGE_##stage)
#define AT_ALL	  ((1u << MILTER_STAGE_COUNT) - 1)

/* All macros that Postfix and Sendmail are documented to send, and the steps at which they have a
 * value that they did not have before. */
static const struct known_macro {
	struct macro_name name;
	unsigned stages;
} known_macros[] = {
	{{"_"}, AT(CONNECT)},
	{{"j"}, AT(CONNECT)},
	{{"v"}, AT(CONNECT)},
	{{"{daemon_name}"}, AT(CONNECT)},
	{{"{daemon_addr}"}, AT(CONNECT)},
	{{"{daemon_port}"}, AT(CONNECT)},
	{{"{daemon_family}"}, AT(CONNECT)},
	{{"{daemon_flags}"}, AT(CONNECT)},
	{{"{daemon_info}"}, AT(CONNECT)},
	{{"{if_name}"}, AT(CONNECT)},
	{{"{if_addr}"}, AT(CONNECT)},
	{{"{if_family}"}, AT(CONNECT)},
	{{"{client_addr}"}, AT(CONNECT)},
	{{"{client_name}"}, AT(CONNECT)},
	{{"{client_port}"}, AT(CONNECT)},
	{{"{client_ptr}"}, AT(CONNECT)},
	{{"{client_resolve}"}, AT(CONNECT)},
	{{"{client_connections}"}, AT(CONNECT)},
	{{"{client_rate}"}, AT(CONNECT)},
	{{"{client_flags}"}, AT(CONNECT)},
	{{"{total_rate}"}, AT(CONNECT)},
	{{"s"}, AT(HELO)},
	{{"{tls_version}"}, AT(HELO)},
	{{"{cipher}"}, AT(HELO)},
	{{"{cipher_bits}"}, AT(HELO)},
	{{"{alg_bits}"}, AT(HELO)},
	{{"{cert_subject}"}, AT(HELO)},
	{{"{cert_issuer}"}, AT(HELO)},
	{{"{cert_md5}"}, AT(HELO)},
	{{"{cn_subject}"}, AT(HELO)},
	{{"{cn_issuer}"}, AT(HELO)},
	{{"{verify}"}, AT(HELO)},
	{{"r"}, AT(MAIL)},
	{{"f"}, AT(MAIL)},
	/* Postfix has a queue id from the first accepted recipient on, Sendmail from MAIL on. */
	{{"i"}, AT(MAIL) | AT(RCPT) | AT(DATA) | AT(EOH) | AT(EOM)},
	{{"{auth_type}"}, AT(MAIL)},
	{{"{auth_authen}"}, AT(MAIL)},
	{{"{auth_author}"}, AT(MAIL)},
	{{"{auth_ssf}"}, AT(MAIL)},
	{{"{mail_addr}"}, AT(MAIL)},
	{{"{mail_host}"}, AT(MAIL)},
	{{"{mail_mailer}"}, AT(MAIL)},
	{{"{bodytype}"}, AT(MAIL)},
	{{"{dsn_ret}"}, AT(MAIL)},
	{{"{dsn_envid}"}, AT(MAIL)},
	{{"{msg_size}"}, AT(MAIL) | AT(EOM)},
	{{"{rcpt_addr}"}, AT(RCPT)},
	{{"{rcpt_host}"}, AT(RCPT)},
	{{"{rcpt_mailer}"}, AT(RCPT)},
	{{"{dsn_notify}"}, AT(RCPT)},
	{{"{nrcpts}"}, AT(DATA)},
	{{"{nbadrcpts}"}, AT(DATA)},
	{{"{msg_id}"}, AT(EOM)},
};
enum { KNOWN_COUNT = sizeof(known_macros) / sizeof(known_macros[0]) };

/* The end of a message is sent whatever the filter needs. */
#define STEP_ALWAYS UINT32_MAX

/* The stages in the order of the dialogue, and what makes the step before them be sent. */
static const struct stage_row {
	enum milter_stage stage;
	enum afsl_event event;
	uint32_t needs;
} stage_rows[MILTER_STAGE_COUNT] = {
	{MILTER_STAGE_CONNECT, AFSL_CONNECT, AFSL_NEED_CONNECT},
	{MILTER_STAGE_HELO, AFSL_HELO, AFSL_NEED_HELO},
	{MILTER_STAGE_MAIL, AFSL_MAIL, AFSL_NEED_MAIL},
	{MILTER_STAGE_RCPT, AFSL_RCPT, AFSL_NEED_RCPT | AFSL_NEED_REFUSED_RCPT},
	{MILTER_STAGE_DATA, AFSL_DATA, AFSL_NEED_DATA},
	{MILTER_STAGE_EOH, AFSL_END_OF_HEADERS, AFSL_NEED_END_OF_HEADERS},
	{MILTER_STAGE_EOM, AFSL_END_OF_MESSAGE, STEP_ALWAYS},
};

enum milter_stage macro_stage_of_event(enum afsl_event event)
{
	for (size_t i = 0; i < MILTER_STAGE_COUNT; i++)
		if (stage_rows[i].event == event)
			return stage_rows[i].stage;
	return MILTER_STAGE_COUNT;
}

enum afsl_event event_of_macro_stage(enum milter_stage stage)
{
	for (size_t i = 0; i < MILTER_STAGE_COUNT; i++)
		if (stage_rows[i].stage == stage)
			return stage_rows[i].event;
	return AFSL_EVENT_COUNT;
}

bool macro_name_make(const char *name, size_t length, struct macro_name *made)
{
	if (length >= 2 && name[0] == '{' && name[length - 1] == '}') {
		name++;
		length -= 2;
	}
	if (length == 0 || length > MACRO_NAME_MAX - 3)
		return false;
	for (size_t i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] == '{' || name[i] == '}' || name[i] == 0x7f)
			return false;
	char *to = made->text;
	if (length > 1)
		*to++ = '{';
	memcpy(to, name, length);
	to += length;
	if (length > 1)
		*to++ = '}';
	*to = '\0';
	return true;
}

static const struct known_macro *known_find(const struct macro_name *name)
{
	for (size_t i = 0; i < KNOWN_COUNT; i++)
		if (strcmp(known_macros[i].name.text, name->text) == 0)
			return &known_macros[i];
	return NULL;
}

/* Moves each step that is not sent on to the next one that is. */
static unsigned stages_sent(unsigned stages, uint32_t needs)
{
	unsigned sent = 0;
	bool waiting = false;
	for (size_t i = 0; i < MILTER_STAGE_COUNT; i++) {
		unsigned bit = 1u << stage_rows[i].stage;
		waiting = waiting || (stages & bit);
		uint32_t wanted_by = stage_rows[i].needs;
		if (waiting && (wanted_by == STEP_ALWAYS || (wanted_by & needs))) {
			sent |= bit;
			waiting = false;
		}
	}
	return sent;
}

static bool list_contains(const struct macro_list *list, const struct macro_name *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->names[i]->text, name->text) == 0)
			return true;
	return false;
}

static void lists_add(struct macro_lists *lists, const struct macro_name *name, unsigned stages)
{
	for (unsigned stage = 0; stage < MILTER_STAGE_COUNT; stage++) {
		struct macro_list *list = &lists->stages[stage];
		if ((stages & (1u << stage)) && !list_contains(list, name)) {
			list->names[list->count++] = name;
			lists->any = true;
		}
	}
}

static bool lists_allocate(struct macro_lists *lists, size_t own_count)
{
	size_t room = own_count + KNOWN_COUNT;
	lists->own = memory_zeroed(own_count + 1, sizeof(*lists->own));
	if (!lists->own)
		return false;
	for (unsigned stage = 0; stage < MILTER_STAGE_COUNT; stage++) {
		lists->stages[stage].names = memory_zeroed(room, sizeof(struct macro_name *));
		if (!lists->stages[stage].names)
			return false;
	}
	return true;
}

/* libmilter keeps the macros of a step when the next packet for it holds none, so what one message
 * has would be read in the next. A name that always has a value prevents it; an id is never lacking
 * where one was. */
static void lists_anchor(struct macro_lists *lists, enum milter_stage stage, const char *anchor)
{
	const struct macro_list *list = &lists->stages[stage];
	struct macro_name name;
	bool id_alone = list->count == 1 && strcmp(list->names[0]->text, "i") == 0;
	if (list->count && !id_alone && macro_name_make(anchor, strlen(anchor), &name))
		lists_add(lists, &known_find(&name)->name, 1u << stage);
}

bool macro_lists_make(const struct afsl_needs *needs, struct macro_lists *lists)
{
	*lists = (struct macro_lists){.open = needs->needs & AFSL_NEED_ALL_MACROS};
	if (!lists_allocate(lists, needs->macro_count)) {
		macro_lists_free(lists);
		return false;
	}
	for (size_t i = 0; i < needs->macro_count; i++) {
		struct macro_name *name = &lists->own[i];
		if (!macro_name_make(needs->macros[i], strlen(needs->macros[i]), name))
			continue;
		const struct known_macro *known = known_find(name);
		unsigned stages = known ? known->stages : AT_ALL;
		lists_add(lists, name, stages_sent(stages, needs->needs));
	}
	for (size_t i = 0; lists->open && i < KNOWN_COUNT; i++)
		lists_add(lists, &known_macros[i].name,
			  stages_sent(known_macros[i].stages, needs->needs));
	lists_anchor(lists, MILTER_STAGE_MAIL, "{mail_addr}");
	lists_anchor(lists, MILTER_STAGE_RCPT, "{rcpt_addr}");
	return true;
}

void macro_lists_free(struct macro_lists *lists)
{
	for (unsigned stage = 0; stage < MILTER_STAGE_COUNT; stage++)
		memory_free(lists->stages[stage].names);
	memory_free(lists->own);
	*lists = (struct macro_lists){0};
}

bool macro_word_next(const char **list, struct macro_name *name)
{
	while (*list && **list) {
		*list += strspn(*list, " \t,");
		size_t length = strcspn(*list, " \t,");
		const char *word = *list;
		*list += length;
		if (length && macro_name_make(word, length, name))
			return true;
	}
	return false;
}

static bool printed_contains(const char *list, const struct macro_name *name)
{
	struct macro_name word;
	while (macro_word_next(&list, &word))
		if (strcmp(word.text, name->text) == 0)
			return true;
	return false;
}

static void print_name(struct buffer *out, const struct macro_name *name)
{
	buffer_append_byte(out, '\0'); /* so that what stands there can be searched */
	if (out->failed)
		return;
	out->length--;
	if (printed_contains(out->data, name))
		return;
	if (out->length)
		buffer_append_byte(out, ' ');
	buffer_append_string(out, name->text);
}

bool macro_list_print(const struct macro_lists *lists, enum milter_stage stage,
		      const char *requested, struct buffer *out)
{
	if (lists->open && !requested)
		return false;
	const struct macro_list *list = &lists->stages[stage];
	for (size_t i = 0; i < list->count; i++)
		print_name(out, list->names[i]);
	struct macro_name word;
	while (macro_word_next(&requested, &word))
		print_name(out, &word);
	buffer_append_byte(out, '\0');
	if (!out->failed)
		out->length--;
	return !out->failed;
}

const char *macro_request(const struct afsl_session *session, enum milter_stage stage)
{
	const char *own = afsl_requested_macros(session, event_of_macro_stage(stage));
	enum milter_stage other = stage == MILTER_STAGE_EOM   ? MILTER_STAGE_EOH
				  : stage == MILTER_STAGE_EOH ? MILTER_STAGE_EOM
							      : MILTER_STAGE_COUNT;
	if (own || other == MILTER_STAGE_COUNT)
		return own;
	return afsl_requested_macros(session, event_of_macro_stage(other)) ? "" : NULL;
}
