#include "mmdb.h"

#include "base/buffer.h"
#include "base/ip.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { NODES_MAX = 4096, TYPE_STRING = 2, TYPE_UINT16 = 5, TYPE_UINT32 = 6, TYPE_MAP = 7 };

struct tree { /* a child: 0 nothing, n a node, -n the nth row's data */
	int children[NODES_MAX][2];
	int count;
};

/* ---- data ---- */

static void put_head(struct buffer *out, unsigned type, size_t size)
{
	cr_assert_lt(size, 29u);
	buffer_append_byte(out, (char)(type << 5 | size));
}

static void put_string(struct buffer *out, const char *string)
{
	put_head(out, TYPE_STRING, strlen(string));
	buffer_append_string(out, string);
}

static void put_number(struct buffer *out, unsigned type, uint32_t number)
{
	put_head(out, type, type == TYPE_UINT16 ? 2 : 4);
	if (type == TYPE_UINT16)
		buffer_append_u16(out, (uint16_t)number);
	else
		buffer_append_u32(out, number);
}

static void put_row(struct buffer *out, const struct mmdb_row *row)
{
	put_head(out, TYPE_MAP,
		 (size_t)(row->country[0] != 0) + (row->city[0] != 0) + (row->asn != 0));
	if (row->country[0]) {
		put_string(out, "country");
		put_head(out, TYPE_MAP, 1);
		put_string(out, "iso_code");
		put_string(out, row->country);
	}
	if (row->city[0]) {
		put_string(out, "city");
		put_head(out, TYPE_MAP, 1);
		put_string(out, "names");
		put_head(out, TYPE_MAP, 1);
		put_string(out, "en");
		put_string(out, row->city);
	}
	if (row->asn) {
		put_string(out, "autonomous_system_number");
		put_number(out, TYPE_UINT32, row->asn);
	}
}

static void put_metadata(struct buffer *out, int nodes)
{
	buffer_append_string(out, "\xab\xcd\xefMaxMind.com");
	put_head(out, TYPE_MAP, 9);
	put_string(out, "binary_format_major_version");
	put_number(out, TYPE_UINT16, 2);
	put_string(out, "binary_format_minor_version");
	put_number(out, TYPE_UINT16, 0);
	put_string(out, "database_type");
	put_string(out, "Test");
	put_string(out, "ip_version");
	put_number(out, TYPE_UINT16, 6);
	put_string(out, "node_count");
	put_number(out, TYPE_UINT32, (uint32_t)nodes);
	put_string(out, "record_size");
	put_number(out, TYPE_UINT16, 24);
	put_string(out,
		   "languages"); /* an empty list; types from 8 on stand in a byte of their own */
	buffer_append(out, "\0\4", 2);
	put_string(out, "description");
	put_head(out, TYPE_MAP, 0);
	put_string(out, "build_epoch"); /* 64 bits, of which one byte is written */
	buffer_append(out, "\1\2\1", 3);
}

/* ---- the tree ---- */

static int bit_of(const struct ip *ip, unsigned bit)
{
	return ip->bytes[bit / 8] >> (7 - bit % 8) & 1;
}

/* How many bits first and last have in common. */
static unsigned prefix_of(const struct net *net)
{
	unsigned bits = 0;

	while (bits < 128 && bit_of(&net->first, bits) == bit_of(&net->last, bits))
		bits++;
	return bits;
}

static void add(struct tree *tree, const struct mmdb_row *row, int number)
{
	struct net net;
	unsigned bits;
	int node = 0;

	cr_assert(net_parse(text_of_string(row->network, LIFETIME_PROGRAM), true, &net));
	bits = prefix_of(&net);
	if (ip_is_v4(net.first)) /* ::ffff:0:0/96 here, ::/96 there */
		memset(net.first.bytes, 0, 12);
	for (unsigned i = 0; i + 1 < bits; i++) {
		int *child = &tree->children[node][bit_of(&net.first, i)];

		if (*child == 0)
			*child = tree->count++;
		cr_assert(*child > 0 && tree->count < NODES_MAX);
		node = *child;
	}
	tree->children[node][bit_of(&net.first, bits - 1)] = -1 - number;
}

static void put_record(struct buffer *out, uint32_t record)
{
	buffer_append_byte(out, (char)(record >> 16));
	buffer_append_u16(out, (uint16_t)record);
}

static void put_tree(struct buffer *out, const struct tree *tree, const uint32_t *offsets)
{
	for (int node = 0; node < tree->count; node++)
		for (int side = 0; side < 2; side++) {
			int child = tree->children[node][side];

			if (child > 0)
				put_record(out, (uint32_t)child);
			else if (child == 0)
				put_record(out, (uint32_t)tree->count);
			else
				put_record(out, (uint32_t)tree->count + 16 + offsets[-1 - child]);
		}
}

void mmdb_write(const char *file, const struct mmdb_row *rows, unsigned count)
{
	static struct tree tree;
	struct buffer data, out;
	uint32_t offsets[64];
	FILE *stream;

	cr_assert_leq(count, 64u);
	memset(&tree, 0, sizeof(tree));
	tree.count = 1;
	buffer_init(&data, 1 << 20);
	buffer_init(&out, 1 << 20);
	for (unsigned i = 0; i < count; i++) {
		offsets[i] = (uint32_t)data.length;
		add(&tree, &rows[i], (int)i);
		put_row(&data, &rows[i]);
	}
	put_tree(&out, &tree, offsets);
	for (unsigned i = 0; i < 16; i++)
		buffer_append_byte(&out, 0);
	buffer_append_text(&out, buffer_text(&data));
	put_metadata(&out, tree.count);
	stream = fopen(file, "wb");
	cr_assert_not_null(stream);
	cr_assert_eq(fwrite(out.data, 1, out.length, stream), out.length);
	fclose(stream);
	buffer_free(&data);
	buffer_free(&out);
}
