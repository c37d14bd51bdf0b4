// How a device's memory is shared out, before any of it is taken. Pure arithmetic: bytes in, bytes out.
//
//   budget    | weights | intermediate results | lanes: inputs, outputs, logits | cache rows ... | rest |
//             └── ONNX Runtime's, limited ────┘└───────────── ours ─────────────────────────┘
//
// Beside it stands what CUDA and its libraries keep for their kernels and graphs, which nobody limits.

import { ServeError } from '../errors.ts';

/** A share of what is free, or so many bytes. */
export type MemoryBudget =
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'bytes'; readonly bytes: number };

export interface MemoryNeeds {
  readonly weightBytes: number;
  /** Of one row of the cache. */
  readonly rowBytes: number;
  readonly vocabularySize: number;
  /** Of a token between the layers. */
  readonly width: number;
  /** Of a token at its widest, inside a layer. */
  readonly innerWidth: number;
  readonly candidateCount: number;
  /** Sequences that generate at the same time at most. */
  readonly mostRows: number;
  /** Tokens of the longest step, each of which may be scored. */
  readonly longestStep: number;
}

export interface MemoryPlan {
  readonly budgetBytes: number;
  readonly rowCount: number;
  readonly cacheBytes: number;
  readonly weightBytes: number;
  /** Of ONNX Runtime's intermediate results at most. */
  readonly workspaceBytes: number;
  /** What ONNX Runtime may take in all. */
  readonly arenaLimitBytes: number;
  readonly laneBytes: number;
}

/** For kernels, cuBLAS and captured graphs: seen to be 0.4 to 0.6 GB on an H100. */
const librariesBytes = 640 * 1024 ** 2;

/** Weights are stored tensor by tensor, and ONNX Runtime rounds each up. */
const roundingShare = 1.05;

/** Intermediate results do not lie as close as they could. */
const gapsShare = 1.25;

/** Throws `ServeError` (invalid_setting) where not even one row fits. */
export function planDeviceMemory(
  freeBytes: number,
  budget: MemoryBudget,
  needs: MemoryNeeds,
): MemoryPlan {
  const allowed = budget.kind === 'share' ? Math.floor(freeBytes * budget.share) : budget.bytes;
  const budgetBytes = Math.min(allowed, freeBytes);
  const { weightBytes, rowBytes, mostRows } = needs;
  const workspaceBytes = workspaceOf(needs);
  const arenaLimitBytes = Math.ceil(weightBytes * roundingShare) + workspaceBytes;
  const fixedBytes = arenaLimitBytes + librariesBytes + laneBytesOf(needs, needs.longestStep);
  // A row takes its place in the lane of decode steps, too.
  const bytesPerRow = rowBytes + laneBytesOf(needs, 1);
  const affordable = Math.floor((budgetBytes - fixedBytes) / bytesPerRow);
  const rowCount = Math.min(affordable, mostRows);
  if (rowCount < 1) {
    throw new ServeError(
      'invalid_setting',
      `the model needs ${gibibytes(fixedBytes + bytesPerRow)} of the device's memory, of which ` +
        `${gibibytes(budgetBytes)} may be taken and ${gibibytes(freeBytes)} are free: ` +
        'allow more, or lower --prefill-chunk',
      '--gpu-memory',
    );
  }
  return {
    budgetBytes,
    rowCount,
    cacheBytes: rowCount * rowBytes,
    weightBytes,
    workspaceBytes,
    arenaLimitBytes,
    laneBytes: laneBytesOf(needs, needs.longestStep) + laneBytesOf(needs, rowCount),
  };
}

export function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}

/** Of the largest step there may be: a scored prompt, or a token of each row with both normalizers. */
function workspaceOf({ vocabularySize, width, innerWidth, mostRows, longestStep }: MemoryNeeds) {
  // In float16: what runs along, a layer's projections and its widest place, each before and after.
  const perToken = 2 * (6 * width + 2 * innerWidth);
  // Logits in float16, and what sorting them takes.
  const perRow = vocabularySize * (2 + 8);
  // In float32: the row, its distance from its maximum, that tempered, and its exponential.
  const perNormalizer = vocabularySize * 4 * 4;
  const scored = longestStep * (perToken + perRow + perNormalizer);
  const decoded = mostRows * (perToken + perRow + 2 * perNormalizer);
  return Math.ceil(Math.max(scored, decoded) * gapsShare);
}

/** Logits, candidates, normalizers and inputs of a lane of so many rows. */
function laneBytesOf({ vocabularySize, candidateCount }: MemoryNeeds, rows: number): number {
  return rows * (vocabularySize * 4 + candidateCount * 12 + 64);
}
