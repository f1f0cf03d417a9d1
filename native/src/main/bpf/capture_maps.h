/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The keys, values and maps of interception by sockets alone; capture.bpf.c says what each is for. */
#ifndef SLUICE_CAPTURE_MAPS_H
#define SLUICE_CAPTURE_MAPS_H

#include "serviceip_maps.h"

enum when_dead { OPEN = 0, CLOSED = 1 };

enum direction { OUTBOUND = 1, INBOUND = 2 };

enum list { INCLUDE = 1, EXCLUDE = 2 };

/* Places in listeners. */
enum { INBOUND_V4 = 0, INBOUND_V6 = 1 };

struct capture {
	__u64 proxy_cgroup;
	__u64 patience; /* nanoseconds without a sign of life after which the proxy is dead; 0: only its listener counts */
	__u32 when_dead;
	__be16 outbound_port;
	__be16 inbound_port;
	__u8 all_outbound_addresses; /* as include CIDR '*' */
	__u8 all_inbound_ports;      /* as include ports '*' */
	__u8 padding[6];
};

struct port_key {
	__be16 port;
	__u8 direction;
	__u8 list;
};

/* List and family are part of the prefix: 32 bits before the address. ::/0 has no IPv4 address in it. */
struct subnet_key {
	__u32 length; /* 32 to 160 bits */
	__u16 list;
	__u16 v4;
	struct address address;
};

/* A connection of the proxy to its application: unlike any other as long as the proxy's socket lives. */
struct hop_key {
	__u64 netns; /* cookie: two pods use the same loopback addresses */
	struct address source;
	struct address destination;
	__be16 source_port;
	__be16 destination_port;
	__u32 padding;
};

struct client {
	struct address address;
	__be16 port;
	__u16 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, struct capture);
} capture SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} alive SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, struct port_key);
	__type(value, __u8);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, struct subnet_key);
	__type(value, __u8);
} subnets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, struct hop_key);
	__type(value, struct client);
} hops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, struct client);
} clients SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, struct client);
} announcements SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, struct hop_key);
} departures SEC(".maps");

#endif
