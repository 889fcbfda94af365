/**
 * The worker that seals and opens every audio frame of one page. It holds the only keyring, so a counter cannot repeat however many
 * peer connections come and go; keys enter and never leave. If it dies, no frame passes in either direction.
 */
import type { Direction, FromWorker, ToWorker } from './frames.messages';
import { type EpochKey, Keyring } from './keyring';
import { type EncodedFrame, pump } from './pump';

const keyring = new Keyring(() => performance.now());
const stats: Record<string, number> = { sealed: 0, opened: 0 };
let installing: Promise<void> = Promise.resolve();

keyring.onFirstFrame = (slot, epoch) => tell({ type: 'first-frame', slot, epoch });

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case 'epoch':
      installing = installing.then(() => install(data.id, data));
      break;
    case 'stats':
      tell({ type: 'stats', id: data.id, stats: { ...stats } });
      break;
    case 'streams':
      run(data.direction, data.readable, data.writable);
      break;
  }
};

self.onrtctransform = ({ transformer }: RTCTransformEvent) => {
  run(transformer.options as Direction, transformer.readable, transformer.writable);
};

async function install(id: number, key: EpochKey): Promise<void> {
  try {
    await keyring.install(key);
    tell({ type: 'installed', id });
  } catch {
    tell({ type: 'refused', id });
  }
}

function run(
  direction: Direction,
  readable: ReadableStream<EncodedFrame>,
  writable: WritableStream<EncodedFrame>,
): void {
  const sending = direction.kind === 'send';
  const transform = sending
    ? async (data: ArrayBuffer) => keyring.seal(data)
    : (data: ArrayBuffer) => keyring.open(direction.slot, new Uint8Array(data));
  const count = (name: string) => {
    stats[name] = (stats[name] ?? 0) + 1;
  };
  pump(readable, writable, transform, {
    passed: () => count(sending ? 'sealed' : 'opened'),
    dropped: (reason) => count(`${sending ? 'send' : 'receive'}-dropped-${reason}`),
  }).catch(() => count('ended-by-error'));
}

function tell(message: FromWorker): void {
  self.postMessage(message);
}
