/** Puts the console together. The stories of the development pages come in here too. */
import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { StaffDesk } from '../call/api';
import type { Device, DeviceStore } from '../call/device';
import type { PageConfig } from '../ui/config';
import { Desk } from './Desk';
import { Gate, Loading } from './gate/Gate';
import { SignedOut } from './SignedOut';

export interface StartOptions {
  readonly config: Promise<PageConfig>;
  readonly openDevices: (config: PageConfig) => DeviceStore;
  /** Called once, when this device has its credential. */
  readonly openDesk: (config: PageConfig) => StaffDesk;
}

/** For so long the page waits for the configuration before it says that the service cannot be reached, milliseconds. */
const PATIENCE_MS = 6000;

export async function start({ config, openDevices, openDesk }: StartOptions): Promise<void> {
  const root = document.getElementById('app');
  if (!root) throw new Error('the page lacks #app');
  root.replaceChildren();
  const reload = (): void => location.reload();

  render(<Before content={<Loading />} />, root);
  const impatient = setTimeout(() => {
    render(<Before content={<SignedOut trouble="server-unreachable" refusal={undefined} onReload={reload} />} />, root);
  }, PATIENCE_MS);
  const answer = await config;
  clearTimeout(impatient);
  const devices = openDevices(answer);
  render(
    <Gate devices={devices}>
      {(device, leave) => (
        <Opened
          key={device.device}
          openDesk={() => openDesk(answer)}
          devices={devices}
          device={device}
          onReload={reload}
          onLeave={leave}
        />
      )}
    </Gate>,
    root,
  );
}

function Before({ content }: { readonly content: JSX.Element }) {
  return <main class="main main--gate">{content}</main>;
}

interface OpenedProps {
  readonly openDesk: () => StaffDesk;
  readonly devices: DeviceStore;
  readonly device: Device;
  readonly onReload: () => void;
  readonly onLeave: () => void;
}

function Opened({ openDesk, devices, device, onReload, onLeave }: OpenedProps) {
  const [desk] = useState(openDesk);
  useEffect(() => {
    desk.connect();
    return () => desk.close();
  }, [desk]);
  return <Desk desk={desk} devices={devices} device={device} onReload={onReload} onLeave={onLeave} />;
}
