/** After the call: how it ended, and where one can go from here. */
import type { EndedBy } from '../../proto';
import { telephone } from '../../ui/config';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';
import { OtherServices } from './Start';

interface Props {
  readonly by: EndedBy;
  /** Who the caller was with, if anyone. */
  readonly name: string | undefined;
  readonly phone: string;
  readonly onAgain: () => void;
}

export function Ended({ by, name, phone, onAgain }: Props) {
  const { title, lead } = textOf(by, name);
  return (
    <Screen name="ended" title={title}>
      <p class="lead">{lead}</p>
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
