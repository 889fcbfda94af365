/** The real surroundings: this browser. */

import { sign } from '../e2ee/ed25519';
import { createFrameCrypto, prepareFrameCrypto } from '../e2ee/frames';
import { createMember, generateKeys, verifyStaffCredential, warmUp } from '../e2ee/mls';
import { createSafetyWords } from '../e2ee/words';
import { workerUrl } from '../trusted';
import { steadyClock } from './clock';
import { canEncrypt } from './features';
import { MediaLeg } from './leg';
import { painted } from './painted';
import { browserPasskeys } from './passkeys';
import { StaffSession } from './staff-session';
import type { Surroundings } from './surroundings';
import { tabStorage } from './tab';
import { CallNotes } from './text/notes';
import ticksWorker from './ticks.worker.ts?worker&url';
import { onWake } from './wake';

export function browserSurroundings(): Surroundings {
  return {
    clock: steadyClock(() => new Worker(workerUrl(ticksWorker), { type: 'module' })),
    // Jitter of reconnection only; every secret comes from WebCrypto inside e2ee.
    chance: () => Math.random(),
    openSocket: (url, protocol) => new WebSocket(url, protocol),
    onWake,
    devices: navigator.mediaDevices,
    passkeys: browserPasskeys(),
    session: new StaffSession(tabStorage()),
    notes: new CallNotes(tabStorage()),
    origin: location.origin,
    canEncrypt,
    newStream: () => new MediaStream(),
    newLeg: (options) => new MediaLeg(options),
    post: (path, body) => fetch(path, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }),
    beacon: (path, body) => navigator.sendBeacon(path, body),
    shown: painted,
    e2ee: {
      createMember,
      createFrameCrypto,
      createSafetyWords: (epoch, epochAuthenticator) =>
        createSafetyWords({
          epoch: epoch.epoch,
          leaves: epoch.members.map((member) => member.leaf),
          me: epoch.members.find((member) => member.me)?.leaf ?? -1,
          epochAuthenticator,
        }),
      generateKeys,
      sign,
      verifyStaffCredential,
      warmUp: () => {
        prepareFrameCrypto();
        return warmUp();
      },
    },
  };
}
