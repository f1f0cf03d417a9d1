/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* From an address that somebody dialled to a backend, and what has to be remembered of that. */
#ifndef SLUICE_SOCKETLB_CHOOSE_H
#define SLUICE_SOCKETLB_CHOOSE_H

#include "socketlb_maps.h"

/* What a hook was called with, in one form for both families. */
struct request {
	struct address address;
	__be16 port;
	__u8 protocol;
	bool connecting;
	__u64 netns;
	bool in_host_netns;
	bool needs_no_proxy;
};

static __always_inline void *table_in_force(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&tables, &first);
}

static __always_inline struct settings *current_settings(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&settings, &first);
}

static __always_inline void count(__u32 service_id, __u32 backend_id)
{
	struct counter_key key = {.service_id = service_id, .backend_id = backend_id};
	__u64 *counter = bpf_map_lookup_elem(&counters, &key);
	__u64 one = 1;

	/* Another processor may be first: then there is one to add to. */
	if (!counter && bpf_map_update_elem(&counters, &key, &one, BPF_NOEXIST))
		counter = bpf_map_lookup_elem(&counters, &key);
	if (counter)
		__sync_fetch_and_add(counter, 1);
}

static __always_inline struct traffic *traffic_of(__u32 service_id)
{
	struct traffic *found = bpf_map_lookup_elem(&traffic, &service_id);
	struct traffic fresh = {};

	if (found)
		return found;
	bpf_map_update_elem(&traffic, &service_id, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&traffic, &service_id);
}

static __always_inline void count_denied(__u32 service_id)
{
	struct traffic *counted = traffic_of(service_id);

	if (counted)
		__sync_fetch_and_add(&counted->denied, 1);
}

/* The nearest cgroup that has a say, then the namespace, then the scope. */
static __always_inline bool in_scope(struct settings *now, __u64 netns)
{
	struct exemption_key key = {};
	__u32 *said;
	__u32 verdict = 0;
	int level;

	if (now->netns_exemptions) {
		key.kind = BY_NETNS;
		key.id = netns;
		said = bpf_map_lookup_elem(&exemptions, &key);
		if (said)
			verdict = *said;
	}
	if (now->cgroup_exemptions) {
		key.kind = BY_CGROUP;
		for (level = 0; level < SELF_AND_ANCESTORS; level++) {
			key.id = bpf_get_current_ancestor_cgroup_id(level);
			if (!key.id)
				break;
			said = bpf_map_lookup_elem(&exemptions, &key);
			if (said)
				verdict = *said;
		}
	}
	if (verdict)
		return verdict == USE;
	return now->scope == SCOPE_ALL || (now->scope == SCOPE_HOST && netns == now->host_netns);
}

static __always_inline struct table_value *find_service(void *table, const struct request *request)
{
	struct table_key key = {.kind = SERVICE, .protocol = request->protocol, .port = request->port};
	struct table_value *found;

	key.address = request->address;
	found = bpf_map_lookup_elem(table, &key);
	if (found)
		return found;
	/* Loopback is the node only for those who live there. */
	if (is_loopback(&request->address)) {
		if (!request->in_host_netns)
			return NULL;
	} else {
		key.kind = NODE_ADDRESS;
		key.protocol = 0;
		key.port = 0;
		if (!bpf_map_lookup_elem(table, &key))
			return NULL;
	}
	__builtin_memset(&key, 0, sizeof(key));
	key.kind = NODE_PORT;
	key.protocol = request->protocol;
	key.port = request->port;
	/* One family's backends can't serve the other's clients: the family is part of the key. */
	key.id = is_mapped(&request->address) ? AF_INET : AF_INET6;
	return bpf_map_lookup_elem(table, &key);
}

static __always_inline struct table_value *backend_in_slot(void *table, __u32 service_id, __u32 slot)
{
	struct table_key key = {.kind = SLOT, .id = service_id};

	key.address.word[0] = slot;
	return bpf_map_lookup_elem(table, &key);
}

static __always_inline struct table_value *member(void *table, __u32 service_id, __u32 backend_id)
{
	struct table_key key = {.kind = MEMBER, .id = service_id};

	key.address.word[0] = backend_id;
	return bpf_map_lookup_elem(table, &key);
}

static __always_inline struct table_value *choose(void *context, void *table, const struct table_value *service,
						  const struct request *request)
{
	struct affinity_key key = {.netns = request->netns, .service_id = service->service.id};
	__u64 patience = service->service.affinity_seconds * NANOS_PER_SECOND;
	struct affinity fresh = {};
	struct affinity *kept;
	struct table_value *backend;
	__u32 dice;

	if (patience) {
		fresh.last_used = bpf_ktime_get_ns();
		kept = bpf_map_lookup_elem(&affinities, &key);
		/* Not a difference: another processor may have used it after us. */
		if (kept && fresh.last_used < kept->last_used + patience) {
			backend = member(table, key.service_id, kept->backend_id);
			if (backend) {
				kept->last_used = fresh.last_used;
				return backend;
			}
		}
	}
	/* A UDP socket stays with its backend as long as there are the same ones. */
	dice = request->protocol == IPPROTO_UDP ? (__u32)bpf_get_socket_cookie(context) : bpf_get_prandom_u32();
	backend = backend_in_slot(table, service->service.id, dice % service->service.backends);
	if (backend && patience) {
		fresh.backend_id = backend->backend.id;
		bpf_map_update_elem(&affinities, &key, &fresh, BPF_ANY);
	}
	return backend;
}

static __always_inline bool remember_connection(struct bpf_sock *socket, const struct translation *made)
{
	struct translation *kept = bpf_sk_storage_get(&reverse, socket, (void *)made, BPF_SK_STORAGE_GET_F_CREATE);

	return kept != NULL;
}

/* Puts a new key of replies into the socket's list, in the place of the oldest one if the list is full. */
static __always_inline bool list_sent(struct bpf_sock *socket, const struct reply_key *key)
{
	struct sent_to *list = bpf_sk_storage_get(&sent, socket, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	struct reply_key old = {.cookie = key->cookie};
	__u32 before, slot;

	if (!list)
		return false;
	/* Threads may share the socket: each gets a place of its own. */
	before = __sync_fetch_and_add(&list->count, 1);
	slot = before % SENT_BY_SOCKET;
	if (before >= SENT_BY_SOCKET) {
		old.backend = list->to[slot].backend;
		old.port = list->to[slot].port;
		bpf_map_delete_elem(&replies, &old);
		count(0, 0);
	}
	list->to[slot].backend = key->backend;
	list->to[slot].port = key->port;
	return true;
}

/* A socket keeps the last SENT_BY_SOCKET backends; a reply from an older one shows its own address. */
static __always_inline bool remember_datagram(void *context, struct bpf_sock *socket, const struct translation *made)
{
	struct reply_key key = {.cookie = bpf_get_socket_cookie(context), .port = made->backend_port};
	struct reply_origin origin = {.port = made->service_port, .service_id = made->service_id};
	struct reply_origin *known;

	key.backend = made->backend;
	origin.service = made->service;
	known = bpf_map_lookup_elem(&replies, &key);
	if (known && known->service_id == origin.service_id && known->port == origin.port &&
	    same_address(&known->service, &origin.service))
		return true;
	if (known)
		return bpf_map_update_elem(&replies, &key, &origin, BPF_ANY) == 0;
	if (bpf_map_update_elem(&replies, &key, &origin, BPF_ANY))
		return false;
	if (list_sent(socket, &key))
		return true;
	bpf_map_delete_elem(&replies, &key);
	return false;
}

/* A socket that was disconnected still shows late answers as the service's, until it speaks to the backend itself. */
static __always_inline void forget_connection_to(struct bpf_sock *socket, const struct request *request)
{
	struct translation *kept;

	if (socket->dst_port)
		return;
	kept = bpf_sk_storage_get(&reverse, socket, NULL, 0);
	if (kept && kept->backend_port == request->port && same_address(&kept->backend, &request->address))
		bpf_sk_storage_delete(&reverse, socket);
}

/* What goes to a backend's own address is answered from there, also when a service brought the socket to it before. */
static __always_inline void remember_direct(struct bpf_sock_addr *context, const struct request *request)
{
	struct bpf_sock *socket = context->sk;
	struct reply_key key = {.port = request->port};
	struct reply_origin origin = {.port = request->port};

	if (!socket)
		return;
	forget_connection_to(socket, request);
	if (!bpf_sk_storage_get(&sent, socket, NULL, 0))
		return;
	key.cookie = bpf_get_socket_cookie(context);
	key.backend = request->address;
	origin.service = request->address;
	bpf_map_update_elem(&replies, &key, &origin, BPF_EXIST);
}

/*
 * Exempts the connection from capture, or takes the exemption of an earlier one back: a socket may connect again. A mark
 * that somebody else has set stays, and its connection is captured like any other.
 */
static __always_inline void mark(struct bpf_sock_addr *context, bool exempt)
{
	struct settings *now = current_settings();
	struct bpf_sock *socket = context->sk;
	__u32 has, value;

	if (!now || !socket || !now->exempt_mark)
		return;
	has = socket->mark;
	if (has != (exempt ? 0 : now->exempt_mark))
		return;
	value = exempt ? now->exempt_mark : 0;
	bpf_setsockopt(context, SOL_SOCKET, SO_MARK, &value, sizeof(value));
}

/* 1: made is filled in. 0: nothing to do. Negative: refuse with that errno. */
static __always_inline int translate(struct bpf_sock_addr *context, struct request *request, struct translation *made)
{
	struct settings *now = current_settings();
	struct table_value *service, *backend;
	struct bpf_sock *socket = context->sk;
	void *table;

	if (!now || now->scope == SCOPE_NONE || !socket)
		return 0;
	request->netns = bpf_get_netns_cookie(context);
	request->in_host_netns = request->netns == now->host_netns;
	if (!in_scope(now, request->netns))
		return 0;
	table = table_in_force();
	if (!table)
		return 0;
	service = find_service(table, request);
	if (!service)
		return 0;
	made->service_id = service->service.id;
	if (request->connecting && request->protocol == IPPROTO_TCP) {
		if (service->service.path & DENIED) {
			count_denied(made->service_id);
			return -ECONNREFUSED;
		}
		request->needs_no_proxy = service->service.path & NEEDS_NO_PROXY;
	}
	if (!service->service.backends) {
		count(made->service_id, 0);
		return -EHOSTUNREACH;
	}
	backend = choose(context, table, service, request);
	if (!backend)
		return -EHOSTUNREACH;
	made->service = request->address;
	made->service_port = request->port;
	made->backend = backend->backend.address;
	made->backend_port = backend->backend.port;
	made->backend_id = backend->backend.id;
	if (request->connecting ? !remember_connection(socket, made) : !remember_datagram(context, socket, made)) {
		count(made->service_id, 0);
		return -ENOMEM;
	}
	count(made->service_id, made->backend_id);
	return 1;
}

#endif
