/** Accounts as the administrator's page follows them: fetched after each act, and every few seconds for what others do. */
import { useCallback, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { OfficeAnswer, OfficeRequest } from '../../proto';
import { useEvery } from '../every';
import { problemOf } from './problem';

export type Accounts = Extract<OfficeAnswer, { answer: 'accounts' }>;

const EVERY_MS = 5_000;

export function useAccounts(desk: StaffDesk) {
  const [accounts, setAccounts] = useState<Accounts>();
  const [unread, setUnread] = useState(false);
  const [problem, setProblem] = useState<string>();

  const refresh = useCallback(async (): Promise<void> => {
    const answer = await desk.office({ ask: 'accounts' }).catch(() => undefined);
    setUnread(answer?.answer !== 'accounts');
    if (answer?.answer === 'accounts') setAccounts(answer);
  }, [desk]);
  useEvery(EVERY_MS, refresh, [refresh]);

  /** Asks, shows what went wrong, and fetches how things are then. */
  const act = async (ask: OfficeRequest): Promise<OfficeAnswer | undefined> => {
    setProblem(undefined);
    const answer = await desk.office(ask).catch((error: unknown) => {
      setProblem(problemOf(error));
      return undefined;
    });
    await refresh();
    return answer;
  };
  return { accounts, unread, problem, setProblem, act };
}
