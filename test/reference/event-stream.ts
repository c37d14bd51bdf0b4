// Server-sent events of a whole text at once, as the standard's grammar and rules read: the slow twin
// of client/event-stream.ts.

export function eventsOf(text: string): { type: string; data: string }[] {
  // What follows the last end of a line is no line.
  const lines = text.split(/\r\n|\r|\n/).slice(0, -1);
  const events = [];
  let type = '';
  let data = '';
  for (const line of lines) {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (line === '') {
      if (data !== '') events.push({ type: type || 'message', data: data.replace(/\n$/, '') });
      [type, data] = ['', ''];
    } else if (field === 'event') type = value;
    else if (field === 'data') data += `${value}\n`;
  }
  return events;
}
