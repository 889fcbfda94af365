/** After the call: how it ended, and where one can go from here. */

import type { FollowUp } from '../../call/api';
import type { DropPlan } from '../../call/text/message';
import type { EndedBy } from '../../proto';
import { telephone } from '../../ui/config';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';
import { Promised } from './Promised';
import { planOf } from './plan';
import { OtherServices } from './Start';

interface Props {
  readonly by: EndedBy;
  /** Who the caller was with, if anyone. */
  readonly name: string | undefined;
  /** What was agreed for a connection that does not come back. */
  readonly plan: DropPlan | null;
  /** How many messages of theirs did not arrive. */
  readonly unsent: number;
  readonly phone: string;
  /** The talk that was promised. */
  readonly followUp: FollowUp | undefined;
  readonly onAgain: () => void;
}

export function Ended({ by, name, plan, unsent, phone, followUp, onAgain }: Props) {
  const { title, lead } = textOf(by, name);
  return (
    <Screen name="ended" title={title}>
      <p class="lead">{lead}</p>
      {by === 'lost' && plan !== null && (
        <Notice>
          <p>
            <strong>{words.written.agreed(name)}</strong>
          </p>
          <p data-agreed={plan}>{planOf(plan, phone)}</p>
        </Notice>
      )}
      {unsent > 0 && (
        <Notice>
          <p data-unsent={unsent}>{words.written.unsent(unsent)}</p>
        </Notice>
      )}
      {followUp && <Promised followUp={followUp} name={name} over />}
      <p>
        <button type="button" class="button button--main" onClick={onAgain}>
          {words.ended.again}
        </button>
      </p>
      <h2 class="subheading">{words.ended.nextTitle}</h2>
      <ul class="services services--first">
        <li>
          <strong>{words.ended.same}</strong>
          <span>
            <a href={telephone(phone)}>{phone}</a>
          </span>
        </li>
      </ul>
      <OtherServices />
    </Screen>
  );
}

function textOf(by: EndedBy, name: string | undefined): { title: string; lead: string } {
  switch (by) {
    case 'caller':
    case 'quick_exit':
      return words.ended.byYou;
    case 'counsellor':
      return { title: words.ended.byCounsellor.title(name), lead: words.ended.byCounsellor.lead };
    case 'lost':
      return words.ended.lost;
  }
}
