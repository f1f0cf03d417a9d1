/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What our eBPF programs need of the kernel's user-space API: types, contexts, helpers and the macros that describe maps.
 * Our own header, so that an object never changes because a distribution's headers did. Numbers and layouts are those of
 * include/uapi/linux/bpf.h, which never change; a helper or field is added here when the first program uses it.
 */
#ifndef SLUICE_H
#define SLUICE_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

#define SEC(name) __attribute__((section(name), used))
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
/* Offsets of these kernel structs are patched by the loader from the running kernel's BTF (CO-RE). */
#define __kernel_struct __attribute__((preserve_access_index))
/* Keeps clang from merging neighbouring stores to a context, which the verifier refuses. */
#define barrier() asm volatile("" ::: "memory")
/* The value is read here and nowhere else. */
#define keep(value) asm volatile("" : "+r"(value))

/* A map is a struct of these in SEC(".maps"); the loader reads them from BTF. */
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, value) typeof(value) *name[]

/* Set from Java before loading; volatile, or clang would fold the default into the code. */
#define CONFIG const volatile

#define LICENCE char _license[] SEC("license") = "Dual BSD/GPL"

#define bpf_htons(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define bpf_ntohs(x) __builtin_bswap16(x)
#define bpf_htonl(x) ((__be32)__builtin_bswap32((__u32)(x)))
#define bpf_ntohl(x) __builtin_bswap32(x)

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_SOCKMAP = 15,
	BPF_MAP_TYPE_SOCKHASH = 18,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};

enum {
	BPF_F_NO_PREALLOC = 1,
};

enum {
	BPF_SK_STORAGE_GET_F_CREATE = 1,
};

enum {
	BPF_RB_NO_WAKEUP = 1,
};

enum {
	LIBBPF_PIN_NONE = 0,
	LIBBPF_PIN_BY_NAME = 1,
};

enum {
	AF_INET = 2,
	AF_INET6 = 10,
};

enum {
	SOCK_STREAM = 1,
	SOCK_DGRAM = 2,
};

enum {
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_MPTCP = 262,
};

enum {
	SOL_SOCKET = 1,
	SO_MARK = 36,
};

enum {
	SOL_IP = 0,
	SOL_IPV6 = 41,
	SO_ORIGINAL_DST = 80,
};

enum {
	BPF_SOCK_OPS_TCP_CONNECT_CB = 3,
	BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB = 4,
	BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB = 5,
	BPF_SOCK_OPS_STATE_CB = 10,
};

enum {
	BPF_SOCK_OPS_STATE_CB_FLAG = 1 << 2,
};

enum {
	TCP_SYN_SENT = 2,
	TCP_FIN_WAIT2 = 5,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LAST_ACK = 9,
	TCP_CLOSING = 11,
};

enum {
	ENOMEM = 12,
	EADDRINUSE = 98,
	ECONNREFUSED = 111,
	EHOSTUNREACH = 113,
};

enum {
	SK_DROP = 0,
	SK_PASS = 1,
};

struct bpf_sock {
	__u32 bound_dev_if;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 mark;
	__u32 priority;
	__u32 src_ip4;    /* network order */
	__u32 src_ip6[4]; /* network order */
	__u32 src_port;   /* host order */
	__be16 dst_port;  /* network order */
	__u16 : 16;
	__u32 dst_ip4;    /* network order */
	__u32 dst_ip6[4]; /* network order */
	__u32 state;
	__s32 rx_queue_mapping;
};

/* connect, sendmsg, recvmsg, getpeername, getsockname, bind: addresses and port in network order */
struct bpf_sock_addr {
	__u32 user_family;
	__u32 user_ip4;
	__u32 user_ip6[4];
	__u32 user_port;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 msg_src_ip4;
	__u32 msg_src_ip6[4];
	union {
		struct bpf_sock *sk;
		__u64 : 64;
	} __attribute__((aligned(8)));
};

struct bpf_sockopt {
	union {
		struct bpf_sock *sk;
		__u64 : 64;
	} __attribute__((aligned(8)));
	union {
		void *optval;
		__u64 : 64;
	} __attribute__((aligned(8)));
	union {
		void *optval_end;
		__u64 : 64;
	} __attribute__((aligned(8)));
	__s32 level;
	__s32 optname;
	__s32 optlen;
	__s32 retval;
};

struct bpf_sock_ops {
	__u32 op;
	union {
		__u32 args[4];
		__u32 reply;
		__u32 replylong[4];
	};
	__u32 family;
	__u32 remote_ip4;    /* network order */
	__u32 local_ip4;     /* network order */
	__u32 remote_ip6[4]; /* network order */
	__u32 local_ip6[4];  /* network order */
	__u32 remote_port;   /* network order, in the upper 16 bits on little-endian machines */
	__u32 local_port;    /* host order */
	__u32 is_fullsock;
	__u32 snd_cwnd;
	__u32 srtt_us;
	__u32 bpf_sock_ops_cb_flags;
	__u32 state;
	__u32 rtt_min;
	__u32 snd_ssthresh;
	__u32 rcv_nxt;
	__u32 snd_nxt;
	__u32 snd_una;
	__u32 mss_cache;
	__u32 ecn_flags;
	__u32 rate_delivered;
	__u32 rate_interval_us;
	__u32 packets_out;
	__u32 retrans_out;
	__u32 total_retrans;
	__u32 segs_in;
	__u32 data_segs_in;
	__u32 segs_out;
	__u32 data_segs_out;
	__u32 lost_out;
	__u32 sacked_out;
	__u32 sk_txhash;
	__u64 bytes_received;
	__u64 bytes_acked;
	union {
		struct bpf_sock *sk;
		__u64 : 64;
	} __attribute__((aligned(8)));
};

struct bpf_sk_lookup {
	union {
		union {
			struct bpf_sock *sk;
			__u64 : 64;
		} __attribute__((aligned(8)));
		__u64 cookie;
	};
	__u32 family;
	__u32 protocol;
	__u32 remote_ip4; /* network order */
	__u32 remote_ip6[4];
	__be16 remote_port; /* network order */
	__u16 : 16;
	__u32 local_ip4; /* network order */
	__u32 local_ip6[4];
	__u32 local_port; /* host order */
	__u32 ingress_ifindex;
};

struct bpf_sock_tuple {
	union {
		struct {
			__be32 saddr;
			__be32 daddr;
			__be16 sport;
			__be16 dport;
		} ipv4;
		struct {
			__be32 saddr[4];
			__be32 daddr[4];
			__be16 sport;
			__be16 dport;
		} ipv6;
	};
};

struct bpf_pidns_info {
	__u32 pid;  /* the thread's */
	__u32 tgid; /* the process's */
};

#define BPF_F_CURRENT_NETNS ((__u64)(-1L))

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;
static long (*bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static __u64 (*bpf_ktime_get_ns)(void) = (void *)5;
static __u32 (*bpf_get_prandom_u32)(void) = (void *)7;
static __u64 (*bpf_get_current_pid_tgid)(void) = (void *)14;
static __u64 (*bpf_get_current_uid_gid)(void) = (void *)15;
static long (*bpf_get_current_comm)(void *name, __u32 bytes) = (void *)16;
static __u64 (*bpf_get_socket_cookie)(void *context) = (void *)46;
static long (*bpf_setsockopt)(void *context, int level, int name, void *value, int bytes) = (void *)49;
static long (*bpf_sock_ops_cb_flags_set)(struct bpf_sock_ops *context, int flags) = (void *)59;
static struct bpf_sock *(*bpf_sk_lookup_tcp)(void *context, struct bpf_sock_tuple *tuple, __u32 bytes, __u64 netns,
					     __u64 flags) = (void *)84;
static long (*bpf_sk_release)(void *sk) = (void *)86;
static __u64 (*bpf_get_current_cgroup_id)(void) = (void *)80;
static void *(*bpf_sk_storage_get)(void *map, void *sk, void *value, __u64 flags) = (void *)107;
static long (*bpf_sk_storage_delete)(void *map, void *sk) = (void *)108;
static long (*bpf_probe_read_kernel)(void *to, __u32 size, const void *from) = (void *)113;
static long (*bpf_get_ns_current_pid_tgid)(__u64 device, __u64 inode, struct bpf_pidns_info *info, __u32 bytes) = (void *)120;
static __u64 (*bpf_get_netns_cookie)(void *context) = (void *)122;
static __u64 (*bpf_get_current_ancestor_cgroup_id)(int level) = (void *)123;
static long (*bpf_sk_assign)(void *context, void *sk, __u64 flags) = (void *)124;
static long (*bpf_seq_write)(void *seq, const void *data, __u32 bytes) = (void *)127;
static __u64 (*bpf_sk_cgroup_id)(void *sk) = (void *)128;
static __u64 (*bpf_sk_ancestor_cgroup_id)(void *sk, int level) = (void *)129;
static long (*bpf_ringbuf_output)(void *ring, void *data, __u64 bytes, __u64 flags) = (void *)130;
static void *(*bpf_ringbuf_reserve)(void *ring, __u64 bytes, __u64 flags) = (void *)131;
static void (*bpf_ringbuf_submit)(void *data, __u64 flags) = (void *)132;
static void (*bpf_ringbuf_discard)(void *data, __u64 flags) = (void *)133;
static void *(*bpf_skc_to_tcp_sock)(void *sk) = (void *)137;
static int (*bpf_get_retval)(void) = (void *)186;
static int (*bpf_set_retval)(int retval) = (void *)187;

#endif
