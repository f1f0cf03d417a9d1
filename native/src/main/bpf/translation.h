/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the load balancer remembers of a connected socket, in the map `reverse`. */
#ifndef SLUICE_TRANSLATION_H
#define SLUICE_TRANSLATION_H

#include "address.h"

struct translation {
	struct address service;
	struct address backend;
	__be16 service_port;
	__be16 backend_port;
	__u32 service_id;
	__u32 backend_id;
};

#endif
