/* Module table: look-ups in tables kept in files and databases. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/context.h"
#include "builtins/convert.h"

static struct table *argument_table(const struct call *call)
{
	const struct context *context = call_context(call);

	return context->means->tables[call->arguments[0].i];
}

/* $1, ${1} and $(1) are what the groups of the pattern matched, $$ is a dollar sign; the ends of
 * lines that a value goes over are dropped. */
static bool read_group(struct text item, uint32_t *at, unsigned *group)
{
	char open = item.data[*at];
	bool braced = open == '{' || open == '(';
	uint32_t digit = *at + (braced ? 1 : 0);
	char close = open == '{' ? '}' : ')';

	if (digit >= item.length || !byte_is_digit(item.data[digit]) ||
	    (braced && (digit + 1 >= item.length || item.data[digit + 1] != close)))
		return false;
	*group = (unsigned)(item.data[digit] - '0');
	*at = digit + (braced ? 2 : 1);
	return true;
}

static enum call_result expand(struct call *call, const struct text groups[REGEX_GROUPS],
			       struct text *item)
{
	struct writer writer;
	unsigned group;

	writer_begin(&writer, call, item->length + 1u);
	for (uint32_t i = 0; i < item->length;) {
		char byte = item->data[i++];

		if (byte == '$' && i < item->length && read_group(*item, &i, &group)) {
			writer_add_text(&writer, groups[group]);
			continue;
		}
		if (byte == '$' && i < item->length && item->data[i] == '$')
			i++;
		if (byte != '\n' && byte != '\r')
			writer_add_byte(&writer, byte);
	}
	*item = writer_text(&writer);
	return writer.status;
}

/* One pattern after the other, each within the limits of a match. */
static enum call_result find_pattern(struct call *call, const struct rows *rows, bool *found,
				     struct text *item)
{
	struct text subject = call->arguments[1].text, groups[REGEX_GROUPS];
	uint32_t n = 0;

	while (n < rows_count(rows) && !*found) {
		struct rows_rule rule = rows_rule(rows, n);
		enum call_result result = call_charge(call, subject.length);
		bool holds;

		memset(groups, 0, sizeof(groups));
		if (result == CALL_DONE)
			result = call_match(call, rule.regex, subject, 0, groups, &holds);
		if (result != CALL_DONE)
			return result;
		holds = holds != rule.negated;
		*found = holds && rule.next == 0;
		*item = rule.item;
		n = rule.next && !holds ? rule.next : n + 1;
	}
	return *found && rows_key(rows) == TABLE_PCRE ? expand(call, groups, item) : CALL_DONE;
}

/* The key's type is what K stands for; networks are looked for by an address. */
static enum call_result find(struct call *call, const struct rows *rows, bool *found,
			     struct text *item)
{
	const struct type *type = call->import->argument_types[1];
	value key = call->arguments[1];
	enum call_result charged;

	if (rows_key(rows) == TABLE_REGEX || rows_key(rows) == TABLE_PCRE)
		return find_pattern(call, rows, found, item);
	charged = call_charge(call, type->kind == TYPE_TEXT ? key.text.length : 64);
	if (charged != CALL_DONE)
		return charged;
	if (type->kind == TYPE_IP)
		*found = rows_find_ip(rows, key.ip, item);
	else if (type->kind == TYPE_INT)
		*found = rows_find_int(rows, key.i, item);
	else
		*found = rows_find_text(rows, key.text, item);
	return CALL_DONE;
}

/* ---- databases ---- */

/* CALL_DONE with the answer. A test has no network: what it does not mock, it does not reach. */
static enum call_result ask_database(struct call *call, struct database *database,
				     struct store_request *request, enum store_status *status)
{
	const struct context *context = call_context(call);

	if (database_is_remote(database) && context->outside != &outside_live)
		return call_raise(call, "connect", 0, false, "a test reaches no server of tables");
	request->wait = call_wait(call);
	request->arena = call_arena(call);
	request->pending = call->pending;
	*status = database_ask(database, request);
	if (*status == STORE_WAITING)
		return CALL_WAIT;
	if (*status > STORE_DONE)
		return call_raise(call, "io", 0, true, "%s", request->fault);
	return CALL_DONE;
}

/* As a text, whatever it is. */
static enum call_result find_in_database(struct call *call, struct database *database,
					 struct buffer *answer, bool *found)
{
	const struct type *type = call->import->argument_types[1];
	struct store_request request = { .operation = answer ? STORE_GET : STORE_HAS,
					 .answer = answer };
	enum store_status status = STORE_ABSENT;
	struct buffer key;
	enum call_result result;

	buffer_init(&key, BUFFER_CAP_DEFAULT);
	request.key = call->arguments[1].text;
	if (type->kind != TYPE_TEXT) {
		value_print(type, call->arguments[1], &key);
		request.key = buffer_text(&key);
	}
	if (key.failed)
		result = call_memory(call);
	else
		result = *call->pending ? CALL_DONE : call_charge(call, request.key.length);
	if (result == CALL_DONE)
		result = ask_database(call, database, &request, &status);
	*found = status == STORE_FOUND;
	buffer_free(&key);
	return result;
}

/* ---- the calls ---- */

static enum call_result answer_found(struct call *call)
{
	struct database *database = table_database(argument_table(call));
	struct rows *rows;
	struct text item;
	bool found = false;
	enum call_result result;

	if (database) {
		result = find_in_database(call, database, NULL, &found);
		return result == CALL_DONE ? answer_bool(call, found) : result;
	}
	rows = table_rows(argument_table(call));
	result = find(call, rows, &found, &item);
	rows_release(rows);
	return result == CALL_DONE ? answer_bool(call, found) : result;
}

enum call_result builtin_table_contains(struct call *call)
{
	return answer_found(call);
}

enum call_result builtin_table_containsNet(struct call *call)
{
	return answer_found(call);
}

enum call_result builtin_table_has(struct call *call)
{
	return answer_found(call);
}

enum call_result builtin_table_hasNet(struct call *call)
{
	return answer_found(call);
}

/* The rows may be gone when the value is read: a text is copied. */
static enum call_result answer_value(struct call *call, struct text item)
{
	const struct type *type = call->import->result;

	if (type->kind == TYPE_TEXT)
		return call_return_text(call, item.data, item.length);
	return convert_text(call, item, type, call->result);
}

static enum call_result answer_of_database(struct call *call, struct database *database)
{
	struct buffer answer;
	bool found;
	enum call_result result;

	buffer_init(&answer, (size_t)call_limit_value(call, LIMIT_textLength));
	result = find_in_database(call, database, &answer, &found);
	if (result == CALL_DONE && found)
		result = answer_value(call, buffer_text(&answer));
	else if (result == CALL_DONE)
		*call->result = call->arguments[2];
	buffer_free(&answer);
	return result;
}

static enum call_result answer_item(struct call *call)
{
	struct database *database = table_database(argument_table(call));
	struct text item = TEXT_EMPTY;
	struct rows *rows;
	bool found = false;
	enum call_result result;

	if (database)
		return answer_of_database(call, database);
	rows = table_rows(argument_table(call));
	result = find(call, rows, &found, &item);
	if (result == CALL_DONE && found)
		result = answer_value(call, item);
	else if (result == CALL_DONE)
		*call->result = call->arguments[2];
	rows_release(rows);
	return result;
}

enum call_result builtin_table_get(struct call *call)
{
	return answer_item(call);
}

enum call_result builtin_table_getNet(struct call *call)
{
	return answer_item(call);
}

static enum call_result count_in_database(struct call *call, struct database *database)
{
	struct store_request request = { .operation = STORE_COUNT };
	enum store_status status;
	enum call_result result = ask_database(call, database, &request, &status);

	return result == CALL_DONE ? answer_int(call, request.count) : result;
}

enum call_result builtin_table_length(struct call *call)
{
	struct database *database = table_database(argument_table(call));
	struct rows *rows;
	uint32_t count;

	if (database)
		return count_in_database(call, database);
	rows = table_rows(argument_table(call));
	count = rows_count(rows);
	rows_release(rows);
	return answer_int(call, count);
}
