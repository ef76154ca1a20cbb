// A response whose body is one piece of tens of megabytes. Made of bytes, fetch's Response would copy them; read by
// `arrayBuffer()`, it would copy them twice more. Here they are handed over as they are.

/** The bytes must be all of their buffer. */
export function wholeBody(
  bytes: Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
): Response {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const response = new Response(body, { headers });
  const take = async () => {
    if (response.bodyUsed || response.body?.locked)
      throw new TypeError('Body is unusable: Body has already been read');
    // Reading marks the body as used; what is read is left alone.
    await response.body?.cancel();
    return bytes;
  };
  return Object.assign(response, {
    arrayBuffer: async () => (await take()).buffer,
    bytes: take,
  });
}
