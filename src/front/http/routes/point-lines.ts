// Every value of a run on its way out: a page is read when the reader has room for it, so that an export of millions takes
// as much memory as one of a page.
import type { KeptPoint } from '../../../rent/training/index.ts';
import { toldNumber } from './told-number.ts';

/** One JSON object a line. A fault on the way breaks the stream off, which its reader sees. */
export function pagesAsText(pages: AsyncGenerator<readonly KeptPoint[]>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value: page } = await pages.next();
        if (done) return controller.close();
        controller.enqueue(encoder.encode(page.map(lineOf).join('')));
      },
      async cancel() {
        await pages.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}

function lineOf(point: KeptPoint): string {
  return `${JSON.stringify({ ...point, value: toldNumber(point.value), last: toldNumber(point.last) })}\n`;
}
