/** A device that is known, in a tab without a session: the passkey opens one. */
import { useState } from 'preact/hooks';
import type { Device, DeviceStore } from '../../call/device';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import { deviceErrorOf } from '../enrolment';

interface Props {
  readonly devices: DeviceStore;
  readonly device: Device;
  readonly onDone: () => void;
}

export function SignIn({ devices, device, onDone }: Props) {
  const text = words.desk.signIn;
  const { busy, problem, signIn } = useSignIn(devices, onDone);
  if (problem === 'shut-out') {
    return (
      <Screen name="shut-out" title={words.desk.shutOut.title}>
        <p class="lead">{words.desk.shutOut.lead}</p>
        <p>{words.desk.shutOut.detail}</p>
      </Screen>
    );
  }
  return (
    <Screen name="sign-in" title={text.title}>
      <p class="lead">{text.lead(device.name, words.roles[device.role])}</p>
      {problem !== undefined && (
        <p class="field__problem" role="alert">
          {words.desk.deviceErrors[problem]}
        </p>
      )}
      <p>
        <button type="button" class="button button--main" disabled={busy} onClick={signIn}>
          {busy ? text.busy : text.submit}
        </button>
      </p>
      <p class="small">{text.lost}</p>
    </Screen>
  );
}

/** Opens a session by the passkey, once for each press. */
export function useSignIn(devices: DeviceStore, onDone: () => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ReturnType<typeof deviceErrorOf>>();
  const signIn = (): void => {
    setBusy(true);
    setProblem(undefined);
    devices.signIn().then(onDone, (error: unknown) => {
      setProblem(deviceErrorOf(error));
      setBusy(false);
    });
  };
  return { busy, problem, signIn };
}
