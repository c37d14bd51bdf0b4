// How a request wants its tokens chosen, already validated.

export interface SamplingParameters {
  /** Takes the best token; the fields below are then ignored. */
  readonly greedy: boolean;
  /** 1 / temperature; 1 when greedy. */
  readonly inverseTemperature: number;
  /** Only the k best tokens; 0 means no limit. */
  readonly topK: number;
  /** Only the smallest set of best tokens whose probability reaches p; 1 means no limit. */
  readonly topP: number;
  /** 64 random bits as two unsigned 32-bit halves. */
  readonly seedLow: number;
  readonly seedHigh: number;
  /** Which of a request's samples of one prompt: the same seed must not give n equal texts. */
  readonly sampleIndex: number;
}
