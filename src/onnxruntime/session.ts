// A loaded graph. Sessions of one process share one environment; a run blocks its thread.

import koffi from 'koffi';
import { call, count, create, release } from './api.ts';
import type { Pointer } from './library.ts';
import { appendProvider, type Provider } from './provider.ts';
import type { Binding } from './tensor.ts';

const logWarnings = 2;
const optimizeEverything = 99;

export interface SessionOptions {
  readonly provider: Provider;
  /** Threads that compute one operator together, the caller's included. */
  readonly threads: number;
  /** ONNX Runtime's own keys, as in onnxruntime_session_options_config_keys.h. */
  readonly configuration: Readonly<Record<string, string>>;
}

let environment: Pointer | null = null;

export class Session {
  readonly pointer: Pointer;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  #disposed = false;

  /** Loads and optimizes. Throws `OnnxRuntimeError`, or `Error` where the provider is missing. */
  constructor(modelFile: string, options: SessionOptions) {
    environment ??= create('CreateEnv', logWarnings, 'kvasir');
    const settings = create('CreateSessionOptions');
    try {
      call('SetSessionGraphOptimizationLevel', settings, optimizeEverything);
      call('SetIntraOpNumThreads', settings, options.threads);
      // Shapes change from run to run, so a plan of one run's allocations fits no other.
      call('DisableMemPattern', settings);
      for (const [key, value] of Object.entries(options.configuration)) {
        call('AddSessionConfigEntry', settings, key, value);
      }
      appendProvider(settings, options.provider);
      this.pointer = create('CreateSession', environment, modelFile, settings);
    } finally {
      release('ReleaseSessionOptions', settings);
    }
    this.inputNames = this.#names('SessionGetInputCount', 'SessionGetInputName');
    this.outputNames = this.#names('SessionGetOutputCount', 'SessionGetOutputName');
  }

  /** Runs once over what is bound. `options` lets another thread end the run early. */
  run(binding: Binding, options: RunOptions | null = null): void {
    call('RunWithBinding', this.pointer, options?.pointer ?? null, binding.pointer);
  }

  #names(
    counter: 'SessionGetInputCount' | 'SessionGetOutputCount',
    getter: 'SessionGetInputName' | 'SessionGetOutputName',
  ): string[] {
    const allocator = create('GetAllocatorWithDefaultOptions');
    return Array.from({ length: count(counter, this.pointer) }, (_, index) => {
      const characters = create(getter, this.pointer, index, allocator);
      const name: string = koffi.decode(characters, 'char', -1);
      call('AllocatorFree', allocator, characters);
      return name;
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    release('ReleaseSession', this.pointer);
  }
}

export class RunOptions {
  readonly pointer: Pointer = create('CreateRunOptions');
  #disposed = false;

  /** Makes runs with these options fail as soon as their current operator is done. */
  terminate(): void {
    call('RunOptionsSetTerminate', this.pointer);
  }

  reset(): void {
    call('RunOptionsUnsetTerminate', this.pointer);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    release('ReleaseRunOptions', this.pointer);
  }
}
