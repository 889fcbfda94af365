/** What is wrong and what to do, in plain words: as a screen where nothing else goes on, as a note where a call does. */
import type { Trouble } from '../../call/api';
import { telephone } from '../../ui/config';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';

interface Props {
  readonly trouble: Trouble;
  readonly refusal: string | undefined;
  readonly phone: string;
  readonly onRetry: () => void;
  /** Goes on without a microphone. */
  readonly onWrite?: () => void;
  readonly onClose: () => void;
}

export function TroubleScreen({ trouble, refusal, phone, onRetry, onWrite, onClose }: Props) {
  const { title, lead, steps, retry } = words.trouble[trouble];
  return (
    <Screen name={`trouble-${trouble}`} title={title}>
      <p class="lead">{lead}</p>
      {steps.length === 1 ? <p>{steps[0]}</p> : steps.length > 1 ? <Steps steps={steps} /> : null}
      <div class="buttons">
        {retry !== undefined && (
          <button type="button" class="button button--main" onClick={onRetry}>
            {retry}
          </button>
        )}
        {onWrite !== undefined && trouble.startsWith('microphone') && (
          <button type="button" class="button button--plain" onClick={onWrite} data-write>
            {words.trouble.silently}
          </button>
        )}
        {trouble !== 'taken-over' && (
          <a class={retry === undefined ? 'button button--main' : 'button button--plain'} href={telephone(phone)}>
            <Icon name="telephone" />
            {words.trouble.phone(phone)}
          </a>
        )}
        {trouble === 'server-misbehaved' && (
          <button type="button" class="button button--quiet" onClick={onClose}>
            {words.call.leave}
          </button>
        )}
      </div>
      {refusal !== undefined && trouble === 'server-misbehaved' && <p class="small">{words.trouble.code(refusal)}</p>}
    </Screen>
  );
}

function Steps({ steps }: { readonly steps: readonly string[] }) {
  return (
    <ol class="steps">
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}

interface NoticeProps {
  readonly trouble: Trouble | undefined;
  readonly refusal: string | undefined;
  readonly phone: string;
  readonly onMicrophone: () => void;
}

/** The same beside a call or a place in the queue that goes on. */
export function TroubleNotice({ trouble, refusal, phone, onMicrophone }: NoticeProps) {
  switch (trouble) {
    case undefined:
    // The connection has words of its own, by what is lost.
    case 'server-unreachable':
      return null;
    case 'microphone-refused':
    case 'microphone-missing':
    case 'microphone-busy':
      return (
        <Notice>
          <p>{words.trouble.inCall[trouble]}</p>
          <button type="button" class="button button--plain" onClick={onMicrophone}>
            {words.trouble.microphoneAgain}
          </button>
        </Notice>
      );
    case 'server-misbehaved':
      return (
        <Notice>
          <p>{refusal === 'words-mismatch' ? words.call.wordsMismatch : words.call.refused}</p>
          <p>{words.link.orPhone(phone)}</p>
          {refusal !== undefined && <p class="small">{words.trouble.code(refusal)}</p>}
        </Notice>
      );
    default:
      return (
        <Notice>
          <p>{words.trouble[trouble].lead}</p>
          <p>{words.link.orPhone(phone)}</p>
        </Notice>
      );
  }
}
