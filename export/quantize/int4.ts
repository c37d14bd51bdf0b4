// Weights as whole numbers from 0 to 15, in blocks of 32 that feed one output. Each block has a scale
// and says which number is its zero:
//
//   weight[i, o]  ≈  (units[o, i] - zero[o, block]) · scale[o, block]      block = i / 32, rounded down
//
// The block's range (with 0 in it) divided by 15 would do for a scale. Cutting off a little at its ends
// and moving zero by one may fit the rest better, so some of both are tried; each with the scale that
// least squares give its units, and the one with the least squared error is taken.
//
// Stored as ONNX Runtime's MatMulNBits reads it: outputs first, two numbers in a byte, low half first.

/** Weights that share a scale. */
export const blockLength = 32;

export interface Int4Weights {
  readonly units: Uint8Array<ArrayBuffer>; // [outputs, blocks, 16]
  readonly scales: Float32Array<ArrayBuffer>; // [outputs, blocks]
  readonly zeros: Uint8Array<ArrayBuffer>; // [outputs, blocks / 2, rounded up]
}

/** How much of a block's range its units span, and by how many units zero is moved. */
const shares = [1, 0.95, 0.9, 0.85, 0.8, 0.75];
const moves = [0, -1, 1];

const largest = 15;
const tileOutputs = 64;

/** Of a matrix [depth, outputs]; a last block that is not full is filled up with zeros. */
export function int4Weights(weights: Float32Array, outputs: number): Int4Weights {
  const depth = weights.length / outputs;
  const blocks = Math.ceil(depth / blockLength);
  const made: Int4Weights = {
    units: new Uint8Array(outputs * blocks * (blockLength / 2)),
    scales: new Float32Array(outputs * blocks),
    zeros: new Uint8Array(outputs * Math.ceil(blocks / 2)),
  };
  const tile = new Float32Array(tileOutputs * blockLength); // [tileOutputs, blockLength]
  const fit = new BlockFit();
  for (let block = 0; block < blocks; block++) {
    const first = block * blockLength;
    const length = Math.min(blockLength, depth - first);
    for (let from = 0; from < outputs; from += tileOutputs) {
      const count = Math.min(tileOutputs, outputs - from);
      transpose(weights, outputs, first, length, from, count, tile);
      for (let at = 0; at < count; at++) {
        fit.find(tile, at * blockLength, length);
        store(fit, made, from + at, block, blocks);
      }
    }
  }
  return made;
}

/** Rows of the matrix become columns of the tile: read along rows, so that memory comes in order. */
function transpose(
  weights: Float32Array, // [depth, outputs]
  outputs: number,
  first: number,
  length: number,
  from: number,
  count: number,
  tile: Float32Array, // [tileOutputs, blockLength]
): void {
  for (let i = 0; i < length; i++) {
    const row = (first + i) * outputs + from;
    for (let at = 0; at < count; at++) tile[at * blockLength + i] = weights[row + at]!;
  }
}

function store(fit: BlockFit, made: Int4Weights, output: number, block: number, blocks: number) {
  const at = output * blocks + block;
  made.scales[at] = fit.scale;
  const zeroByte = output * Math.ceil(blocks / 2) + (block >> 1);
  made.zeros[zeroByte]! |= fit.zero << (4 * (block & 1));
  const start = at * (blockLength / 2);
  for (let i = 0; i < blockLength; i += 2) {
    made.units[start + i / 2] = fit.units[i]! | (fit.units[i + 1]! << 4);
  }
}

/** The best units, zero and scale for one block at a time. */
class BlockFit {
  readonly units = new Uint8Array(blockLength);
  zero = 0;
  scale = 0;

  /** Of up to 32 weights, from `start` on. */
  find(weights: Float32Array, start: number, length: number): void {
    let [low, high] = [0, 0];
    for (let i = start; i < start + length; i++) {
      low = Math.min(low, weights[i]!);
      high = Math.max(high, weights[i]!);
    }
    const range = high - low;
    const middle = range === 0 ? 8 : Math.round((-low / range) * largest);
    let best = 0;
    let [bestPerWeight, bestZero] = [0, middle];
    this.scale = 0;
    for (const share of range === 0 ? [] : shares) {
      const perWeight = largest / (share * range);
      for (const move of moves) {
        const zero = Math.max(0, Math.min(largest, middle + move));
        let [product, square] = [0, 0];
        for (let i = start; i < start + length; i++) {
          const unit = unitOf(weights[i]!, perWeight, zero) - zero;
          product += unit * weights[i]!;
          square += unit * unit;
        }
        // What least squares leave is Σ value² less this.
        const explained = square === 0 ? 0 : (product * product) / square;
        if (explained <= best) continue;
        best = explained;
        [bestPerWeight, bestZero] = [perWeight, zero];
        this.scale = product / square;
      }
    }
    this.zero = bestZero;
    this.units.fill(bestZero);
    for (let i = 0; i < length; i++) {
      this.units[i] = unitOf(weights[start + i]!, bestPerWeight, bestZero);
    }
  }
}

function unitOf(weight: number, perWeight: number, zero: number): number {
  const unit = Math.floor(weight * perWeight + 0.5) + zero;
  return unit < 0 ? 0 : unit > largest ? largest : unit;
}
