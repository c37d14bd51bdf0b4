// How a device's memory is shared out, before any of it is taken. Pure arithmetic: bytes in, bytes out.
//
//   budget    | weights | intermediate results | lanes: inputs, outputs, logits | rows or blocks ... | rest |
//             └── ONNX Runtime's, limited ────┘└──────────────────── ours ────────────────┘
//
// Beside it stands what CUDA and its libraries keep for their kernels and graphs, which nobody limits.

import { ServeError } from '../errors.ts';

/** A share of what is free, or so many bytes. */
export type MemoryBudget =
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'bytes'; readonly bytes: number };

interface Needs {
  readonly weightBytes: number;
  readonly vocabularySize: number;
  /** Of a token between the layers. */
  readonly width: number;
  /** Of a token at its widest, inside a layer. */
  readonly innerWidth: number;
  readonly candidateCount: number;
  /** Sequences that generate at the same time at most. */
  readonly mostSequences: number;
  /** Tokens of the longest step, each of which may be scored. */
  readonly longestStep: number;
}

export interface RowNeeds extends Needs {
  /** Of one row of the cache. */
  readonly rowBytes: number;
}

export interface BlockNeeds extends Needs {
  /** Of one block of the cache. */
  readonly blockBytes: number;
  readonly blocksOfContext: number;
}

export interface MemoryPlan {
  readonly budgetBytes: number;
  /** Rows of the cache, or blocks, without the spare one. */
  readonly unitCount: number;
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
export function planRows(freeBytes: number, budget: MemoryBudget, needs: RowNeeds): MemoryPlan {
  const { rowBytes, longestStep } = needs;
  const stepBytes = laneBytesOf(needs, longestStep);
  return plan(freeBytes, budget, needs, {
    unitBytes: rowBytes,
    // A row takes its place in the lane of decode steps, too.
    laneBytesPerUnit: laneBytesOf(needs, 1),
    least: 1,
    most: needs.mostSequences,
    spare: 0,
    stepBytes,
  });
}

/** Throws `ServeError` (invalid_setting) where the blocks of one context do not fit. */
export function planBlocks(freeBytes: number, budget: MemoryBudget, needs: BlockNeeds): MemoryPlan {
  const { blockBytes, blocksOfContext, mostSequences, longestStep } = needs;
  return plan(freeBytes, budget, needs, {
    unitBytes: blockBytes,
    laneBytesPerUnit: 0,
    least: blocksOfContext,
    most: mostSequences * blocksOfContext,
    spare: 1,
    stepBytes: laneBytesOf(needs, longestStep),
  });
}

/** What the cache is handed out in. */
interface Units {
  readonly unitBytes: number;
  readonly laneBytesPerUnit: number;
  readonly least: number;
  readonly most: number;
  /** Beside those that are handed out. */
  readonly spare: number;
  /** Of the lane that the longest step goes through. */
  readonly stepBytes: number;
}

function plan(
  freeBytes: number,
  budget: MemoryBudget,
  needs: Needs,
  { unitBytes, laneBytesPerUnit, least, most, spare, stepBytes }: Units,
): MemoryPlan {
  const allowed = budget.kind === 'share' ? Math.floor(freeBytes * budget.share) : budget.bytes;
  const budgetBytes = Math.min(allowed, freeBytes);
  const { weightBytes } = needs;
  const workspaceBytes = workspaceOf(needs);
  const arenaLimitBytes = Math.ceil(weightBytes * roundingShare) + workspaceBytes;
  const fixedBytes = arenaLimitBytes + librariesBytes + stepBytes + spare * unitBytes;
  const bytesPerUnit = unitBytes + laneBytesPerUnit;
  const affordable = Math.floor((budgetBytes - fixedBytes) / bytesPerUnit);
  const unitCount = Math.min(affordable, most);
  if (unitCount < least) {
    throw new ServeError(
      'invalid_setting',
      `the model needs ${gibibytes(fixedBytes + least * bytesPerUnit)} of the device's memory, of ` +
        `which ${gibibytes(budgetBytes)} may be taken and ${gibibytes(freeBytes)} are free: ` +
        'allow more, or lower --prefill-chunk',
      '--gpu-memory',
    );
  }
  return {
    budgetBytes,
    unitCount,
    cacheBytes: (unitCount + spare) * unitBytes,
    weightBytes,
    workspaceBytes,
    arenaLimitBytes,
    laneBytes: stepBytes + unitCount * laneBytesPerUnit,
  };
}

export function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}

/**
 * Of the largest step there may be: scored prompts after which as many sequences draw as there may be, or a
 * token of each sequence with both normalizers.
 */
function workspaceOf({ vocabularySize, width, innerWidth, mostSequences, longestStep }: Needs) {
  // In float16: what runs along, a layer's projections and its widest place, each before and after.
  const perToken = 2 * (6 * width + 2 * innerWidth);
  // Logits in float16, and what sorting them takes.
  const perRow = vocabularySize * (2 + 8);
  // In float32: the row, its distance from its maximum, that tempered, and its exponential.
  const perNormalizer = vocabularySize * 4 * 4;
  const drawn = Math.min(mostSequences, longestStep);
  const scored = longestStep * (perToken + perRow + perNormalizer) + drawn * perNormalizer;
  const decoded = mostSequences * (perToken + perRow + 2 * perNormalizer);
  return Math.ceil(Math.max(scored, decoded) * gapsShare);
}

/** Logits, candidates, normalizers and inputs of a lane of so many rows. */
function laneBytesOf({ vocabularySize, candidateCount }: Needs, rows: number): number {
  return rows * (vocabularySize * 4 + candidateCount * 12 + 64);
}
