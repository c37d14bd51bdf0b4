// A conversation over a WebSocket as a page shows it: lines that begin with → are sent, and for each that
// begins with ← a frame must come that has what the line has. An ellipsis for a value stands for any, and
// one between the others for more of them.

import { once } from 'node:events';
import WebSocket from 'ws';

export async function hold(conversation: string, url: URL): Promise<void> {
  const socket = new WebSocket(url);
  const came: unknown[] = [];
  let wake = () => {};
  socket.on('message', (data) => {
    came.push(JSON.parse(String(data)));
    wake();
  });
  socket.on('close', () => wake());
  await once(socket, 'open');
  try {
    for (const line of conversation.split('\n').filter((each) => each.trim() !== '')) {
      const [, way, frame] = /^\s*([→←])\s*(.*)$/.exec(line) ?? [];
      if (way === undefined) throw new Error(`neither sent nor received: ${line}`);
      if (way === '→') {
        socket.send(frame!);
        continue;
      }
      const expected = withEllipses(frame!);
      while (!take(came, expected)) {
        if (socket.readyState !== WebSocket.OPEN) {
          throw new Error(`${line}\ndoes not come; left: ${JSON.stringify(came, null, 1)}`);
        }
        const late = AbortSignal.timeout(20_000);
        await new Promise<void>((resolve, reject) => {
          wake = resolve;
          late.addEventListener('abort', () =>
            reject(new Error(`${line}\ndoes not come; left: ${JSON.stringify(came, null, 1)}`)),
          );
        });
      }
    }
  } finally {
    socket.close();
  }
}

const anything = '…';

/** `{"a": ..., ...}` is `{"a": "…", "…": "…"}`. */
export function withEllipses(text: string): unknown {
  const json = text
    .replaceAll('...', anything)
    .replace(/([{,]\s*)…(?=\s*\})/g, `$1"${anything}": "${anything}"`)
    .replace(/([:[,]\s*)…(?=\s*[,}\]])/g, `$1"${anything}"`);
  return JSON.parse(json);
}

/** Takes the first that has all that is expected, and what came before it. */
function take(came: unknown[], expected: unknown): boolean {
  const index = came.findIndex((frame) => has(frame, expected));
  if (index >= 0) came.splice(0, index + 1);
  return index >= 0;
}

export function has(frame: unknown, expected: unknown): boolean {
  if (expected === anything) return true;
  if (typeof expected !== 'object' || expected === null) return frame === expected;
  if (typeof frame !== 'object' || frame === null) return false;
  const names = Object.keys(expected).filter((name) => name !== anything);
  const isOpen = names.length < Object.keys(expected).length;
  if (!isOpen && names.length < Object.keys(frame).length) return false;
  return names.every((name) => {
    return (
      name in frame &&
      has((frame as Record<string, unknown>)[name], (expected as Record<string, unknown>)[name])
    );
  });
}
