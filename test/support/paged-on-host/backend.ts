// Where tests have a model over blocks on the host, which no server has: its graph is the one for processors.

import type { PagedBackend } from '../../../src/model/paged/paged-backend.ts';
import type { Session } from '../../../src/onnxruntime/session.ts';
import { HostPagedLane } from './lane.ts';
import { HostPool } from './pool.ts';

export function hostPagedBackend(session: Session): PagedBackend {
  return {
    pool: (sizes, blockCount) => new HostPool(sizes, blockCount),
    lane: (pool, sizes, _, limits) => new HostPagedLane(session, pool, sizes, limits),
  };
}
