#include "engine/program.h"

#include "base/memory.h"
#include "builtins/libraries.h"
#include "bytecode/code.h"
#include "bytecode/disassemble.h"
#include "compiler/compile.h"
#include "engine/lane.h"

#include <stdio.h>

/* ---- onStart and onStop ---- */

/* What fails while a test loads a script is told by the report. */
static void say_nothing(void *argument, int level, const char *line)
{
	(void)argument;
	(void)level;
	(void)line;
}

/* A chain's filter without a chain: these two events belong to no session of a client. */
bool program_run(struct afsl_program *program, enum event_id event, char *reason, size_t size)
{
	struct filter filter = {.program = program,
				.name = (char *)(uintptr_t)program->program->name};
	struct listener listener = { .log = program->in_tests ? say_nothing : NULL };
	enum lane_status status;
	struct lane lane;
	bool ok;

	if (!(program->program->handled >> event & 1))
		return true;
	limits_default(filter.limits);
	filter_equip(&filter);
	ok = lane_init(&lane, &filter, &listener);
	if (ok) {
		status = lane_begin(&lane, event,
				    clock_monotonic() + filter.limits[LIMIT_eventTime] * 1000);
		while (status == LANE_WAITING) {
			wait_poll(vm_wait(lane.vm));
			status = lane_resume(&lane);
		}
		ok = !lane.decision.failed;
	}
	if (!ok)
		snprintf(reason, size, "%s", lane.mail ? lane_reason(&lane) : "memory has ended");
	lane_free(&lane);
	return ok;
}

/* ---- tables ---- */

static enum table_key key_of(const struct program_table *table)
{
	if (strncmp(table->source, "regex:", 6) == 0)
		return TABLE_REGEX;
	if (strncmp(table->source, "pcre:", 5) == 0)
		return TABLE_PCRE;
	switch (table->type->key->kind) {
	case TYPE_INT:
		return TABLE_INT;
	case TYPE_IP:
		return TABLE_IP;
	case TYPE_NET:
		return TABLE_NET;
	default:
		return TABLE_TEXT;
	}
}

static bool open_tables(struct afsl_program *program, struct diagnostics *diagnostics)
{
	const struct program *code = program->program;
	bool ok = true;

	program->tables = memory_zeroed(code->table_count, sizeof(*program->tables));
	if (!program->tables)
		return false;
	for (unsigned i = 0; i < code->table_count; i++) {
		const struct program_table *table = code->tables + i;

		program->tables[i] =
			table_open(table->source, table->folder, key_of(table),
				   table->type->element != NULL, table->span, diagnostics);
		ok &= program->tables[i] != NULL;
	}
	return ok;
}

/* ---- libraries ---- */

static bool load_libraries(const struct program *program, struct diagnostics *diagnostics)
{
	const struct program_code *code = program->code;
	const char *why;
	bool ok = true;

	for (unsigned i = 0; i < code->import_count; i++) {
		const struct import *import = code->imports + i;

		if (import->kind != IMPORT_BUILTIN ||
		    builtin_load_libraries((enum builtin_id)import->id, &why))
			continue;
		diagnostics_report(diagnostics, "E0533", (struct span){0, 0, 0}, "%s.%s: %s",
				   builtin_rows[import->id].module, builtin_rows[import->id].name, why);
		ok = false;
	}
	return ok;
}

/* ---- loading ---- */

static event_set events_of_hosts(void)
{
	event_set raised = 0;

	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (event_rows[i].milter)
			raised |= (event_set)1 << i;
	return raised;
}

static struct option_setting *settings_of(const struct afsl_load_options *options)
{
	struct option_setting *settings =
		memory_allocate((options->option_count + 1) * sizeof(*settings));

	for (size_t i = 0; settings && i < options->option_count; i++)
		settings[i] = (struct option_setting){options->options[i].name,
						      options->options[i].value};
	return settings;
}

static struct compile_given *given_of(const struct afsl_load_options *options)
{
	struct compile_given *given = memory_allocate((options->used_count + 1) * sizeof(*given));

	for (size_t i = 0; given && i < options->used_count; i++)
		given[i] = (struct compile_given){
			options->used[i].name,
			text_of(options->used[i].text, options->used[i].length, LIFETIME_PROGRAM)};
	return given;
}

/* The host's files as the compiler wants them. */
static bool file_find(void *argument, const char *path, struct compile_file *file)
{
	const struct afsl_files *files = argument;
	struct afsl_file found;

	if (!files->find(files->argument, path, &found) || found.text.length > SOURCE_SIZE_MAX)
		return false;
	*file = (struct compile_file){
		found.device, found.number,
		text_of(found.text.data, found.text.length, LIFETIME_EVENT)};
	return true;
}

static bool file_found(void *argument, const char *path, const struct compile_file *file)
{
	const struct afsl_files *files = argument;
	struct afsl_file found = {
		file->device, file->number, {file->text.data, file->text.length}};

	return files->found(files->argument, path, &found);
}

static struct compile_files files_of(const struct afsl_files *files)
{
	return (struct compile_files){files->find ? file_find : NULL,
				      files->found ? file_found : NULL,
				      (void *)(uintptr_t)files};
}

const char *afsl_mta_name(size_t index)
{
	return index < PROFILE_COUNT ? profile_rows[index].name : NULL;
}

/* False, with a report, when there is no mail server of that name. */
static bool find_profile(const char *name, profile_set *profiles, struct diagnostics *diagnostics)
{
	int found = name ? profile_find(text_of_string(name, LIFETIME_EVENT)) : 0;

	if (found >= 0)
		*profiles = name ? (profile_set)1 << found : PROFILES_ALL;
	else
		diagnostics_report(diagnostics, "E0532", (struct span){0, 0, 0},
				   "no mail server is known by the name %s", name);
	return found >= 0;
}

static struct program *compile_file(const char *path, const struct afsl_load_options *options,
				    struct afsl_report *report)
{
	struct option_setting *settings = settings_of(options);
	struct compile_given *given = given_of(options);
	struct text source = TEXT_EMPTY;
	struct program *program = NULL;
	struct compile_files files = options->files ? files_of(options->files)
						    : (struct compile_files){ .find = NULL };
	struct compile_request request = { .path = path,
					   .files = &files,
					   .given = given,
					   .given_count = (unsigned)options->used_count,
					   .library = options->library,
					   .options = settings,
					   .option_count = (unsigned)options->option_count,
					   .raised = events_of_hosts(),
					   .tests = options->tests,
					   .growing = options->growing,
					   .writable = (enum compile_writable)options->writable,
					   .check_only = options->check_only };

	if (options->source) {
		source = source_text(options->source, options->source_length, LIFETIME_EVENT);
		request.text = &source;
	}
	if (!settings || !given)
		report_memory(report);
	else if (find_profile(options->mta, &request.profiles, &report->diagnostics))
		program = compile(&request, &report->diagnostics);
	memory_free(settings);
	memory_free(given);
	return program;
}

static void program_destroy(struct afsl_program *program)
{
	char reason[REASON_MAX];

	if (program->started)
		program_run(program, EVENT_onStop, reason, sizeof(reason));
	for (unsigned i = 0; program->tables && i < program->program->table_count; i++)
		table_close(program->tables[i]);
	memory_free(program->tables);
	program_close_shared(program);
	program_free(program->program);
	memory_free(program);
}

static bool start(struct afsl_program *program, struct afsl_shared *space,
		  struct diagnostics *diagnostics)
{
	char reason[REASON_MAX] = "";
	struct span nowhere = {0, 0, 0};

	if (!load_libraries(program->program, diagnostics) || !open_tables(program, diagnostics) ||
	    !program_open_shared(program, space, diagnostics))
		return false;
	program->started = program_run(program, EVENT_onStart, reason, sizeof(reason));
	if (!program->started)
		diagnostics_report(diagnostics, "E0530", nowhere, "onStart has failed: %s", reason);
	return program->started;
}

/* Takes the code over, also when it fails. */
static struct afsl_program *program_begin(struct program *code,
					  const struct afsl_load_options *options,
					  struct afsl_report *report)
{
	struct afsl_program *program = memory_zeroed(1, sizeof(*program));

	if (!program) {
		report_memory(report);
		program_free(code);
		return NULL;
	}
	atomic_init(&program->references, 1);
	program->program = code;
	program->in_tests = options->tests;
	if (start(program, options->shared, &report->diagnostics))
		return program;
	program_destroy(program);
	return NULL;
}

struct afsl_program *afsl_program_load(const char *path, const struct afsl_load_options *options,
				       struct afsl_report **report_out)
{
	static const struct afsl_load_options none = {.options = NULL};
	struct afsl_report *report = report_new();
	struct afsl_program *program = NULL;
	struct program *code;

	if (report_out)
		*report_out = report ? NULL : report_of_no_memory();
	if (!report)
		return NULL;
	if (!options)
		options = &none;
	code = compile_file(path, options, report);
	if (code)
		program = program_begin(code, options, report);
	if (report_out && (report->diagnostics.errors || report->diagnostics.warnings))
		*report_out = report;
	else
		afsl_report_free(report);
	return program;
}

struct afsl_program *afsl_program_keep(struct afsl_program *program)
{
	atomic_fetch_add_explicit(&program->references, 1, memory_order_relaxed);
	return program;
}

void afsl_program_release(struct afsl_program *program)
{
	if (program &&
	    atomic_fetch_sub_explicit(&program->references, 1, memory_order_acq_rel) == 1)
		program_destroy(program);
}

char *afsl_program_dump(const struct afsl_program *program)
{
	struct buffer out;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	disassemble(program->program, &out);
	buffer_append_byte(&out, '\0');
	if (!out.failed)
		return out.data;
	buffer_free(&out);
	return NULL;
}
