// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Programs that no kernel takes: one reads behind a map's value, so that the verifier has something to say about a line of
 * this file; one reads a field that no kernel has.
 */
#include "sluice.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u32);
} kept SEC(".maps");

SEC("cgroup/connect4")
int outside(struct bpf_sock_addr *context)
{
	__u32 slot = 0;
	__u32 *value = bpf_map_lookup_elem(&kept, &slot);

	if (!value)
		return 1;
	return value[context->user_port & 7] != 0; /* the verifier stops here */
}

struct tcp_sock {
	__u32 not_in_any_kernel;
} __kernel_struct;

SEC("sockops")
int absent(struct bpf_sock_ops *context)
{
	struct tcp_sock *tcp;

	if (!context->sk)
		return 1;
	tcp = bpf_skc_to_tcp_sock(context->sk);
	return tcp && tcp->not_in_any_kernel == 0;
}

LICENCE;
