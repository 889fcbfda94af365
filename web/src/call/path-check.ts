/**
 * Before a shift: does this computer reach a relay, and how far is it? A leg is opened as in a call, in a call that there is not, and
 * closed again. Nothing is sent over it but what keeps it open.
 */
import type { FrameCrypto } from '../e2ee/api';
import type { Leg, LegRequest } from '../proto';
import { type Clock, pause } from './clock';
import { type LegOptions, type LegState, MediaLeg } from './leg';

/** How the relay is reached. */
export interface Path {
  /** `tcp`: the network lets no UDP through. Calls work, and may stutter. */
  readonly way: 'udp' | 'tcp';
  /** To the relay and back, ms; undefined where the browser does not say. */
  readonly roundTrip: number | undefined;
}

/** `no-path`: no relay was reached. `no-answer`: the server gave no leg. */
export type PathTrouble = 'no-path' | 'no-answer';

export class PathFailed extends Error {
  constructor(readonly trouble: PathTrouble) {
    super(trouble);
  }
}

/** What of a leg is needed here. */
export interface TriedLeg {
  readonly state: LegState;
  open(): Promise<void>;
  path(): Promise<Path | undefined>;
  close(): void;
}

/** A leg that says over which path it is up. */
export class TrialLeg extends MediaLeg implements TriedLeg {
  async path(): Promise<Path | undefined> {
    return pathOf([...(await this.connection.getStats()).values()]);
  }
}

/** What the browser's statistics say of the pair in use. */
export function pathOf(stats: readonly RTCStats[]): Path | undefined {
  type Pair = RTCIceCandidatePairStats & { selected?: boolean };
  const pairs = stats.filter((stat): stat is Pair => stat.type === 'candidate-pair');
  const working = pairs.filter((pair) => pair.state === 'succeeded' && (pair.selected ?? pair.nominated) !== false);
  const [pair] = working;
  if (!pair) return undefined;
  const locals = stats as readonly (RTCStats & { protocol?: string })[];
  const local = locals.find(({ id, type }) => type === 'local-candidate' && id === pair.localCandidateId);
  const seconds = pair.currentRoundTripTime;
  return {
    way: local?.protocol === 'tcp' ? 'tcp' : 'udp',
    roundTrip: seconds === undefined ? undefined : seconds * 1000,
  };
}

export interface PathCheckOptions {
  readonly clock: Clock;
  readonly frames: FrameCrypto;
  readonly newLeg: (options: LegOptions) => TriedLeg;
  readonly ask: (request: LegRequest) => Promise<Leg>;
}

/** For so long a relay may take, ms: as much as the slowest way in a call, over TCP. */
const PATIENCE_MS = 12_000;
const LOOK_MS = 100;
/** As a counsellor. */
const SLOT = 1;

/** Resolves when a leg is up, rejects with `PathFailed`. */
export async function checkPath({ clock, frames, newLeg, ask }: PathCheckOptions): Promise<Path> {
  const leg = newLeg({ slot: SLOT, frames, ask, changed: () => {} });
  try {
    await leg.open().catch(() => {
      throw new PathFailed('no-answer');
    });
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
      const path = leg.state === 'up' ? await leg.path() : undefined;
      if (path) return path;
      if (leg.state === 'closed' || leg.state === 'broken') break;
      await pause(clock, LOOK_MS);
    }
    throw new PathFailed('no-path');
  } finally {
    leg.close();
    frames.close();
  }
}
