// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One of everything that the loader knows: every kind of map, data sections, subprograms, a field of a kernel struct, and
 * programs of several types. The tests load it and look at what came out.
 */
#include "sluice.h"

struct flow {
	__u64 cookie;
	__u32 address;
	__u16 port;
	__u16 padding;
};

struct prefix {
	__u32 length;
	__u32 address;
};

struct event {
	__u64 number;
	__u32 port;
	__u32 sequence;
};

CONFIG __u32 limit = 7;
CONFIG __u64 wide = 0x1122334455667788ULL;
CONFIG bool enabled;
CONFIG __u8 name[16] = "unset";
__u64 seen = 5;
__u32 zeroed;
static __u32 hidden;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct flow);
	__type(value, __u64);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__uint(key_size, 8);
	__uint(value_size, 4);
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32);
} prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct flow);
} storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u32);
} kept SEC(".maps");

/* The fields that we read; where they are is the running kernel's business. */
struct tcp_sock {
	__u32 rcv_nxt;
	__u32 write_seq;
} __kernel_struct;

static __noinline int account(__u32 port)
{
	struct event *event;

	seen += 1;
	zeroed += port;
	hidden = port;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 0;
	event->number = seen;
	event->port = port;
	event->sequence = limit;
	bpf_ringbuf_submit(event, 0);
	return 1;
}

__noinline int check(__u32 port)
{
	return account(port) + (port > limit);
}

SEC("cgroup/connect4")
int record(struct bpf_sock_addr *context)
{
	struct flow key = {
		.cookie = bpf_get_socket_cookie(context),
		.address = context->user_ip4,
		.port = (__u16)context->user_port,
	};
	struct prefix prefix = {.length = 32, .address = context->user_ip4};
	__u64 value = wide;

	if (!enabled)
		return 1;
	if (bpf_map_lookup_elem(&prefixes, &prefix))
		return 0;
	bpf_map_update_elem(&flows, &key, &value, BPF_ANY);
	bpf_map_update_elem(&recent, &key.cookie, &key.address, BPF_ANY);
	if (context->sk)
		bpf_sk_storage_get(&storage, context->sk, &key, BPF_SK_STORAGE_GET_F_CREATE);
	check(bpf_ntohs((__u16)context->user_port));
	return 1;
}

SEC("cgroup/connect6")
int record6(struct bpf_sock_addr *context)
{
	account(bpf_ntohs((__u16)context->user_port));
	return 1;
}

SEC("sockops")
int sequence(struct bpf_sock_ops *context)
{
	struct tcp_sock *tcp;
	__u32 slot = 0;
	__u32 value;

	if (context->op != BPF_SOCK_OPS_TCP_CONNECT_CB || !context->sk)
		return 1;
	tcp = bpf_skc_to_tcp_sock(context->sk);
	if (!tcp)
		return 1;
	value = tcp->write_seq;
	bpf_map_update_elem(&kept, &slot, &value, BPF_ANY);
	return 1;
}

SEC("sk_lookup")
int steer(struct bpf_sk_lookup *context)
{
	__u32 slot = 0;
	struct bpf_sock *listener;

	if (context->local_port != limit)
		return SK_PASS;
	listener = bpf_map_lookup_elem(&listeners, &slot);
	if (!listener)
		return SK_PASS;
	bpf_sk_assign(context, listener, 0);
	bpf_sk_release(listener);
	return SK_PASS;
}

struct bpf_iter_meta {
	void *seq;
	__u64 session_id;
	__u64 seq_num;
} __kernel_struct;

struct sock;

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	void *map;
	struct sock *sk;
	struct flow *value;
} __kernel_struct;

SEC("iter/bpf_sk_storage_map")
int list(struct bpf_iter__bpf_sk_storage_map *context)
{
	struct flow *value = context->value; /* read once: the verifier knows what was checked by register */

	if (context->sk && value)
		bpf_seq_write(context->meta->seq, value, sizeof(*value));
	return 0;
}

LICENCE;
