// The seam that every weights format stands behind: tensors by name, read one at a time. A reader has
// checked the file's claims when it is opened; what it gives is float32, row-major, in memory of its
// own. Names are those of Hugging Face's GPT-2 (`h.0.ln_1.weight`, perhaps under `transformer.`): a
// format that has other names translates them.

export interface TensorFile {
  /** Name -> shape of everything in the file that could be a weight. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;

  /** Throws `CheckpointError` for what is cut short, damaged, or stored as something unsupported. */
  read(name: string): Float32Array<ArrayBuffer>;

  close(): void;
}
