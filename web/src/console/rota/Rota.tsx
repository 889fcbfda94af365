/** The rota: supervisors plan who works when, everybody else sees their own hours. */
import type { RotaView } from '../../proto';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import type { PageProps } from '../pages';
import { useTitle } from '../title';
import { Training } from '../training/Training';
import { useRota } from './follow';
import { OwnWeek } from './OwnWeek';
import { Planner } from './Planner';

export function Rota({ desk, view }: PageProps) {
  const text = words.desk.rota;
  const follow = useRota(desk, view);
  const { rota, failed, fetch } = follow;
  const edits = view.role === 'supervisor';
  const lost = view.signalling !== 'up';
  useTitle(text.documentTitle);

  if (!rota) {
    const refused = failed && !lost;
    return (
      <main class="main main--gate">
        <Screen name={refused ? 'rota-failed' : 'rota-loading'} title={refused ? text.failed.title : text.title}>
          {lost && (
            <Notice>
              <p>{text.offline}</p>
            </Notice>
          )}
          {refused ? (
            <>
              <p>{text.failed.lead}</p>
              <button type="button" class="button" data-act="again" onClick={() => void fetch(null, null)}>
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
  return (
    <main class="main rota-page">
      <Screen name="rota" title={text.title}>
        {lost && (
          <Notice>
            <p data-offline>{text.offline}</p>
          </Notice>
        )}
        {failed && !lost && (
          <Notice>
            <p>{text.failed.title}</p>
          </Notice>
        )}
        <Weeks rota={rota} held={follow.changed} onChoose={(line, week) => void fetch(line, week)} />
        {edits ? <Planner follow={follow} rota={rota} lost={lost} /> : <OwnWeek rota={rota} />}
        {edits && <Training desk={desk} lost={lost} />}
      </Screen>
    </main>
  );
}

interface WeeksProps {
  readonly rota: RotaView;
  /** There are changes that are not saved: they would be lost. */
  readonly held: boolean;
  readonly onChoose: (line: string, week: string | null) => void;
}

function Weeks({ rota, held, onChoose }: WeeksProps) {
  const text = words.desk.rota;
  const { line, lines, week, next, hours } = rota;
  const before = new Date(Date.parse(`${week}T12:00:00Z`) - 7 * 86_400_000).toISOString().slice(0, 10);
  return (
    <div class="rota__week">
      <h2 class="subheading" aria-live="polite">
        {text.week(week)}
      </h2>
      {hours.length !== 168 && <p>{hours.length > 168 ? text.longer : text.shorter}</p>}
      <div class="buttons">
        {lines.length > 1 && (
          <label>
            {text.line}{' '}
            <select
              class="field__input"
              value={line}
              disabled={held}
              onChange={(event) => onChoose(event.currentTarget.value, week)}
            >
              {lines.map((one) => (
                <option key={one.line} value={one.line}>
                  {one.title === '' ? one.line : one.title}
                </option>
              ))}
            </select>
          </label>
        )}
        <button type="button" class="button" data-act="before" disabled={held} onClick={() => onChoose(line, before)}>
          {text.before}
        </button>
        <button type="button" class="button" data-act="present" disabled={held} onClick={() => onChoose(line, null)}>
          {text.present}
        </button>
        <button type="button" class="button" data-act="after" disabled={held} onClick={() => onChoose(line, next)}>
          {text.after}
        </button>
      </div>
    </div>
  );
}
