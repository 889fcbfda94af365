/** The page of drills: whether one is open, taking part in it, and, for supervisors, opening and ending it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Drill as Open } from '../../proto';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import type { PageProps } from '../pages';
import { useTitle } from '../title';
import { Callers } from './Callers';
import { type Now, useDrill } from './now';
import { free, practise, usePractice } from './practice';
import { Run } from './Run';

export function Drill({ desk, view }: PageProps) {
  const text = words.desk.drill;
  const offline = view.signalling !== 'up';
  const { now, problem, busy, act } = useDrill(desk, !offline && !view.drill);
  useTitle(text.documentTitle);
  const drill = now.is === 'known' ? now.drill : null;
  return (
    <main class="main main--page">
      <Screen name="drill" title={text.title}>
        <p class="lead">{text.lead}</p>
        {offline && (
          <Notice>
            <p>{text.offline}</p>
          </Notice>
        )}
        {view.drill ? (
          <>
            <p data-practising>{text.practising.lead}</p>
            <p class="small">{text.practising.hint}</p>
          </>
        ) : (
          <>
            <Standing now={now} runs={view.role === 'supervisor'} offline={offline} />
            {drill && <Practise desk={desk} view={view} />}
            {view.role === 'supervisor' && now.is === 'known' && (
              <>
                {drill?.ticket !== undefined && <Callers ticket={drill.ticket} />}
                <Run open={drill !== null} busy={busy || offline} problem={problem} act={act} />
              </>
            )}
          </>
        )}
      </Screen>
    </main>
  );
}

interface StandingProps {
  readonly now: Now;
  readonly runs: boolean;
  readonly offline: boolean;
}

function Standing({ now, runs, offline }: StandingProps) {
  const text = words.desk.drill;
  switch (now.is) {
    case 'loading':
      return offline ? null : (
        <p role="status" data-loading>
          {text.loading}
        </p>
      );
    case 'failed':
      return (
        <Notice>
          <p data-failed>{text.failed}</p>
        </Notice>
      );
    case 'known':
      return now.drill ? (
        <OpenNow drill={now.drill} />
      ) : (
        <p data-none>
          {text.none} {!runs && text.noneHint}
        </p>
      );
  }
}

function OpenNow({ drill: { until, callers, desks } }: { readonly drill: Open }) {
  const text = words.desk.drill;
  return (
    <p data-open>
      <strong>{text.open(until)}</strong> {text.inIt(callers, desks)}
    </p>
  );
}

function Practise({ desk, view }: PageProps) {
  const text = words.desk.drill.practise;
  const practice = usePractice();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<'refused' | 'failed'>();
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  const begin = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const why = await practise(desk, practice, () => gone.current);
    if (gone.current) return;
    setProblem(why);
    setBusy(false);
  };
  return (
    <section class="panel drill__part" aria-labelledby="practise">
      <h2 class="panel__title" id="practise">
        {text.title}
      </h2>
      <p>{text.lead}</p>
      {problem !== undefined && (
        <p class="field__problem" role="alert">
          {text[problem]}
        </p>
      )}
      <p>
        <button
          type="button"
          class="button button--main"
          disabled={busy || view.signalling !== 'up' || !free(view.state)}
          onClick={() => void begin()}
          data-act="practise"
        >
          {busy ? text.busy : text.button}
        </button>
      </p>
    </section>
  );
}
