/* How a thread of the server shares the processors with all others, as far as the kernel lets it.
 */
#ifndef HOST_PRIORITY_H
#define HOST_PRIORITY_H

/* The calling thread's: others wait for it, and it for the network. When it has something to do it
 * comes before whoever works in longer slices. */
void priority_prompt(void);
/* The calling thread works for long while others need the processors too: somewhat less of them, in
 * slices as long as there are. */
void priority_patient(void);

#endif
