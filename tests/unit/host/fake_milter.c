#include "fake_milter.h"

#include <stdarg.h>
#include <stdio.h>

struct fake fake;

void fake_reset(void)
{
	struct smfiDesc callbacks = fake.callbacks;
	buffer_free(&fake.log);
	fake = (struct fake){.fail_after = -1};
	fake.callbacks = callbacks;
	buffer_init(&fake.log, (size_t)64 << 20);
}

const char *fake_log(void)
{
	buffer_append_byte(&fake.log, '\0');
	fake.log.length--;
	return fake.log.data;
}

static int answer(void)
{
	if (fake.fail_after < 0)
		return MI_SUCCESS;
	return fake.fail_after-- == 0 ? MI_FAILURE : MI_SUCCESS;
}

__attribute__((format(printf, 1, 2))) static int told(const char *format, ...)
{
	va_list arguments;
	if (answer() != MI_SUCCESS)
		return MI_FAILURE;
	va_start(arguments, format);
	buffer_vprintf(&fake.log, format, arguments);
	va_end(arguments);
	buffer_append_byte(&fake.log, '\n');
	return MI_SUCCESS;
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

int smfi_setreply(SMFICTX *context, char *code, char *enhanced, char *text)
{
	(void)context;
	return told("setreply %s %s %s", code, or_dash(enhanced), text);
}

int smfi_setmlreply(SMFICTX *context, const char *code, const char *enhanced, ...)
{
	va_list lines;
	const char *line;
	(void)context;
	if (answer() != MI_SUCCESS)
		return MI_FAILURE;
	buffer_printf(&fake.log, "setmlreply %s %s ", code, or_dash(enhanced));
	va_start(lines, enhanced);
	for (int i = 0; (line = va_arg(lines, char *)); i++)
		buffer_printf(&fake.log, "%s%s", i ? "|" : "", line);
	va_end(lines);
	buffer_append_byte(&fake.log, '\n');
	return MI_SUCCESS;
}

int smfi_addheader(SMFICTX *context, char *name, char *value)
{
	(void)context;
	return told("add %s:%s", name, value);
}

int smfi_insheader(SMFICTX *context, int index, char *name, char *value)
{
	(void)context;
	return told("insert %d %s:%s", index, name, value);
}

int smfi_chgheader(SMFICTX *context, char *name, int index, char *value)
{
	(void)context;
	return told("change %d %s:%s", index, name, or_dash(value));
}

int smfi_addrcpt(SMFICTX *context, char *address)
{
	(void)context;
	return told("rcpt+ %s", address);
}

int smfi_addrcpt_par(SMFICTX *context, char *address, char *parameters)
{
	(void)context;
	return told("rcpt+ %s %s", address, parameters);
}

int smfi_delrcpt(SMFICTX *context, char *address)
{
	(void)context;
	return told("rcpt- %s", address);
}

int smfi_chgfrom(SMFICTX *context, char *address, char *parameters)
{
	(void)context;
	return told("from %s %s", address, or_dash(parameters));
}

int smfi_quarantine(SMFICTX *context, char *reason)
{
	(void)context;
	return told("quarantine %s", reason);
}

int smfi_replacebody(SMFICTX *context, unsigned char *bytes, int length)
{
	(void)context;
	return told("body %d %.*s", length, length > 20 ? 20 : length, (const char *)bytes);
}

int smfi_progress(SMFICTX *context)
{
	(void)context;
	return told("progress");
}

int smfi_setsymlist(SMFICTX *context, int stage, char *names)
{
	(void)context;
	return told("macros %d %s", stage, names);
}

int smfi_setpriv(SMFICTX *context, void *data)
{
	(void)context;
	if (data && answer() != MI_SUCCESS)
		return MI_FAILURE;
	fake.private_data = data;
	return MI_SUCCESS;
}

void *smfi_getpriv(SMFICTX *context)
{
	(void)context;
	return fake.private_data;
}

char *smfi_getsymval(SMFICTX *context, char *name)
{
	(void)context;
	for (int i = 0; fake.macros[i]; i += 2)
		if (strcmp(fake.macros[i], name) == 0)
			return (char *)(uintptr_t)fake.macros[i + 1];
	return NULL;
}

int smfi_register(struct smfiDesc description)
{
	fake.callbacks = description;
	return answer();
}

int smfi_setconn(char *connection)
{
	return told("connection %s", connection);
}

int smfi_settimeout(int seconds)
{
	return told("timeout %d", seconds);
}

int smfi_main(void)
{
	return fake.serve ? fake.serve() : MI_SUCCESS;
}

int smfi_stop(void)
{
	fake.stopped++;
	return MI_SUCCESS;
}
