#include "world.h"

#include <criterion/criterion.h>

Test(ip, knows_kinds)
{
	HOLD("not isV4(ip(\"::1\"))", "isV4(ip(\"::ffff:192.0.2.1\"))", "not isV6(ip(\"::\"))",
	     "not isV4(ip(\"0.0.0.0\"))", "isNone(ip(\"::\"))", "not isNone(ip(\"::1\"))",
	     "isLoopback(ip(\"127.255.255.255\"))", "isLoopback(ip(\"::1\"))",
	     "not isLoopback(ip(\"128.0.0.1\"))", "not isLoopback(ip(\"::2\"))",
	     "isPrivate(ip(\"172.16.0.0\"))", "isPrivate(ip(\"172.31.255.255\"))",
	     "not isPrivate(ip(\"172.32.0.0\"))", "not isPrivate(ip(\"172.15.255.255\"))",
	     "isPrivate(ip(\"192.168.0.1\"))", "not isPrivate(ip(\"192.169.0.1\"))",
	     "isPrivate(ip(\"10.0.0.0\"))", "not isPrivate(ip(\"11.0.0.0\"))",
	     "isPrivate(ip(\"fd00::1\"))", "isPrivate(ip(\"fc00::1\"))", "not isPrivate(ip(\"fe00::1\"))",
	     "not isPrivate(ip(\"a00::1\"))", "isLinkLocal(ip(\"169.254.1.1\"))",
	     "not isLinkLocal(ip(\"169.253.1.1\"))", "isLinkLocal(ip(\"febf::1\"))",
	     "not isLinkLocal(ip(\"fec0::1\"))", "isMulticast(ip(\"239.255.255.255\"))",
	     "not isMulticast(ip(\"240.0.0.0\"))", "isMulticast(ip(\"ff02::1\"))",
	     "not isMulticast(ip(\"fe80::1\"))");
}

Test(ip, makes_networks)
{
	HOLD("network(ip(\"192.0.2.77\"), 32) == net(\"192.0.2.77\")",
	     "network(ip(\"192.0.2.77\"), 0) == net(\"0.0.0.0/0\")",
	     "network(ip(\"192.0.2.77\"), 26) == net(\"192.0.2.64/26\")",
	     "network(ip(\"2001:db8::1\"), 64) == net(\"2001:db8::/64\")",
	     "network(ip(\"2001:db8::1\"), 128) == net(\"2001:db8::1\")",
	     "mask(ip(\"192.0.2.77\"), 16) == ip(\"192.0.0.0\")",
	     "mask(ip(\"2001:db8:ffff::1\"), 36) == ip(\"2001:db8:f000::\")",
	     "contains(net(\"192.0.2.0/24\"), ip(\"192.0.2.255\"))",
	     "not contains(net(\"192.0.2.0/24\"), ip(\"192.0.3.0\"))",
	     "not contains(net(\"0.0.0.0/0\"), ip(\"::1\"))",
	     "not contains(net(\"::/0\"), ip(\"0.0.0.0\"))", "first(net(\"10.0.0.5-10.0.0.9\")) == ip(\"10.0.0.5\")",
	     "last(net(\"10.0.0.5-10.0.0.9\")) == ip(\"10.0.0.9\")");
	RAISE("argument", "network(ip(\"192.0.2.1\"), 33)", "network(ip(\"192.0.2.1\"), -1)",
	      "network(ip(\"2001:db8::\"), 129)", "network(ip(\"::\"), 0)", "mask(ip(\"192.0.2.1\"), 33)",
	      "mask(ip(\"192.0.2.1\"), 4294967296)");
}

Test(ip, has_other_forms)
{
	HOLD("reverseName(ip(\"192.0.2.10\")) == \"10.2.0.192\"",
	     "reverseName(ip(\"192.0.2.10\"), \".bl.example\") == \"10.2.0.192.bl.example\"",
	     "reverseName(ip(\"2001:db8::1\"), \"ip6.example\") == \"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.example\"",
	     "length(ip.toBytes(ip(\"2001:db8::1\"))) == 16",
	     "ip.fromBytes(ip.toBytes(ip(\"2001:db8::1\"))) == ip(\"2001:db8::1\")",
	     "ip.fromBytes(\"\\xc0\\0\\x02\\x01\") == ip(\"192.0.2.1\")",
	     "isNone(ip.fromBytes(\"\\0\\0\\0\\0\"))");
	RAISE("argument", "ip.fromBytes(\"abc\")", "ip.fromBytes(\"\")", "ip.fromBytes(\"abcde\")",
	      "reverseName(ip(\"::\"))");
}
