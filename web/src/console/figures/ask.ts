/** Figures as a page asks for them: fetched anew when what is asked changes, and when the connection is back. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import { RequestFailed } from '../../call/connection';
import type { ErrorCode, FiguresAnswer, FiguresRequest } from '../../proto';

export interface Asked {
  readonly answer: FiguresAnswer | undefined;
  readonly problem: ErrorCode | 'lost' | 'timeout' | undefined;
  readonly busy: boolean;
  again(): void;
}

export function useFigures(desk: StaffDesk, ask: FiguresRequest, connected: boolean): Asked {
  const [answer, setAnswer] = useState<FiguresAnswer>();
  const [problem, setProblem] = useState<Asked['problem']>();
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const question = JSON.stringify(ask);

  useEffect(() => {
    if (!connected) return;
    let wanted = true;
    setBusy(true);
    setProblem(undefined);
    desk.figures(JSON.parse(question) as FiguresRequest).then(
      (given) => {
        if (!wanted) return;
        setAnswer(given);
        setBusy(false);
      },
      (error: unknown) => {
        if (!wanted) return;
        setProblem(error instanceof RequestFailed ? error.code : 'internal');
        setAnswer(undefined);
        setBusy(false);
      },
    );
    return () => {
      wanted = false;
    };
  }, [desk, question, connected, round]);

  const again = useCallback(() => setRound((last) => last + 1), []);
  return { answer, problem, busy, again };
}
