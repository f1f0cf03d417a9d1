/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One event for each connection that a cgroup's processes make, when it has ended or was refused. Changes nothing, refuses
 * nothing.
 *
 * Sections: cgroup/connect4|6 twice (first and last on the hook), sockops, cgroup/sock_release; attached by links that end with
 * the process. Minimum kernel 5.18 (bpf_get_retval on connect), 6.16 to run before programs that are there; found out by
 * attaching.
 *
 * Contract with Java (dev.sluice.observe.SocketWatch):
 *   connections  of a socket, from connect(2) to its end; freed with the socket.
 *   events       a struct connection at its end. Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d, ports in network order, times
 *                CLOCK_MONOTONIC, 0 for never.
 *   lost         connections whose event found no room.
 * A TCP connection ends in TCP_CLOSE; what no packet left for, UDP, and MPTCP, whose subflows are other sockets, when the socket
 * is released or dials again.
 */
#include "address.h"

enum phase {
	DIALLED = 1,
	REFUSED = 2,
	LEFT = 3,
	ESTABLISHED = 4,
};

/* Of include/net/tcp_states.h. */
enum {
	TCP_ESTABLISHED = 1,
};

struct connection {
	__u64 dialled_at;
	__u64 established_at;
	__u64 ended_at;
	__u64 sent;     /* acknowledged by the other side */
	__u64 received;
	struct address dialled;
	struct address local;
	struct address remote;
	__be16 dialled_port;
	__be16 local_port;
	__be16 remote_port;
	__u16 protocol;
	__u32 round_trip; /* microseconds, smoothed, at the end; 0 if none was measured */
	__u32 pid;
	__s16 error; /* of a program that refused: 0 or a negative errno */
	__u16 family; /* of the hook on connect(2): a mapped IPv4 address is dialled as IPv6 */
	__u32 phase;
	__u64 netns;      /* cookie of the socket's network namespace */
	__u64 cgroup;     /* of the process, as it called connect(2) */
	__u64 decided_at; /* by all programs on connect(2) that run before the last of ours */
	__u64 left_at;
	char command[16]; /* the process's name */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
} connections SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

static __always_inline void count_lost(void)
{
	__u32 slot = 0;
	__u64 *count = bpf_map_lookup_elem(&lost, &slot);

	if (count)
		__sync_fetch_and_add(count, 1);
}

static __always_inline void tell(struct connection *connection)
{
	connection->ended_at = bpf_ktime_get_ns();
	if (bpf_ringbuf_output(&events, connection, sizeof(*connection), 0))
		count_lost();
}

/* At the end of what no SYN left for. A UDP socket that found a way there is connected, until somebody disconnects it. */
static __always_inline void tell_unsent(struct connection *connection, const struct bpf_sock *socket)
{
	if (connection->protocol == IPPROTO_UDP && socket->state == TCP_ESTABLISHED)
		connection->phase = ESTABLISHED;
	tell(connection);
}

static __always_inline struct connection *begin(struct bpf_sock_addr *context, __u16 family)
{
	struct bpf_sock *socket = context->sk;
	struct connection *connection;
	struct connection fresh = {};

	if (!socket || (context->protocol != IPPROTO_TCP && context->protocol != IPPROTO_UDP && context->protocol != IPPROTO_MPTCP))
		return NULL;
	connection = bpf_sk_storage_get(&connections, socket, NULL, 0);
	if (connection) {
		tell_unsent(connection, socket);
		bpf_sk_storage_delete(&connections, socket);
	}
	fresh.dialled_at = bpf_ktime_get_ns();
	fresh.protocol = (__u16)context->protocol;
	fresh.pid = (__u32)(bpf_get_current_pid_tgid() >> 32);
	fresh.phase = DIALLED;
	fresh.family = family;
	fresh.netns = bpf_get_netns_cookie(context);
	fresh.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(fresh.command, sizeof(fresh.command));
	fresh.dialled_port = fresh.remote_port = (__be16)context->user_port;
	connection = bpf_sk_storage_get(&connections, socket, &fresh, BPF_SK_STORAGE_GET_F_CREATE);
	if (!connection)
		count_lost();
	return connection;
}

SEC("cgroup/connect4")
int sluice_obs_dial4(struct bpf_sock_addr *context)
{
	struct connection *connection = begin(context, AF_INET);

	if (connection) {
		set_mapped(&connection->dialled, context->user_ip4);
		connection->remote = connection->dialled;
	}
	return 1;
}

SEC("cgroup/connect6")
int sluice_obs_dial6(struct bpf_sock_addr *context)
{
	struct connection *connection = begin(context, AF_INET6);

	if (connection) {
		get_user_address6(&connection->dialled, context);
		connection->remote = connection->dialled;
	}
	return 1;
}

/* After the others on this hook: every one of them runs, even if one has refused. */
static __always_inline struct connection *decided(struct bpf_sock_addr *context)
{
	struct bpf_sock *socket = context->sk;
	struct connection *connection;
	int result;

	if (!socket)
		return NULL;
	connection = bpf_sk_storage_get(&connections, socket, NULL, 0);
	if (!connection || connection->phase != DIALLED)
		return NULL;
	connection->decided_at = bpf_ktime_get_ns();
	result = bpf_get_retval();
	if (result < 0) {
		connection->error = (__s16)result;
		connection->phase = REFUSED;
	}
	connection->remote_port = (__be16)context->user_port;
	return connection;
}

static __always_inline void leave_if_refused(struct bpf_sock_addr *context, struct connection *connection)
{
	struct bpf_sock *socket = context->sk;

	if (connection->phase != REFUSED || !socket)
		return;
	tell(connection);
	bpf_sk_storage_delete(&connections, socket);
}

SEC("cgroup/connect4")
int sluice_obs_decided4(struct bpf_sock_addr *context)
{
	struct connection *connection = decided(context);

	if (connection) {
		set_mapped(&connection->remote, context->user_ip4);
		leave_if_refused(context, connection);
	}
	return 1;
}

SEC("cgroup/connect6")
int sluice_obs_decided6(struct bpf_sock_addr *context)
{
	struct connection *connection = decided(context);

	if (connection) {
		get_user_address6(&connection->remote, context);
		leave_if_refused(context, connection);
	}
	return 1;
}

/* Without keep() clang joins the reads of both families through one pointer into the context, which the verifier refuses. */
static __always_inline void get_ends(struct connection *connection, const struct bpf_sock_ops *context)
{
	__be32 local = context->local_ip4, remote = context->remote_ip4;
	__u32 raw = context->remote_port;

	keep(local);
	keep(remote);
	connection->remote_port = (__be16)(raw >> 16);
	connection->local_port = bpf_htons((__u16)context->local_port);
	if (context->family == AF_INET) {
		set_mapped(&connection->local, local);
		set_mapped(&connection->remote, remote);
		return;
	}
	connection->local.word[0] = context->local_ip6[0];
	connection->local.word[1] = context->local_ip6[1];
	connection->local.word[2] = context->local_ip6[2];
	connection->local.word[3] = context->local_ip6[3];
	connection->remote.word[0] = context->remote_ip6[0];
	connection->remote.word[1] = context->remote_ip6[1];
	connection->remote.word[2] = context->remote_ip6[2];
	connection->remote.word[3] = context->remote_ip6[3];
}

/*
 * SYN and FIN count as a byte each. Ours was acknowledged if that is what ended the connection; theirs has come if they closed
 * first, or if we did, waited for it, and something came (a closed socket waits as a smaller one, which tells nothing). Where
 * that was data alone, one byte too few is counted.
 */
static __always_inline void get_figures(struct connection *connection, const struct bpf_sock_ops *context)
{
	bool acknowledged = context->snd_una == context->snd_nxt;
	__u64 sent = context->bytes_acked;
	__u64 received = context->bytes_received;
	__u32 former = context->args[0];
	bool waited = former == TCP_FIN_WAIT2 && received > connection->received;
	bool theirs = former == TCP_CLOSE_WAIT || former == TCP_LAST_ACK || former == TCP_CLOSING || waited;
	bool ours = former == TCP_FIN_WAIT2 || (acknowledged && (former == TCP_LAST_ACK || former == TCP_CLOSING));

	if (sent)
		sent -= 1 + (ours && sent > 1);
	if (theirs && received)
		received -= 1;
	connection->sent = sent;
	connection->received = received;
	connection->round_trip = context->srtt_us >> 3;
}

SEC("sockops")
int sluice_obs_sockops(struct bpf_sock_ops *context)
{
	struct bpf_sock *socket = context->sk;
	struct connection *connection;

	if (!socket || (context->op != BPF_SOCK_OPS_TCP_CONNECT_CB && context->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB &&
			context->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB && context->op != BPF_SOCK_OPS_STATE_CB))
		return 1;
	if (context->op == BPF_SOCK_OPS_STATE_CB && context->args[1] != TCP_CLOSE && context->args[1] != TCP_FIN_WAIT2)
		return 1;
	connection = bpf_sk_storage_get(&connections, socket, NULL, 0);
	if (!connection)
		return 1;
	switch (context->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		/* The SYN has not left, but the addresses and ports are chosen. */
		get_ends(connection, context);
		connection->left_at = bpf_ktime_get_ns();
		connection->phase = LEFT;
		bpf_sock_ops_cb_flags_set(context, (int)(context->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG));
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB: /* Who dialled, and was dialled at the same time, or by itself. */
		connection->established_at = bpf_ktime_get_ns();
		connection->phase = ESTABLISHED;
		break;
	case BPF_SOCK_OPS_STATE_CB:
		if (context->args[1] == TCP_FIN_WAIT2) {
			connection->received = context->bytes_received;
			break;
		}
		if (connection->phase == ESTABLISHED)
			get_figures(connection, context);
		tell(connection);
		bpf_sk_storage_delete(&connections, socket);
		break;
	}
	return 1;
}

SEC("cgroup/sock_release")
int sluice_obs_release(struct bpf_sock *context)
{
	struct connection *connection = bpf_sk_storage_get(&connections, context, NULL, 0);

	/* What has left ends in TCP_CLOSE, which may come later. */
	if (connection && connection->phase == DIALLED)
		tell_unsent(connection, context);
	return 1;
}

LICENCE;
