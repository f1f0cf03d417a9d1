// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Lists the sockets that the load balancer has connected: all of the machine, whatever their network namespace.
 *
 * Section: iter/bpf_sk_storage_map, attached to the load balancer's map `reverse`. Minimum kernel 5.12 (5.9 for the iterator,
 * 5.8 for the ring, then the cookie), with BTF; found out by loading, never by version.
 *
 * Contract with Java (dev.sluice.socketlb.SocketTable): one struct socket_record a socket into the ring, in the machine's
 * order, and one byte into the seq file for each that the ring has no room for. Not the records into the seq file: when that is
 * full, after some 300, the kernel lets go of the list, and goes on by counting from its beginning. Sockets that were closed
 * meanwhile shift the count, and others are passed over. Without output it walks the whole list under one lock.
 *
 * Addresses are 16 bytes in network order, IPv4 as ::ffff:a.b.c.d, for both families alike. What a record says was true at
 * one moment: whoever acts on it asks the kernel again.
 */
#include "translation.h"

struct bpf_iter_meta {
	void *seq;
} __kernel_struct;

struct ns_common {
	__u32 inum;
} __kernel_struct;

struct net {
	struct ns_common ns;
} __kernel_struct;

typedef struct {
	struct net *net;
} __kernel_struct possible_net_t;

struct in6_addr {
	__be32 word[4];
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num; /* host order */
	__u16 skc_family;
	__u8 skc_state;
	__s32 skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} __kernel_struct;

struct inode {
	__u64 i_ino;
} __kernel_struct;

struct file {
	struct inode *f_inode;
} __kernel_struct;

struct socket {
	struct file *file;
} __kernel_struct;

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	struct socket *sk_socket;
} __kernel_struct;

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	void *map;
	struct sock *sk;
	struct translation *value;
} __kernel_struct;

struct socket_record {
	__u64 cookie;
	__u64 inode; /* of the socket's file; 0 if no process has it any more */
	__u32 netns; /* inode number */
	__u32 interface;
	struct address local;
	struct address remote;
	__be16 local_port;
	__be16 remote_port;
	__u16 family;
	__u16 protocol;
	__u32 state;
	struct translation translation;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} sockets SEC(".maps");

static __always_inline void copy_address6(struct address *to, const struct in6_addr *from)
{
	to->word[0] = from->word[0];
	to->word[1] = from->word[1];
	to->word[2] = from->word[2];
	to->word[3] = from->word[3];
}

static __always_inline void copy_addresses(struct socket_record *to, struct sock *socket)
{
	/* An AF_INET6 socket that carries IPv4 has the mapped form in both of its fields. */
	if (to->family == AF_INET6) {
		copy_address6(&to->local, &socket->__sk_common.skc_v6_rcv_saddr);
		copy_address6(&to->remote, &socket->__sk_common.skc_v6_daddr);
	} else {
		set_mapped(&to->local, socket->__sk_common.skc_rcv_saddr);
		set_mapped(&to->remote, socket->__sk_common.skc_daddr);
	}
}

SEC("iter/bpf_sk_storage_map")
int sluice_lb_sockets(struct bpf_iter__bpf_sk_storage_map *context)
{
	struct translation *translation = context->value;
	struct sock *socket = context->sk;
	struct socket_record record = {};
	__u8 lost = 1;

	if (!socket || !translation)
		return 0;
	record.cookie = bpf_get_socket_cookie(socket);
	record.inode = socket->sk_socket->file->f_inode->i_ino;
	record.netns = socket->__sk_common.skc_net.net->ns.inum;
	record.interface = (__u32)socket->__sk_common.skc_bound_dev_if;
	record.family = socket->__sk_common.skc_family;
	record.protocol = socket->sk_protocol;
	record.state = socket->__sk_common.skc_state;
	record.local_port = bpf_htons(socket->__sk_common.skc_num);
	record.remote_port = socket->__sk_common.skc_dport;
	copy_addresses(&record, socket);
	record.translation = *translation;
	if (bpf_ringbuf_output(&sockets, &record, sizeof(record), BPF_RB_NO_WAKEUP))
		bpf_seq_write(context->meta->seq, &lost, sizeof(lost));
	return 0;
}

LICENCE;
