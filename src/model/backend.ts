// Where a model's cache and lanes have their memory: on the host, or on a device.

import type { SignatureSizes } from '../../models/gpt2/signature.ts';
import type { DeviceStream } from '../onnxruntime/device.ts';
import type { Session } from '../onnxruntime/session.ts';
import { runSizes } from '../scheduler/run-shapes.ts';
import type { CacheMemory, CacheSizes } from './cache-memory.ts';
import { DeviceCache } from './device-cache.ts';
import { DeviceLane } from './device-lane.ts';
import { HostCache } from './host-cache.ts';
import { HostLane } from './host-lane.ts';
import type { Lane, LaneKind, LaneLimits } from './lane.ts';

export interface Backend {
  cache(sizes: CacheSizes, rowCount: number): CacheMemory;
  lane(kind: LaneKind, cache: CacheMemory, sizes: SignatureSizes, limits: LaneLimits): Lane;
}

export function hostBackend(session: Session): Backend {
  return {
    cache: (sizes, rowCount) => new HostCache(sizes, rowCount),
    lane: (_, cache, sizes, limits) => new HostLane(session, cache, sizes, limits),
  };
}

export interface DeviceBackendOptions {
  /** Decode steps that may be captured as CUDA graphs; 0: none. */
  readonly mostGraphs: number;
  /** Hears of each lane that is made. */
  readonly onLane?: (kind: LaneKind, lane: DeviceLane) => void;
}

/** Everything happens on `stream`, which must be the session's own. */
export function deviceBackend(
  session: Session,
  stream: DeviceStream,
  { mostGraphs, onLane }: DeviceBackendOptions,
): Backend {
  return {
    cache: (sizes, rowCount) => new DeviceCache(stream, sizes, rowCount),
    lane: (kind, cache, sizes, limits) => {
      const lane = new DeviceLane(session, stream, cache, sizes, { kind, limits, mostGraphs });
      // The largest first: what it needs is room enough for everything that comes after it.
      if (kind === 'prefill') lane.runLargest();
      if (kind === 'decode' && mostGraphs > 0) lane.captureSteps(runSizes(limits.sequences));
      onLane?.(kind, lane);
      return lane;
    },
  };
}
