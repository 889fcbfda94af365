/** The list of promised talks: a counsellor's own, or everybody's. */
import { useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { FollowUpRequest, FollowUpView, Role, Settled } from '../../proto';
import { Confirm } from '../../ui/Confirm';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import type { PageProps } from '../pages';
import { useTitle } from '../title';
import { useFollowUps } from './list';
import { Reach } from './Reach';

export function FollowUps({ desk, view }: PageProps) {
  const text = words.desk.followUps;
  const { list, problem, act, again } = useFollowUps(desk);
  const offline = view.signalling === 'lost';
  useTitle(text.documentTitle);
  return (
    <div class="columns">
      <main class="main main--desk">
        <Screen name="follow-ups" title={text.title}>
          <p class="lead">{text.lead}</p>
          {offline && (
            <Notice>
              <p>{text.offline}</p>
            </Notice>
          )}
          {problem !== undefined && !offline && (
            <div role="alert">
              <p class="field__problem">{problem}</p>
              <button type="button" class="button button--quiet" onClick={() => void again()}>
                {text.again}
              </button>
            </div>
          )}
          {list === undefined && problem === undefined && !offline && (
            <p role="status" data-loading>
              {text.loading}
            </p>
          )}
          {list?.length === 0 && <p data-none>{text.none}</p>}
          {list !== undefined && list.length > 0 && (
            <ul class="follow-ups">
              {list.map((followUp) => (
                <Row
                  key={followUp.follow_up}
                  desk={desk}
                  role={view.role}
                  followUp={followUp}
                  offline={offline}
                  act={act}
                />
              ))}
            </ul>
          )}
        </Screen>
      </main>
    </div>
  );
}

interface RowProps {
  readonly desk: StaffDesk;
  readonly role: Role | undefined;
  readonly followUp: FollowUpView;
  readonly offline: boolean;
  readonly act: (ask: FollowUpRequest) => Promise<void>;
}

function Row({ desk, role, followUp, offline, act }: RowProps) {
  const text = words.desk.followUps;
  const [asking, setAsking] = useState(false);
  const { follow_up, standing, at_ms, gone_ms, by, mine, came } = followUp;
  const settled = standing === 'done' || standing === 'not_reached';
  const outcomes: readonly Settled[] = came ? [] : settled ? ['open'] : ['done', 'not_reached'];
  return (
    <li class="follow-up" data-standing={standing}>
      <p class="follow-up__when">
        {text.standing[standing]}: {text.when(at_ms)}
      </p>
      <p class="small">
        {text.by(by, mine)}. {came ? text.came : settled || followUp.contact ? '' : text.waits} {text.gone(gone_ms)}
      </p>
      <Reach desk={desk} role={role} followUp={followUp} offline={offline} />
      {asking ? (
        <Confirm
          question={text.removeAsk}
          hint={text.removeHint}
          yes={text.removeYes}
          no={text.removeNo}
          onYes={() => {
            setAsking(false);
            void act({ ask: 'remove', follow_up });
          }}
          onNo={() => setAsking(false)}
        />
      ) : (
        <div class="buttons">
          {outcomes.map((outcome) => (
            <button
              key={outcome}
              type="button"
              class="button button--plain button--small"
              disabled={offline}
              aria-label={text.of(text.acts[outcome], at_ms)}
              data-settle={outcome}
              onClick={() => void act({ ask: 'settle', follow_up, outcome })}
            >
              {text.acts[outcome]}
            </button>
          ))}
          <button
            type="button"
            class="button button--quiet button--small"
            disabled={offline}
            aria-label={text.of(text.acts.remove, at_ms)}
            data-remove
            onClick={() => setAsking(true)}
          >
            {text.acts.remove}
          </button>
        </div>
      )}
    </li>
  );
}
