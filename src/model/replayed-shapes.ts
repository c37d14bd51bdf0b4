// Which decode steps are captured as a CUDA graph and replayed from then on. A graph is bound to its
// shape and to its addresses, takes memory for good and some milliseconds to capture: so shapes that
// come again get one, in the order in which they prove it, and only so many.

/** Uses of a shape before it is worth a graph. */
const usesBeforeCapture = 4;

/** ONNX Runtime keeps 0 for itself. */
const firstGraphId = 1;

export class ReplayedShapes {
  readonly #most: number;
  readonly #uses = new Map<number, number>(); // by shape
  readonly #graphs = new Map<number, number>(); // by shape: its graph's id
  #isClosed = false;

  /** `most`: graphs that there may be. */
  constructor(most: number) {
    this.#most = most;
  }

  get graphCount(): number {
    return this.#graphs.size;
  }

  /** The graph of a shape that is used now; null: it runs plainly. */
  use(shape: number): number | null {
    const graph = this.#graphs.get(shape);
    if (graph !== undefined) return graph;
    if (this.#isClosed || this.#graphs.size >= this.#most) return null;
    const uses = (this.#uses.get(shape) ?? 0) + 1;
    if (uses <= usesBeforeCapture) {
      this.#uses.set(shape, uses);
      return null;
    }
    return this.add(shape);
  }

  /** Gives a shape a graph, where there may be another one. */
  add(shape: number): number | null {
    const found = this.#graphs.get(shape);
    if (found !== undefined) return found;
    if (this.#isClosed || this.#graphs.size >= this.#most) return null;
    const graph = firstGraphId + this.#graphs.size;
    this.#graphs.set(shape, graph);
    this.#uses.delete(shape);
    return graph;
  }

  /** Capturing failed: from now on everything runs plainly. */
  close(): void {
    this.#isClosed = true;
    this.#graphs.clear();
    this.#uses.clear();
  }
}
