// Who waits for a row. The lowest priority number is first, equals in the order of arrival. Behind a
// leader wait its forks, which its prefill serves too: they stand in no line of their own unless it
// leaves before; then the first of them takes its place, and leads the others.
//
//   order     [ A ] [ D ] [ E ] ...        A: waits, or is in prefill and no longer in line
//               |           |
//   forks      B, C         F

import { invariant } from '../errors.ts';
import type { Sequence } from './sequence.ts';

export class Queue {
  readonly #order: Sequence[] = [];
  readonly #forks = new Map<Sequence, Sequence[]>(); // by leader, none of them empty
  readonly #leaders = new Map<Sequence, Sequence>(); // by fork

  /** All who wait, forks included. */
  get size(): number {
    return this.#order.length + this.#leaders.size;
  }

  /** Whether somebody waits who is not served by another's prefill. */
  get hasNext(): boolean {
    return this.#order.length > 0;
  }

  /** Who is not served by another's prefill, the first one first. */
  get line(): readonly Sequence[] {
    return this.#order;
  }

  /** Takes in a sequence; behind `leader`, or behind whom that one follows, where there is one. */
  add(sequence: Sequence, leader: Sequence | null): void {
    if (leader === null) this.#insert(sequence);
    else this.#follow(sequence, this.#leaders.get(leader) ?? leader);
  }

  /** Takes the next one out of the line; its forks go on waiting behind it. */
  next(): Sequence {
    const sequence = this.#order.shift();
    invariant(sequence !== undefined, 'somebody waits');
    return sequence;
  }

  forksOf(leader: Sequence): readonly Sequence[] {
    return this.#forks.get(leader) ?? [];
  }

  has(sequence: Sequence): boolean {
    return this.#leaders.has(sequence) || this.#order.includes(sequence);
  }

  /** Forgets a sequence that waits; who waited behind it goes on. */
  remove(sequence: Sequence): void {
    const leader = this.#leaders.get(sequence);
    if (leader !== undefined) {
      const forks = this.#forks.get(leader)!;
      forks.splice(forks.indexOf(sequence), 1);
      if (forks.length === 0) this.#forks.delete(leader);
      this.#leaders.delete(sequence);
      return;
    }
    this.#order.splice(this.#order.indexOf(sequence), 1);
    this.disband(sequence);
  }

  /** A leader serves nobody any more: the first who still waits behind it becomes the leader. */
  disband(leader: Sequence): void {
    const [heir, ...others] = this.forksOf(leader);
    if (heir === undefined) return;
    this.#forks.delete(leader);
    this.#leaders.delete(heir);
    this.#insert(heir);
    for (const fork of others) this.#follow(fork, heir);
  }

  checkIntegrity(): void {
    for (let place = 1; place < this.#order.length; place += 1) {
      invariant(
        isBefore(this.#order[place - 1]!, this.#order[place]!),
        'who comes first is served first',
      );
    }
    let forkCount = 0;
    for (const [leader, forks] of this.#forks) {
      invariant(forks.length > 0, 'who has forks has some');
      invariant(!this.#leaders.has(leader), 'a leader follows nobody');
      for (const fork of forks) invariant(this.#leaders.get(fork) === leader, 'a fork follows one');
      forkCount += forks.length;
    }
    invariant(forkCount === this.#leaders.size, 'no fork is lost');
  }

  #follow(fork: Sequence, leader: Sequence): void {
    const forks = this.#forks.get(leader) ?? [];
    forks.push(fork);
    this.#forks.set(leader, forks);
    this.#leaders.set(fork, leader);
  }

  #insert(sequence: Sequence): void {
    let place = this.#order.length;
    while (place > 0 && isBefore(sequence, this.#order[place - 1]!)) place -= 1;
    this.#order.splice(place, 0, sequence);
  }
}

/** Whether one is served before another. */
export function isBefore(a: Sequence, b: Sequence): boolean {
  return a.priority < b.priority || (a.priority === b.priority && a.arrival < b.arrival);
}
