/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The keys, values and maps of the socket load balancer; socketlb.bpf.c says what each is for. */
#ifndef SLUICE_SOCKETLB_MAPS_H
#define SLUICE_SOCKETLB_MAPS_H

#include "translation.h"

#define SELF_AND_ANCESTORS 16
#define SENT_BY_SOCKET 128
#define NANOS_PER_SECOND 1000000000ULL

enum scope { SCOPE_NONE = 0, SCOPE_HOST = 1, SCOPE_ALL = 2 };

enum exemption_kind { BY_CGROUP = 1, BY_NETNS = 2 };

enum exemption { USE = 1, SKIP = 2 };

/* What a service's policies say of every client, and whether its connections need the proxy. */
enum path { NEEDS_NO_PROXY = 1, DENIED = 2 };

enum table_kind { SERVICE = 1, NODE_PORT = 2, NODE_ADDRESS = 3, SLOT = 4, MEMBER = 5, LINGERING = 6 };

struct settings {
	__u64 host_netns; /* cookie */
	__u32 scope;
	__u32 cgroup_exemptions; /* how many there are: 0 spares the search */
	__u32 netns_exemptions;
	__u32 exempt_mark; /* of sockets that need no proxy; 0: none is marked */
};

struct exemption_key {
	__u64 id; /* of the cgroup, or the cookie of the namespace */
	__u32 kind;
	__u32 padding;
};

/*
 * SERVICE: address, port, protocol. NODE_PORT: port, protocol. NODE_ADDRESS: address.
 * SLOT: id of the service, word[0] the index. MEMBER (for affinity), LINGERING (takes no new connection; for whoever looks
 * for sockets of dead backends): id of the service, word[0] the id of the backend.
 */
struct table_key {
	__u8 kind;
	__u8 protocol;
	__be16 port;
	__u32 id;
	struct address address;
};

struct table_value {
	union {
		struct {
			__u32 id;
			__u32 backends; /* 0: nobody serves it */
			__u32 affinity_seconds; /* 0: none */
			__u32 path; /* enum path; in the upper half the reason, for people */
		} service;
		struct {
			struct address address;
			__u32 id; /* never 0 */
			__be16 port;
			__u16 padding;
		} backend; /* SLOT, MEMBER */
	};
};

struct reply_key {
	__u64 cookie;
	struct address backend;
	__be16 port;
	__u16 padding;
	__u32 padding2;
};

struct reply_origin {
	struct address service;
	__be16 port;
	__u16 padding;
	__u32 service_id;
};

struct sent_to {
	__u32 count; /* of all times; the last SENT_BY_SOCKET are kept */
	struct {
		struct address backend;
		__be16 port;
		__u16 padding;
	} to[SENT_BY_SOCKET];
};

struct affinity_key {
	__u64 netns;
	__u32 service_id;
	__u32 padding;
};

struct affinity {
	__u64 last_used; /* nanoseconds */
	__u32 backend_id;
	__u32 padding;
};

/* For people: programs never look. */
struct service_name {
	char text[168];
};

/* For people: why connections need the proxy, or not. */
struct service_reason {
	char text[248];
};

/* Connections of backends that have left a service. */
struct departed {
	__u64 connections;
	__u32 moving; /* the backend whose counter is among them and about to be deleted: it counts no more; 0: none */
	__u32 padding;
};

/*
 * Per service: what became of the TCP connections that it was chosen for. Bytes are those that the other side has
 * acknowledged and that it has sent, without SYN and FIN.
 */
struct traffic {
	__u64 denied;
	__u64 opened;
	__u64 failed; /* never established */
	__u64 closed;
	__u64 sent;
	__u64 received;
	__u64 round_trips_us; /* the smoothed round-trip time at the end, of all that were closed */
	__u64 lasted_us;
};

/* Per established connection. */
struct watched {
	__u64 since; /* nanoseconds */
	__u32 service_id;
	__u32 padding;
};

struct counter_key {
	__u32 service_id; /* 0: places in sent that were given to another backend */
	__u32 backend_id; /* 0: refused */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

struct table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct table_key));
	__uint(value_size, sizeof(struct table_value));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__array(values, struct table);
} tables SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, struct exemption_key);
	__type(value, __u32);
} exemptions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, struct translation);
} reverse SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, struct reply_key);
	__type(value, struct reply_origin);
} replies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, struct sent_to);
} sent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, struct affinity_key);
	__type(value, struct affinity);
} affinities SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, struct counter_key);
	__type(value, __u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, struct service_name);
} names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, struct service_reason);
} reasons SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, struct traffic);
} traffic SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, struct departed);
} departed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, struct watched);
} watched SEC(".maps");

#endif
