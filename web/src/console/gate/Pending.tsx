/** The authority's key is elsewhere: the server carries this device's request there and the credential back; by hand it works too. */
import { useRef, useState } from 'preact/hooks';
import type { Device, DeviceStore } from '../../call/device';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import { deviceErrorOf } from '../enrolment';
import { describedBy, Field } from './Field';

interface Props {
  readonly devices: DeviceStore;
  readonly device: Device;
  readonly onDone: (device: Device) => void;
}

export function Pending({ devices, device, onDone }: Props) {
  const text = words.desk.pending;
  const [copied, setCopied] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);

  const submit = (event: Event): void => {
    event.preventDefault();
    const credential = (input.current?.value ?? '').replace(/\s+/g, '');
    setProblem(credential === '' ? text.pasteMissing : undefined);
    if (credential === '') {
      input.current?.focus();
      return;
    }
    setBusy(true);
    devices.accept(credential).then(onDone, (error: unknown) => {
      setProblem(words.desk.deviceErrors[deviceErrorOf(error)]);
      setBusy(false);
      input.current?.focus();
    });
  };
  const copy = (): void => {
    navigator.clipboard.writeText(device.publicKey).then(
      () => setCopied(text.copied),
      () => setCopied(text.copyFailed),
    );
  };

  return (
    <Screen name="pending" title={text.title}>
      <p class="lead">{text.lead(device.name)}</p>
      <p role="status">{text.wait}</p>
      <h2 class="subheading">{text.keyTitle}</h2>
      <p class="small">{text.keyHint}</p>
      <p class="key-text">
        <code>{device.publicKey}</code>
      </p>
      <p>
        <button type="button" class="button" onClick={copy}>
          {text.copy}
        </button>{' '}
        <span role="status">{copied}</span>
      </p>
      <form onSubmit={submit} noValidate>
        <Field id="credential" label={text.paste} hint={text.pasteHint} problem={problem}>
          <textarea
            class="field__input"
            id="credential"
            rows={5}
            spellcheck={false}
            autoComplete="off"
            aria-describedby={describedBy('credential', problem)}
            aria-invalid={problem !== undefined}
            ref={input}
          />
        </Field>
        <button type="submit" class="button button--main" disabled={busy}>
          {busy ? text.busy : text.submit}
        </button>
      </form>
    </Screen>
  );
}
