// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Interception by sockets alone: no netfilter, no conntrack, no routes, and a proxy without any capability.
 *
 * Outbound: connect4|6 sends the pod's connections to the proxy's listener on the loopback address; the proxy gets the
 * address that was dialled from SO_ORIGINAL_DST or getsockname, the application from getpeername.
 * Inbound: sk_lookup in the pod's network namespace gives the proxy's listener every connection from outside; the proxy
 * connects to the application from 127.0.0.6 or ::1, and the application sees the real client in accept and getpeername.
 *
 * Sections: cgroup/connect4|6, cgroup/getpeername4|6, cgroup/getsockopt, cgroup/getsockname4|6, sockops,
 * cgroup/sock_release on the pod's cgroup, which holds the application and the proxy; sk_lookup on the namespace.
 * Minimum kernel 5.18 with BTF; found out by loading. UDP is left alone.
 *
 * Contract with Java (dev.sluice.socketlb), beside that of serviceip.bpf.c:
 *   capture    one element: who the proxy is, where it listens, what happens when it is dead.
 *   alive      one element: when the proxy last gave a sign of life, on the clock of bpf_ktime_get_ns (CLOCK_MONOTONIC).
 *   ports, subnets  what is included and excluded; subnets are outbound only.
 *   listeners  the proxy's inbound sockets; the kernel takes one out when it is closed.
 *   announcements  from the proxy, on a socket of its own before it connects: which client the connection stands for.
 *   hops       what became of it when the socket got its addresses; moved to the accepted socket's clients when that is
 *              established, or deleted with the proxy's socket (departures). Nothing is left of a proxy that is killed:
 *              an announcement goes with its socket, and so does the hop.
 */
#include "capture_maps.h"
#include "serviceip_match.h"

/* How deep a proxy's cgroup may be. */
#define CGROUP_LEVELS 64

static __always_inline struct capture *configured(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&capture, &first);
}

/* A stopped process keeps its listener: only its own word tells that it serves. */
static __always_inline bool gives_signs_of_life(const struct capture *now)
{
	__u32 first = 0;
	__u64 *last = bpf_map_lookup_elem(&alive, &first);

	/* Signed: the proxy may have spoken since the clock was read. */
	return !now->patience || (last && (__s64)(bpf_ktime_get_ns() - *last) < (__s64)now->patience);
}

static __always_inline bool listed(__be16 port, __u8 direction, __u8 list)
{
	struct port_key key = {.port = port, .direction = direction, .list = list};

	return bpf_map_lookup_elem(&ports, &key) != NULL;
}

static __always_inline bool in_subnet(const struct address *address, __u16 list)
{
	struct subnet_key key = {.length = 160, .list = list, .v4 = is_mapped(address)};

	key.address = *address;
	return bpf_map_lookup_elem(&subnets, &key) != NULL;
}

/* 0.0.0.0 and ::, which the kernel takes for the loopback address, though not before this hook. */
static __always_inline bool is_unspecified(const struct address *address)
{
	return !address->word[3] && (is_mapped(address) || (!address->word[0] && !address->word[1] && !address->word[2]));
}

/* In the order of the rules of a mesh: excluded port, loopback, excluded subnet, included port, included subnet. */
static __always_inline bool wanted(const struct capture *now, const struct address *address, __be16 port)
{
	if (listed(port, OUTBOUND, EXCLUDE) || is_loopback(address) || is_unspecified(address) || in_subnet(address, EXCLUDE))
		return false;
	return listed(port, OUTBOUND, INCLUDE) || now->all_outbound_addresses || in_subnet(address, INCLUDE);
}

/* Every level is asked: in a cgroup namespace nobody can tell how far below the true root a folder is. */
static __always_inline bool is_proxy(const struct capture *now)
{
	__u64 ancestor = 1;

	for (int level = 1; level <= CGROUP_LEVELS && ancestor; level++) {
		ancestor = bpf_get_current_ancestor_cgroup_id(level);
		if (ancestor == now->proxy_cgroup)
			return true;
	}
	return false;
}

static __always_inline bool somebody_listens(struct bpf_sock_addr *context, const struct capture *now, bool v4)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *listener;

	/* From the loopback address, or the hook for arriving connections would answer for the inbound listener. */
	if (v4) {
		tuple.ipv4.saddr = bpf_htonl(0x7f000001);
		tuple.ipv4.daddr = bpf_htonl(0x7f000001);
		tuple.ipv4.dport = now->outbound_port;
		listener = bpf_sk_lookup_tcp(context, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	} else {
		tuple.ipv6.saddr[3] = bpf_htonl(1);
		tuple.ipv6.daddr[3] = bpf_htonl(1);
		tuple.ipv6.dport = now->outbound_port;
		listener = bpf_sk_lookup_tcp(context, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	}
	if (!listener)
		return false;
	bpf_sk_release(listener);
	return true;
}

/* 1: to the proxy. 0: leave it alone. Negative: refuse with that errno. */
static __always_inline int intercept(struct bpf_sock_addr *context, const struct address *address)
{
	struct bpf_sock *socket = context->sk;
	struct capture *now = configured();
	struct dialled *kept;

	if (!now || !socket || protocol_of(context) != IPPROTO_TCP)
		return 0;
	kept = bpf_sk_storage_get(&dialled, socket, NULL, 0);
	if (kept) {
		forget_pending(kept);
		bpf_sk_storage_delete(&dialled, socket);
	}
	if (is_proxy(now) || !wanted(now, address, (__be16)context->user_port))
		return 0;
	if (!gives_signs_of_life(now) || !somebody_listens(context, now, is_mapped(address)))
		return now->when_dead == OPEN ? 0 : -ECONNREFUSED;
	kept = bpf_sk_storage_get(&dialled, socket, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!kept)
		return -ENOMEM;
	kept->address = *address;
	kept->port = (__be16)context->user_port;
	context->user_port = now->outbound_port;
	return 1;
}

SEC("cgroup/connect4")
int sluice_cap_connect4(struct bpf_sock_addr *context)
{
	struct address address;
	int result;

	set_mapped(&address, context->user_ip4);
	result = intercept(context, &address);
	if (result < 0)
		return refuse(result);
	if (result)
		context->user_ip4 = bpf_htonl(0x7f000001);
	return 1;
}

SEC("cgroup/connect6")
int sluice_cap_connect6(struct bpf_sock_addr *context)
{
	struct address address, loopback = {};
	int result;

	get_user_address6(&address, context);
	result = intercept(context, &address);
	if (result < 0)
		return refuse(result);
	if (result) {
		if (is_mapped(&address))
			set_mapped(&loopback, bpf_htonl(0x7f000001));
		else
			loopback.word[3] = bpf_htonl(1);
		set_user_address6(context, &loopback);
	}
	return 1;
}

/* An accepted socket of the application has a client; a connected one has dialled somebody. */
static __always_inline bool real_peer(struct bpf_sock_addr *context, struct address *peer, __be16 *port)
{
	struct bpf_sock *socket = context->sk;
	struct dialled *dialled_to;
	struct client *client;

	if (!socket)
		return false;
	client = bpf_sk_storage_get(&clients, socket, NULL, 0);
	if (client) {
		*peer = client->address;
		*port = client->port;
		return true;
	}
	dialled_to = bpf_sk_storage_get(&dialled, socket, NULL, 0);
	if (!dialled_to)
		return false;
	*peer = dialled_to->address;
	*port = dialled_to->port;
	return true;
}

SEC("cgroup/getpeername4")
int sluice_cap_getpeername4(struct bpf_sock_addr *context)
{
	struct address peer;
	__be16 port;

	if (real_peer(context, &peer, &port) && is_mapped(&peer)) {
		context->user_ip4 = peer.word[3];
		context->user_port = port;
	}
	return 1;
}

SEC("cgroup/getpeername6")
int sluice_cap_getpeername6(struct bpf_sock_addr *context)
{
	struct address peer;
	__be16 port;

	if (real_peer(context, &peer, &port)) {
		set_user_address6(context, &peer);
		context->user_port = port;
	}
	return 1;
}

static __always_inline void learn_client(struct bpf_sock_ops *context)
{
	struct bpf_sock *socket = context->sk;
	struct hop_key key = {};
	struct client *found;
	struct client client;

	if (!socket)
		return;
	get_remote(&key.source, &key.source_port, context);
	if (!is_loopback(&key.source))
		return;
	key.netns = bpf_get_netns_cookie(context);
	get_local(&key.destination, context);
	key.destination_port = bpf_htons((__u16)context->local_port);
	found = bpf_map_lookup_elem(&hops, &key);
	if (!found)
		return;
	client = *found;
	bpf_map_delete_elem(&hops, &key);
	bpf_sk_storage_get(&clients, socket, &client, BPF_SK_STORAGE_GET_F_CREATE);
}

/* The proxy's side of it: its SYN has not left, but the addresses and ports are chosen. */
static __always_inline void depart(struct bpf_sock_ops *context)
{
	struct bpf_sock *socket = context->sk;
	struct hop_key key = {};
	struct client *announced;
	struct client client;

	if (!socket)
		return;
	announced = bpf_sk_storage_get(&announcements, socket, NULL, 0);
	if (!announced)
		return;
	client = *announced;
	key.netns = bpf_get_netns_cookie(context);
	get_local(&key.source, context);
	key.source_port = bpf_htons((__u16)context->local_port);
	get_remote(&key.destination, &key.destination_port, context);
	/* Without this a hop would outlive its connection; without the hop the application sees the loopback address. */
	if (bpf_sk_storage_get(&departures, socket, &key, BPF_SK_STORAGE_GET_F_CREATE) &&
	    !bpf_map_update_elem(&hops, &key, &client, BPF_ANY))
		return;
	count(LOST);
}

SEC("sockops")
int sluice_cap_sockops(struct bpf_sock_ops *context)
{
	switch (context->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		if (await_match(context))
			watch_closing(context);
		depart(context);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		match(context, true);
		learn_client(context);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		forget_closed(context);
		break;
	}
	return 1;
}

SEC("cgroup/getsockopt")
int sluice_cap_getsockopt(struct bpf_sockopt *context)
{
	return answer_original_destination(context, true);
}

SEC("cgroup/getsockname4")
int sluice_cap_getsockname4(struct bpf_sock_addr *context)
{
	return answer_local_address4(context);
}

SEC("cgroup/getsockname6")
int sluice_cap_getsockname6(struct bpf_sock_addr *context)
{
	return answer_local_address6(context);
}

SEC("cgroup/sock_release")
int sluice_cap_sock_release(struct bpf_sock *context)
{
	struct hop_key *departed = bpf_sk_storage_get(&departures, context, NULL, 0);
	struct hop_key key;

	/* A proxy that was killed while connecting must not leave its client to whoever has the port next. */
	if (departed) {
		key = *departed;
		bpf_map_delete_elem(&hops, &key);
	}
	return 1;
}

/*
 * From a loopback address comes the proxy itself, and to one come the connections that leave, whatever address they were
 * bound to. A connection of the pod to its own address is like any other.
 */
SEC("sk_lookup")
int sluice_cap_sk_lookup(struct bpf_sk_lookup *context)
{
	__u32 v4 = INBOUND_V4, v6 = INBOUND_V6;
	struct capture *now = configured();
	struct address remote = {}, local = {};
	struct bpf_sock *listener;
	__be16 port = bpf_htons((__u16)context->local_port);
	__be32 remote4 = context->remote_ip4, local4 = context->local_ip4;
	long result;

	keep(remote4);
	keep(local4);
	if (!now || context->protocol != IPPROTO_TCP || port == now->inbound_port)
		return SK_PASS;
	if (context->family == AF_INET) {
		set_mapped(&remote, remote4);
		set_mapped(&local, local4);
	} else {
		remote.word[0] = context->remote_ip6[0];
		remote.word[1] = context->remote_ip6[1];
		remote.word[2] = context->remote_ip6[2];
		remote.word[3] = context->remote_ip6[3];
		local.word[0] = context->local_ip6[0];
		local.word[1] = context->local_ip6[1];
		local.word[2] = context->local_ip6[2];
		local.word[3] = context->local_ip6[3];
	}
	if (is_loopback(&remote) || is_loopback(&local) || listed(port, INBOUND, EXCLUDE))
		return SK_PASS;
	if (!now->all_inbound_ports && !listed(port, INBOUND, INCLUDE))
		return SK_PASS;
	if (!gives_signs_of_life(now))
		return now->when_dead == OPEN ? SK_PASS : SK_DROP;
	if (context->family == AF_INET)
		listener = bpf_map_lookup_elem(&listeners, &v4);
	else
		listener = bpf_map_lookup_elem(&listeners, &v6);
	if (!listener)
		return now->when_dead == OPEN ? SK_PASS : SK_DROP;
	result = bpf_sk_assign(context, listener, 0);
	bpf_sk_release(listener);
	return result && now->when_dead == CLOSED ? SK_DROP : SK_PASS;
}

LICENCE;
