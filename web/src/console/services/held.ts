/** The directory as this page holds it: what was kept in this browser at once, then what the service has, once for each version. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../../call/api';
import type { KeptServices } from '../../call/service-shelf';
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

  useEffect(() => {
    let gone = false;
    let held: KeptServices | undefined;
    const hold = (services: KeptServices): void => {
      held = services;
      if (!gone) setServices(services);
    };
    const ask = async (): Promise<void> => {
      try {
        const answer = await desk.services({ ask: 'list', known: held?.version ?? 0 });
        if (gone) return;
        setFailed(false);
        if (answer.answer !== 'list' || answer.version === held?.version) return;
        hold({ version: answer.version, entries: answer.entries });
        // Where nothing can be kept, the page still holds it.
        if (held) await desk.serviceShelf.put(held).catch(() => undefined);
      } catch {
        if (!gone) setFailed(true);
      }
    };
    const begin = async (): Promise<void> => {
      const kept = await desk.serviceShelf.get().catch(() => undefined);
      if (kept && !gone) hold(kept);
      if (link !== 'lost') await ask();
      else setFailed(true);
    };
    void begin();
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
    // Asked again when the connection is back.
  }, [desk, link]);

  const index = useMemo(() => services && indexOf(services.entries), [services]);
  if (index) return { is: 'here', index };
  return { is: failed ? 'failed' : 'loading' };
}
