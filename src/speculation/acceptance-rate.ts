// How likely a drafted token is to be the one that is drawn, given that those before it were: by the
// length of the match that the draft came from, as it went with this text so far. What is long ago
// counts little, so that a text may change its ways.

/** The first match length of each class. */
const classes = [2, 3, 4, 8];

/** Before anything is known, counted as so many drafted tokens. */
const firstRates = [0.4, 0.5, 0.7, 0.85];
const firstWeight = 2;

/** What is left of the evidence after another draft, and after a step without one. */
const keptPerDraft = 0.7;
const keptPerStep = 0.98;

export class AcceptanceRate {
  readonly #judged = new Float64Array(classes.length);
  readonly #accepted = new Float64Array(classes.length);

  clear(): void {
    this.#judged.fill(0);
    this.#accepted.fill(0);
  }

  /** Between 0 and 1. */
  of(matchLength: number): number {
    const index = classOf(matchLength);
    const accepted = this.#accepted[index]! + firstWeight * firstRates[index]!;
    return accepted / (this.#judged[index]! + firstWeight);
  }

  /** A step passed without a draft. */
  fade(): void {
    for (let index = 0; index < classes.length; index += 1) this.#keep(index, keptPerStep);
  }

  /** Of a draft so many tokens were accepted; what comes after the first rejected one is not judged. */
  record(matchLength: number, draftCount: number, acceptedCount: number): void {
    const index = classOf(matchLength);
    this.#keep(index, keptPerDraft);
    this.#judged[index]! += Math.min(acceptedCount + 1, draftCount);
    this.#accepted[index]! += acceptedCount;
  }

  #keep(index: number, share: number): void {
    this.#judged[index]! *= share;
    this.#accepted[index]! *= share;
  }
}

function classOf(matchLength: number): number {
  let index = classes.length - 1;
  while (index > 0 && matchLength < classes[index]!) index -= 1;
  return index;
}
