// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The service IP given back: a proxy behind REDIRECT asks for the original destination and gets what the client dialled,
 * although a load balancer on the socket has rewritten it since.
 *
 * Sections: cgroup/connect4|6 (record), sockops (match, tidy), cgroup/getsockopt and cgroup/getsockname4|6 (answer).
 * The recorder has to run before whatever rewrites: on a child cgroup, or ordered before it.
 * Minimum kernel 5.15 with BTF (the offset of tcp_sock.write_seq is the running kernel's); found out by loading.
 *
 * How a client's socket and the proxy's accepted socket find each other: by the client's initial sequence number, in the
 * network namespace that both are in. Ports would be wrong: two connections to different destinations may share one, and
 * conntrack then gives one of them another.
 *
 * Contract with Java (dev.sluice.socketlb):
 *   dialled  per client socket: what connect() was called with, and under which key it waits in pending.
 *   pending  connections under way: {namespace, client's address, initial sequence number + 1} -> what was dialled and who it
 *            became. Deleted by the match, or when the client's socket is closed and nobody on this host took the connection.
 *   origins  per accepted socket: what its client dialled.
 *   counters by enum counter.
 */
#include "serviceip_match.h"

static __always_inline int record(struct bpf_sock_addr *context, const struct address *address)
{
	struct bpf_sock *socket = context->sk;
	struct dialled *kept;

	if (!socket || protocol_of(context) != IPPROTO_TCP)
		return 1;
	kept = bpf_sk_storage_get(&dialled, socket, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!kept)
		return refuse(-ENOMEM);
	forget_pending(kept);
	kept->address = *address;
	kept->port = (__be16)context->user_port;
	return 1;
}

SEC("cgroup/connect4")
int sluice_si_connect4(struct bpf_sock_addr *context)
{
	struct address address;

	set_mapped(&address, context->user_ip4);
	return record(context, &address);
}

SEC("cgroup/connect6")
int sluice_si_connect6(struct bpf_sock_addr *context)
{
	struct address address;

	get_user_address6(&address, context);
	return record(context, &address);
}

SEC("sockops")
int sluice_si_sockops(struct bpf_sock_ops *context)
{
	switch (context->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		if (await_match(context))
			watch_closing(context);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		match(context, false);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		forget_closed(context);
		break;
	}
	return 1;
}

/* Only where the kernel's own answer is the address that the load balancer chose: anything else isn't ours to correct. */
SEC("cgroup/getsockopt")
int sluice_si_getsockopt(struct bpf_sockopt *context)
{
	return answer_original_destination(context, false);
}

SEC("cgroup/getsockname4")
int sluice_si_getsockname4(struct bpf_sock_addr *context)
{
	return answer_local_address4(context);
}

SEC("cgroup/getsockname6")
int sluice_si_getsockname6(struct bpf_sock_addr *context)
{
	return answer_local_address6(context);
}

LICENCE;
