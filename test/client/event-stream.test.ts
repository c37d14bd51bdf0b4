// Server-sent events by the standard's rules, however the bytes were cut on their way.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventStreamParser, type ServerSentEvent } from '../../client/event-stream.ts';
import { eventsOf } from '../reference/event-stream.ts';

function parse(...pieces: string[]): ServerSentEvent[] {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

const message = (data: string) => ({ type: 'message', data });

test.each([
  ['an event', 'data: a\n\n', [message('a')]],
  ['lines that end with CR and LF', 'data: a\r\n\r\ndata: b\r\n\r\n', [message('a'), message('b')]],
  ['lines that end with CR', 'data: a\r\rdata: b\r\r', [message('a'), message('b')]],
  ['data of several lines', 'data: a\ndata:\ndata: b\n\n', [message('a\n\nb')]],
  [
    'one space after the colon, which is no data',
    'data:  a\n\ndata:b\n\n',
    [message(' a'), message('b')],
  ],
  ['a field without a colon', 'data\n\ndata\ndata\n\n', [message(''), message('\n')]],
  ['comments', ': keep-alive\n\n:\ndata: a\n: b\n\n', [message('a')]],
  ['fields that nobody knows', 'id: 1\nretry: 9\nDATA: x\n data: x\ndata: a\n\n', [message('a')]],
  ['a name', 'event: ping\ndata: a\n\ndata: b\n\n', [{ type: 'ping', data: 'a' }, message('b')]],
  ['an event without data, whose name is forgotten', 'event: ping\n\ndata: a\n\n', [message('a')]],
  ['an event that has not ended', 'data: a\n\ndata: b\n', [message('a')]],
  ['colons in data', 'data: {"a": "b:c"}\n\n', [message('{"a": "b:c"}')]],
])('reads %s', (_, text, events) => {
  expect(parse(text)).toEqual(events);
});

test('an LF that comes later than its CR ends no second line', () => {
  expect(parse('data: a\r', '\ndata: b\r', '', '\n\r', '\n')).toEqual([message('a\nb')]);
});

/** Lines as they come, and as they should not. */
const lines = fc.oneof(
  fc.constantFrom(
    'data: a',
    'data:',
    'data',
    'data: ',
    'data:  b',
    ':',
    ': c',
    'event: d',
    'event',
  ),
  fc.constantFrom('', '', '', 'id: 1', 'retry: 2', 'datas: e', ' data: f', 'data: é€𝄞'),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const streams = fc
  .array(fc.tuple(lines, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 20 })
  .map((parts) => parts.flat().join(''));

test('whatever it says and wherever its bytes are cut, a stream has the events of its text', () => {
  fc.assert(
    fc.property(streams, fc.boolean(), fc.infiniteStream(fc.nat(5)), (text, isMarked, sizes) => {
      const bytes = new TextEncoder().encode((isMarked ? '\uFEFF' : '') + text);
      const decoder = new TextDecoder();
      const parser = new EventStreamParser();
      const events: ServerSentEvent[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value as number;
        const piece = decoder.decode(bytes.subarray(at, at + size), { stream: true });
        events.push(...parser.push(piece));
        at += size;
      }
      expect(events).toEqual(eventsOf(text));
    }),
    { numRuns: 2000 },
  );
});
