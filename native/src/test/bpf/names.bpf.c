// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tells the owner of a socket another port than it has: its own and its peer's, one more than before.
 * Sections cgroup/getsockname4|6, cgroup/getpeername4|6. Minimum kernel 5.8.
 */
#include "sluice.h"

static __always_inline int lie(struct bpf_sock_addr *context)
{
	context->user_port = bpf_htons((__u16)(bpf_ntohs((__be16)context->user_port) + 1));
	return 1;
}

SEC("cgroup/getsockname4")
int own4(struct bpf_sock_addr *context)
{
	return lie(context);
}

SEC("cgroup/getsockname6")
int own6(struct bpf_sock_addr *context)
{
	return lie(context);
}

SEC("cgroup/getpeername4")
int peer4(struct bpf_sock_addr *context)
{
	return lie(context);
}

SEC("cgroup/getpeername6")
int peer6(struct bpf_sock_addr *context)
{
	return lie(context);
}

LICENCE;
