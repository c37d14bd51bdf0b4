// A loaded graph. Sessions of one process share one environment; a run blocks its thread.

import { call, count, create, createList, decodeText, release } from './api.ts';
import { openEnvironment } from './environment.ts';
import type { Pointer } from './library.ts';
import { appendProvider, type Provider } from './provider.ts';
import type { Binding } from './tensor.ts';

const optimizeEverything = 99;
const logErrors = 3;

export interface SessionOptions {
  readonly provider: Provider;
  /** Threads that compute one operator together, the caller's included. */
  readonly threads: number;
  /** ONNX Runtime's own keys, as in onnxruntime_session_options_config_keys.h. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Writes the graph as it is computed, ONNX Runtime's own nodes included. */
  readonly optimizedModelFile?: string;
}

/** A node of the graph as it is computed, and the provider that computes it. */
export interface AssignedNode {
  readonly provider: string;
  readonly operator: string;
  readonly name: string;
}

/** What a session's configuration must have for `assignedNodes`. */
export const recordAssignment = { 'session.record_ep_graph_assignment_info': '1' } as const;

export class Session {
  readonly pointer: Pointer;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  #disposed = false;

  /** Loads and optimizes. Throws `OnnxRuntimeError`, or `Error` where the provider is missing. */
  constructor(modelFile: string, options: SessionOptions) {
    const environment = openEnvironment();
    const settings = create('CreateSessionOptions');
    try {
      call('SetSessionGraphOptimizationLevel', settings, optimizeEverything);
      call('SetIntraOpNumThreads', settings, options.threads);
      // Shapes change from run to run, so a plan of one run's allocations fits no other.
      call('DisableMemPattern', settings);
      for (const [key, value] of Object.entries(options.configuration)) {
        call('AddSessionConfigEntry', settings, key, value);
      }
      if (options.optimizedModelFile !== undefined) {
        call('SetOptimizedModelFilePath', settings, options.optimizedModelFile);
        // Else it warns that the file fits this machine only, which is what it is asked for.
        call('SetSessionLogSeverityLevel', settings, logErrors);
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

  /** Which provider computes what. Needs `recordAssignment`. */
  assignedNodes(): AssignedNode[] {
    return createList('Session_GetEpGraphAssignmentInfo', this.pointer).flatMap((part) => {
      const provider = decodeText(create('EpAssignedSubgraph_GetEpName', part));
      return createList('EpAssignedSubgraph_GetNodes', part).map((node) => ({
        provider,
        operator: decodeText(create('EpAssignedNode_GetOperatorType', node)),
        name: decodeText(create('EpAssignedNode_GetName', node)),
      }));
    });
  }

  #names(
    counter: 'SessionGetInputCount' | 'SessionGetOutputCount',
    getter: 'SessionGetInputName' | 'SessionGetOutputName',
  ): string[] {
    const allocator = create('GetAllocatorWithDefaultOptions');
    return Array.from({ length: count(counter, this.pointer) }, (_, index) => {
      const characters = create(getter, this.pointer, index, allocator);
      const name = decodeText(characters);
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

  /** ONNX Runtime's own keys, as in onnxruntime_run_options_config_keys.h. */
  constructor(configuration: Readonly<Record<string, string>> = {}) {
    for (const [key, value] of Object.entries(configuration)) {
      call('AddRunConfigEntry', this.pointer, key, value);
    }
  }

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
