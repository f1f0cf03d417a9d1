// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Socket-level load balancing: the address of a service becomes the address of one of its backends before a packet exists,
 * and is shown again to whoever asks the socket for its peer.
 *
 * Sections: cgroup/connect4|6, sendmsg4|6 (forward), recvmsg4|6, getpeername4|6 (back), post_bind4|6 (NodePorts), sock_release,
 * sockops (statistics). A service whose policies deny every client is refused at connect4|6 with ECONNREFUSED; one that needs
 * no proxy has its TCP sockets marked there (SO_MARK), and a rule leaves what has that mark alone.
 * Minimum kernel 5.18 (bpf_set_retval for these hooks); everything is found out by loading, never by version.
 *
 * Contract with Java (dev.sluice.socketlb):
 *   settings   one element: scope and who is exempt; changed while running.
 *   tables     one element: the table in force. A change of any size is a new table, filled and then put here by one update:
 *              programs see the old one or the new one, and when that update has returned no program uses the old one.
 *   exemptions by cgroup or network namespace: use or skip the load balancer whatever the scope says.
 *   reverse    per connected socket: what it dialled. Freed with the socket, so nothing is evicted and no cookie goes stale.
 *   replies    per unconnected UDP socket and backend: which service a reply comes from; emptied by sock_release.
 *   sent       per unconnected UDP socket: its entries in replies.
 *   affinities which backend a network namespace was given, for services that ask for that.
 *   counters   connections by service and backend; backend 0 counts refusals, service 0 backends forgotten by sent. Service 0
 *              with backend 1 is Java's alone: the highest number that a service ever had, so that none is given twice.
 *   departed   connections of backends that have left a service, so that its total never falls; only Java writes and reads it.
 *   traffic    TCP connections by service: denied, opened, failed, closed, bytes, round trips.
 *   watched    per established TCP connection through a service: since when.
 *   names      what the numbers of services stand for; only Java writes and reads it.
 *   reasons    why connections to a service need the proxy, or not; only Java writes and reads it.
 * Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d, so that one table serves AF_INET, AF_INET6 and what JVMs make of IPv4.
 */
#include "socketlb_choose.h"

static __always_inline void forget_connection(struct bpf_sock_addr *context)
{
	struct bpf_sock *socket = context->sk;

	/* A socket that went through a service before and now dials somebody else must not go on showing the service. */
	if (socket && bpf_sk_storage_get(&reverse, socket, NULL, 0))
		bpf_sk_storage_delete(&reverse, socket);
}

static __always_inline int forward4(struct bpf_sock_addr *context, bool connecting)
{
	struct request request = {.port = (__be16)context->user_port, .connecting = connecting};
	struct translation made = {};
	int result;

	request.protocol = protocol_of(context);
	if (connecting)
		forget_connection(context);
	if (!request.protocol)
		return 1;
	set_mapped(&request.address, context->user_ip4);
	result = translate(context, &request, &made);
	if (connecting && request.protocol == IPPROTO_TCP)
		mark(context, result > 0 && request.needs_no_proxy);
	if (result < 0)
		return refuse(result);
	if (result) {
		context->user_ip4 = made.backend.word[3];
		context->user_port = made.backend_port;
	} else if (!connecting) {
		remember_direct(context, &request);
	}
	return 1;
}

static __always_inline int forward6(struct bpf_sock_addr *context, bool connecting)
{
	struct request request = {.port = (__be16)context->user_port, .connecting = connecting};
	struct translation made = {};
	int result;

	request.protocol = protocol_of(context);
	if (connecting)
		forget_connection(context);
	if (!request.protocol)
		return 1;
	get_user_address6(&request.address, context);
	result = translate(context, &request, &made);
	if (connecting && request.protocol == IPPROTO_TCP)
		mark(context, result > 0 && request.needs_no_proxy);
	if (result < 0)
		return refuse(result);
	if (result) {
		set_user_address6(context, &made.backend);
		context->user_port = made.backend_port;
	} else if (!connecting) {
		remember_direct(context, &request);
	}
	return 1;
}

SEC("cgroup/connect4")
int sluice_lb_connect4(struct bpf_sock_addr *context)
{
	return forward4(context, true);
}

SEC("cgroup/connect6")
int sluice_lb_connect6(struct bpf_sock_addr *context)
{
	return forward6(context, true);
}

SEC("cgroup/sendmsg4")
int sluice_lb_sendmsg4(struct bpf_sock_addr *context)
{
	return forward4(context, false);
}

SEC("cgroup/sendmsg6")
int sluice_lb_sendmsg6(struct bpf_sock_addr *context)
{
	return forward6(context, false);
}

/*
 * Which service address a peer's stands for. A datagram's sender is looked for among the replies first: a socket that is
 * connected through one service may send to another. A socket that was disconnected keeps its storage, since AF_UNSPEC
 * runs no hook: datagrams that come late are the service's. The kernel doesn't ask for the peer of such a socket.
 */
static __always_inline bool service_behind(struct bpf_sock_addr *context, const struct address *peer, __be16 port,
					   bool datagram, struct address *service, __be16 *service_port)
{
	struct bpf_sock *socket = context->sk;
	struct translation *kept;
	struct reply_origin *origin;

	if (!socket)
		return false;
	if (datagram) {
		struct reply_key key = {.cookie = bpf_get_socket_cookie(context), .backend = *peer, .port = port};

		origin = bpf_map_lookup_elem(&replies, &key);
		if (origin) {
			*service = origin->service;
			*service_port = origin->port;
			return true;
		}
	}
	kept = bpf_sk_storage_get(&reverse, socket, NULL, 0);
	if (!kept || kept->backend_port != port || !same_address(&kept->backend, peer))
		return false;
	*service = kept->service;
	*service_port = kept->service_port;
	return true;
}

static __always_inline int back4(struct bpf_sock_addr *context, bool datagram)
{
	struct address peer, service = {};
	__be16 port = 0;

	set_mapped(&peer, context->user_ip4);
	if (service_behind(context, &peer, (__be16)context->user_port, datagram, &service, &port)) {
		context->user_ip4 = service.word[3];
		context->user_port = port;
	}
	return 1;
}

static __always_inline int back6(struct bpf_sock_addr *context, bool datagram)
{
	struct address peer, service = {};
	__be16 port = 0;

	get_user_address6(&peer, context);
	if (service_behind(context, &peer, (__be16)context->user_port, datagram, &service, &port)) {
		set_user_address6(context, &service);
		context->user_port = port;
	}
	return 1;
}

SEC("cgroup/recvmsg4")
int sluice_lb_recvmsg4(struct bpf_sock_addr *context)
{
	return back4(context, true);
}

SEC("cgroup/recvmsg6")
int sluice_lb_recvmsg6(struct bpf_sock_addr *context)
{
	return back6(context, true);
}

SEC("cgroup/getpeername4")
int sluice_lb_getpeername4(struct bpf_sock_addr *context)
{
	return back4(context, false);
}

SEC("cgroup/getpeername6")
int sluice_lb_getpeername6(struct bpf_sock_addr *context)
{
	return back6(context, false);
}

static __always_inline bool is_node_port(void *table, __u8 protocol, __be16 port, __u32 family)
{
	struct table_key key = {.kind = NODE_PORT, .protocol = protocol, .port = port, .id = family};

	return bpf_map_lookup_elem(table, &key) != NULL;
}

/*
 * A NodePort is taken on the node: whoever binds it would never be reached there. A socket on :: takes the port of IPv4 too,
 * unless it is for IPv6 only, which can't be seen here: it counts as taking both.
 */
static __always_inline int post_bind(struct bpf_sock *context, bool on4, bool on6)
{
	struct settings *now = current_settings();
	__u8 protocol = context->protocol == IPPROTO_MPTCP ? IPPROTO_TCP : (__u8)context->protocol;
	__be16 port = bpf_htons((__u16)context->src_port);
	void *table;

	if (!now || now->scope == SCOPE_NONE || bpf_get_netns_cookie(context) != now->host_netns)
		return 1;
	table = table_in_force();
	if (!table)
		return 1;
	if ((on4 && is_node_port(table, protocol, port, AF_INET)) || (on6 && is_node_port(table, protocol, port, AF_INET6)))
		return refuse(-EADDRINUSE);
	return 1;
}

SEC("cgroup/post_bind4")
int sluice_lb_post_bind4(struct bpf_sock *context)
{
	return post_bind(context, true, false);
}

SEC("cgroup/post_bind6")
int sluice_lb_post_bind6(struct bpf_sock *context)
{
	struct address bound;
	bool any;

	bound.word[0] = context->src_ip6[0];
	bound.word[1] = context->src_ip6[1];
	bound.word[2] = context->src_ip6[2];
	bound.word[3] = context->src_ip6[3];
	any = !bound.word[0] && !bound.word[1] && !bound.word[2] && !bound.word[3];
	return post_bind(context, any || is_mapped(&bound), !is_mapped(&bound));
}

SEC("cgroup/sock_release")
int sluice_lb_sock_release(struct bpf_sock *context)
{
	struct sent_to *list = bpf_sk_storage_get(&sent, context, NULL, 0);
	struct reply_key key = {};
	__u32 i;

	if (!list)
		return 1;
	key.cookie = bpf_get_socket_cookie(context);
	for (i = 0; i < SENT_BY_SOCKET && i < list->count; i++) {
		key.backend = list->to[i].backend;
		key.port = list->to[i].port;
		bpf_map_delete_elem(&replies, &key);
	}
	return 1;
}

/* A connection that a service was chosen for has reached its backend. */
static __always_inline void opened(struct bpf_sock *socket)
{
	struct translation *made = bpf_sk_storage_get(&reverse, socket, NULL, 0);
	struct watched fresh = {};
	struct traffic *counted;

	if (!made)
		return;
	fresh.since = bpf_ktime_get_ns();
	fresh.service_id = made->service_id;
	if (!bpf_sk_storage_get(&watched, socket, &fresh, BPF_SK_STORAGE_GET_F_CREATE))
		return;
	counted = traffic_of(fresh.service_id);
	if (counted)
		__sync_fetch_and_add(&counted->opened, 1);
}

/*
 * SYN and FIN count as a byte each. Ours was acknowledged if that is what ended the connection; theirs has come if they closed
 * first, or if we did and waited for it. Where a reset ended the wait instead, one byte too few is counted.
 */
static __always_inline void closed(struct bpf_sock_ops *context, struct bpf_sock *socket, __u32 former)
{
	struct watched *since = bpf_sk_storage_get(&watched, socket, NULL, 0);
	bool acknowledged = context->snd_una == context->snd_nxt;
	__u64 sent = context->bytes_acked;
	__u64 received = context->bytes_received;
	__u64 round_trip = context->srtt_us >> 3;
	bool theirs = former == TCP_CLOSE_WAIT || former == TCP_LAST_ACK || former == TCP_CLOSING || former == TCP_FIN_WAIT2;
	bool ours = former == TCP_FIN_WAIT2 || (acknowledged && (former == TCP_LAST_ACK || former == TCP_CLOSING));
	struct traffic *counted;

	if (!since)
		return;
	/* Counted as opened before, unless the service is gone by now: then nobody asks. */
	counted = bpf_map_lookup_elem(&traffic, &since->service_id);
	if (counted) {
		if (sent)
			sent -= 1 + (ours && sent > 1);
		if (theirs && received)
			received -= 1;
		__sync_fetch_and_add(&counted->closed, 1);
		__sync_fetch_and_add(&counted->sent, sent);
		__sync_fetch_and_add(&counted->received, received);
		__sync_fetch_and_add(&counted->round_trips_us, round_trip);
		__sync_fetch_and_add(&counted->lasted_us, (bpf_ktime_get_ns() - since->since) / 1000);
	}
	bpf_sk_storage_delete(&watched, socket);
}

static __always_inline void failed(struct bpf_sock *socket)
{
	struct translation *made = bpf_sk_storage_get(&reverse, socket, NULL, 0);
	struct traffic *counted = made ? traffic_of(made->service_id) : NULL;

	if (counted)
		__sync_fetch_and_add(&counted->failed, 1);
}

SEC("sockops")
int sluice_lb_sockops(struct bpf_sock_ops *context)
{
	struct bpf_sock *socket;

	switch (context->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		socket = context->sk;
		/* The kernel tells of changes of state only where it was asked to. */
		if (socket && bpf_sk_storage_get(&reverse, socket, NULL, 0))
			bpf_sock_ops_cb_flags_set(context, (int)(context->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG));
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		socket = context->sk;
		if (socket)
			opened(socket);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		socket = context->sk;
		if (!socket || context->args[1] != TCP_CLOSE)
			break;
		if (context->args[0] == TCP_SYN_SENT)
			failed(socket);
		else
			closed(context, socket, context->args[0]);
		break;
	}
	return 1;
}

LICENCE;
