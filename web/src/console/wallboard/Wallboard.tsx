/** The wallboard: how the shift goes, at a glance, on a desk or on a screen across the room. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Board } from '../../proto';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import { clock } from '../../words/english';
import { useElapsed } from '../elapsed';
import type { PageProps } from '../pages';
import { useTitle } from '../title';
import { useBoard } from './board';
import { Charts } from './Charts';
import { Gaps } from './Gaps';
import { People, since } from './People';

export function Wallboard({ desk, view }: PageProps) {
  const text = words.desk.wallboard;
  const { board, minutes, failed, again } = useBoard(desk, view);
  const [far, setFar] = useState(false);
  const lost = view.signalling !== 'up';
  const age = useElapsed(board);
  const lostFor = useElapsed(lost);
  // What is not told any more stands still.
  const told = Math.max(0, lost ? age - lostFor : age);
  useTitle(text.documentTitle);

  if (!board) {
    return (
      <main class="main main--gate">
        <Screen
          name={failed ? 'wallboard-failed' : 'wallboard-loading'}
          title={failed ? text.failed.title : text.title}
        >
          {failed ? (
            <>
              <p>{text.failed.lead}</p>
              <button type="button" class="button" data-act="again" onClick={again}>
                {text.failed.again}
              </button>
            </>
          ) : (
            <p role="status">{text.loading}</p>
          )}
        </Screen>
      </main>
    );
  }
  const body = (
    <>
      {lost && (
        <Notice>
          <p data-offline>{text.offline(age)}</p>
        </Notice>
      )}
      <Numbers board={board} told={told} />
      <div class="wallboard__below">
        <Charts minutes={minutes} far={far} />
        <People board={board} told={told} far={far} />
      </div>
      <div class="wallboard__last">
        <Gaps desk={desk} up={!lost} />
        <Relay board={board} />
      </div>
    </>
  );
  if (far) return <Far onBack={() => setFar(false)}>{body}</Far>;
  return (
    <main class="main wallboard" data-board={board.now}>
      <Screen name="wallboard" title={text.title}>
        <p>
          <button type="button" class="button button--small" data-act="far" onClick={() => setFar(true)}>
            {text.far}
          </button>
        </p>
        {body}
      </Screen>
    </main>
  );
}

/** Over everything, in very large type. Escape or the button goes back. */
function Far({ onBack, children }: { readonly onBack: () => void; readonly children: preact.ComponentChildren }) {
  const text = words.desk.wallboard;
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    back.current?.focus();
    // A screen on the wall has no bars; where the browser refuses, it is large all the same.
    const page = document.documentElement;
    // What is above everything, help above all, is above this too.
    page.dataset.far = '';
    if (navigator.userActivation?.isActive) void page.requestFullscreen?.().catch(() => undefined);
    const left = (): void => {
      if (!document.fullscreenElement) onBack();
    };
    document.addEventListener('fullscreenchange', left);
    return () => {
      delete page.dataset.far;
      document.removeEventListener('fullscreenchange', left);
      if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined);
    };
  }, []);
  return (
    <main
      class="main wallboard wallboard--far"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onBack();
      }}
    >
      <Screen name="wallboard-far" title={text.title}>
        <button type="button" class="button button--small wallboard__back" ref={back} data-act="near" onClick={onBack}>
          {text.near}
        </button>
        {children}
      </Screen>
    </main>
  );
}

function Numbers({ board, told }: { readonly board: Board; readonly told: number }) {
  const text = words.desk.wallboard;
  const answering = board.people.filter(({ role }) => role === 'counsellor');
  const free = answering.filter(({ doing, connected }) => doing === 'available' && connected).length;
  const busy = board.people.filter(({ doing }) => doing === 'on_call' || doing === 'ringing').length;
  const counted = since(board, board.counted_since, told);
  return (
    <>
      <dl class="numbers">
        <Figure name="waiting" label={text.waiting} marked={board.waiting > 0}>
          {board.waiting}
        </Figure>
        <Figure name="longest" label={text.longest} marked={board.waiting > 0}>
          {board.oldest === null ? (
            <span class="numbers__word">{text.nobody}</span>
          ) : (
            clock(since(board, board.oldest, told))
          )}
        </Figure>
        <Figure name="free" label={text.free} marked={free === 0}>
          {free}
        </Figure>
        <Figure name="busy" label={text.withCallers}>
          {busy}
        </Figure>
        <Figure name="lost" label={counted < 3600 ? text.lostSince(counted) : text.lost}>
          {board.lost}
        </Figure>
        {board.overdue !== null && (
          <Figure name="overdue" label={text.overdue} marked={board.overdue > 0}>
            {board.overdue}
          </Figure>
        )}
      </dl>
      <div role="status">{free === 0 && busy === 0 && <p class="wallboard__told">{text.unserved}</p>}</div>
    </>
  );
}

interface FigureProps {
  readonly name: string;
  readonly label: string;
  /** Worth a look: told apart by a border and a mark, not by a colour. */
  readonly marked?: boolean;
  readonly children: preact.ComponentChildren;
}

function Figure({ name, label, marked = false, children }: FigureProps) {
  return (
    <div class="numbers__one" data-number={name} data-marked={marked}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Relay({ board: { relay } }: { readonly board: Board }) {
  const text = words.desk.wallboard.relay;
  return (
    <section class="panel wallboard__relay" aria-labelledby="relay" data-relay={relay ? relay.running : 'elsewhere'}>
      <h2 class="panel__title" id="relay">
        {text.title}
      </h2>
      <div role="status">
        <p>{relay === null ? text.elsewhere : relay.running ? text.running : text.stopped}</p>
      </div>
      {relay !== null && (
        <dl class="figures">
          <div>
            <dt>{text.calls}</dt>
            <dd>{relay.calls}</dd>
          </div>
          <div>
            <dt>{text.legs}</dt>
            <dd>{relay.legs}</dd>
          </div>
          <div>
            <dt>
              {text.dropped} <span class="small">{text.droppedHint}</span>
            </dt>
            <dd>{relay.dropped}</dd>
          </div>
        </dl>
      )}
    </section>
  );
}
