/** The directory as this page holds it: what was kept in this browser at once, then what the service has, once for each version. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../../call/api';
import type { KeptServices } from '../../call/service-shelf';
import { useEvery } from '../every';
import { type Index, indexOf } from './search';

/** How often the service is asked whether there is another version, ms. */
const EVERY_MS = 30_000;

export type Held =
  /** Nothing is kept here, and the service has not answered yet. */
  | { readonly is: 'loading' }
  /** Nothing is kept here, and the service could not answer. */
  | { readonly is: 'failed' }
  | { readonly is: 'here'; readonly index: Index };

export function useServices(desk: StaffDesk, link: StaffView['signalling']): Held {
  const [services, setServices] = useState<KeptServices>();
  const [failed, setFailed] = useState(false);

  const held = useRef<KeptServices>(undefined);
  const hold = (services: KeptServices): void => {
    held.current = services;
    setServices(services);
  };
  const ask = async (gone: AbortSignal): Promise<void> => {
    const kept = held.current ?? (await desk.serviceShelf.get().catch(() => undefined));
    if (gone.aborted) return;
    if (kept && !held.current) hold(kept);
    if (link === 'lost') {
      setFailed(true);
      return;
    }
    try {
      const answer = await desk.services({ ask: 'list', known: held.current?.version ?? 0 });
      if (gone.aborted) return;
      setFailed(false);
      if (answer.answer !== 'list' || answer.version === held.current?.version) return;
      const fresh = { version: answer.version, entries: answer.entries };
      hold(fresh);
      // Where nothing can be kept, the page still holds it.
      await desk.serviceShelf.put(fresh).catch(() => undefined);
    } catch {
      if (!gone.aborted) setFailed(true);
    }
  };
  // Asked again when the connection is back.
  useEvery(EVERY_MS, ask, [desk, link]);

  const index = useMemo(() => services && indexOf(services.entries), [services]);
  if (index) return { is: 'here', index };
  return { is: failed ? 'failed' : 'loading' };
}
