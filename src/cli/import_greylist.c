/* greylist.conf of milter-greylist: access lists at RCPT, and greylisting itself. */
#include "cli/import.h"
#include "cli/import_clauses.h"
#include "cli/import_lists.h"

#include <stdio.h>

/* ---- times ---- */

/* "30m", "5d", "2w", "90": as the language writes it; false for anything else. */
static bool duration_of(struct text word, char written[32])
{
	static const struct {
		char letter, unit;
		int64_t factor;
	} units[] = {
		{ 's', 's', 1 }, { 'm', 'm', 1 }, { 'h', 'h', 1 }, { 'd', 'd', 1 }, { 'w', 'd', 7 }
	};
	char last = word.length ? word.data[word.length - 1] : '\0';
	int64_t number;

	if (text_to_int(word, &number)) {
		snprintf(written, 32, "%llds", (long long)number);
		return number >= 0;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (units[i].letter != last ||
		    !text_to_int(text_part(word, 0, word.length - 1), &number) || number < 0 ||
		    number > 10000)
			continue;
		snprintf(written, 32, "%lld%c", (long long)(number * units[i].factor),
			 units[i].unit);
		return true;
	}
	return false;
}

/* A list is a function, named for it: "my list" is in_my_list. */
static struct text list_name(struct buffer *room, struct text name)
{
	buffer_clear(room);
	buffer_append_string(room, "in_");
	for (size_t i = 0; i < name.length; i++)
		buffer_append_byte(room, byte_is_name(name.data[i]) ? name.data[i] : '_');
	return buffer_text(room);
}

/* ---- access lists ---- */

struct rule {
	struct import_lists *lists;
	struct buffer condition, name;
	char delay[32];
	struct text message, code, enhanced;
	const char *fault;
};

static void join(struct rule *rule, bool denied)
{
	if (rule->condition.length)
		buffer_append_string(&rule->condition, " and ");
	buffer_append_string(&rule->condition, denied ? "not " : "");
}

static void name_list(struct rule *rule, struct text word)
{
	struct text name = list_name(&rule->name, word);
	struct import_list *list = import_lists_find(rule->lists, name);

	if (list)
		import_lists_name(rule->lists, list);
	else
		rule->fault = "there is no list of that name above";
	buffer_printf(&rule->condition, "%.*s()", TEXT_PRINTF(name));
}

/* One clause or setting of a rule. */
static void read_part(struct rule *rule, struct text *rest)
{
	bool denied = import_take(rest, "not");
	const struct import_clause *clause = import_clause_take(rest);
	char unused[32];

	if (clause) {
		join(rule, denied);
		buffer_append_string(&rule->condition, denied ? "(" : "");
		if (!clause->write(&rule->condition, clause->fact, import_word(rest)))
			rule->fault = "its pattern is not understood here";
		buffer_append_string(&rule->condition, denied ? ")" : "");
	} else if (import_take(rest, "list")) {
		join(rule, denied);
		name_list(rule, import_word(rest));
	} else if (import_take(rest, "default")) {
		return;
	} else if (import_take(rest, "delay")) {
		if (!duration_of(import_word(rest), rule->delay))
			rule->fault = "its delay is no time";
	} else if (import_take(rest, "msg")) {
		rule->message = import_word(rest);
	} else if (import_take(rest, "code")) {
		rule->code = import_word(rest);
	} else if (import_take(rest, "ecode")) {
		rule->enhanced = import_word(rest);
	} else if (import_take(rest, "id") || import_take(rest, "report")) {
		import_word(rest);
	} else if (import_take(rest, "autowhite")) {
		if (!duration_of(import_word(rest), unused))
			rule->fault = "its autowhite is no time";
	} else {
		rule->fault = "it has a clause that has no counterpart";
	}
}

static void read_rule(struct rule *rule, struct text rest)
{
	while (!rule->fault && text_trim(rest).length)
		read_part(rule, &rest);
}

static void write_refusal(struct importer *importer, const struct rule *rule)
{
	int64_t code = 551;
	bool later;
	struct buffer words;

	if (!text_to_int(rule->code, &code) || code < 400 || code > 599)
		code = 551;
	later = code >= 400 && code < 500;
	buffer_init(&words, BUFFER_CAP_DEFAULT);
	buffer_printf(&words, "%s(%lld, ", later ? "tempfail" : "reject", (long long)code);
	import_quote(&words,
		     import_is_status(rule->enhanced, code) ? rule->enhanced
		     : later				    ? TEXT("4.7.1")
							    : TEXT("5.7.1"),
		     false);
	buffer_append_string(&words, ", ");
	import_quote(&words, rule->message.length ? rule->message : TEXT("Go away!"), false);
	import_write(importer, "%.*s);", (int)words.length, words.data);
	import_free(importer, &words);
}

static void write_statements(struct importer *importer, const struct rule *rule, const char *kind)
{
	bool always = rule->condition.length == 0;

	if (!always)
		import_open(importer, "if (%.*s)", (int)rule->condition.length,
			    rule->condition.data);
	if (*kind == 'b')
		write_refusal(importer, rule);
	else if (*kind == 'g')
		import_write(importer, "greylist(%s);", rule->delay);
	if (!always && *kind != 'b')
		import_write(importer, "return;");
	if (!always)
		import_close(importer);
}

/* True when it holds for everything, and no rule behind it matters. */
static bool write_rule(struct importer *importer, struct import_lists *lists,
		       const struct import_line *line, const char *kind, struct text rest)
{
	struct rule rule = { .lists = lists, .delay = "delay" };
	bool always;

	buffer_init(&rule.condition, BUFFER_CAP_DEFAULT);
	buffer_init(&rule.name, BUFFER_CAP_DEFAULT);
	read_rule(&rule, rest);
	import_lists_settle(lists, !rule.fault);
	import_name_line(importer, line);
	if (rule.fault)
		import_leave_out(importer, line, "%s", rule.fault);
	else
		write_statements(importer, &rule, kind);
	always = !rule.fault && rule.condition.length == 0;
	import_free(importer, &rule.condition);
	import_free(importer, &rule.name);
	return always;
}

/* ---- lists ---- */

/* An expression may have 1,000 operators: a long list is asked piece by piece. */
enum { MEMBERS_MOST = 200 };

static void ask_piece(struct buffer *out, struct buffer *piece)
{
	buffer_printf(out, "if (%.*s) {\nreturn true;\n}\n", (int)piece->length, piece->data);
	buffer_clear(piece);
}

static bool add_member(struct buffer *piece, const struct import_clause *clause, struct text member)
{
	buffer_append_string(piece, piece->length ? " or " : "");
	return clause->write(piece, clause->fact, member);
}

/* "192.0.2.0/24 198.51.100.7 }" as statements; false when a pattern is not understood. */
static bool write_members(struct buffer *out, const struct import_clause *clause, struct text rest)
{
	struct buffer piece;
	bool good = true;

	buffer_init(&piece, BUFFER_CAP_DEFAULT);
	for (size_t i = 0; good && text_trim(rest).length && !import_take(&rest, "}"); i++) {
		if (i && i % MEMBERS_MOST == 0)
			ask_piece(out, &piece);
		good = add_member(&piece, clause, import_word(&rest));
	}
	buffer_printf(out, "return %.*s;\n", piece.length ? (int)piece.length : 5,
		      piece.length ? piece.data : "false");
	out->failed |= piece.failed;
	buffer_free(&piece);
	return good;
}

static void write_list_function(struct importer *importer, struct import_lists *lists,
				const struct import_line *line, const struct import_clause *clause,
				struct text name, struct text rest)
{
	struct buffer members;

	buffer_init(&members, BUFFER_CAP_DEFAULT);
	if (write_members(&members, clause, rest)) {
		import_lists_add(lists, name, importer->out.length);
		import_write(importer, "function %.*s() -> bool {\n%.*s}\n", TEXT_PRINTF(name),
			     (int)members.length, members.data);
	} else {
		import_leave_out(importer, line, "one of its patterns is not understood here");
	}
	import_free(importer, &members);
}

/* list "name" addr { 192.0.2.0/24 198.51.100.7 } */
static void write_list(struct importer *importer, struct import_lists *lists,
		       const struct import_line *line, struct text rest)
{
	struct buffer room;
	struct text name;
	const struct import_clause *clause;

	buffer_init(&room, BUFFER_CAP_DEFAULT);
	name = list_name(&room, import_word(&rest));
	clause = import_clause_take(&rest);
	import_name_line(importer, line);
	if (!clause || !import_take(&rest, "{"))
		import_leave_out(importer, line,
				 "it is no list of addr, domain, helo, from or rcpt in { }");
	else if (import_lists_find(lists, name))
		import_leave_out(importer, line, "there is a list of that name above");
	else
		write_list_function(importer, lists, line, clause, name, rest);
	import_free(importer, &room);
}

/* Those that no rule names say so. */
static void append_lists(struct buffer *out, const struct import_lists *lists, struct text written)
{
	size_t from = 0;

	for (uint32_t i = 0; i < lists->count; i++) {
		const struct import_list *list = &lists->items[i];

		if (list->used)
			continue;
		buffer_append_text(out, text_part(written, from, list->at));
		buffer_append_string(out, "# afsl: allow W0301 (no rule names this list)\n");
		from = list->at;
	}
	buffer_append_text(out, text_part(written, from, written.length));
}

/* ---- the script ---- */

struct settings {
	char delay[32], known[32], patience[32];
	bool greylists_logins;
};

/* What needs no counterpart. */
static bool is_silent(struct text word)
{
	static const char *const words[] = { "verbose",	    "quiet",	    "pidfile",
					     "socket",	    "dumpfile",	    "user",
					     "dumpfreq",    "timeout",	    "nodetach",
					     "report",	    "nospf",	    "lazyaw",
					     "subnetmatch", "subnetmatch6", "extendedregex" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_equals_ignoring_case(word, text_of_string(words[i], LIFETIME_EVENT)))
			return true;
	return false;
}

static void read_setting(struct importer *importer, struct settings *settings,
			 const struct import_line *line)
{
	struct text rest = line->text, word = import_word(&rest), value = import_word(&rest);
	char *into = text_equals_string(word, "greylist")    ? settings->delay
		     : text_equals_string(word, "autowhite") ? settings->known
		     : text_equals_string(word, "timeout")   ? settings->patience
							     : NULL;

	if (into && !duration_of(value, into))
		import_leave_out(importer, line, "\"%.*s\" is no time", TEXT_PRINTF(value));
	else if (text_equals_string(word, "noauth"))
		settings->greylists_logins = true;
	else if (!into && !is_silent(word))
		import_leave_out(importer, line, "\"%.*s\" has no counterpart here",
				 TEXT_PRINTF(word));
}

static const char *kind_of(struct text *rest)
{
	static const char *const kinds[] = { "whitelist", "greylist", "blacklist" };

	if (import_take(rest, "id"))
		import_word(rest);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (import_take(rest, kinds[i]))
			return kinds[i];
	return NULL;
}

static bool is_rule(struct text *rest)
{
	return import_take(rest, "racl") || import_take(rest, "acl");
}

static void write_lists(struct importer *importer, struct import_lists *lists,
			struct settings *settings)
{
	struct import_line line;

	while (import_next(importer, CONTINUED_BY_BACKSLASH, &line)) {
		struct text rest = line.text;

		if (import_take(&rest, "list"))
			write_list(importer, lists, &line, rest);
		else if (!is_rule(&rest))
			read_setting(importer, settings, &line);
	}
}

static void write_rules(struct importer *importer, struct import_lists *lists)
{
	struct import_line line;
	bool ended = false;

	while (!ended && import_next(importer, CONTINUED_BY_BACKSLASH, &line)) {
		struct text rest = line.text;
		const char *kind;

		if (!is_rule(&rest))
			continue;
		kind = kind_of(&rest);
		if (kind)
			ended = write_rule(importer, lists, &line, kind, rest);
		else
			import_leave_out(importer, &line,
					 "it is no whitelist, greylist or blacklist");
	}
	if (!ended)
		import_write(importer, "greylist(delay);");
}

static const char greylisting[] =
	"record Attempt {\nfirst: time;\npassed: bool;\n}\n\n"
	"shared var attempts: cache[text, Attempt] = cache(ttl: known + patience, max: 1M);\n\n"
	"# Passes who has come back after the delay, with the client's /24 or /64.\n"
	"function greylist(wait: duration) {\n"
	"var from = connectionFamily.startsWith(\"inet\") ? "
	"text(network(remoteSmtpIp, remoteSmtpIp.isV4() ? 24 : 64)) : connectionFamily;\n"
	"var triplet = lower(\"%{from} %mailFrom% %rcptTo%\");\n"
	"var attempt = attempts.getOrInsert(triplet, Attempt(first: now(), passed: false));\n"
	"var waited = now() - attempt.first;\n"
	"if (not attempt.passed and waited > patience) {\n"
	"attempt = Attempt(first: now(), passed: false);\nattempts.put(triplet, attempt);\nwaited "
	"= 0s;\n}\n"
	"if (not attempt.passed and waited < wait) {\n"
	"tempfail(451, \"4.7.1\", \"Greylisting in action, please come back later\");\n}\n"
	"attempts.put(triplet, Attempt(first: attempt.first, passed: true));\n}\n";

static void write_event(struct importer *importer, struct import_lists *lists,
			const struct settings *settings)
{
	import_open(importer, "\nevent onRcptTo");
	if (!settings->greylists_logins) {
		import_open(importer, "if (authUser != \"\")");
		import_write(importer, "return;");
		import_close(importer);
	}
	write_rules(importer, lists);
	import_close(importer);
}

/* The same lines for another look, into an output of its own. */
static struct importer look_again(const struct importer *importer)
{
	struct importer look = *importer;

	look.left_out = 0;
	buffer_init(&look.out, BUFFER_CAP_DEFAULT);
	buffer_init(&look.joined, BUFFER_CAP_DEFAULT);
	return look;
}

static void look_end(struct importer *importer, struct importer *look)
{
	importer->left_out += look->left_out;
	import_free(importer, &look->out);
	import_free(importer, &look->joined);
}

static bool calls(const struct importer *look, const char *function)
{
	return text_find(buffer_text(&look->out), text_of_string(function, LIFETIME_EVENT), 0) >= 0;
}

/* What the rules need comes before them, and nothing else. */
static void write_script(struct importer *importer, const struct import_lists *lists,
			 const struct settings *settings, const struct importer *listed,
			 const struct importer *ruled)
{
	import_gap(importer);
	if (calls(listed, "clientIsIn(") || calls(ruled, "clientIsIn(")) {
		import_open(importer, "function clientIsIn(range: net) -> bool");
		import_write(importer, "return connectionFamily.startsWith(\"inet\") and "
				       "remoteSmtpIp in range;");
		import_close(importer);
		import_gap(importer);
	}
	append_lists(&importer->out, lists, buffer_text(&listed->out));
	if (calls(ruled, "greylist(")) {
		import_write(importer,
			     "option delay: duration = %s;  # before a first attempt may come back",
			     settings->delay);
		import_write(importer,
			     "option patience: duration = %s;  # and how long it may wait",
			     settings->patience);
		import_write(importer,
			     "option known: duration = %s;  # how long one is known that has come "
			     "back\n",
			     settings->known);
		buffer_append_string(&importer->out, greylisting);
	}
	buffer_append_text(&importer->out, buffer_text(&ruled->out));
}

static void write_greylist(struct importer *importer)
{
	struct settings settings = { "30m", "1d", "5d", false };
	struct importer listed = look_again(importer), ruled = look_again(importer);
	struct import_lists lists;

	import_lists_init(&lists);
	write_lists(&listed, &lists, &settings);
	write_event(&ruled, &lists, &settings);
	write_script(importer, &lists, &settings, &listed, &ruled);
	importer->out.failed |= lists.failed;
	look_end(importer, &listed);
	look_end(importer, &ruled);
	import_lists_free(&lists);
}

const struct import_format import_milter_greylist = { "milter-greylist",
						      "greylist.conf, access lists at RCPT",
						      write_greylist };
