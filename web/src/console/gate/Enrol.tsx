/** The first visit by a one-time link: the first name that callers will see. */
import { useRef, useState } from 'preact/hooks';
import type { Device, DeviceStore } from '../../call/device';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';
import { deviceErrorOf } from '../enrolment';
import { describedBy, Field } from './Field';

interface Props {
  readonly devices: DeviceStore;
  readonly token: string;
  readonly onDone: (device: Device) => void;
}

export function Enrol({ devices, token, onDone }: Props) {
  const text = words.desk.enrol;
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const submit = (event: Event): void => {
    event.preventDefault();
    const name = input.current?.value.trim() ?? '';
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
      <p class="lead">{text.lead}</p>
      <form onSubmit={submit} noValidate>
        <Field id="name" label={text.name} hint={text.nameHint} problem={problem}>
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
        <p class="small">{text.keyNote}</p>
        <button type="submit" class="button button--main" disabled={busy}>
          {busy ? text.busy : text.submit}
        </button>
      </form>
    </Screen>
  );
}
