/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Joining a client's socket and the socket that accepted it, and answering for the latter.
 */
#ifndef SLUICE_SERVICEIP_MATCH_H
#define SLUICE_SERVICEIP_MATCH_H

#include "serviceip_maps.h"

/* Larger answers than this are only passed on if the program says that it doesn't look at them (optlen 0). */
#define PAGE 4096

static __always_inline void count(__u32 which)
{
	__u64 *counter = bpf_map_lookup_elem(&counters, &which);

	if (counter)
		__sync_fetch_and_add(counter, 1);
}

static __always_inline void forget_pending(struct dialled *kept)
{
	struct pending_key key;

	if (!kept->waiting)
		return;
	key = kept->key;
	bpf_map_delete_elem(&pending, &key);
	kept->waiting = 0;
}

/* Without keep() clang joins the reads of both families through one pointer into the context, which the verifier refuses. */
static __always_inline void get_remote(struct address *address, __be16 *port, const struct bpf_sock_ops *context)
{
	__be32 v4 = context->remote_ip4;
	__u32 raw = context->remote_port;

	keep(v4);
	*port = (__be16)(raw >> 16);
	if (context->family == AF_INET) {
		set_mapped(address, v4);
		return;
	}
	address->word[0] = context->remote_ip6[0];
	address->word[1] = context->remote_ip6[1];
	address->word[2] = context->remote_ip6[2];
	address->word[3] = context->remote_ip6[3];
}

static __always_inline void get_local(struct address *address, const struct bpf_sock_ops *context)
{
	__be32 v4 = context->local_ip4;

	keep(v4);
	if (context->family == AF_INET) {
		set_mapped(address, v4);
		return;
	}
	address->word[0] = context->local_ip6[0];
	address->word[1] = context->local_ip6[1];
	address->word[2] = context->local_ip6[2];
	address->word[3] = context->local_ip6[3];
}

/* Has the kernel tell when the socket is closed: cgroup/sock_release doesn't see the sockets below an MPTCP one. */
static __always_inline void watch_closing(struct bpf_sock_ops *context)
{
	bpf_sock_ops_cb_flags_set(context, (int)(context->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG));
}

static __always_inline void forget_closed(struct bpf_sock_ops *context)
{
	struct bpf_sock *socket = context->sk;
	struct dialled *kept;

	if (context->args[1] != TCP_CLOSE || !socket)
		return;
	kept = bpf_sk_storage_get(&dialled, socket, NULL, 0);
	if (kept)
		forget_pending(kept);
}

/* The SYN has not left, but its addresses, ports and sequence number are chosen. */
static __always_inline bool await_match(struct bpf_sock_ops *context)
{
	struct bpf_sock *socket = context->sk;
	struct origin origin = {};
	struct pending_key key = {};
	struct tcp_sock *tcp;
	struct dialled *kept;

	if (!socket)
		return false;
	kept = bpf_sk_storage_get(&dialled, socket, NULL, 0);
	if (!kept)
		return false;
	tcp = bpf_skc_to_tcp_sock(socket);
	if (!tcp)
		return false;
	key.netns = bpf_get_netns_cookie(context);
	key.sequence = tcp->write_seq + 1;
	get_local(&key.client, context);
	origin.service = kept->address;
	origin.service_port = kept->port;
	get_remote(&origin.backend, &origin.backend_port, context);
	if (bpf_map_update_elem(&pending, &key, &origin, BPF_ANY)) {
		count(LOST);
		return false;
	}
	kept->key = key;
	kept->waiting = 1;
	return true;
}

/* addressed_to_us: the client was sent to the listener itself, so that arriving there is no sign of not being intercepted. */
static __always_inline void match(struct bpf_sock_ops *context, bool addressed_to_us)
{
	struct bpf_sock *socket = context->sk;
	struct pending_key key = {};
	struct origin *found;
	struct origin origin;
	struct address local;
	__be16 remote_port;

	if (!socket)
		return;
	key.netns = bpf_get_netns_cookie(context);
	key.sequence = context->rcv_nxt;
	get_remote(&key.client, &remote_port, context);
	found = bpf_map_lookup_elem(&pending, &key);
	if (!found)
		return;
	origin = *found;
	bpf_map_delete_elem(&pending, &key);
	get_local(&local, context);
	/* Nobody intercepted it: a server was dialled and answers with its own address. */
	if (!addressed_to_us && bpf_htons((__u16)context->local_port) == origin.backend_port &&
	    same_address(&local, &origin.backend))
		return;
	if (bpf_sk_storage_get(&origins, socket, &origin, BPF_SK_STORAGE_GET_F_CREATE))
		count(GIVEN_BACK);
}

static __always_inline int answer4(struct bpf_sockopt *context, const struct origin *origin, bool always)
{
	struct sockaddr_in *answer = context->optval;

	if (!is_mapped(&origin->service) || (void *)(answer + 1) > context->optval_end)
		return 1;
	if (context->retval && !always)
		return 1;
	if (!always && (answer->address != origin->backend.word[3] || answer->port != origin->backend_port))
		return 1;
	answer->family = AF_INET;
	answer->port = origin->service_port;
	answer->address = origin->service.word[3];
	__builtin_memset(answer->zero, 0, sizeof(answer->zero));
	if (context->retval) {
		context->retval = 0;
		barrier(); /* or clang writes it and optlen at once, which the verifier refuses */
		context->optlen = sizeof(*answer);
	}
	return 1;
}

static __always_inline int answer6(struct bpf_sockopt *context, const struct origin *origin, bool always)
{
	struct sockaddr_in6 *answer = context->optval;

	if (is_mapped(&origin->service) || (void *)(answer + 1) > context->optval_end)
		return 1;
	if (context->retval && !always)
		return 1;
	if (!always && (answer->port != origin->backend_port || answer->address[0] != origin->backend.word[0] ||
			answer->address[1] != origin->backend.word[1] || answer->address[2] != origin->backend.word[2] ||
			answer->address[3] != origin->backend.word[3]))
		return 1;
	answer->family = AF_INET6;
	answer->port = origin->service_port;
	answer->flow = 0;
	answer->address[0] = origin->service.word[0];
	answer->address[1] = origin->service.word[1];
	answer->address[2] = origin->service.word[2];
	answer->address[3] = origin->service.word[3];
	answer->scope = 0;
	if (context->retval) {
		context->retval = 0;
		barrier();
		context->optlen = sizeof(*answer);
	}
	return 1;
}

/* always: there is no conntrack entry to agree with, the kernel's answer is an error. */
static __always_inline int answer_original_destination(struct bpf_sockopt *context, bool always)
{
	struct bpf_sock *socket = context->sk;
	struct origin *origin;

	if (context->optname != SO_ORIGINAL_DST || (context->level != SOL_IP && context->level != SOL_IPV6) || !socket) {
		if (context->optlen > PAGE)
			context->optlen = 0;
		return 1;
	}
	origin = bpf_sk_storage_get(&origins, socket, NULL, 0);
	if (!origin)
		return 1;
	return context->level == SOL_IP ? answer4(context, origin, always) : answer6(context, origin, always);
}

static __always_inline int answer_local_address4(struct bpf_sock_addr *context)
{
	struct bpf_sock *socket = context->sk;
	struct origin *origin = socket ? bpf_sk_storage_get(&origins, socket, NULL, 0) : NULL;

	if (origin && is_mapped(&origin->service)) {
		context->user_ip4 = origin->service.word[3];
		context->user_port = origin->service_port;
	}
	return 1;
}

static __always_inline int answer_local_address6(struct bpf_sock_addr *context)
{
	struct bpf_sock *socket = context->sk;
	struct origin *origin = socket ? bpf_sk_storage_get(&origins, socket, NULL, 0) : NULL;

	if (origin) {
		set_user_address6(context, &origin->service);
		context->user_port = origin->service_port;
	}
	return 1;
}

#endif
