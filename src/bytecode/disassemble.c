#include "bytecode/disassemble.h"

#include "bytecode/code.h"

#include <inttypes.h>

enum { SHOWN_MAX = 60, MNEMONIC_WIDTH = 18 };

/* What an instruction is shown with. */
struct view {
	const struct program *program;
	const struct code *function;
	uint32_t pc;
	struct buffer *out;
	/* where the last line was shown, so that lines are counted once */
	uint32_t source, offset, line;
};

/* ---- operands ---- */

/* A register is named after the variable that lives in it. */
static void show_register(const struct view *view, uint32_t number)
{
	const struct code *function = view->function;

	buffer_printf(view->out, "r%u", number);
	for (uint32_t i = 0; i < function->local_count; i++) {
		const struct code_local *local = &function->locals[i];

		if (local->reg != number || view->pc + 1 < local->from || view->pc >= local->to)
			continue;
		buffer_printf(view->out, ":%.*s", TEXT_PRINTF(local->name));
		return;
	}
}

static void show_constant(const struct view *view, uint32_t number)
{
	const char *shown = view->program->code->constant_rows[number].shown;

	buffer_append_string(view->out, shown);
}

static void show_import(const struct view *view, uint32_t number)
{
	const struct import *import = &view->program->code->imports[number];
	const struct builtin_row *row;

	if (import->kind != IMPORT_BUILTIN) {
		buffer_append_string(view->out, variable_rows[import->id].name);
		return;
	}
	row = &builtin_rows[import->id];
	buffer_printf(view->out, "%s%s%s", row->module, *row->module ? "." : "", row->name);
}

static void show_kind(const struct view *view, uint32_t kind)
{
	static const char *const names[] = {
		[TYPE_BOOL] = "bool",	      [TYPE_INT] = "int",   [TYPE_FLOAT] = "float",
		[TYPE_TEXT] = "text",	      [TYPE_IP] = "ip",	    [TYPE_NET] = "net",
		[TYPE_DURATION] = "duration", [TYPE_TIME] = "time",
	};

	if (kind < sizeof(names) / sizeof(*names) && names[kind])
		buffer_append_string(view->out, names[kind]);
	else
		buffer_printf(view->out, "kind %u", kind);
}

static void show_literal(const struct view *view, uint32_t number)
{
	const struct code_literal *row = &view->program->code->literals[number];

	buffer_append_byte(view->out, '"');
	buffer_append_visible(view->out, row->text, 50);
	buffer_append_byte(view->out, '"');
	if (row->set != LITERAL_ALONE)
		buffer_printf(view->out, " of set %u%s", row->set, row->fold ? ", any case" : "");
}

static void show_pieces(const struct view *view, uint32_t pieces)
{
	for (uint32_t rest = pieces; rest > 1; rest >>= 1)
		buffer_printf(view->out, "%s%s", rest == pieces ? "" : " + ",
			      rest & 1 ? "int" : "text");
}

static void show_target(const struct view *view, int64_t offset)
{
	buffer_printf(view->out, "-> %" PRId64, (int64_t)view->pc + 1 + offset);
}

static void show_operand(const struct view *view, instruction i, enum operand kind, unsigned place)
{
	uint32_t number = (uint16_t)(i >> (16 + 16 * place));
	int32_t wide = instruction_wide(i);

	switch (kind) {
	case OPERAND_COUNT:
	case OPERAND_FIELD:
		buffer_printf(view->out, "%u", number);
		break;
	case OPERAND_PIECES:
		show_pieces(view, number);
		break;
	case OPERAND_SMALL:
	case OPERAND_DIVISOR:
		buffer_printf(view->out, "%d", (int16_t)number);
		break;
	case OPERAND_WIDE:
		buffer_printf(view->out, "%" PRId32, wide);
		break;
	case OPERAND_KIND:
		show_kind(view, number);
		break;
	case OPERAND_TYPE:
		type_print(view->program->code->types[number], view->out);
		break;
	case OPERAND_CONSTANT16:
		show_constant(view, number);
		break;
	case OPERAND_CONSTANT32:
		show_constant(view, (uint32_t)wide);
		break;
	case OPERAND_GLOBAL32:
		buffer_append_string(view->out, view->program->code->globals[wide].name);
		break;
	case OPERAND_FUNCTION:
		buffer_append_string(view->out, view->program->code->functions[number].name);
		break;
	case OPERAND_LITERAL:
		show_literal(view, number);
		break;
	case OPERAND_IMPORT:
		show_import(view, number);
		break;
	case OPERAND_JUMP16:
	case OPERAND_BACK16:
		show_target(view, (int16_t)number);
		break;
	case OPERAND_JUMP32:
	case OPERAND_BACK32:
		show_target(view, wide);
		break;
	default:
		show_register(view, number);
	}
}

static void show_instruction(const struct view *view, instruction i)
{
	const struct opcode_row *row = &opcode_rows[instruction_op(i)];
	const char *separator = "";

	buffer_printf(view->out, "  %5u  %-*s ", view->pc, MNEMONIC_WIDTH, row->name);
	for (unsigned place = 0; place < 3; place++) {
		if (row->operands[place] == OPERAND_NONE)
			continue;
		buffer_append_string(view->out, separator);
		show_operand(view, i, row->operands[place], place);
		separator = ", ";
	}
	buffer_append_byte(view->out, '\n');
}

/* ---- functions ---- */

/* Statements mostly stand in the order of the source. */
static uint32_t line_at(struct view *view, const struct source *source, struct span span)
{
	const char *at = source->text.data;

	if (view->line == 0 || view->source != span.source || span.from < view->offset) {
		view->source = span.source;
		view->offset = 0;
		view->line = 1;
	}
	for (; view->offset < span.from; view->offset++)
		view->line += at[view->offset] == '\n';
	return view->line;
}

static struct text line_around(struct text text, uint32_t offset)
{
	uint32_t from = offset, to = offset;

	while (from > 0 && text.data[from - 1] != '\n' && offset - from < 4 * SHOWN_MAX)
		from--;
	while (to < text.length && text.data[to] != '\n' && to - from < 4 * SHOWN_MAX)
		to++;
	return text_trim(text_part(text, from, to));
}

/* The source line of a statement, before its first instruction. */
static void show_line(struct view *view, struct span span)
{
	const struct diagnostics *sources = view->program->sources;
	const struct source *source;

	if (!sources || span.source >= sources->source_count)
		return;
	source = &sources->sources[span.source];
	if (span.from > source->text.length)
		return;
	buffer_printf(view->out, " ; %s:%u: ", source->name, line_at(view, source, span));
	buffer_append_visible(view->out, line_around(source->text, span.from), SHOWN_MAX);
	buffer_append_byte(view->out, '\n');
}

static void show_signature(const struct view *view)
{
	const struct code *function = view->function;

	buffer_printf(view->out, "%s(", function->name);
	for (unsigned i = 0; i < function->parameters; i++) {
		if (i)
			buffer_append_string(view->out, ", ");
		type_print(function->parameter_types[i], view->out);
	}
	buffer_append_byte(view->out, ')');
	if (function->result->kind != TYPE_VOID) {
		buffer_append_string(view->out, " -> ");
		type_print(function->result, view->out);
	}
	buffer_printf(view->out, ", %u registers\n", function->registers);
}

static void show_tries(const struct view *view)
{
	for (uint32_t i = 0; i < view->function->try_count; i++) {
		const struct code_try *row = &view->function->tries[i];

		buffer_printf(view->out, "  errors in %u to %u -> %u, r%u\n", row->from,
			      row->to - 1, row->handler, row->floor);
	}
}

void disassemble_function(const struct program *program, unsigned number, struct buffer *out)
{
	const struct code *function = &program->code->functions[number];
	struct view view = { .program = program, .function = function, .out = out };
	struct span span;

	show_signature(&view);
	for (; view.pc < function->length; view.pc++) {
		if (code_statement(function, view.pc, &span))
			show_line(&view, span);
		show_instruction(&view, function->instructions[view.pc]);
	}
	show_tries(&view);
}

/* ---- the program ---- */

static void show_globals(const struct program *program, struct buffer *out)
{
	static const char *const lifetimes[] = { "policy", "message", "session", "program" };

	for (uint32_t i = 0; i < program->code->global_count; i++) {
		const struct code_global *global = &program->code->globals[i];

		buffer_printf(out, "%s %s: ", lifetimes[global->lifetime], global->name);
		type_print(global->type, out);
		buffer_printf(out, " = %s\n", program->code->constant_rows[global->first].shown);
	}
}

static void show_entries(const struct program *program, struct buffer *out)
{
	for (unsigned event = 0; event < EVENT_COUNT; event++) {
		uint16_t function = program->code->events[event];

		if (function != NO_FUNCTION)
			buffer_printf(out, "event %s runs function %u\n", event_rows[event].name,
				      function);
	}
}

void disassemble(const struct program *program, struct buffer *out)
{
	show_globals(program, out);
	show_entries(program, out);
	for (unsigned i = 0; i < program->code->function_count; i++) {
		buffer_printf(out, "\n%u: ", i);
		disassemble_function(program, i, out);
	}
}
