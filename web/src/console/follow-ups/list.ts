/** The promised talks as the page follows them: fetched after each act, and every few seconds for what others do. */
import { useCallback, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { FollowUpRequest, FollowUpView } from '../../proto';
import { useEvery } from '../every';
import { problemOf } from './problem';

const EVERY_MS = 10_000;

export function useFollowUps(desk: StaffDesk) {
  const [list, setList] = useState<readonly FollowUpView[]>();
  const [problem, setProblem] = useState<string>();

  const refresh = useCallback(async (): Promise<void> => {
    try {
      const answer = await desk.followUps({ ask: 'list' });
      if (answer.answer === 'list') setList(answer.follow_ups);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }, [desk]);
  const again = useCallback(async (): Promise<void> => {
    setProblem(undefined);
    await refresh();
  }, [refresh]);
  useEvery(EVERY_MS, again, [again]);

  /** Asks, shows what went wrong, and fetches how things are then. */
  const act = async (ask: FollowUpRequest): Promise<void> => {
    setProblem(undefined);
    try {
      await desk.followUps(ask);
    } catch (error) {
      setProblem(problemOf(error));
      return;
    }
    await refresh();
  };
  return { list, problem, act, again };
}
