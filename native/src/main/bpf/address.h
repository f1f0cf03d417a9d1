/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Addresses of both families in one form: 16 bytes in network order, IPv4 as ::ffff:a.b.c.d. What the programs share about
 * socket contexts stands here too.
 */
#ifndef SLUICE_ADDRESS_H
#define SLUICE_ADDRESS_H

#include "sluice.h"

struct address {
	__be32 word[4];
};

static __always_inline bool same_address(const struct address *a, const struct address *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->word[2] == b->word[2] && a->word[3] == b->word[3];
}

static __always_inline bool is_mapped(const struct address *address)
{
	return !address->word[0] && !address->word[1] && address->word[2] == bpf_htonl(0xffff);
}

/* 127.0.0.0/8 and ::1; 255.0.0.0/8 has the same bits and more. */
static __always_inline bool is_loopback(const struct address *address)
{
	if (is_mapped(address))
		return (address->word[3] & bpf_htonl(0xff000000)) == bpf_htonl(0x7f000000);
	return !address->word[0] && !address->word[1] && !address->word[2] && address->word[3] == bpf_htonl(1);
}

static __always_inline void set_mapped(struct address *address, __be32 v4)
{
	address->word[0] = 0;
	address->word[1] = 0;
	address->word[2] = bpf_htonl(0xffff);
	address->word[3] = v4;
}

static __always_inline void get_user_address6(struct address *address, const struct bpf_sock_addr *context)
{
	address->word[0] = context->user_ip6[0];
	address->word[1] = context->user_ip6[1];
	address->word[2] = context->user_ip6[2];
	address->word[3] = context->user_ip6[3];
}

static __always_inline void set_user_address6(struct bpf_sock_addr *context, const struct address *address)
{
	context->user_ip6[0] = address->word[0];
	context->user_ip6[1] = address->word[1];
	context->user_ip6[2] = address->word[2];
	context->user_ip6[3] = address->word[3];
}

static __always_inline int refuse(int error)
{
	bpf_set_retval(error);
	return 0;
}

/* MPTCP is TCP to everybody else. Other protocols have no ports that we know. */
static __always_inline __u8 protocol_of(struct bpf_sock_addr *context)
{
	__u32 protocol = context->protocol;

	if (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP)
		return IPPROTO_TCP;
	return protocol == IPPROTO_UDP ? IPPROTO_UDP : 0;
}

#endif
