// A machine for the few of Python's pickle instructions that a state dict is written with. Pickle is a
// programming language: it can import and call anything. Here there is no such instruction; names are
// looked up in a closed table, and what REDUCE may "call" are the handful of constructors in it.
// Whatever else appears ends the reading by name: no code of a checkpoint is ever run.
//
// Never recursive, and bounded: an instruction makes one value at most, and their number is limited.
// https://github.com/python/cpython/blob/main/Lib/pickletools.py

import type { PickleInput } from './pickle-input.ts';
import { Machine, type PickleTable } from './pickle-machine.ts';
import { PickledDict, PickledList, PickledTuple, type PickleValue } from './pickle-values.ts';

/** GPT-2 XL with its optimizer's state takes some 100,000. */
const mostInstructions = 2 ** 20;
const newestProtocol = 5;

/** Reads one pickle, up to and with its STOP. */
export function readPickle(input: PickleInput, table: PickleTable): PickleValue {
  const machine = new Machine(input, table);
  for (let count = 0; count < mostInstructions; count++) {
    const opcode = input.byte();
    if (opcode === stop) return machine.result();
    const instruction = instructions.get(opcode);
    if (instruction === undefined) throw input.broken(refusal(opcode));
    instruction(machine, input);
  }
  throw input.broken(`it has over ${mostInstructions} instructions`);
}

type Instruction = (machine: Machine, input: PickleInput) => void;

const stop = 0x2e;

const instructions: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  [0x80, readProtocol], // PROTO
  [0x95, (_, input) => input.wholeNumber(8)], // FRAME: a hint of how much to read ahead
  [0x28, (machine) => machine.mark()], // MARK
  [0x29, (machine) => machine.push(new PickledTuple([]))], // EMPTY_TUPLE
  [0x74, (machine) => machine.push(new PickledTuple(machine.popMarked()))], // TUPLE
  [0x85, (machine) => machine.push(machine.popTuple(1))], // TUPLE1
  [0x86, (machine) => machine.push(machine.popTuple(2))], // TUPLE2
  [0x87, (machine) => machine.push(machine.popTuple(3))], // TUPLE3
  [0x5d, (machine) => machine.push(new PickledList())], // EMPTY_LIST
  [0x61, (machine) => append(machine, [machine.pop()])], // APPEND
  [0x65, (machine) => append(machine, machine.popMarked())], // APPENDS
  [0x7d, (machine) => machine.push(new PickledDict())], // EMPTY_DICT
  [0x73, (machine) => machine.setItems(machine.popTuple(2).items)], // SETITEM
  [0x75, (machine) => machine.setItems(machine.popMarked())], // SETITEMS
  [0x63, (machine, input) => pushGlobal(machine, input.line(), input.line())], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x52, (machine) => machine.reduce()], // REDUCE
  [0x62, (machine) => machine.build()], // BUILD
  [0x51, persistentId], // BINPERSID
  [0x71, (machine, input) => machine.memo.set(input.byte(), machine.top())], // BINPUT
  [0x72, (machine, input) => machine.memo.set(input.wholeNumber(4), machine.top())], // LONG_BINPUT
  [0x94, (machine) => machine.memo.set(machine.memo.size, machine.top())], // MEMOIZE
  [0x68, (machine, input) => machine.recall(input.byte())], // BINGET
  [0x6a, (machine, input) => machine.recall(input.wholeNumber(4))], // LONG_BINGET
  [0x58, (machine, input) => machine.push(input.text(input.wholeNumber(4)))], // BINUNICODE
  [0x8c, (machine, input) => machine.push(input.text(input.byte()))], // SHORT_BINUNICODE
  [0x4a, (machine, input) => machine.push(input.wholeNumber(4) | 0)], // BININT
  [0x4b, (machine, input) => machine.push(input.byte())], // BININT1
  [0x4d, (machine, input) => machine.push(input.wholeNumber(2))], // BININT2
  [0x8a, (machine, input) => machine.push(longNumber(input.bytes(input.byte())))], // LONG1
  [0x47, (machine, input) => machine.push(bigEndianDouble(input.bytes(8)))], // BINFLOAT
  [0x4e, (machine) => machine.push(null)], // NONE
  [0x88, (machine) => machine.push(true)], // NEWTRUE
  [0x89, (machine) => machine.push(false)], // NEWFALSE
]);

/** Instructions that a file may well hold, and that name what it is after. */
const refusedNames: ReadonlyMap<number, string> = new Map([
  ...([
    [0x69, 'INST'],
    [0x6f, 'OBJ'],
    [0x81, 'NEWOBJ'],
    [0x92, 'NEWOBJ_EX'],
  ] as const),
  ...([
    [0x82, 'EXT1'],
    [0x83, 'EXT2'],
    [0x84, 'EXT4'],
    [0x50, 'PERSID'],
  ] as const),
  ...([
    [0x8b, 'LONG4'],
    [0x8d, 'BINUNICODE8'],
    [0x42, 'BINBYTES'],
    [0x43, 'SHORT_BINBYTES'],
  ] as const),
  ...([
    [0x54, 'BINSTRING'],
    [0x55, 'SHORT_BINSTRING'],
    [0x90, 'ADDITEMS'],
  ] as const),
]);

function refusal(opcode: number): string {
  const code = `0x${opcode.toString(16).padStart(2, '0')}`;
  const name = refusedNames.get(opcode) ?? 'instruction';
  return `${name} (${code}) is none that a state dict needs; no code of a checkpoint is ever run`;
}

function readProtocol(_: Machine, input: PickleInput): void {
  const protocol = input.byte();
  if (protocol > newestProtocol) {
    throw input.broken(`protocol ${protocol}; supported: up to ${newestProtocol}`);
  }
}

function append(machine: Machine, items: readonly PickleValue[]): void {
  const list = machine.target('APPENDS', PickledList);
  for (const item of items) list.items.push(item);
}

function pushGlobal(machine: Machine, module: string, name: string): void {
  machine.push(machine.table.global(module, name, machine.broken));
}

function stackGlobal(machine: Machine): void {
  const name = machine.popString();
  pushGlobal(machine, machine.popString(), name);
}

function persistentId(machine: Machine): void {
  machine.push(machine.table.persistent(machine.pop(), machine.broken));
}

/** Two's complement, little-endian, any length. */
function longNumber(bytes: Uint8Array): number | bigint {
  const unsigned = bytes.reduceRight((high, byte) => (high << 8n) | BigInt(byte), 0n);
  const value = BigInt.asIntN(8 * bytes.length, unsigned);
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value;
}

function bigEndianDouble(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
}
