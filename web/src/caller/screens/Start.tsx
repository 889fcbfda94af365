/** Before the tap: one button, and plain answers for who wants them. */
import { telephone } from '../../ui/config';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';

interface Props {
  readonly phone: string;
  readonly onTalk: () => void;
  /** Comes back by the code of a follow-up. */
  readonly onCode: () => void;
}

interface StartProps extends Props {
  readonly onShift: boolean;
  readonly onWrite: () => void;
}

export function Start({ phone, onShift, onTalk, onWrite, onCode }: StartProps) {
  return (
    <Screen name="start" title={words.start.title}>
      <p class="lead">{words.start.lead}</p>
      <div class="buttons">
        <button type="button" class="button button--main" onClick={onTalk} data-talk>
          {words.start.talk}
        </button>
        <button type="button" class="button button--quiet" onClick={onWrite} data-write>
          {words.start.write}
        </button>
        <HaveCode onCode={onCode} />
      </div>
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
export function Closed({ phone, onTalk, onCode }: Props) {
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
      <div class="buttons">
        <button type="button" class="button button--plain" onClick={onTalk}>
          {words.closed.retry}
        </button>
        <HaveCode onCode={onCode} />
      </div>
      <Answers />
    </Screen>
  );
}

function HaveCode({ onCode }: Pick<Props, 'onCode'>) {
  return (
    <button type="button" class="button button--quiet" onClick={onCode} data-have-code>
      {words.code.have}
    </button>
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
