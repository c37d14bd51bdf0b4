// The rows of the key-value cache.

export interface RowPoolOptions {
  readonly rowCount: number;
  /** Tokens that fit in a row. */
  readonly contextLength: number;
  /** What a row occupies, all layers, keys and values. */
  readonly rowBytes: number;
}

export declare class RowPool {
  readonly rowCount: number;
  readonly contextLength: number;
  readonly rowBytes: number;
  constructor(options: RowPoolOptions);
}
