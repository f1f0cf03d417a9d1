/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Notes the lookups in routing tables that one thread causes: by its own calls, and by packets that the kernel carries on in its
 * context. Changes nothing.
 *
 * Sections: raw_tp/fib_table_lookup, raw_tp/fib6_table_lookup, attached by links that end with the process. Minimum kernel 5.8
 * for the ring (5.7 for the thread's number), with BTF; found out by loading and attaching.
 *
 * Contract with Java (dev.sluice.trace.RouteWatch): `thread` is a thread's number in the pid namespace of these numbers.
 * One struct route_event a lookup into `routes`; `lost` counts those that found no room. Addresses are in network order, IPv4 in the first word; ports are, too.
 */
#include "sluice.h"

struct ns_common {
	__u32 inum;
} __kernel_struct;

struct net {
	struct ns_common ns;
} __kernel_struct;

typedef struct {
	struct net *net;
} __kernel_struct possible_net_t;

struct net_device {
	char name[16];
	possible_net_t nd_net;
} __kernel_struct;

struct in6_addr {
	__be32 word[4];
};

struct flowi_common {
	int flowic_oif;
	int flowic_iif;
	__u32 flowic_mark;
	__u8 flowic_proto;
} __kernel_struct;

struct flowi_ports {
	__be16 dport;
	__be16 sport;
};

union flowi_uli {
	struct flowi_ports ports;
} __kernel_struct;

struct flowi4 {
	struct flowi_common __fl_common;
	__be32 saddr;
	__be32 daddr;
	union flowi_uli uli;
} __kernel_struct;

struct flowi6 {
	struct flowi_common __fl_common;
	struct in6_addr daddr;
	struct in6_addr saddr;
	union flowi_uli uli;
} __kernel_struct;

union gateway {
	__be32 ipv4;
	struct in6_addr ipv6;
};

struct fib_nh_common {
	struct net_device *nhc_dev;
	__u8 nhc_gw_family;
	union gateway nhc_gw;
} __kernel_struct;

struct fib6_nh {
	struct fib_nh_common nh_common;
} __kernel_struct;

struct fib6_result {
	struct fib6_nh *nh;
	__u32 fib6_flags;
} __kernel_struct;

struct fib6_table {
	__u32 tb6_id;
} __kernel_struct;

enum {
	RTF_REJECT = 0x0200,
	ENETUNREACH = 101,
};

struct route_event {
	__u64 at; /* CLOCK_MONOTONIC */
	__u32 ipv6;
	__u32 table;
	__s32 result; /* 0, or a negative errno */
	__u32 netns;  /* inode number; 0 if nothing says which */
	__u32 mark;
	__u32 protocol;
	__be16 source_port;
	__be16 port;
	__u32 gateway_family; /* 0 for none */
	__be32 source[4];
	__be32 destination[4];
	__be32 gateway[4];
	char device[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} routes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

CONFIG __u32 thread;
CONFIG __u64 pid_namespace_device;
CONFIG __u64 pid_namespace;

struct raw_tracepoint {
	__u64 args[4];
};

static __always_inline bool is_traced(void)
{
	struct bpf_pidns_info ids = {};

	if (bpf_get_ns_current_pid_tgid(pid_namespace_device, pid_namespace, &ids, sizeof(ids)))
		return false;
	return ids.pid == thread;
}

#define READ(into, from) bpf_probe_read_kernel(&(into), sizeof(into), &(from))

static __always_inline void count_lost(void)
{
	__u32 slot = 0;
	__u64 *count = bpf_map_lookup_elem(&lost, &slot);

	if (count)
		__sync_fetch_and_add(count, 1);
}

static __always_inline struct route_event *begin(const struct flowi_common *common, const union flowi_uli *ports)
{
	struct route_event *event = bpf_ringbuf_reserve(&routes, sizeof(*event), 0);
	struct flowi_ports both = {};
	__u8 protocol = 0;

	if (!event) {
		count_lost();
		return NULL;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->at = bpf_ktime_get_ns();
	READ(event->mark, common->flowic_mark);
	READ(protocol, common->flowic_proto);
	event->protocol = protocol;
	READ(both, ports->ports);
	event->source_port = both.sport;
	event->port = both.dport;
	return event;
}

static __always_inline void next_hop(struct route_event *event, const struct fib_nh_common *hop)
{
	struct net_device *device = NULL;
	struct net *net = NULL;
	__u8 family = 0;

	READ(family, hop->nhc_gw_family);
	event->gateway_family = family;
	if (family == AF_INET)
		READ(event->gateway[0], hop->nhc_gw.ipv4);
	else if (family == AF_INET6)
		READ(event->gateway, hop->nhc_gw.ipv6);
	READ(device, hop->nhc_dev);
	if (!device)
		return;
	READ(event->device, device->name);
	READ(net, device->nd_net.net);
	if (net)
		READ(event->netns, net->ns.inum);
}

SEC("raw_tp/fib_table_lookup")
int trace_route4(struct raw_tracepoint *context)
{
	const struct flowi4 *flow = (void *)context->args[1];
	const struct fib_nh_common *hop = (void *)context->args[2];
	struct route_event *event;

	if (!is_traced())
		return 0;
	event = begin(&flow->__fl_common, &flow->uli);
	if (!event)
		return 0;
	event->table = context->args[0];
	event->result = context->args[3];
	READ(event->source[0], flow->saddr);
	READ(event->destination[0], flow->daddr);
	if (hop)
		next_hop(event, hop);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("raw_tp/fib6_table_lookup")
int trace_route6(struct raw_tracepoint *context)
{
	const struct net *net = (void *)context->args[0];
	const struct fib6_result *found = (void *)context->args[1];
	const struct fib6_table *table = (void *)context->args[2];
	const struct flowi6 *flow = (void *)context->args[3];
	struct route_event *event;
	struct fib6_nh *hop = NULL;
	__u32 flags = 0;

	if (!is_traced())
		return 0;
	event = begin(&flow->__fl_common, &flow->uli);
	if (!event)
		return 0;
	event->ipv6 = 1;
	READ(event->table, table->tb6_id);
	READ(event->source, flow->saddr);
	READ(event->destination, flow->daddr);
	READ(flags, found->fib6_flags);
	READ(hop, found->nh);
	if (flags & RTF_REJECT)
		event->result = -ENETUNREACH;
	else if (hop)
		next_hop(event, &hop->nh_common);
	READ(event->netns, net->ns.inum);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

LICENCE;
