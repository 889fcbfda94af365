/**
 * The worker that seals and opens every audio frame of one page. It holds the only keyring, so a counter cannot repeat however many
 * peer connections come and go; keys enter and never leave. If it dies, no frame passes in either direction.
 */
import type { Direction, FirstFrame, FrameAnswer, FrameRequest, FrameStreams } from './frames.messages';
import { Keyring } from './keyring';
import { answerQuestions } from './link';
import { Padding } from './padding';
import { type EncodedFrame, pump } from './pump';

const keyring = new Keyring({
  now: () => performance.now(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
});
const stats: Record<string, number> = { sealed: 0, opened: 0 };
/** Keys are installed one after the other. */
let installing: Promise<void> = Promise.resolve();

keyring.onFirstFrame = (slot, epoch) => self.postMessage({ notice: { slot, epoch } satisfies FirstFrame });

const answer = answerQuestions<FrameRequest, FrameAnswer>(self, async (request) => {
  if (request.type === 'stats') return { ...stats };
  const installed = installing.then(() =>
    request.type === 'epoch' ? keyring.install(request, request.seal) : keyring.sealWith(request.epoch),
  );
  installing = installed.catch(() => undefined);
  await installed;
  return undefined;
});

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (answer(data)) return;
  const { direction, readable, writable } = data as FrameStreams;
  run(direction, readable, writable);
};

self.onrtctransform = ({ transformer }: RTCTransformEvent) => {
  run(transformer.options as Direction, transformer.readable, transformer.writable);
};

function run(
  direction: Direction,
  readable: ReadableStream<EncodedFrame>,
  writable: WritableStream<EncodedFrame>,
): void {
  const sending = direction.kind === 'send';
  const padding = new Padding();
  const transform = sending
    ? (data: ArrayBuffer) => keyring.seal(padding.pad(new Uint8Array(data)).buffer)
    : (data: ArrayBuffer) => keyring.open(direction.slot, new Uint8Array(data));
  const count = (name: string) => {
    stats[name] = (stats[name] ?? 0) + 1;
  };
  pump(readable, writable, transform, {
    passed: () => count(sending ? 'sealed' : 'opened'),
    dropped: (reason) => count(`${sending ? 'send' : 'receive'}-dropped-${reason}`),
  }).catch(() => count('ended-by-error'));
}
