#include "engine/scope.h"

#include "base/memory.h"
#include "mail/session.h"

#include <stdlib.h>
#include <strings.h>

/* ---- names ---- */

static int compare_names(const void *a, const void *b)
{
	return strcasecmp(*(char *const *)a, *(char *const *)b);
}

static void names_free(struct scope_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		memory_free(names->items[i]);
	memory_free(names->items);
}

static bool names_copy(struct scope_names *names, const char *const *items, size_t count)
{
	if (count == 0)
		return true;
	names->items = memory_zeroed(count, sizeof(*names->items));
	for (; names->items && names->count < count; names->count++) {
		names->items[names->count] = memory_copy_string(items[names->count]);
		if (!names->items[names->count])
			return false;
	}
	if (names->items)
		qsort(names->items, count, sizeof(*names->items), compare_names);
	return names->items != NULL;
}

static int compare_text(const void *text, const void *name)
{
	const struct text *wanted = text;
	const char *string = *(char *const *)name;
	size_t length = strlen(string);
	size_t common = wanted->length < length ? wanted->length : length;
	int order = common ? strncasecmp(wanted->data, string, common) : 0;

	return order ? order : (wanted->length > length) - (wanted->length < length);
}

static bool names_have(const struct scope_names *names, struct text wanted)
{
	return names->count && wanted.length &&
	       bsearch(&wanted, names->items, names->count, sizeof(*names->items), compare_text);
}

/* The domain itself, or ".example.org" for all below it. */
static bool names_have_domain(const struct scope_names *names, struct text domain)
{
	if (names_have(names, domain))
		return true;
	for (size_t i = 0; i < domain.length; i++)
		if (domain.data[i] == '.' && names_have(names, text_part(domain, i, domain.length)))
			return true;
	return false;
}

/* ---- scopes ---- */

static bool is_one_word(unsigned apply_on)
{
	return apply_on == AFSL_APPLY_LOCAL || apply_on == AFSL_APPLY_RELAY;
}

bool scope_is_everything(const struct afsl_scope *wanted)
{
	return !is_one_word(wanted->apply_on) && wanted->domain_count == 0 &&
	       wanted->account_count == 0 && wanted->size_most == AFSL_SIZE_ANY;
}

void scope_free(struct scope *scope)
{
	if (!scope)
		return;
	names_free(&scope->local_domains);
	names_free(&scope->domains);
	names_free(&scope->accounts);
	memory_free(scope);
}

struct scope *scope_new(const struct afsl_scope *wanted)
{
	struct scope *scope = memory_zeroed(1, sizeof(*scope));

	if (!scope)
		return NULL;
	scope->apply_on = wanted->apply_on;
	scope->mixed = wanted->mixed;
	scope->size_most = wanted->size_most;
	if (names_copy(&scope->local_domains, wanted->local_domains, wanted->local_domain_count) &&
	    names_copy(&scope->domains, wanted->domains, wanted->domain_count) &&
	    names_copy(&scope->accounts, wanted->accounts, wanted->account_count))
		return scope;
	scope_free(scope);
	return NULL;
}

bool scope_is_narrow(const struct scope *scope)
{
	return scope->domains.count || scope->accounts.count || is_one_word(scope->apply_on);
}

static bool is_applied_on(const struct scope *scope, struct text domain)
{
	bool local = domain.length == 0 || names_have_domain(&scope->local_domains, domain);

	return scope->apply_on == 0 ||
	       scope->apply_on & (local ? AFSL_APPLY_LOCAL : AFSL_APPLY_RELAY);
}

bool scope_includes(const struct scope *scope, struct text recipient)
{
	struct text address = address_bare(recipient), domain = address_domain(recipient);

	if (!is_applied_on(scope, domain))
		return false;
	if (scope->domains.count == 0 && scope->accounts.count == 0)
		return true;
	return names_have_domain(&scope->domains, domain) || names_have(&scope->accounts, address);
}
