/* What fails in a run, and what could fail in the next ones: allocations, and the costs of
 * builtins, which find the instructions of their event used up.
 *
 * The linker puts this before all allocations of ours and before call_charge(). Linked behind the
 * code of the tests and before ours. */
#ifndef INJECTED_CHOICE_H
#define INJECTED_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

struct choice {
	unsigned long allocation; /* the nth from now; 0: none */
	bool more;		  /* and all later ones */
	unsigned long charge;	  /* the nth from now; 0: none */
};

/* In memory that processes share, once and first. False when there is none. */
bool choice_init(void);
/* It fails from now on; { 0 }: nothing does. */
void choice_fail(struct choice choice);
/* True: it has failed since. */
bool choice_struck(void);
/* Nothing fails from now on. What goes a way through our code that was noted never before is noted,
 * up to `most` of them. */
void choice_note(struct choice *noted, unsigned *count, unsigned most);

/* Of code that is linked before this. */
bool choice_in_tests(const void *at);
/* Called when something is made to fail; NULL: nothing is. */
extern void (*choice_failed)(void);

#endif
