#include "room.h"

#include <criterion/criterion.h>
#include <math.h>

TestSuite(print, .init = room_open, .fini = room_close);

Test(print, numbers)
{
	cr_assert_str_eq(shown(&type_int, v_int(-5)), "-5");
	cr_assert_str_eq(shown(&type_int, v_int(INT64_MIN)), "-9223372036854775808");
	cr_assert_str_eq(shown(&type_bool, v_int(1)), "yes");
	cr_assert_str_eq(shown(&type_bool, v_int(0)), "no");
	cr_assert_str_eq(shown(&type_float, (value){ .f = 3 }), "3.0");
	cr_assert_str_eq(shown(&type_float, (value){ .f = 0.1 }), "0.1");
	cr_assert_str_eq(shown(&type_float, (value){ .f = 0.1 + 0.2 }), "0.30000000000000004");
	cr_assert_str_eq(shown(&type_float, (value){ .f = 1e300 }), "1e+300");
	cr_assert_str_eq(shown(&type_float, (value){ .f = INFINITY }), "inf");
}

Test(print, times_and_addresses)
{
	struct net net = { .first = ip_of_v4((uint8_t[]){ 10, 0, 0, 0 }),
			   .last = ip_of_v4((uint8_t[]){ 10, 255, 255, 255 }) };
	value none;

	cr_assert_str_eq(shown(&type_duration, v_int(90 * 1000000)), "90s");
	cr_assert_str_eq(shown(&type_time, v_int(0)), "1970-01-01T00:00:00Z");
	cr_assert_str_eq(shown(&type_ip, (value){ .ip = net.first }), "10.0.0.0");
	cr_assert_str_eq(shown(&type_net, (value){ .net = &net }), "10.0.0.0/8");
	cr_assert(value_first(&type_net, &room.event, &none));
	cr_assert_str_eq(shown(&type_net, none), "");
	cr_assert(value_first(&type_ip, &room.event, &none));
	cr_assert_str_eq(shown(&type_ip, none), "");
}

Test(print, texts_are_quoted_inside_only)
{
	value list = { .list = list_new(room.texts, 0, &room.event) };

	cr_assert_str_eq(shown(&type_text, v_text("a\"b", LIFETIME_PROGRAM)), "a\"b");
	list_push(list.list, v_text("a\"b", LIFETIME_PROGRAM));
	list_push(list.list, v_text("\n", LIFETIME_PROGRAM));
	cr_assert_str_eq(shown(room.texts, list), "[\"a\\\"b\", \"\\u000a\"]");
}

Test(print, empty_objects)
{
	value v = { .list = list_to(0, &room.event) };

	cr_assert_str_eq(shown(room.ints, v), "[]");
	v.map = map_new(room.counts, &room.event);
	cr_assert_str_eq(shown(room.counts, v), "[:]");
	cr_assert_str_eq(shown(&type_socket, (value){ .handle = NULL }), "socket");
}

Test(print, stops_when_the_buffer_is_full)
{
	struct buffer out;
	value v = { .list = list_to(100000, &room.event) };

	buffer_init(&out, 100);
	value_print(room.ints, v, &out);
	cr_assert(out.failed);
	cr_assert_leq(out.length, 100);
	buffer_free(&out);
}
