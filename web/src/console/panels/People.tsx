/** Who can hear, and the safety words: of a call or of a consultation. */
import type { Seated } from '../../call/seats';
import { Icon } from '../../ui/Icon';
import { words } from '../../words/console';

interface PeopleProps {
  readonly title: string;
  readonly people: readonly Seated[];
}

export function People({ title, people }: PeopleProps) {
  const text = words.desk.call;
  return (
    <section class="panel" aria-labelledby="who-can-hear">
      <h2 class="panel__title" id="who-can-hear">
        {title}
      </h2>
      {people.length === 0 ? (
        <p class="small">{text.whoWait}</p>
      ) : (
        <ul class="people" data-people>
          {people.map(({ member, participant }) => (
            <li key={member.leaf}>
              <Icon name="person" />
              {nameOf(member)}
              {noteOf(participant) !== undefined && <span class="small"> ({noteOf(participant)})</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function nameOf({ identity, me }: Seated['member']): string {
  if (identity.role === 'caller') return words.desk.call.caller;
  const role = words.roles[identity.role];
  return me ? words.desk.call.you(identity.name, role) : words.desk.call.person(identity.name, role);
}

function noteOf(participant: Seated['participant']): string | undefined {
  const { notes } = words.call;
  if (participant?.left) return notes.left;
  if (participant?.away) return notes.away;
  return participant?.connected === false ? notes.lost : undefined;
}

interface SafetyProps {
  readonly list: readonly string[] | undefined;
  /** They could not be confirmed. */
  readonly lost: boolean;
  readonly lead: string;
}

export function Safety({ list, lost, lead }: SafetyProps) {
  const text = words.desk.call;
  return (
    <section class="panel" aria-labelledby="safety-words">
      <h2 class="panel__title" id="safety-words">
        {text.safetyTitle}
      </h2>
      {list === undefined ? (
        <p class="small">{lost ? text.safetyNone : text.safetyWait}</p>
      ) : (
        <>
          <p class="safety" data-safety-words translate={false}>
            {list.join(' ')}
          </p>
          <p class="small">{lead}</p>
        </>
      )}
    </section>
  );
}
