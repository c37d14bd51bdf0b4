// The process itself: what it is made of, what it takes, and how late its main thread comes to its work.

import type { Build } from '../build.ts';
import type { Instruments } from './instruments.ts';
import { LoopDelay } from './loop-delay.ts';

/** Returns what ends the measuring. */
export function addProcessMetrics(instruments: Instruments, build: Build): () => void {
  instruments.facts('kvasir:build_info', 'What is running.', {
    version: build.version,
    node: build.node,
    onnxruntime: build.onnxRuntime,
  });
  instruments.gauge(
    'process_start_time_seconds',
    'When the process started, in seconds since 1970.',
    (gauge) => gauge.set(Math.round(performance.timeOrigin) / 1000),
  );
  instruments.gauge('process_resident_memory_bytes', 'Memory the process has.', (gauge) =>
    gauge.set(process.memoryUsage.rss()),
  );
  instruments.readCounter('process_cpu_seconds_total', 'Time of processors used.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  return addLoopDelay(instruments);
}

function addLoopDelay(instruments: Instruments): () => void {
  const delay = new LoopDelay();
  instruments.gauge(
    'kvasir:event_loop_delay_p99_seconds',
    'How late the main thread came to its work, in the worst 1% since the last scrape.',
    (gauge) => gauge.set(delay.takeP99() / 1000),
  );
  return () => delay.stop();
}
