/* What a handle of type milter holds. */
#ifndef BUILTINS_CONVERSATION_H
#define BUILTINS_CONVERSATION_H

#include "milter/client.h"
#include "net/places.h"
#include "vm/vm.h"

struct conversation {
	struct milter_client *client;
	struct claim claim; /* of the connection */
	bool asked;	    /* a command was sent whose answer the script has not read */
};

/* That of the first argument; raises "closed" when it is not open. */
enum call_result conversation_of(struct call *call, struct conversation **conversation);
/* CALL_DONE once the step is over, CALL_WAIT until then; raises what the client failed with. */
enum call_result conversation_run(struct call *call, struct conversation *conversation);

#endif
