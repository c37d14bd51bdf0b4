// Server-sent events: bytes in pieces of any size -> what each event says.

/** Ends with the stream. Events here have a single line of data. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
      rest = lines.pop()!;
      for (const line of lines) if (line.startsWith('data:')) yield line.slice(5).trimStart();
    }
  } finally {
    // Who stops reading stops the server's work, too.
    await reader.cancel().catch(() => {});
  }
}
