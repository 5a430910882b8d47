#include "test/coverage.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>

void coverage_init(struct coverage *coverage)
{
	*coverage = (struct coverage){ .files = NULL };
	pthread_mutex_init(&coverage->lock, NULL);
}

void coverage_free(struct coverage *coverage)
{
	for (size_t i = 0; i < coverage->count; i++) {
		struct covered_file *file = coverage->files + i;

		memory_free(file->name);
		memory_free(file->text);
		memory_free(file->sites);
		memory_free(file->index);
	}
	memory_free(coverage->files);
	pthread_mutex_destroy(&coverage->lock);
	*coverage = (struct coverage){ .files = NULL };
}

/* ---- files ---- */

static bool is_test_file(const char *name)
{
	static const char ending[] = ".test.afsl";
	size_t length = strlen(name);

	return length >= sizeof(ending) &&
	       strcmp(name + length - (sizeof(ending) - 1), ending) == 0;
}

static bool file_init(struct covered_file *file, const struct source *source)
{
	*file = (struct covered_file){ .name = memory_copy_string(source->name),
				       .text = memory_allocate((size_t)source->text.length + 1),
				       .length = source->text.length };
	if (!file->name || !file->text) {
		memory_free(file->name);
		memory_free(file->text);
		return false;
	}
	if (source->text.length)
		memcpy(file->text, source->text.data, source->text.length);
	return true;
}

/* NULL for files that are not covered. */
static struct covered_file *find_file(struct coverage *coverage, const struct source *source)
{
	struct covered_file *wider;

	if (is_test_file(source->name))
		return NULL;
	for (size_t i = 0; i < coverage->count; i++)
		if (strcmp(coverage->files[i].name, source->name) == 0)
			return coverage->files + i;
	wider = memory_resize(coverage->files, (coverage->count + 1) * sizeof(*wider));
	if (!wider) {
		coverage->failed = true;
		return NULL;
	}
	coverage->files = wider;
	if (!file_init(wider + coverage->count, source)) {
		coverage->failed = true;
		return NULL;
	}
	return wider + coverage->count++;
}

/* ---- sites ---- */

static size_t hash_site(const struct site *site)
{
	const uint32_t key[] = { (uint32_t)site->kind, site->from, site->to, site->nth };

	return (size_t)hash_bytes(key, sizeof(key));
}

static bool same_site(const struct site *a, const struct site *b)
{
	return a->kind == b->kind && a->from == b->from && a->to == b->to && a->nth == b->nth;
}

static uint32_t *seek(const struct covered_file *file, const struct site *wanted)
{
	size_t at = hash_site(wanted) & (file->index_room - 1);

	while (file->index[at] && !same_site(&file->sites[file->index[at] - 1], wanted))
		at = (at + 1) & (file->index_room - 1);
	return file->index + at;
}

static bool grow_index(struct covered_file *file)
{
	size_t room = file->index_room ? file->index_room * 2 : 256;
	uint32_t *before = file->index;

	file->index = memory_zeroed(room, sizeof(*file->index));
	if (!file->index) {
		file->index = before;
		return false;
	}
	memory_free(before);
	file->index_room = room;
	for (size_t i = 0; i < file->count; i++)
		*seek(file, file->sites + i) = (uint32_t)i + 1;
	return true;
}

static bool reserve(struct covered_file *file)
{
	size_t room = file->room ? file->room * 2 : 128;
	struct site *wider;

	if (file->count * 2 >= file->index_room && !grow_index(file))
		return false;
	if (file->count < file->room)
		return true;
	wider = memory_resize(file->sites, room * sizeof(*wider));
	if (!wider)
		return false;
	file->sites = wider;
	file->room = room;
	return true;
}

static struct site *find_site(struct covered_file *file, const struct site *wanted)
{
	struct source source = { .name = file->name,
				 .text = text_of(file->text, file->length, LIFETIME_PROGRAM) };
	uint32_t *place;

	if (!reserve(file))
		return NULL;
	place = seek(file, wanted);
	if (*place)
		return file->sites + *place - 1;
	file->sites[file->count] = *wanted;
	file->sites[file->count].line = source_place(&source, wanted->from).line;
	*place = (uint32_t)++file->count;
	return file->sites + file->count - 1;
}

/* ---- what instructions are ---- */

static bool is_branch(instruction i)
{
	enum opcode op = (enum opcode)instruction_op(i);

	if (op == OP_FORK || opcode_ends_flow(op))
		return false;
	for (unsigned n = 0; n < 3; n++)
		if (opcode_rows[op].operands[n] == OPERAND_JUMP16 ||
		    opcode_rows[op].operands[n] == OPERAND_JUMP32)
			return true;
	return false;
}

static const struct import *import_of(const struct program *program, instruction i)
{
	uint16_t op = instruction_op(i);

	if (op != OP_CALL_BUILTIN && op != OP_WRITE)
		return NULL;
	return &program->code->imports[instruction_b(i)];
}

static bool is_verdict(const struct program *program, instruction i)
{
	const struct import *import = import_of(program, i);

	if (!import)
		return false;
	if (import->kind == IMPORT_WRITE)
		return import->id == VARIABLE_smtpAction;
	return builtin_rows[import->id].never_returns &&
	       (builtin_rows[import->id].needs & NEED_VERDICT);
}

/* Test blocks, and what only they can call. */
static bool belongs_to_tests(const struct program *program, uint32_t number)
{
	const struct code *code = &program->code->functions[number];

	for (unsigned i = 0; i < program->test_count; i++)
		if (program->tests[i].function == number)
			return true;
	for (uint32_t pc = 0; pc < code->length; pc++) {
		const struct import *import = import_of(program, code->instructions[pc]);

		if (import && import->kind == IMPORT_BUILTIN &&
		    builtin_rows[import->id].events == TESTS_ONLY)
			return true;
	}
	return false;
}

/* ---- adding ---- */

/* What is added to a program's places. */
struct tally {
	struct coverage *coverage;
	const struct program *program;
	const struct recorder *recorder; /* NULL: nothing was reached */
	uint32_t function;
	struct span before; /* the last branch: how many have stood at its place */
	uint32_t nth;
};

static void add(struct tally *tally, enum site_kind kind, struct span span, uint32_t pc)
{
	const struct diagnostics *sources = tally->program->sources;
	struct site wanted = { .kind = kind, .from = span.from, .to = span.to };
	struct covered_file *file;
	struct site *site;

	if (span.to == 0 || span.source >= sources->source_count)
		return;
	if (kind == SITE_BRANCH) {
		bool again = span.from == tally->before.from && span.to == tally->before.to;

		tally->nth = again ? tally->nth + 1 : 0;
		tally->before = span;
		wanted.nth = tally->nth;
	}
	file = find_file(tally->coverage, &sources->sources[span.source]);
	site = file ? find_site(file, &wanted) : NULL;
	tally->coverage->failed |= file && !site;
	if (!site || !tally->recorder)
		return;
	site->hits += tally->recorder->hits[tally->function][pc];
	if (kind == SITE_BRANCH) {
		site->hits -= tally->recorder->jumps[tally->function][pc];
		site->jumps += tally->recorder->jumps[tally->function][pc];
	}
}

static void add_function(struct tally *tally)
{
	const struct code *code = &tally->program->code->functions[tally->function];

	tally->before = (struct span){ 0, 0, 0 };
	for (uint32_t i = 0; i < code->statement_count; i++)
		add(tally, SITE_STATEMENT, code->statements[i].span, code->statements[i].pc);
	for (uint32_t pc = 0; pc < code->length; pc++) {
		if (is_branch(code->instructions[pc]))
			add(tally, SITE_BRANCH, code_span(code, pc), pc);
		if (is_verdict(tally->program, code->instructions[pc]))
			add(tally, SITE_VERDICT, code_span(code, pc), pc);
	}
}

static void add_program(struct coverage *coverage, const struct program *program,
			const struct recorder *recorder)
{
	struct tally tally = { .coverage = coverage, .program = program, .recorder = recorder };

	pthread_mutex_lock(&coverage->lock);
	for (; tally.function < program->code->function_count && !coverage->failed;
	     tally.function++)
		if (!program->code->functions[tally.function].hidden &&
		    !belongs_to_tests(program, tally.function))
			add_function(&tally);
	pthread_mutex_unlock(&coverage->lock);
}

void coverage_add(struct coverage *coverage, const struct program *program)
{
	add_program(coverage, program, NULL);
}

static int by_place(const void *left, const void *right)
{
	const struct site *a = left, *b = right;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(((const struct covered_file *)left)->name,
		      ((const struct covered_file *)right)->name);
}

void coverage_settle(struct coverage *coverage)
{
	if (coverage->count)
		qsort(coverage->files, coverage->count, sizeof(*coverage->files), by_name);
	for (size_t i = 0; i < coverage->count; i++)
		if (coverage->files[i].count)
			qsort(coverage->files[i].sites, coverage->files[i].count,
			      sizeof(struct site), by_place);
}

/* ---- recording ---- */

static void recorder_free(struct recorder *recorder)
{
	for (uint32_t i = 0; i < recorder->program->code->function_count; i++) {
		if (recorder->hits)
			memory_free(recorder->hits[i]);
		if (recorder->jumps)
			memory_free(recorder->jumps[i]);
	}
	memory_free(recorder->hits);
	memory_free(recorder->jumps);
	memory_free(recorder);
}

static struct recorder *recorder_make(const struct program *program)
{
	uint32_t count = program->code->function_count;
	struct recorder *recorder = memory_zeroed(1, sizeof(*recorder));
	bool ok;

	if (!recorder)
		return NULL;
	recorder->program = program;
	recorder->hits = memory_zeroed(count, sizeof(*recorder->hits));
	recorder->jumps = memory_zeroed(count, sizeof(*recorder->jumps));
	ok = recorder->hits && recorder->jumps;
	for (uint32_t i = 0; ok && i < count; i++) {
		size_t length = program->code->functions[i].length;

		recorder->hits[i] = memory_zeroed(length, sizeof(uint64_t));
		recorder->jumps[i] = memory_zeroed(length, sizeof(uint64_t));
		ok = recorder->hits[i] && recorder->jumps[i];
	}
	if (ok)
		return recorder;
	recorder_free(recorder);
	return NULL;
}

struct recorder *recorder_new(const struct program *program, struct coverage *coverage)
{
	struct recorder *recorder = recorder_make(program);

	if (!recorder) {
		pthread_mutex_lock(&coverage->lock);
		coverage->failed = true;
		pthread_mutex_unlock(&coverage->lock);
	}
	return recorder;
}

/* The instruction behind a condition is the next that its function runs: it tells the way. */
void recorder_visit(void *argument, const struct code *code, uint32_t pc)
{
	struct recorder *recorder = argument;
	size_t function = (size_t)(code - recorder->program->code->functions);

	if (recorder->last && recorder->last == code && pc != recorder->last_pc + 1)
		recorder->jumps[function][recorder->last_pc]++;
	recorder->last = is_branch(code->instructions[pc]) ? code : NULL;
	recorder->last_pc = pc;
	recorder->hits[function][pc]++;
}

void recorder_end(struct recorder *recorder, struct coverage *coverage)
{
	add_program(coverage, recorder->program, recorder);
	recorder_free(recorder);
}

/* ---- counting ---- */

enum line_state line_state(const struct covered_file *file, unsigned line, uint64_t *hits)
{
	unsigned all = 0, reached = 0;

	*hits = 0;
	for (size_t i = 0; i < file->count; i++) {
		const struct site *site = file->sites + i;

		if (site->line > line)
			break;
		if (site->line != line || site->kind != SITE_STATEMENT)
			continue;
		all++;
		reached += site->hits > 0;
		*hits = site->hits > *hits ? site->hits : *hits;
	}
	if (all == 0)
		return LINE_PLAIN;
	if (reached == all)
		return LINE_REACHED;
	return reached ? LINE_PARTLY : LINE_MISSED;
}

/* A line counts when anything on it was reached, as other tools count. */
struct covered covered_lines(const struct covered_file *file)
{
	struct covered covered = { 0, 0 };
	unsigned line = 0;
	bool reached = false;

	for (size_t i = 0; i < file->count; i++) {
		const struct site *site = file->sites + i;

		if (site->kind != SITE_STATEMENT)
			continue;
		if (site->line != line) {
			covered.all++;
			reached = false;
		}
		covered.reached += !reached && site->hits;
		reached |= site->hits > 0;
		line = site->line;
	}
	return covered;
}

struct covered covered_sites(const struct covered_file *file, enum site_kind kind)
{
	struct covered covered = { 0, 0 };

	for (size_t i = 0; i < file->count; i++) {
		const struct site *site = file->sites + i;

		if (site->kind != kind)
			continue;
		covered.all += kind == SITE_BRANCH ? 2 : 1;
		covered.reached += site->hits > 0;
		covered.reached += kind == SITE_BRANCH && site->jumps > 0;
	}
	return covered;
}
