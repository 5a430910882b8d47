/* Module address: domains beyond ASCII, and who registered them. */
#include "net/domain.h"

#include "builtins/answer.h"
#include "builtins/builtins.h"

typedef const char *convert_domain(struct text name, struct domain_name *out);

enum { COST = 4096 }; /* in bytes looked at: what one look-up takes, names being short */

static enum call_result convert(struct call *call, convert_domain *function)
{
	enum call_result charged = call_charge(call, COST);
	struct domain_name name;
	const char *fault;

	if (charged != CALL_DONE)
		return charged;
	fault = function(call->arguments[0].text, &name);
	if (fault)
		return call_raise(call, "argument", 0, false, "%s", fault);
	return call_return_text(call, name.bytes, name.length);
}

enum call_result builtin_address_organizationalDomain(struct call *call)
{
	return convert(call, domain_organizational);
}

enum call_result builtin_address_publicSuffix(struct call *call)
{
	return convert(call, domain_public_suffix);
}

enum call_result builtin_address_asciiDomain(struct call *call)
{
	return convert(call, domain_to_ascii);
}

enum call_result builtin_address_unicodeDomain(struct call *call)
{
	return convert(call, domain_to_unicode);
}
