// Where a model over blocks has its pool and its lane: on a device; on the host in tests.

import type { DeviceStream } from '../../onnxruntime/device.ts';
import type { Session } from '../../onnxruntime/session.ts';
import { DevicePagedLane } from './device-paged-lane.ts';
import { DevicePool } from './device-pool.ts';
import type { PagedLane, PagedLimits } from './paged-lane.ts';
import type { PagedSizes, PoolMemory } from './pool-memory.ts';

export interface PagedBackend {
  pool(sizes: PagedSizes, blockCount: number): PoolMemory;
  /** `spareBlock`: the one behind those that are handed out. */
  lane(pool: PoolMemory, sizes: PagedSizes, spareBlock: number, limits: PagedLimits): PagedLane;
}

export interface DevicePagedBackendOptions {
  /** Steps that may be captured as CUDA graphs; 0: none. */
  readonly mostGraphs: number;
  /** Hears of the lane when it is made. */
  readonly onLane?: (lane: DevicePagedLane) => void;
}

/** Everything happens on `stream`, which must be the session's own. */
export function devicePagedBackend(
  session: Session,
  stream: DeviceStream,
  { mostGraphs, onLane }: DevicePagedBackendOptions,
): PagedBackend {
  return {
    pool: (sizes, blockCount) => new DevicePool(stream, sizes, blockCount),
    lane: (pool, sizes, spareBlock, limits) => {
      const options = { limits, spareBlock, mostGraphs };
      const lane = new DevicePagedLane(session, stream, pool, sizes, options);
      // The largest first: what it needs is room enough for everything that comes after it.
      lane.runLargest();
      lane.captureSteps();
      onLane?.(lane);
      return lane;
    },
  };
}
