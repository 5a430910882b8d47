#include "bridge/script.h"

/* The assembler looks from where make runs; the Makefile knows that this object needs the script.
 */
__asm__(".section .rodata\n"
	".global script_text, script_end\n"
	"script_text: .incbin \"filters/aximilter.afsl\"\n"
	"script_end: .byte 0\n"
	".previous\n");
