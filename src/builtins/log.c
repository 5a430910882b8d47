/* Lines for the log: as many as the limit allows, and each is one line. */
#include "base/log.h"

#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

void context_log(struct call *call, int level, struct text line)
{
	struct context *context = context_of(call);
	struct buffer clean;

	if (context->log_lines < UINT32_MAX)
		context->log_lines++;
	if (context->log_lines > call_limit_value(call, LIMIT_logLines))
		return;
	buffer_init(&clean, 4 * LOG_FIELD_MAX + 16);
	buffer_append_visible(&clean, line, LOG_FIELD_MAX);
	context->log(context->log_argument, level, buffer_text(&clean));
	buffer_free(&clean);
}

static enum call_result log_argument(struct call *call, enum log_level level)
{
	enum call_result charged = call_charge(call, LOG_FIELD_MAX);

	if (charged == CALL_DONE)
		context_log(call, (int)level, call->arguments[0].text);
	return charged;
}

enum call_result builtin_log_error(struct call *call)
{
	return log_argument(call, LOG_LEVEL_ERROR);
}

enum call_result builtin_log_warn(struct call *call)
{
	return log_argument(call, LOG_LEVEL_WARNING);
}

enum call_result builtin_log_info(struct call *call)
{
	return log_argument(call, LOG_LEVEL_INFO);
}

enum call_result builtin_log_debug(struct call *call)
{
	return log_argument(call, LOG_LEVEL_DEBUG);
}
