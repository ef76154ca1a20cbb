// The reading end of Server-Sent Events: bytes to messages, over any cuts in the bytes.

export interface StreamMessage {
  readonly id: string | undefined;
  readonly data: string;
}

/** Messages of a stream until it ends, or the signal does; comments and `retry:` are left out. */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<StreamMessage, void, undefined> {
  let rest = '';
  let id: string | undefined;
  let data: string[] = [];
  // A stream of this process has no connection that would end with the signal.
  for await (const text of body.pipeThrough(new TextDecoderStream(), signal ? { signal } : {})) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { id, data: data.join('\n') };
        data = [];
        continue;
      }
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === 'id') id = value;
      else if (field === 'data') data.push(value);
    }
  }
}
