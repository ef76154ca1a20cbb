// The body of a large answer: handed over without copying, and otherwise a body like any other.
import { describe, expect, it } from 'vitest';
import { wholeBody } from '../../../src/sim/search/whole-body.ts';

const text = '{"offers":[]}';
const make = () => wholeBody(new TextEncoder().encode(text), { 'content-type': 'application/json' });

describe('a whole body', () => {
  it('is what was given, however it is read', async () => {
    expect(new TextDecoder().decode(await make().arrayBuffer())).toBe(text);
    expect(new TextDecoder().decode(await make().bytes())).toBe(text);
    expect(await make().text()).toBe(text);
    expect(await make().json()).toEqual({ offers: [] });
    expect(await new Response(make().body).text()).toBe(text);
    expect(make().headers.get('content-type')).toBe('application/json');
  });

  it('is not copied for who reads it whole', async () => {
    const bytes = new TextEncoder().encode(text);
    expect(await wholeBody(bytes, {}).arrayBuffer()).toBe(bytes.buffer);
  });

  it('can be read once', async () => {
    const response = make();
    expect(response.bodyUsed).toBe(false);
    await response.arrayBuffer();
    expect(response.bodyUsed).toBe(true);
    await expect(response.arrayBuffer()).rejects.toThrow(TypeError);
    await expect(response.text()).rejects.toThrow(TypeError);
    const other = make();
    await other.text();
    await expect(other.bytes()).rejects.toThrow(TypeError);
  });

  it('cannot be read while somebody else reads it', async () => {
    const response = make();
    response.body?.getReader();
    await expect(response.arrayBuffer()).rejects.toThrow(TypeError);
  });
});
