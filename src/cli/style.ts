// Colours, where they are wanted: on a terminal, unless NO_COLOR or TERM=dumb say otherwise, and
// wherever FORCE_COLOR says so.

import { styleText } from 'node:util';
import { takesColour } from '../config.ts';

export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (format: Format, text: string) => string;

/** For what is written to `output`. */
export function painter(output: { readonly isTTY?: boolean }): Paint {
  return takesColour(output) ? coloured : (_, text) => text;
}

/** Later versions of Node would look at standard output, whatever it is that is written to. */
const coloured: Paint = (format, text) => styleText(format, text, { validateStream: false });
