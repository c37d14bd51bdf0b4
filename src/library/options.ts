// What a program may say of a model and of a server: the settings of `kvasir serve`, by their flags'
// names in camelCase, with the same limits, defaults and refusals. docs/configuration.md says more of
// each. Amounts of memory are numbers of bytes, or words like '2GiB'; times are seconds.

/** What a model is, where it comes from, and how it computes. All of it may be left out. */
export interface ModelOptions {
  /** What answers call the model; its own name by default. */
  readonly servedModelName?: string | undefined;
  /** What a checkpoint's weights are exported to; fp32 by default on a CPU. */
  readonly precision?: 'auto' | 'fp32' | 'fp16' | 'int8' | 'int4' | undefined;
  /** What keys and values are cached in. */
  readonly kvPrecision?: 'auto' | 'fp32' | 'fp16' | 'int8' | undefined;
  /** How the cache is laid out: a row for each text, or blocks that texts share, on CUDA alone. */
  readonly kvLayout?: 'auto' | 'rows' | 'paged' | undefined;

  /** Where pulled models and exported checkpoints are kept; ~/.cache/kvasir by default. */
  readonly cacheDirectory?: string | undefined;
  /** Whether a model that is not here is pulled from the hub; `auto` by default. */
  readonly pull?: 'auto' | 'never' | undefined;
  /** HF_ENDPOINT, or the usual hub, by default. */
  readonly hubEndpoint?: string | undefined;
  /** For models that are gated or private; HF_TOKEN by default. */
  readonly hubToken?: string | undefined;
  /** File with that token. */
  readonly hubTokenFile?: string | undefined;
  /** Nothing is pulled; HF_HUB_OFFLINE by default. */
  readonly hubOffline?: boolean | undefined;
  /** HTTPS_PROXY by default. */
  readonly httpsProxy?: string | undefined;
  /** HTTP_PROXY by default. */
  readonly httpProxy?: string | undefined;
  /** NO_PROXY by default. */
  readonly noProxy?: string | undefined;

  /** CUDA where all that it needs is there, by default. */
  readonly device?: 'auto' | 'cpu' | 'cuda' | undefined;
  /** Threads that the model computes with; as many as there are processors by default. */
  readonly threads?: number | undefined;
  /** Memory for keys and values; decides how many texts can be generated at a time. */
  readonly kvMemory?: number | string | undefined;
  /** Texts that are generated at the same time, memory permitting. */
  readonly maxRunning?: number | undefined;
  /** Texts that may wait beyond those; more are refused at once. */
  readonly maxQueue?: number | undefined;
  /** Most tokens of prompts that one step takes. */
  readonly prefillChunk?: number | undefined;
  /** Whether prompts reuse what the cache keeps of earlier ones; `on` by default. */
  readonly prefixCache?: 'on' | 'off' | undefined;
  /** Whether a text that runs alone is drafted ahead where it repeats itself. */
  readonly speculation?: 'auto' | 'on' | 'off' | undefined;
  /** Folder with the two files of ONNX Runtime's CUDA provider. */
  readonly cudaLibraries?: string | undefined;
  /** Folders where CUDA's libraries are looked for first. */
  readonly cudaRuntime?: readonly string[] | undefined;
  /** Which GPU, counted as the driver does. */
  readonly cudaDevice?: number | undefined;
  /** What may be taken of the GPU: a share of what is free, or bytes. */
  readonly gpuMemory?: number | string | undefined;
  /** Kinds of step that are captured and replayed at most. */
  readonly cudaGraphs?: number | undefined;
  /** Which kernels attend to prompts. */
  readonly cudaAttention?: 'flash' | 'memory-efficient' | 'cudnn' | 'math' | 'auto' | undefined;
  /** How ONNX Runtime's memory on the GPU grows. */
  readonly cudaArena?: 'same-as-requested' | 'next-power-of-two' | undefined;
  /** Whether float32 products may be computed in TF32. */
  readonly cudaTf32?: 'off' | 'on' | undefined;
}

/** How a server answers, wherever its model comes from. All of it may be left out. */
export interface ServingOptions {
  /**
   * Address that `listen` listens on: 127.0.0.1 by default. Requests must name it, or loopback, as their
   * host, or a name of `allowedHosts`.
   */
  readonly host?: string | undefined;
  /** JSON file that says how the messages of a chat become a text; without it chats are refused. */
  readonly chatTemplate?: string | undefined;
  /** Clients must show one of these keys. */
  readonly apiKeys?: readonly string[] | undefined;
  /** File with more of them, one a line. */
  readonly apiKeysFile?: string | undefined;
  /** Operators may use /admin with one of these keys; without any there is no /admin. */
  readonly adminKeys?: readonly string[] | undefined;
  readonly adminKeysFile?: string | undefined;
  /** Names the server may be reached under, besides loopback and `host`; * allows any. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Web pages of these origins may use the server; * allows any. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Requests that may be open; more are refused at once. */
  readonly maxOpenRequests?: number | undefined;
  /** Completions that one WebSocket may have open. */
  readonly maxSocketRequests?: number | undefined;
  /** Largest request body or socket message. */
  readonly maxBody?: number | string | undefined;
  /** Seconds that a request may wait before any of its texts starts; 0, the default: any. */
  readonly queueTimeout?: number | undefined;
  /** Seconds that a request may take in all; 0, the default: any. */
  readonly requestTimeout?: number | undefined;
  /** Seconds that open requests may take to end when the server is closed. */
  readonly drainTimeout?: number | undefined;
  /** Seconds that the model may compute without a result before the server is not ready. */
  readonly stallTimeout?: number | undefined;
  /** Every how many seconds a WebSocket is asked for a sign of life; 0: never. */
  readonly socketPing?: number | undefined;
  /** Logs what completions were asked for, too. */
  readonly logPrompts?: boolean | undefined;
}

/** Of a server of its own. */
export interface ListeningOptions {
  /** Port that `listen` listens on: 8000 by default; 0 lets the system choose. */
  readonly port?: number | undefined;
  /** Least important thing that is logged, as JSON on standard output; `info` by default. */
  readonly logLevel?:
    | 'silent'
    | 'fatal'
    | 'error'
    | 'warn'
    | 'info'
    | 'debug'
    | 'trace'
    | undefined;
}
