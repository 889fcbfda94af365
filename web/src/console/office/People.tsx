/** Who works here, with their devices; shutting out and recovery, each behind a question. */
import { useState } from 'preact/hooks';
import type { OfficeAnswer, OfficeRequest, PersonView } from '../../proto';
import { Confirm } from '../../ui/Confirm';
import { words } from '../../words/console';

interface Props {
  readonly people: readonly PersonView[];
  readonly act: (ask: OfficeRequest) => Promise<OfficeAnswer | undefined>;
}

type Question =
  | { readonly of: 'person'; readonly person: PersonView }
  | { readonly of: 'recover'; readonly person: PersonView }
  | { readonly of: 'device'; readonly person: PersonView; readonly device: string };

export function People({ people, act }: Props) {
  const text = words.desk.office.people;
  const [question, setQuestion] = useState<Question>();
  const here = people.filter((person) => !person.revoked);
  const gone = people.length - here.length;

  const yes = (): void => {
    if (!question) return;
    const { staff } = question.person;
    setQuestion(undefined);
    if (question.of === 'person') void act({ ask: 'shut_out_person', staff });
    else if (question.of === 'recover') void act({ ask: 'recover', staff });
    else if (question.of === 'device') void act({ ask: 'shut_out_device', device: question.device });
  };

  return (
    <section aria-labelledby="people">
      <h2 class="subheading" id="people">
        {text.title}
      </h2>
      <ul class="staff-list">
        {here.map((person) => (
          <li class="panel person" key={person.staff} data-person={person.name}>
            <h3 class="panel__title">
              {person.name}
              <span class="person__role">
                {words.roles[person.role]}
                {person.me && ` (${text.me})`}
              </span>
            </h3>
            {person.devices.length === 0 && <p class="small">{text.noDevice}</p>}
            <ul class="devices">
              {person.devices.map((device) => (
                <li key={device.device}>
                  <span>
                    {text.device(device.native, device.since)}
                    {device.wants_credential && `, ${text.wantsCredential}`}
                  </span>
                  <button
                    type="button"
                    class="button button--quiet button--small"
                    onClick={() => setQuestion({ of: 'device', person, device: device.device })}
                  >
                    {text.shutOutDevice}
                    <span class="visually-hidden"> {text.of(person.name)}</span>
                  </button>
                </li>
              ))}
            </ul>
            {question?.person.staff === person.staff ? (
              <Confirm
                question={text.ask[question.of](person.name)}
                hint={text.askHint[question.of]}
                yes={text.yes[question.of]}
                no={text.no}
                onYes={yes}
                onNo={() => setQuestion(undefined)}
              />
            ) : (
              !person.me && (
                <div class="buttons">
                  <button
                    type="button"
                    class="button button--small"
                    data-act="recover"
                    onClick={() => setQuestion({ of: 'recover', person })}
                  >
                    {text.recover}
                    <span class="visually-hidden"> {text.of(person.name)}</span>
                  </button>
                  <button
                    type="button"
                    class="button button--small"
                    data-act="shut-out"
                    onClick={() => setQuestion({ of: 'person', person })}
                  >
                    {text.shutOut}
                    <span class="visually-hidden"> {person.name}</span>
                  </button>
                </div>
              )
            )}
          </li>
        ))}
      </ul>
      {gone > 0 && <p class="small">{text.gone(gone)}</p>}
    </section>
  );
}
