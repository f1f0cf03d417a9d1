// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Programs that others could have on the same hooks: one sends IPv6 connections for one address to another, as connect4.bpf.c
 * does for IPv4; two refuse every connection. Sections cgroup/connect4, cgroup/connect6; no maps. Minimum kernel 4.17.
 */
#include "address.h"

CONFIG struct address from_address;
CONFIG __u16 from_port;
CONFIG struct address to_address;
CONFIG __u16 to_port;

SEC("cgroup/connect6")
int rewrite6(struct bpf_sock_addr *context)
{
	if (context->user_ip6[0] != from_address.word[0] || context->user_ip6[1] != from_address.word[1] ||
	    context->user_ip6[2] != from_address.word[2] || context->user_ip6[3] != from_address.word[3] ||
	    context->user_port != from_port)
		return 1;
	context->user_ip6[0] = to_address.word[0];
	context->user_ip6[1] = to_address.word[1];
	context->user_ip6[2] = to_address.word[2];
	context->user_ip6[3] = to_address.word[3];
	context->user_port = to_port;
	return 1;
}

SEC("cgroup/connect4")
int refuse4(struct bpf_sock_addr *context)
{
	(void)context;
	return 0;
}

SEC("cgroup/connect6")
int refuse6(struct bpf_sock_addr *context)
{
	(void)context;
	return 0;
}

LICENCE;
