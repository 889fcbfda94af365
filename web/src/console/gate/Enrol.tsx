/** The first visit by a one-time link: what it is for, a first name where the person is new, and a passkey. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Device, DeviceStore } from '../../call/device';
import type { LinkSeen } from '../../proto';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import { deviceErrorOf } from '../enrolment';
import { describedBy, Field } from './Field';
import { Loading } from './Gate';

interface Props {
  readonly devices: DeviceStore;
  readonly token: string;
  readonly onDone: (device: Device) => void;
}

type Looked = { readonly link: LinkSeen } | { readonly problem: ReturnType<typeof deviceErrorOf> };

export function Enrol({ devices, token, onDone }: Props) {
  const [looked, setLooked] = useState<Looked>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    setLooked(undefined);
    devices.look(token).then(
      (link) => current && setLooked(link.native ? { problem: 'link-for-program' } : { link }),
      (error: unknown) => current && setLooked({ problem: deviceErrorOf(error) }),
    );
    return () => {
      current = false;
    };
  }, [devices, token, attempt]);

  if (looked === undefined) return <Loading />;
  if ('link' in looked) return <Form devices={devices} token={token} link={looked.link} onDone={onDone} />;
  return (
    <Screen name="link-refused" title={words.desk.enrol.refusedTitle}>
      <p class="lead">{words.desk.deviceErrors[looked.problem]}</p>
      <p>
        <button type="button" class="button" onClick={() => setAttempt((count) => count + 1)}>
          {words.desk.retry}
        </button>
      </p>
    </Screen>
  );
}

interface FormProps extends Props {
  readonly link: LinkSeen;
}

function Form({ devices, token, link, onDone }: FormProps) {
  const text = words.desk.enrol;
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const known = link.name ?? undefined;
  const inCalls = link.role === 'counsellor' || link.role === 'clinician' || link.role === 'supervisor';
  const hint = inCalls ? text.nameHint : text.nameHintOffice;

  const submit = (event: Event): void => {
    event.preventDefault();
    const name = known ?? input.current?.value.trim() ?? '';
    const wrong = name === '' ? text.nameMissing : [...name].length > 40 ? text.nameLong : undefined;
    setProblem(wrong);
    if (wrong !== undefined) {
      input.current?.focus();
      return;
    }
    setBusy(true);
    devices.enrol(token, name).then(onDone, (error: unknown) => {
      setProblem(words.desk.deviceErrors[deviceErrorOf(error)]);
      setBusy(false);
      input.current?.focus();
    });
  };

  return (
    <Screen name="enrol" title={text.title}>
      <p class="lead">{text.leads[link.whom](words.roles[link.role], known ?? '')}</p>
      <form onSubmit={submit} noValidate>
        {known === undefined ? (
          <Field id="name" label={text.name} hint={hint} problem={problem}>
            <input
              class="field__input"
              id="name"
              name="name"
              autoComplete="given-name"
              spellcheck={false}
              aria-describedby={describedBy('name', problem)}
              aria-invalid={problem !== undefined}
              ref={input}
            />
          </Field>
        ) : (
          problem !== undefined && (
            <p class="field__problem" role="alert">
              {problem}
            </p>
          )
        )}
        <p>{text.passkeyNote}</p>
        <p class="small">{text.keyNote}</p>
        <button type="submit" class="button button--main" disabled={busy}>
          {busy ? text.busy : text.submit}
        </button>
      </form>
    </Screen>
  );
}
