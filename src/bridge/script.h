/* filters/aximilter.afsl, as it was when the program was built. */
#ifndef BRIDGE_SCRIPT_H
#define BRIDGE_SCRIPT_H

extern const char script_text[], script_end[];
#define SCRIPT_NAME "aximilter.afsl"

#endif
