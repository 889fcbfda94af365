/** What was done to accounts lately, and by whom. */
import type { ActView, PersonView } from '../../proto';
import { words } from '../../words/console';

interface Props {
  readonly acts: readonly ActView[];
  readonly people: readonly PersonView[];
}

export function Acts({ acts, people }: Props) {
  const text = words.desk.office.acts;
  const name = (staff: string | null) => people.find((person) => person.staff === staff)?.name;
  return (
    <section class="panel" aria-labelledby="acts">
      <h2 class="panel__title" id="acts">
        {text.title}
      </h2>
      <ol class="acts">
        {acts.slice(0, 20).map((act) => (
          <li key={`${act.at} ${act.what} ${act.staff}`}>
            <time dateTime={new Date(act.at).toISOString()}>{text.when(act.at)}</time>{' '}
            {text.line(text.what[act.what], name(act.staff), act.by === act.staff ? undefined : name(act.by))}
          </li>
        ))}
      </ol>
    </section>
  );
}
