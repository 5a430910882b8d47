/* One step of the client of a test: what the files of module smtp share. */
#ifndef TEST_STEP_H
#define TEST_STEP_H

#include "test/trial.h"

/* Notes the event, which then begins. */
void step_begin(struct trial *trial, const char *event, struct text detail);
/* The event is over: its verdict is the test's to look at. CALL_END when the test has failed by it.
 */
enum call_result step_end(struct trial *trial, enum afsl_status status);
/* Was the last step refused, or the message thrown away? */
bool step_is_refused(const struct trial *trial);
/* What the test did not ask for must not be refused: then it fails. */
enum call_result step_unasked(struct trial *trial, enum call_result result);
/* Says what has to come before DATA and was not said. */
enum call_result step_need_recipient(struct trial *trial);

#endif
