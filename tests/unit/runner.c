/* Criterion's runner loses a few bytes of its own now and then. What tests lose is told by the
 * processes that it starts for them, and they have this variable. */
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>

int __lsan_is_turned_off(void)
{
	return getenv("BXFI_MAP") == NULL;
}
