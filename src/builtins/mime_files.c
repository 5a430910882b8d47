/* Module mime: files that a body carries without MIME. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mime.h"
#include "content/files.h"

enum { FILE_NAME, FILE_NAMES, FILE_CONTENT, FILE_ANOMALIES };

/* What is wrong with the whole is wrong with its last file. */
static enum call_result add_file(struct call *call, struct list *list,
				 const struct content_file *file, anomaly_set more)
{
	struct record *record = record_allocate(list->object.type->element, call_arena(call));
	enum call_result result;

	if (!record)
		return call_memory(call);
	record->fields[FILE_CONTENT].text = file->content;
	result = record_set_names(call, record, FILE_NAMES, file->names, file->name_count);
	if (result == CALL_DONE)
		result = record_set_anomalies(call, record, FILE_ANOMALIES, file->anomalies | more);
	return result == CALL_DONE ? list_add(call, list, (value){ .record = record }) : result;
}

static uint32_t most_of(const struct call *call)
{
	int64_t most = call_limit_value(call, LIMIT_archiveMembers);

	return most < 0 ? 0 : most < UINT16_MAX ? (uint32_t)most : UINT16_MAX;
}

/* Where nothing could be read, there is one file to say so. */
static enum call_result add_files(struct call *call, struct list *list,
				  const struct content_files *files)
{
	static const struct content_file nothing = { .content = TEXT_EMPTY };
	enum call_result result = CALL_DONE;

	if (files->count == 0 && files->anomalies)
		return add_file(call, list, &nothing, files->anomalies);
	for (uint32_t i = 0; result == CALL_DONE && i < files->count; i++)
		result = add_file(call, list, &files->items[i],
				  i + 1 == files->count ? files->anomalies : 0);
	return result;
}

/* Compressed RTF becomes more than it was. */
static enum call_result charge_contents(struct call *call, const struct content_files *files)
{
	size_t touched = 0;

	for (uint32_t i = 0; i < files->count; i++)
		touched += files->items[i].content.length;
	return call_charge(call, touched);
}

enum call_result builtin_mime_files(struct call *call)
{
	struct text bytes = call->arguments[0].text;
	enum call_result result = call_begin(call, 2 * (size_t)bytes.length);
	struct content_files files;
	struct list *list;

	if (result != CALL_DONE)
		return result;
	if (!files_read(bytes, most_of(call), call_arena(call), &files))
		return call_memory(call);
	result = charge_contents(call, &files);
	if (result != CALL_DONE)
		return result;
	list = answer_list(call, files.count, &result);
	return result == CALL_DONE ? add_files(call, list, &files) : result;
}
