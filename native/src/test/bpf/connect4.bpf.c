// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The smallest useful program: sends connections for one address to another and counts them.
 * Section cgroup/connect4; maps: connects (array of one counter). Minimum kernel 4.17.
 */
#include "sluice.h"

CONFIG __u32 from_address;
CONFIG __u16 from_port;
CONFIG __u32 to_address;
CONFIG __u16 to_port;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} connects SEC(".maps");

SEC("cgroup/connect4")
int rewrite(struct bpf_sock_addr *context)
{
	__u32 slot = 0;
	__u64 *count;

	if (context->user_ip4 != from_address || context->user_port != from_port)
		return 1;
	count = bpf_map_lookup_elem(&connects, &slot);
	if (count)
		__sync_fetch_and_add(count, 1);
	context->user_ip4 = to_address;
	context->user_port = to_port;
	return 1;
}

LICENCE;
