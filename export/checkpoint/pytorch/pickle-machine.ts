// What a pickle works on: a stack of values, marks in it, and values remembered by number. Every
// instruction that finds something else than it needs ends the reading.

import type { Broken } from '../source-file.ts';
import type { PickleInput } from './pickle-input.ts';
import {
  describeValue,
  PickledDict,
  PickledGlobal,
  PickledTuple,
  type PickleValue,
} from './pickle-values.ts';

/** What the names and the persistent ids of a pickle stand for. Refusals are errors of `broken`. */
export interface PickleTable {
  global(module: string, name: string, broken: Broken): PickledGlobal;
  call(global: PickledGlobal, args: readonly PickleValue[], broken: Broken): PickleValue;
  persistent(id: PickleValue, broken: Broken): PickleValue;
}

export class Machine {
  readonly table: PickleTable;
  readonly broken: Broken;
  readonly memo = new Map<number, PickleValue>();
  readonly #stack: PickleValue[] = [];
  /** How high the stack was at each MARK still open. */
  readonly #marks: number[] = [];

  constructor(input: PickleInput, table: PickleTable) {
    this.table = table;
    this.broken = (what) => input.broken(what);
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.broken('a value is missing');
    return this.#stack.at(-1)!;
  }

  /** The value on top, which an instruction is about to change. */
  target<T extends PickleValue & object>(instruction: string, type: new () => T): T {
    const value = this.top();
    if (value instanceof type) return value;
    throw this.broken(`${instruction} on ${describeValue(value)}`);
  }

  popString(): string {
    const value = this.pop();
    if (typeof value === 'string') return value;
    throw this.broken(`${describeValue(value)} where a name should be`);
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** Everything above the last MARK. */
  popMarked(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) throw this.broken('a MARK is missing');
    return this.#stack.splice(height);
  }

  popTuple(size: number): PickledTuple {
    const items = Array.from({ length: size }, () => this.pop());
    return new PickledTuple(items.reverse());
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.broken(`nothing was remembered as ${index}`);
    this.push(value);
  }

  setItems(items: readonly PickleValue[]): void {
    const { entries } = this.target('SETITEMS', PickledDict);
    if (items.length % 2 === 1) throw this.broken('a key has no value');
    for (let at = 0; at < items.length; at += 2) {
      const key = items[at]!;
      if (typeof key !== 'string' && typeof key !== 'number') {
        throw this.broken(`${describeValue(key)} is no key of a state dict`);
      }
      entries.push([key, items[at + 1]!]);
    }
  }

  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickledGlobal) || !(args instanceof PickledTuple)) {
      throw this.broken(`REDUCE of ${describeValue(callee)} with ${describeValue(args)}`);
    }
    this.push(this.table.call(callee, args.items, this.broken));
  }

  /** The attributes of an OrderedDict (`_metadata`, versions of modules): they change no tensor. */
  build(): void {
    const state = this.pop();
    this.target('BUILD', PickledDict);
    if (!(state instanceof PickledDict)) throw this.broken(`BUILD with ${describeValue(state)}`);
  }

  result(): PickleValue {
    const value = this.pop();
    if (this.#stack.length === 0 && this.#marks.length === 0) return value;
    throw this.broken('it ends with values left over');
  }
}
