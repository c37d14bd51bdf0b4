// Where the table of contents of a zip archive lies: its last record says so, and where that has too
// few bits, the ZIP64 record before it. PyTorch writes both, whatever the size.

import type { SourceFile } from '../source-file.ts';

export interface ZipDirectory {
  readonly position: number;
  readonly bytes: number;
  readonly entryCount: number;
}

const endSignature = 0x06054b50;
const locatorSignature = 0x07064b50;
const zip64EndSignature = 0x06064b50;
const endBytes = 22;
const locatorBytes = 20;
const zip64EndBytes = 56;
const longestComment = 0xffff;

/** An entry takes some 80 bytes; GPT-2 XL has 590. */
const largestDirectory = 2 ** 24;

export function findDirectory(file: SourceFile): ZipDirectory {
  const endPosition = findEnd(file);
  const end = new DataView(file.read(endPosition, endBytes).buffer);
  if (end.getUint16(4, true) !== 0 || end.getUint16(6, true) !== 0) {
    throw file.broken('it is a part of a zip archive in several files');
  }
  const zip64Position = findZip64End(file, endPosition);
  const directory =
    zip64Position === null
      ? {
          entryCount: end.getUint16(10, true),
          bytes: end.getUint32(12, true),
          position: end.getUint32(16, true),
        }
      : readZip64End(file, zip64Position);
  if (directory.position + directory.bytes > (zip64Position ?? endPosition)) {
    throw file.broken('its directory lies beyond its end');
  }
  if (directory.bytes > largestDirectory) {
    throw file.broken(`a directory of ${directory.bytes} bytes is none of PyTorch`);
  }
  return directory;
}

/** Searched backwards: a comment may follow it, of just the length it says. */
function findEnd(file: SourceFile): number {
  const tailBytes = Math.min(file.bytes, endBytes + longestComment);
  const tail = file.read(file.bytes - tailBytes, tailBytes);
  const view = new DataView(tail.buffer);
  for (let at = tailBytes - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    if (view.getUint16(at + 20, true) === tailBytes - endBytes - at) {
      return file.bytes - tailBytes + at;
    }
  }
  throw file.broken('it is cut short: the end of the zip archive is missing');
}

function findZip64End(file: SourceFile, endPosition: number): number | null {
  const locatorPosition = endPosition - locatorBytes;
  if (locatorPosition < 0) return null;
  const locator = new DataView(file.read(locatorPosition, locatorBytes).buffer);
  if (locator.getUint32(0, true) !== locatorSignature) return null;
  const position = longNumber(file, locator, 8);
  if (position + zip64EndBytes > locatorPosition) throw misplaced(file);
  return position;
}

function readZip64End(file: SourceFile, position: number): ZipDirectory {
  const view = new DataView(file.read(position, zip64EndBytes).buffer);
  if (view.getUint32(0, true) !== zip64EndSignature) throw misplaced(file);
  return {
    entryCount: longNumber(file, view, 32),
    bytes: longNumber(file, view, 40),
    position: longNumber(file, view, 48),
  };
}

function misplaced(file: SourceFile) {
  return file.broken('the ZIP64 end of the archive is not where it should be');
}

/** Of 64 bits, little-endian. */
export function longNumber(file: SourceFile, view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw file.broken(`${value} is beyond any file`);
  return value;
}
