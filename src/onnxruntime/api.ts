// The functions of ONNX Runtime's C API that are called here, by their place in `struct OrtApi`
// (onnxruntime_c_api.h). Places never change: new functions are only ever appended.
//
// Almost every function returns a status (null when all went well) and puts what it made into its
// last parameter; `call` and `create` turn that into exceptions and return values.

import koffi from 'koffi';
import { openLibrary, type Pointer } from './library.ts';

/** koffi's description of a C type. */
type Parameter = Parameters<typeof koffi.sizeof>[0];
/** The same of what a function writes to; koffi has this type and does not export it. */
interface OutParameter {
  readonly __brand: 'IKoffiDirectionMarker';
}

const address = 'void *';
const text = 'str';
const outAddress: OutParameter = koffi.out(koffi.pointer('void *'));
const outSize: OutParameter = koffi.out(koffi.pointer('size_t'));

/** Return a status. */
const checked = {
  CreateEnv: [3, ['int', text, outAddress]],
  CreateSession: [7, [address, text, address, outAddress]],
  CreateSessionOptions: [10, [outAddress]],
  SetOptimizedModelFilePath: [11, [address, text]],
  DisableMemPattern: [17, [address]],
  SetSessionLogSeverityLevel: [22, [address, 'int']],
  SetSessionGraphOptimizationLevel: [23, [address, 'int']],
  SetIntraOpNumThreads: [24, [address, 'int']],
  SessionGetInputCount: [30, [address, outSize]],
  SessionGetOutputCount: [31, [address, outSize]],
  SessionGetInputName: [36, [address, 'size_t', address, outAddress]],
  SessionGetOutputName: [37, [address, 'size_t', address, outAddress]],
  CreateRunOptions: [39, [outAddress]],
  RunOptionsSetTerminate: [46, [address]],
  RunOptionsUnsetTerminate: [47, [address]],
  CreateTensorWithDataAsOrtValue: [
    49,
    [address, address, 'size_t', koffi.pointer('int64_t'), 'size_t', 'int', outAddress],
  ],
  CreateMemoryInfo: [68, [text, 'int', 'int', 'int', outAddress]],
  CreateCpuMemoryInfo: [69, ['int', 'int', outAddress]],
  AllocatorFree: [76, [address, address]],
  GetAllocatorWithDefaultOptions: [78, [outAddress]],
  AddSessionConfigEntry: [130, [address, text, text]],
  RunWithBinding: [133, [address, address, address]],
  CreateIoBinding: [134, [address, outAddress]],
  BindInput: [136, [address, text, address]],
  BindOutput: [137, [address, text, address]],
  AddRunConfigEntry: [165, [address, text, text]],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, [address, address]],
  CreateCUDAProviderOptions: [205, [outAddress]],
  UpdateCUDAProviderOptions: [206, [address, koffi.pointer('str'), koffi.pointer('str'), 'size_t']],
  GetCUDAProviderOptionsAsString: [207, [address, address, outAddress]],
  Session_GetEpGraphAssignmentInfo: [407, [address, outAddress, outSize]],
  EpAssignedSubgraph_GetEpName: [408, [address, outAddress]],
  EpAssignedSubgraph_GetNodes: [409, [address, outAddress, outSize]],
  EpAssignedNode_GetName: [410, [address, outAddress]],
  EpAssignedNode_GetOperatorType: [412, [address, outAddress]],
} as const satisfies Record<string, readonly [number, readonly Parameter[]]>;

/** Return nothing and cannot fail. */
const releasing = {
  ReleaseEnv: 92,
  ReleaseMemoryInfo: 94,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseRunOptions: 97,
  ReleaseSessionOptions: 100,
  ReleaseIoBinding: 135,
  ReleaseCUDAProviderOptions: 208,
} as const;

export type CheckedName = keyof typeof checked;
export type ReleasingName = keyof typeof releasing;

/** What ONNX Runtime itself said, with its error code (`OrtErrorCode`). */
export class OnnxRuntimeError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'OnnxRuntimeError';
    this.code = code;
  }
}

type NativeFunction = (...values: unknown[]) => Pointer | null;

const functions = new Map<string, NativeFunction>();

function bind<Native>(index: number, result: string, parameters: readonly Parameter[]): Native {
  const entry = koffi.decode(openLibrary().table, index * 8, 'void *');
  return koffi.decode(entry, koffi.proto(result, [...parameters])) as Native;
}

/** Binds on first use, so that importing this file opens nothing. */
function lookUp(name: CheckedName | ReleasingName): NativeFunction {
  let found = functions.get(name);
  if (found === undefined) {
    found = bind<NativeFunction>(...signatureOf(name));
    functions.set(name, found);
  }
  return found;
}

function signatureOf(name: CheckedName | ReleasingName): [number, string, readonly Parameter[]] {
  if (name in releasing) return [releasing[name as ReleasingName], 'void', [address]];
  const [index, parameters] = checked[name as CheckedName];
  return [index, address, parameters];
}

/** Calls a function that answers with a status; throws `OnnxRuntimeError` with its message. */
export function call(name: CheckedName, ...values: unknown[]): void {
  const status = lookUp(name)(...values);
  if (status !== null) throw takeError(status);
}

/** Calls a function whose last parameter receives the address of what it made. */
export function create(name: CheckedName, ...values: unknown[]): Pointer {
  const made: [Pointer | null] = [null];
  call(name, ...values, made);
  return made[0] as Pointer;
}

/** Calls a function whose last parameter receives a count. */
export function count(name: CheckedName, ...values: unknown[]): number {
  const counted: [number] = [0];
  call(name, ...values, counted);
  return Number(counted[0]);
}

/** Calls a function whose last two parameters receive the address of a list and its length. */
export function createList(name: CheckedName, ...values: unknown[]): Pointer[] {
  const made: [Pointer | null] = [null];
  const counted: [number] = [0];
  call(name, ...values, made, counted);
  const length = Number(counted[0]);
  if (made[0] === null || length === 0) return [];
  return koffi.decode(made[0], koffi.array('void *', length)) as Pointer[];
}

/** The characters at an address, up to the zero. */
export function decodeText(characters: Pointer): string {
  return koffi.decode(characters, 'char', -1) as string;
}

export function release(name: ReleasingName, value: Pointer): void {
  lookUp(name)(value);
}

function takeError(status: Pointer): OnnxRuntimeError {
  const code = bind<(status: Pointer) => number>(1, 'int', [address])(status);
  const message = bind<(status: Pointer) => string>(2, text, [address])(status);
  bind<(status: Pointer) => void>(93, 'void', [address])(status);
  return new OnnxRuntimeError(code, message);
}
