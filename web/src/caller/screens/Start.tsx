/** Before the tap: one button, and plain answers for who wants them. */
import { telephone } from '../../ui/config';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';

interface Props {
  readonly phone: string;
  readonly onTalk: () => void;
}

export function Start({ phone, onShift, onTalk }: Props & { readonly onShift: boolean }) {
  return (
    <Screen name="start" title={words.start.title}>
      <p class="lead">{words.start.lead}</p>
      <p>
        <button type="button" class="button button--main" onClick={onTalk} data-talk>
          {words.start.talk}
        </button>
      </p>
      {!onShift && (
        <Notice>
          <p>{words.start.noShift(phone)}</p>
        </Notice>
      )}
      <ul class="plain-list">
        {words.start.after.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <Answers />
    </Screen>
  );
}

/** Nobody is on shift: said before the tap. */
export function Closed({ phone, onTalk }: Props) {
  return (
    <Screen name="closed" title={words.closed.title}>
      <p class="lead">{words.closed.lead(phone)}</p>
      <p>
        <a class="button button--main" href={telephone(phone)}>
          <Icon name="telephone" />
          {words.trouble.phone(phone)}
        </a>
      </p>
      <p>{words.closed.wait}</p>
      <p>
        <button type="button" class="button button--plain" onClick={onTalk}>
          {words.closed.retry}
        </button>
      </p>
      <Answers />
    </Screen>
  );
}

function Answers() {
  return (
    <>
      <details class="answer">
        <summary>
          <span>{words.privacy.title}</span>
        </summary>
        <div class="answer__text">
          {words.privacy.points.map((point) => (
            <p key={point}>{point}</p>
          ))}
          <p>{words.exit.hint}</p>
        </div>
      </details>
      <details class="answer">
        <summary>
          <span>{words.others.title}</span>
        </summary>
        <div class="answer__text">
          <p>{words.others.lead}</p>
          <OtherServices />
        </div>
      </details>
    </>
  );
}

/** The services that are there for everybody. */
export function OtherServices() {
  return (
    <ul class="services">
      {words.others.list.map((service) => (
        <li key={service.name}>
          <strong>{service.name}</strong>
          <span>
            {service.how} <a href={service.href}>{service.number}</a>
            {service.after ? ` ${service.after}` : ''}
          </span>
        </li>
      ))}
    </ul>
  );
}
