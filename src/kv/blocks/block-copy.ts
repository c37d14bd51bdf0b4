/** Copy the first tokens of one block over another, in every layer. */
export interface BlockCopy {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly tokenCount: number;
}
