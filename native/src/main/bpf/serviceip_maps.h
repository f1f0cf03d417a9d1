/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What serviceip and capture keep of a connection between its two sockets on this host. */
#ifndef SLUICE_SERVICEIP_MAPS_H
#define SLUICE_SERVICEIP_MAPS_H

#include "address.h"

struct pending_key {
	__u64 netns; /* cookie; without it a proxy in another pod of the same host would be told too */
	struct address client;
	__u32 sequence; /* the first byte's: initial sequence number + 1 */
	__u32 padding;
};

struct dialled {
	struct address address;
	__be16 port;
	__u16 waiting; /* whether key is in pending */
	__u32 padding;
	struct pending_key key;
};

struct origin {
	struct address service; /* what the client dialled */
	struct address backend; /* what its packets are addressed to */
	__be16 service_port;
	__be16 backend_port;
	__u32 padding;
};

enum counter {
	GIVEN_BACK, /* connections whose two sockets found each other */
	LOST,       /* connections that could not be recorded because pending was full */
	COUNTERS,
};

struct sockaddr_in {
	__u16 family;
	__be16 port;
	__be32 address;
	__u8 zero[8];
};

struct sockaddr_in6 {
	__u16 family;
	__be16 port;
	__be32 flow;
	__be32 address[4];
	__u32 scope;
};

/* The one field of it that we read; its place is found in the running kernel's BTF. */
struct tcp_sock {
	__u32 write_seq;
} __kernel_struct;

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, struct dialled);
} dialled SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, struct pending_key);
	__type(value, struct origin);
} pending SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, struct origin);
} origins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, COUNTERS);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

#endif
