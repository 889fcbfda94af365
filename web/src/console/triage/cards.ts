/** A coordinator's cards as the page follows them: fetched after each act, and every few seconds for what a desk of the line does. */
import { useCallback, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import { RequestFailed } from '../../call/connection';
import type { TriageAnswer, TriageRequest } from '../../proto';
import { words } from '../../words/console';
import { useEvery } from '../every';

export type OwnCards = Extract<TriageAnswer, { answer: 'cards' }>;

const EVERY_MS = 4_000;

export function useCards(desk: StaffDesk) {
  const [own, setOwn] = useState<OwnCards>();
  const [failed, setFailed] = useState(false);
  const [problem, setProblem] = useState<string>();

  const refresh = useCallback(async (): Promise<void> => {
    try {
      const answer = await desk.triage({ ask: 'cards' });
      if (answer.answer === 'cards') setOwn(answer);
      setFailed(false);
    } catch {
      setFailed(true);
    }
  }, [desk]);
  useEvery(EVERY_MS, refresh, [refresh]);

  /** Asks, says what went wrong, and fetches how things are then. Returns the card that was asked about. */
  const act = async (ask: TriageRequest): Promise<string | undefined> => {
    setProblem(undefined);
    const answer = await desk.triage(ask).catch((error: unknown) => {
      setProblem(triageProblem(error));
      return undefined;
    });
    await refresh();
    return answer?.answer === 'card' ? answer.card.card : undefined;
  };
  return { own, failed, problem, act, refresh };
}

export function triageProblem(error: unknown): string {
  const { problems } = words.desk.triage;
  const code = error instanceof RequestFailed ? error.code : 'internal';
  if (code === 'out_of_order' || code === 'offer_gone') return problems.gone;
  return code === 'lost' || code === 'timeout' ? problems.lost : problems.internal;
}
