/** The drill as the page follows it: asked for after each act, and every few seconds for what others do. */
import { useCallback, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import { RequestFailed } from '../../call/connection';
import type { Drill, DrillRequest } from '../../proto';
import { words } from '../../words/console';
import { useEvery } from '../every';

const EVERY_MS = 5_000;

export type Now =
  | { readonly is: 'loading' }
  | { readonly is: 'failed' }
  /** `drill`: null while none is open. */
  | { readonly is: 'known'; readonly drill: Drill | null };

/** `asks`: there is a connection, and it is the line's: a drill is run from there. */
export function useDrill(desk: StaffDesk, asks: boolean) {
  const [now, setNow] = useState<Now>({ is: 'loading' });
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const look = useCallback(
    async (gone: AbortSignal): Promise<void> => {
      const answer = await desk.drill({ ask: 'now' }).catch(() => undefined);
      if (!gone.aborted) setNow(answer ? { is: 'known', drill: answer.drill } : { is: 'failed' });
    },
    [desk],
  );
  useEvery(EVERY_MS, look, [look], asks);

  const act = async (ask: DrillRequest): Promise<void> => {
    setProblem(undefined);
    setBusy(true);
    try {
      setNow({ is: 'known', drill: (await desk.drill(ask)).drill });
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return { now, problem, busy, act };
}

function problemOf(error: unknown): string {
  const { failed, refused } = words.desk.drill.run;
  return error instanceof RequestFailed && error.code === 'not_allowed' ? refused : failed;
}
