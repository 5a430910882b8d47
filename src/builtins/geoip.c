/* Module geoip: what databases of places and networks say of an address. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"
#include "store/geoip_file.h"

static enum call_result raise_status(struct call *call, enum geoip_status status, const char *file,
				     const char *fault)
{
	if (status == GEOIP_NO_VALUE)
		return call_raise(call, "argument", 0, false,
				  "%s: the path leads to a map or list, not to a value", file);
	return call_raise(call, "io", 0, false, "%s: %s", file, fault);
}

/* CALL_DONE with the value as a text, "" when there is none. */
static enum call_result find(struct call *call, struct ip address, struct text path,
			     struct text database, struct text *found)
{
	const struct context *context = context_of(call);
	enum call_result result = call_charge(call, 1024);
	char *file = arena_string(call_arena(call), database);
	enum geoip_status status;
	const char *fault = NULL;
	struct buffer out;

	*found = TEXT_EMPTY;
	if (result != CALL_DONE)
		return result;
	if (context->outside->geoip(context->outside_argument, address, path, found))
		return CALL_DONE;
	if (!file)
		return call_memory(call);
	buffer_init(&out, (size_t)call_limit_value(call, LIMIT_textLength));
	status = geoip_find(file, address, path, &out, &fault);
	if (out.failed)
		result = call_limit(call, LIMIT_textLength);
	else if (status == GEOIP_FOUND)
		result = copy_buffer(call, &out, found);
	else if (status != GEOIP_UNKNOWN)
		result = raise_status(call, status, file, fault);
	buffer_free(&out);
	return result;
}

enum call_result builtin_geoip_find(struct call *call)
{
	const value *arguments = call->arguments;

	return find(call, arguments[0].ip, arguments[1].text, arguments[2].text,
		    &call->result->text);
}

enum call_result builtin_geoip_country(struct call *call)
{
	const value *arguments = call->arguments;

	return find(call, arguments[0].ip, TEXT("country/iso_code"), arguments[1].text,
		    &call->result->text);
}

enum call_result builtin_geoip_asn(struct call *call)
{
	const value *arguments = call->arguments;
	struct text number;
	int64_t asn = 0;
	enum call_result result = find(call, arguments[0].ip, TEXT("autonomous_system_number"),
				       arguments[1].text, &number);

	if (result == CALL_DONE && number.length && !text_to_int(number, &asn))
		return call_raise(call, "convert", 0, false, "the number of the network is none");
	return result == CALL_DONE ? answer_int(call, asn) : result;
}
