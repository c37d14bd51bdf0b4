// Server-sent events out of a text that comes in pieces, by the rules of the HTML standard
// (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream): lines end
// with CR, LF or both, wherever the pieces are cut; an empty line ends an event; what has not ended
// when the text does is no event. `id` and `retry` are for those who connect again, and are skipped.

export interface ServerSentEvent {
  /** `message`, unless the event names another. */
  readonly type: string;
  readonly data: string;
}

const lineFeed = 10;
const carriageReturn = 13;

export class EventStreamParser {
  /** The line that has not ended yet. */
  #line = '';
  /** The piece before ended with CR: an LF at the beginning of the next belongs to it. */
  #endedWithReturn = false;
  #type = '';
  /** Each with the LF behind it; null where there was none. */
  #data: string | null = null;

  /** The events that end in this piece of the text, which is to be without a byte order mark. */
  push(piece: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    if (piece === '') return events;
    let start = this.#endedWithReturn && piece.charCodeAt(0) === lineFeed ? 1 : 0;
    this.#endedWithReturn = piece.charCodeAt(piece.length - 1) === carriageReturn;
    for (let at = start; at < piece.length; at++) {
      const character = piece.charCodeAt(at);
      if (character !== lineFeed && character !== carriageReturn) continue;
      const event = this.#take(this.#line + piece.slice(start, at));
      if (event !== null) events.push(event);
      this.#line = '';
      if (character === carriageReturn && piece.charCodeAt(at + 1) === lineFeed) at++;
      start = at + 1;
    }
    this.#line += piece.slice(start);
    return events;
  }

  /** A whole line; the event that it ends, or null. */
  #take(line: string): ServerSentEvent | null {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const rest = colon < 0 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    // A comment is a field without a name.
    if (field === 'data') this.#data = `${this.#data ?? ''}${value}\n`;
    else if (field === 'event') this.#type = value;
    return null;
  }

  #dispatch(): ServerSentEvent | null {
    const data = this.#data;
    const type = this.#type || 'message';
    this.#data = null;
    this.#type = '';
    return data === null ? null : { type, data: data.slice(0, -1) };
  }
}
