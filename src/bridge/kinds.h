/* The kinds of settings that only aximilter has. */
#ifndef BRIDGE_KINDS_H
#define BRIDGE_KINDS_H

#include "service/settings.h"

extern const struct setting_kind kind_bind, kind_listens, kind_networks, kind_words, kind_milters,
	kind_on_failure, kind_who, kind_yes_no;

#endif
