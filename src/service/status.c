#include "service/status.h"

#include <time.h>
#include <unistd.h>

/* ---- pieces ---- */

/* As ISO 8601, in the zone of the daemon's process. */
static void append_time(struct buffer *out, int64_t microseconds)
{
	time_t seconds = (time_t)(microseconds / 1000000);
	struct tm parts;
	char text[40];
	localtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &parts);
	buffer_append_string(out, text);
}

static void append_hash(struct buffer *out, const struct source_file *file, size_t bytes)
{
	buffer_append_hex(out, text_of(file->hash, bytes, LIFETIME_EVENT));
}

static void append_json_string(struct buffer *out, const char *string)
{
	buffer_append_json(out, text_of_string(string, LIFETIME_EVENT));
}

/* A name of a file is anybody's: what cannot be printed is shown as \xHH. */
static void append_path(struct buffer *out, const char *path)
{
	buffer_append_visible(out, text_of_string(path, LIFETIME_EVENT), 4096);
}

/* ---- programs ---- */

static void program_print(const struct programs *programs, const struct kept_program *program,
			  struct buffer *out)
{
	buffer_printf(out, "program %u%s, loaded ", program->number,
		      program->number == programs->current ? " (current)" : "");
	append_time(out, program->loaded);
	buffer_append_byte(out, '\n');
	for (size_t i = 0; i < program->sources.count; i++) {
		const struct source_file *file = &program->sources.files[i];
		buffer_append_string(out, "  sha256 ");
		append_hash(out, file, 8);
		buffer_printf(out, "...  %8zu bytes  ", file->text.length);
		append_path(out, file->path);
		buffer_append_byte(out, '\n');
	}
}

void history_print(const struct programs *programs, struct buffer *out)
{
	for (size_t i = 0; i < programs->count; i++)
		program_print(programs, &programs->items[i], out);
}

static void program_print_json(const struct programs *programs, const struct kept_program *program,
			       struct buffer *out)
{
	buffer_printf(out, "{\"number\":%u,\"current\":%s,\"loaded\":\"", program->number,
		      program->number == programs->current ? "true" : "false");
	append_time(out, program->loaded);
	buffer_append_string(out, "\",\"files\":[");
	for (size_t i = 0; i < program->sources.count; i++) {
		const struct source_file *file = &program->sources.files[i];
		buffer_append_string(out, i ? ",{\"path\":" : "{\"path\":");
		append_json_string(out, file->path);
		buffer_printf(out, ",\"bytes\":%zu,\"sha256\":\"", file->text.length);
		append_hash(out, file, SHA256_SIZE);
		buffer_append_string(out, "\"}");
	}
	buffer_append_string(out, "]}");
}

static void programs_print_json(const struct programs *programs, struct buffer *out)
{
	buffer_append_string(out, "\"programs\":[");
	for (size_t i = 0; i < programs->count; i++) {
		if (i)
			buffer_append_byte(out, ',');
		program_print_json(programs, &programs->items[i], out);
	}
	buffer_append_byte(out, ']');
}

void history_print_json(const struct programs *programs, struct buffer *out)
{
	buffer_append_byte(out, '{');
	programs_print_json(programs, out);
	buffer_append_string(out, "}\n");
}

/* ---- workers ---- */

static void worker_print(const struct worker *worker, struct buffer *out)
{
	struct host_counters *counters = &worker->board->counters;
	buffer_printf(out, "worker %s: ", worker->name);
	if (worker->pid)
		buffer_printf(out, "process %ld, program %u", (long)worker->pid,
			      atomic_load(&worker->board->program));
	else
		buffer_append_string(out, "does not run");
	buffer_printf(out, ", %lu restarts, %u sessions open\n ", worker->restarts,
		      atomic_load(&counters->open));
#define COUNTER_PRINT(name, help)                                                                  \
	buffer_printf(out, " " #name " %lu", atomic_load(&counters->name));
	HOST_COUNTERS(COUNTER_PRINT)
#undef COUNTER_PRINT
	buffer_append_byte(out, '\n');
}

static void worker_print_json(const struct worker *worker, struct buffer *out)
{
	struct host_counters *counters = &worker->board->counters;
	buffer_append_string(out, "{\"address\":");
	append_json_string(out, worker->name);
	buffer_printf(out, ",\"process\":%ld,\"program\":%u,\"restarts\":%lu,\"open\":%u",
		      (long)worker->pid, atomic_load(&worker->board->program), worker->restarts,
		      atomic_load(&counters->open));
#define COUNTER_PRINT(name, help)                                                                  \
	buffer_printf(out, ",\"" #name "\":%lu", atomic_load(&counters->name));
	HOST_COUNTERS(COUNTER_PRINT)
#undef COUNTER_PRINT
	buffer_append_byte(out, '}');
}

/* ---- all of it ---- */

void status_print(const struct status *status, struct buffer *out)
{
	buffer_printf(out, "%s " AFSL_VERSION ", process %ld, %s, started ", status->service->name,
		      (long)getpid(), status->phase);
	append_time(out, status->started);
	buffer_append_byte(out, '\n');
	for (size_t i = 0; i < status->workers->count; i++)
		worker_print(&status->workers->items[i], out);
	history_print(status->programs, out);
}

void status_print_json(const struct status *status, struct buffer *out)
{
	buffer_printf(out,
		      "{\"name\":\"%s\",\"version\":\"" AFSL_VERSION
		      "\",\"process\":%ld,\"phase\":\"%s\",\"started\":\"",
		      status->service->name, (long)getpid(), status->phase);
	append_time(out, status->started);
	buffer_append_string(out, "\",\"workers\":[");
	for (size_t i = 0; i < status->workers->count; i++) {
		if (i)
			buffer_append_byte(out, ',');
		worker_print_json(&status->workers->items[i], out);
	}
	buffer_append_string(out, "],");
	programs_print_json(status->programs, out);
	buffer_append_string(out, "}\n");
}
