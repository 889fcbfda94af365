/** A week of the rota as the page follows it: fetched, changed here, saved against what it was when it was fetched. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../../call/api';
import type { RotaView, ShiftRequest } from '../../proto';
import { type Change, changes, type Draft, draftOf, isSame, rebased, saved } from './week';

/** What was said last of saving or copying. */
export type Said = 'saving' | 'saved' | 'notSaved' | 'copied' | 'copyFailed' | undefined;

/** What somebody else has saved meanwhile. */
export interface Overtaken {
  readonly by: string | null;
  readonly changes: readonly Change[];
  readonly needed: number;
}

export function useRota(desk: StaffDesk, view: StaffView) {
  const [rota, setRota] = useState<RotaView>();
  const [draft, setDraft] = useState<Draft>();
  const [failed, setFailed] = useState(false);
  const [said, setSaid] = useState<Said>();
  const [overtaken, setOvertaken] = useState<Overtaken>();
  const turn = useRef(0);
  const { signalling } = view;

  const take = useCallback((fresh: RotaView): void => {
    setRota(fresh);
    setDraft(draftOf(fresh));
    setOvertaken(undefined);
    setFailed(false);
  }, []);
  const fetch = useCallback(
    async (line: string | null, week: string | null): Promise<void> => {
      turn.current += 1;
      const mine = turn.current;
      setSaid(undefined);
      const answer = await desk.shift({ ask: 'rota', line, week }).catch(() => undefined);
      if (turn.current !== mine) return;
      if (answer?.answer === 'rota') take(answer.rota);
      else setFailed(true);
    },
    [desk, take],
  );
  const known = rota !== undefined;
  useEffect(() => {
    // What is being changed is not thrown away by a connection that comes back: saving finds out what happened meanwhile.
    if (signalling === 'up' && !known) void fetch(null, null);
  }, [signalling, known, fetch]);

  const base = rota && draftOf(rota);
  const changed = base !== undefined && draft !== undefined && !isSame(base, draft);

  /** Asks for a change and takes what came of it: the week as it is then. */
  const ask = async (request: ShiftRequest): Promise<'done' | 'overtaken' | 'failed'> => {
    const answer = await desk.shift(request).catch(() => undefined);
    if (answer?.answer === 'rota') {
      take(answer.rota);
      return 'done';
    }
    if (answer?.answer !== 'rota_overtaken') return 'failed';
    const { rota: theirs } = answer;
    if (!base || !draft || theirs.week !== rota?.week) return 'overtaken';
    const now = draftOf(theirs);
    setRota(theirs);
    setDraft(rebased(base, draft, now));
    setOvertaken({
      by: theirs.by,
      changes: changes(theirs, base, now),
      needed: now.needed.filter((needed, place) => needed !== base.needed[place]).length,
    });
    return 'overtaken';
  };

  return {
    rota,
    draft,
    changed,
    failed,
    said,
    overtaken,
    fetch,
    change: (of: (draft: Draft) => Draft): void => {
      setSaid(undefined);
      setDraft((now) => now && of(now));
    },
    undo: (): void => setDraft(base),
    seen: (): void => setOvertaken(undefined),
    save: async (): Promise<void> => {
      if (!rota || !draft) return;
      setSaid('saving');
      const { line, week, at } = rota;
      const outcome = await ask({ ask: 'set_rota', line, week, at, ...saved(draft) });
      setSaid(outcome === 'done' ? 'saved' : outcome === 'failed' ? 'notSaved' : undefined);
    },
    /** The week after as it is now: whether it has a plan, and what a copy names. */
    after: async (): Promise<RotaView | undefined> => {
      if (!rota) return undefined;
      const answer = await desk.shift({ ask: 'rota', line: rota.line, week: rota.next }).catch(() => undefined);
      if (answer?.answer === 'rota') return answer.rota;
      setSaid('copyFailed');
      return undefined;
    },
    copy: async (after: RotaView): Promise<void> => {
      if (!rota) return;
      const { line, week } = rota;
      const outcome = await ask({ ask: 'copy_rota', line, from: week, to: after.week, at: after.at });
      setSaid(outcome === 'done' ? 'copied' : 'copyFailed');
    },
  };
}
