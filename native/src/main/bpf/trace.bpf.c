/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Notes the address that one socket is about to be connected to, to send to, or has received from, or that its owner is about to
 * be told as its own or its peer's, and whether it was refused, between the programs of others on the same hook. Changes nothing
 * and refuses nothing.
 *
 * Sections: cgroup/connect4|6, cgroup/sendmsg4|6, cgroup/recvmsg4|6, cgroup/getsockname4|6, cgroup/getpeername4|6, attached by links
 * that end with the process. Minimum kernel 5.18 (bpf_get_retval) for connect and sendmsg, 5.8 for the others, 6.16 for a place
 * next to another link; found out by attaching.
 *
 * Contract with Java (dev.sluice.trace.HookObserver): each observer is a collection of its own. Before the socket connects, Java
 * writes its cookie into `watched`; afterwards `ran` says whether the program met that socket. Address in network order, IPv4 in
 * the first word; the port in network order. `refused` is 0 or a negative errno of a program before; who receives can't be refused.
 */
#include "sluice.h"

struct watched_socket {
	__u64 cookie;
	__u64 at; /* CLOCK_MONOTONIC */
	__u32 address[4];
	__u32 port;
	__u32 ran;
	__s32 refused;
	__u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct watched_socket);
} watched SEC(".maps");

static __always_inline struct watched_socket *watched_of(struct bpf_sock_addr *context)
{
	__u32 slot = 0;
	struct watched_socket *socket = bpf_map_lookup_elem(&watched, &slot);

	if (!socket || socket->cookie != bpf_get_socket_cookie(context))
		return NULL;
	socket->at = bpf_ktime_get_ns();
	socket->port = context->user_port;
	socket->ran = 1;
	return socket;
}

static __always_inline int note4(struct bpf_sock_addr *context)
{
	struct watched_socket *socket = watched_of(context);

	if (socket)
		socket->address[0] = context->user_ip4;
	return 1;
}

static __always_inline int note6(struct bpf_sock_addr *context)
{
	struct watched_socket *socket = watched_of(context);

	if (!socket)
		return 1;
	socket->address[0] = context->user_ip6[0];
	socket->address[1] = context->user_ip6[1];
	socket->address[2] = context->user_ip6[2];
	socket->address[3] = context->user_ip6[3];
	return 1;
}

/* The other programs on the hook run, even if one has refused. */
static __always_inline void note_refusal(struct bpf_sock_addr *context)
{
	struct watched_socket *socket = watched_of(context);
	int result = bpf_get_retval();

	if (socket && result < 0)
		socket->refused = result;
}

SEC("cgroup/connect4")
int trace_connect4(struct bpf_sock_addr *context)
{
	note_refusal(context);
	return note4(context);
}

SEC("cgroup/connect6")
int trace_connect6(struct bpf_sock_addr *context)
{
	note_refusal(context);
	return note6(context);
}

SEC("cgroup/sendmsg4")
int trace_sendmsg4(struct bpf_sock_addr *context)
{
	note_refusal(context);
	return note4(context);
}

SEC("cgroup/sendmsg6")
int trace_sendmsg6(struct bpf_sock_addr *context)
{
	note_refusal(context);
	return note6(context);
}

SEC("cgroup/recvmsg4")
int trace_recvmsg4(struct bpf_sock_addr *context)
{
	return note4(context);
}

SEC("cgroup/recvmsg6")
int trace_recvmsg6(struct bpf_sock_addr *context)
{
	return note6(context);
}

SEC("cgroup/getsockname4")
int trace_getsockname4(struct bpf_sock_addr *context)
{
	return note4(context);
}

SEC("cgroup/getsockname6")
int trace_getsockname6(struct bpf_sock_addr *context)
{
	return note6(context);
}

SEC("cgroup/getpeername4")
int trace_getpeername4(struct bpf_sock_addr *context)
{
	return note4(context);
}

SEC("cgroup/getpeername6")
int trace_getpeername6(struct bpf_sock_addr *context)
{
	return note6(context);
}

LICENCE;
