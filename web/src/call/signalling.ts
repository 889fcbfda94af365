/** The signalling connection as either page opens it in its surroundings. */
import type { Link } from './api';
import { Connection } from './connection';
import { type Surroundings, socketUrl } from './surroundings';

export interface SignallingEvents<M> {
  /** A fresh socket is open. */
  readonly opened: () => void;
  readonly received: (message: M) => void;
  readonly linkChanged: (link: Link) => void;
  /** The network may have changed: the connection looks after itself, media does not know yet. */
  readonly networkChanged: () => void;
}

/** `path` is `/ws/caller` or `/ws/staff`. */
export function signalling<Q extends { type: string }, M extends { type: string }>(
  around: Surroundings,
  path: string,
  { networkChanged, ...events }: SignallingEvents<M>,
): Connection<Q, M> {
  const { clock, chance, openSocket } = around;
  const onWake = (wake: () => void) =>
    around.onWake(() => {
      wake();
      networkChanged();
    });
  return new Connection({ url: socketUrl(around.origin, path), clock, chance, openSocket, onWake, ...events });
}
