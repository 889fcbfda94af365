/** Requests for help to which nobody sees yet, above everything else, on every page of those who can help. */
import { useState } from 'preact/hooks';
import type { StaffTalk } from '../../call/api';
import type { HelpWanted } from '../../proto';
import { words } from '../../words/console';
import { useElapsed } from '../elapsed';
import { unheard } from './sound';

interface Props {
  readonly help: readonly HelpWanted[];
  readonly talk: Pick<StaffTalk, 'takeHelp'>;
}

/** After so long it is made more loudly, seconds: the service's rule, shown and not kept here. */
const ESCALATES_S = 30;

export function HelpAlert({ help, talk }: Props) {
  const open = [...unheard(help)].sort((one, other) => Number(other.escalated) - Number(one.escalated));
  if (open.length === 0) return null;
  return (
    <section class="help-alert" aria-label={words.desk.helpAlert.label} data-help-alert={open.length}>
      {open.map((one) => (
        <One key={one.call} one={one} talk={talk} />
      ))}
    </section>
  );
}

function One({ one, talk }: { readonly one: HelpWanted; readonly talk: Props['talk'] }) {
  const text = words.desk.helpAlert;
  const [failed, setFailed] = useState(false);
  const since = one.since_s + useElapsed(one);
  const { name, escalated } = one;
  const left = ESCALATES_S - since;
  const take = (): void => {
    setFailed(false);
    talk.takeHelp(one.call).catch(() => setFailed(true));
  };
  return (
    <div class="help-alert__one" data-escalated={escalated}>
      <div>
        {/* Read out when it comes and when it is made louder; the seconds are only shown. */}
        <p class="help-alert__who" role="alert">
          {escalated ? text.unheard(name) : text.asks(name)}
        </p>
        <p aria-hidden="true">
          <span class="help-alert__since">{text.since(since)}</span>{' '}
          {escalated ? text.escalated : left > 0 ? text.everybody(left) : ''}
        </p>
        {failed && <p role="status">{text.failed}</p>}
      </div>
      <button type="button" class="button button--main" data-act="take-help" onClick={take}>
        {text.take(name)}
      </button>
    </div>
  );
}
