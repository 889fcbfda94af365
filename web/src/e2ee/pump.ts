/**
 * Moves encoded frames from one stream to another through a keyring, in order, with a bound on how many are in work. What cannot be
 * sealed or opened is dropped; nothing is ever passed on as it came.
 */
import { type Dropped, DroppedFrame } from './keyring';

/** One second of 20 ms frames: what is older than that is of no use to a listener. */
const MAX_IN_WORK = 50;

/** The part of RTCEncodedAudioFrame that is used. */
export interface EncodedFrame {
  data: ArrayBuffer;
}

export type Transform = (data: ArrayBuffer) => Promise<Uint8Array<ArrayBuffer>>;

export interface Counts {
  passed(): void;
  dropped(reason: Dropped): void;
}

/** Ends when `from` ends or `to` no longer takes frames; then the frames go nowhere. */
export async function pump(
  from: ReadableStream<EncodedFrame>,
  to: WritableStream<EncodedFrame>,
  transform: Transform,
  counts: Counts,
): Promise<void> {
  const reader = from.getReader();
  const writer = to.getWriter();
  let inWork = 0;
  let last: Promise<void> = Promise.resolve();
  let open = true;
  writer.closed
    .catch(() => undefined)
    .then(() => {
      open = false;
    });
  while (open) {
    const { done, value: frame } = await reader.read();
    if (done) break;
    if (inWork >= MAX_IN_WORK) {
      counts.dropped('stalled');
      continue;
    }
    inWork++;
    const ready = start(transform, frame.data);
    last = last
      .then(async () => {
        frame.data = (await ready).buffer;
        await writer.write(frame);
        counts.passed();
      })
      .catch((error: unknown) => counts.dropped(error instanceof DroppedFrame ? error.reason : 'failed'))
      .finally(() => {
        inWork--;
      });
  }
  await last;
  await writer.close().catch(() => undefined);
}

/** Begins at once, so that several frames are in work side by side; a failure is told when the frame's turn comes. */
async function start(transform: Transform, data: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  return transform(data);
}
