/** The wallboard as a page follows it: asked for once on each connection, then told. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../../call/api';
import type { Board, Minute } from '../../proto';

/** Minutes that are shown. */
const KEPT = 60;

export interface Followed {
  /** Undefined until the first has come. */
  readonly board: Board | undefined;
  /** The last hour, the present minute last. */
  readonly minutes: readonly Minute[];
  /** It was asked for and not given. */
  readonly failed: boolean;
  readonly again: () => void;
}

/** The minutes with the present one of a board that came later. */
export function withMinute(minutes: readonly Minute[], present: Minute): readonly Minute[] {
  return [...minutes.filter(({ at }) => at < present.at), present].slice(-KEPT);
}

export function useBoard(desk: StaffDesk, view: StaffView): Followed {
  const [first, setFirst] = useState<Board>();
  const [failed, setFailed] = useState(false);
  const minutes = useRef<readonly Minute[]>([]);
  const { signalling, board: told } = view;

  const watch = useCallback(async (): Promise<void> => {
    setFailed(false);
    try {
      const answer = await desk.shift({ ask: 'watch', on: true });
      if (answer.answer !== 'watching') throw new Error('The server gave no board.');
      minutes.current = answer.minutes;
      setFirst(answer.board);
    } catch {
      setFailed(true);
    }
  }, [desk]);
  useEffect(() => {
    // A connection that came back knows nothing of who watched on the one before.
    if (signalling === 'up') void watch();
  }, [signalling, watch]);
  useEffect(() => () => void desk.shift({ ask: 'watch', on: false }).catch(() => undefined), [desk]);

  const board = told && (!first || told.now >= first.now) ? told : first;
  if (board) minutes.current = withMinute(minutes.current, board.minute);
  return { board, minutes: minutes.current, failed: failed && signalling === 'up', again: () => void watch() };
}
