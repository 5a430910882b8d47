#include "engine/chain.h"

#include "base/memory.h"

#include <assert.h>

/* The host's bits are the language's; a few more are of the host alone. */
_Static_assert((int)AFSL_NEED_CONNECT == NEED_CONNECT, "one bit each");
_Static_assert((int)AFSL_NEED_HELO == NEED_HELO, "one bit each");
_Static_assert((int)AFSL_NEED_MAIL == NEED_MAIL, "one bit each");
_Static_assert((int)AFSL_NEED_RCPT == NEED_RCPT, "one bit each");
_Static_assert((int)AFSL_NEED_DATA == NEED_DATA, "one bit each");
_Static_assert((int)AFSL_NEED_HEADERS == NEED_HEADERS, "one bit each");
_Static_assert((int)AFSL_NEED_BODY == NEED_BODY, "one bit each");
_Static_assert((int)AFSL_NEED_HEADER_BLANKS == NEED_HEADER_BLANKS, "one bit each");
_Static_assert((int)AFSL_NEED_ALL_MACROS == NEED_MACROS, "one bit each");
_Static_assert((int)AFSL_NEED_REFUSED_RCPT == NEED_REFUSED_RCPT, "one bit each");
_Static_assert((int)AFSL_NEED_ADD_HEADER == NEED_ADD_HEADER, "one bit each");
_Static_assert((int)AFSL_NEED_CHANGE_HEADER == NEED_CHANGE_HEADER, "one bit each");
_Static_assert((int)AFSL_NEED_ADD_RCPT == NEED_ADD_RCPT, "one bit each");
_Static_assert((int)AFSL_NEED_DELETE_RCPT == NEED_DELETE_RCPT, "one bit each");
_Static_assert((int)AFSL_NEED_CHANGE_SENDER == NEED_CHANGE_SENDER, "one bit each");
_Static_assert((int)AFSL_NEED_REPLACE_BODY == NEED_REPLACE_BODY, "one bit each");
_Static_assert((int)AFSL_NEED_QUARANTINE == NEED_QUARANTINE, "one bit each");
_Static_assert((int)AFSL_NEED_ADD_RCPT_PARAMETERS == NEED_ADD_RCPT_PARAMETERS, "one bit each");

/* Which event a host's step raises, and which need asks for the step. */
static const struct step {
	enum event_id event;
	uint32_t need;
} steps[AFSL_EVENT_COUNT] = {
	[AFSL_NEGOTIATE] = { EVENT_onNegotiate, AFSL_NEED_NEGOTIATE },
	[AFSL_CONNECT] = { EVENT_onConnect, AFSL_NEED_CONNECT },
	[AFSL_HELO] = { EVENT_onEhlo, AFSL_NEED_HELO },
	[AFSL_MAIL] = { EVENT_onMailFrom, AFSL_NEED_MAIL },
	[AFSL_RCPT] = { EVENT_onRcptTo, AFSL_NEED_RCPT },
	[AFSL_DATA] = { EVENT_onData, AFSL_NEED_DATA },
	[AFSL_HEADER] = { EVENT_onHeader, AFSL_NEED_HEADERS },
	[AFSL_END_OF_HEADERS] = { EVENT_onHeadersReceived, AFSL_NEED_END_OF_HEADERS },
	[AFSL_BODY] = { EVENT_onBodyChunk, AFSL_NEED_BODY },
	[AFSL_END_OF_MESSAGE] = { EVENT_onDataReceived, 0 },
	[AFSL_ABORT] = { EVENT_onAbort, 0 },
	[AFSL_DISCONNECT] = { EVENT_onDisconnect, 0 },
	[AFSL_UNKNOWN_COMMAND] = { EVENT_onUnknownCommand, AFSL_NEED_UNKNOWN },
};

static const uint32_t recipient_needs = NEED_RCPT | NEED_ADD_RCPT | NEED_DELETE_RCPT;
static const uint32_t judged_needs = NEED_ADD_HEADER | NEED_CHANGE_HEADER | NEED_ADD_RCPT |
				     NEED_ADD_RCPT_PARAMETERS | NEED_DELETE_RCPT |
				     NEED_CHANGE_SENDER | NEED_REPLACE_BODY;
static const uint32_t size_needs = NEED_HEADERS | NEED_BODY;
static const struct step_request nothing = { 0 };
static const uint32_t content_needs = NEED_ADD_HEADER | NEED_CHANGE_HEADER | NEED_REPLACE_BODY;

enum event_id event_of(enum afsl_event event)
{
	assert((unsigned)event < AFSL_EVENT_COUNT);
	return steps[event].event;
}

bool filter_is_partial(const struct filter *filter)
{
	return filter->scope && scope_is_narrow(filter->scope);
}

/* The size of a message is known by who hears all of it. */
static bool needs_size(const struct filter *filter)
{
	return filter->scope && filter->scope->size_most != AFSL_SIZE_ANY;
}

bool filter_edits_content(const struct filter *filter, const struct step_request *request)
{
	return filter->program->program->needs & content_needs & ~request->dropped;
}

struct afsl_chain *afsl_chain_new(void)
{
	struct afsl_chain *chain = memory_zeroed(1, sizeof(*chain));

	if (chain)
		atomic_init(&chain->references, 1);
	return chain;
}

void afsl_chain_judge(struct afsl_chain *chain)
{
	chain->judges = true;
}

struct afsl_chain *afsl_chain_keep(struct afsl_chain *chain)
{
	atomic_fetch_add_explicit(&chain->references, 1, memory_order_relaxed);
	return chain;
}

/* ---- one filter ---- */

static void filter_free(struct filter *filter)
{
	for (size_t i = 0; i < filter->folder_count; i++)
		memory_free(filter->folders[i]);
	memory_free(filter->folders);
	scope_free(filter->scope);
	places_release(filter->places);
	memory_free(filter->name);
}

static bool copy_folders(struct filter *filter, const char *const *folders, size_t count)
{
	if (count == 0)
		return true;
	filter->folders = memory_zeroed(count, sizeof(*filter->folders));
	for (; filter->folders && filter->folder_count < count; filter->folder_count++) {
		filter->folders[filter->folder_count] =
			memory_copy_string(folders[filter->folder_count]);
		if (!filter->folders[filter->folder_count])
			return false;
	}
	return filter->folders != NULL;
}

static bool copy_scope(struct filter *filter, const struct afsl_scope *scope)
{
	if (!scope || scope_is_everything(scope))
		return true;
	filter->scope = scope_new(scope);
	return filter->scope != NULL;
}

static uint32_t limit_u32(int64_t limit)
{
	return limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

void filter_equip(struct filter *filter)
{
	const int64_t *limits = filter->limits;

	filter->means = (struct means){ .tables = filter->program->tables,
					.shared = filter->program->shared,
					.folders = (const char *const *)filter->folders,
					.folder_count = filter->folder_count,
					.places = filter->places };
	filter->mail_limits =
		(struct mail_limits){ .headers = limit_u32(limits[LIMIT_headers]),
				      .recipients = limit_u32(limits[LIMIT_recipients]),
				      .changes = limit_u32(limits[LIMIT_changes]),
				      .header_bytes = (size_t)limits[LIMIT_headerBytes],
				      .whole = (size_t)limits[LIMIT_wholeMessage] };
}

static bool filter_init(struct filter *filter, struct afsl_program *program,
			const struct afsl_filter_options *options)
{
	const char *name = options && options->name ? options->name : program->program->name;

	*filter = (struct filter){ .program = program };
	limits_default(filter->limits);
	for (size_t i = 0; options && i < options->limit_count; i++)
		if (!limits_set(filter->limits, options->limits + i))
			return false;
	if (options)
		filter->on_error = options->on_error;
	filter->name = memory_copy_string(name);
	filter->places = places_new(filter->limits[LIMIT_connections]);
	return filter->name && filter->places &&
	       (!options || (copy_folders(filter, options->folders, options->folder_count) &&
			     copy_scope(filter, options->scope)));
}

void afsl_chain_release(struct afsl_chain *chain)
{
	if (!chain || atomic_fetch_sub_explicit(&chain->references, 1, memory_order_acq_rel) != 1)
		return;
	for (unsigned i = 0; i < chain->count; i++) {
		afsl_program_release(chain->filters[i].program);
		filter_free(&chain->filters[i]);
	}
	memory_free(chain->filters);
	memory_free(chain->macros);
	memory_free(chain);
}

/* ---- what all need together ---- */

static bool add_macro(struct afsl_chain *chain, const char *name)
{
	size_t count = chain->needs.macro_count;
	const char **grown;

	for (size_t i = 0; i < count; i++)
		if (strcmp(chain->macros[i], name) == 0)
			return true;
	if (count == chain->macro_room) {
		grown = memory_resize(chain->macros, (count + 16) * sizeof(*grown));
		if (!grown)
			return false;
		chain->macros = grown;
		chain->macro_room = count + 16;
	}
	chain->macros[count] = name;
	chain->needs.macro_count = count + 1;
	chain->needs.macros = chain->macros;
	return true;
}

static bool is_content(enum afsl_event event)
{
	return event == AFSL_HEADER || event == AFSL_END_OF_HEADERS || event == AFSL_BODY;
}

/* Steps that it handles or whose facts it reads, and those at which it can decide. What comes to it
 * from a spool is decided at the end of the message. */
static void find_steps(struct filter *filter, bool spooled)
{
	const struct program *program = filter->program->program;

	filter->needs = program->needs & ~(uint32_t)NEED_OF_OURSELVES;
	for (unsigned i = 0; i < AFSL_EVENT_COUNT; i++) {
		enum event_id event = steps[i].event;
		bool handled = filter_handles(filter, event);

		if (handled)
			filter->needs |= steps[i].need;
		if (handled || (program->needs & steps[i].need))
			filter->steps |= UINT32_C(1) << i;
		if (handled && program->event_needs[event] & NEED_VERDICT &&
		    !(spooled && is_content((enum afsl_event)i)))
			filter->replies |= UINT32_C(1) << i;
	}
	filter->replies |= UINT32_C(1) << AFSL_END_OF_MESSAGE;
}

/* A filter for some recipients hears of all of them, and may refuse each. */
static void add_part_needs(const struct filter *filter, struct afsl_needs *needs)
{
	needs->needs |= NEED_RCPT;
	needs->replies |= UINT32_C(1) << AFSL_RCPT;
	if (filter->scope->mixed == AFSL_MIXED_DISCARD_RCPT)
		needs->needs |= NEED_DELETE_RCPT;
}

void filter_add_needs(const struct filter *filter, const struct step_request *request,
		      struct afsl_needs *needs)
{
	uint32_t wanted = filter->needs & ~request->dropped, replies = filter->replies;

	if (request->refused_recipients)
		wanted |= NEED_REFUSED_RCPT;
	for (unsigned i = 0; i < AFSL_EVENT_COUNT; i++) {
		if (request->left_out >> steps[i].event & 1)
			wanted &= ~steps[i].need;
		if ((request->left_out | request->silent) >> steps[i].event & 1)
			replies &= ~(UINT32_C(1) << i);
	}
	needs->needs |= wanted;
	needs->replies |= replies;
	if (filter_is_partial(filter))
		add_part_needs(filter, needs);
	if (needs_size(filter))
		needs->needs |= size_needs;
}

static bool add_needs(struct afsl_chain *chain, struct filter *filter)
{
	const struct program *program = filter->program->program;
	bool spooled = false;

	for (unsigned i = 0; i < chain->count; i++)
		spooled |= !chain->judges && filter_edits_content(chain->filters + i, &nothing);
	for (unsigned i = 0; i < program->macro_count; i++)
		if (!add_macro(chain, program->macros[i]))
			return false;
	find_steps(filter, spooled);
	if (filter_is_partial(filter))
		filter->steps |= UINT32_C(1) << AFSL_RCPT;
	if (needs_size(filter))
		filter->steps |= UINT32_C(1) << AFSL_HEADER | UINT32_C(1) << AFSL_BODY;
	if (chain->judges)
		filter->needs &= ~judged_needs;
	filter_add_needs(filter, &nothing, &chain->needs);
	/* what a filter has edited is what the next one gets */
	chain->keeps_headers |= (program->needs & NEED_KEPT_HEADERS) || chain->count > 0;
	chain->keeps_recipients |= (program->needs & recipient_needs) || filter_is_partial(filter);
	return true;
}

bool afsl_chain_add(struct afsl_chain *chain, struct afsl_program *program,
		    const struct afsl_filter_options *options)
{
	struct filter filter, *grown;

	if (chain->count == chain->room) {
		grown = memory_resize(chain->filters, (chain->room + 4) * sizeof(*grown));
		if (!grown)
			return false;
		chain->filters = grown;
		chain->room += 4;
	}
	if (!filter_init(&filter, program, options) || !add_needs(chain, &filter)) {
		filter_free(&filter);
		return false;
	}
	filter_equip(&filter);
	afsl_program_keep(program);
	chain->filters[chain->count++] = filter;
	return true;
}

void afsl_chain_needs(const struct afsl_chain *chain, struct afsl_needs *needs)
{
	*needs = chain->needs;
}
