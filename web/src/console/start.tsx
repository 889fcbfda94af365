/** Puts the console together. The stories of the development pages come in here too. */
import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { StaffDesk } from '../call/api';
import type { Device, DeviceStore } from '../call/device';
import type { PageConfig } from '../ui/config';
import { DrillBand } from '../ui/DrillBand';
import { useView } from '../ui/store';
import { words } from '../words/console';
import { Desk } from './Desk';
import { overOf, type Practice, PracticeContext, usePractice } from './drill/practice';
import { Gate, Loading } from './gate/Gate';
import { SignedOut } from './SignedOut';
import { useTitle } from './title';

export interface StartOptions {
  readonly config: Promise<PageConfig>;
  readonly openDevices: (config: PageConfig) => DeviceStore;
  /** Called when this device has its credential, and again when the tab goes to a drill or comes back. */
  readonly openDesk: (config: PageConfig, drill: boolean) => StaffDesk;
  /** On which line this tab is. */
  readonly practice: Practice;
}

/** For so long the page waits for the configuration before it says that the service cannot be reached, milliseconds. */
const PATIENCE_MS = 6000;

export async function start({ config, openDevices, openDesk, practice }: StartOptions): Promise<void> {
  const root = document.getElementById('app');
  if (!root) throw new Error('the page lacks #app');
  root.replaceChildren();
  const reload = (): void => location.reload();

  const show = (content: JSX.Element): void =>
    render(
      <PracticeContext.Provider value={practice}>
        <Band />
        {content}
      </PracticeContext.Provider>,
      root,
    );
  show(<Before content={<Loading />} />);
  const impatient = setTimeout(() => {
    show(<Before content={<SignedOut trouble="server-unreachable" refusal={undefined} onReload={reload} />} />);
  }, PATIENCE_MS);
  const answer = await config;
  clearTimeout(impatient);
  const devices = openDevices(answer);
  show(
    <Gate devices={devices}>
      {(device, leave) => (
        <OnItsLine
          openDesk={(drill) => openDesk(answer, drill)}
          devices={devices}
          device={device}
          onReload={reload}
          onLeave={() => {
            // Whoever signs in next begins on the line.
            practice.end();
            leave();
          }}
        />
      )}
    </Gate>,
  );
}

/** Over every page of a tab that practises. */
function Band() {
  const practice = usePractice();
  const { on } = useView(practice);
  useTitle(words.desk.title);
  const { label, title, lead, back } = words.desk.drill.band;
  return on ? <DrillBand label={label} title={title} lead={lead} out={back} onOut={() => practice.end()} /> : null;
}

function Before({ content }: { readonly content: JSX.Element }) {
  return <main class="main main--gate">{content}</main>;
}

interface OpenedProps {
  readonly openDesk: (drill: boolean) => StaffDesk;
  readonly devices: DeviceStore;
  readonly device: Device;
  readonly onReload: () => void;
  readonly onLeave: () => void;
}

/** A desk of the line or one of the drill: with a switch everything of the one before is gone. */
function OnItsLine(props: OpenedProps) {
  const { on } = useView(usePractice());
  return <Opened key={`${props.device.device} ${on}`} drill={on} {...props} />;
}

function Opened({ drill, openDesk, devices, device, onReload, onLeave }: OpenedProps & { readonly drill: boolean }) {
  const practice = usePractice();
  const [desk] = useState(() => openDesk(drill));
  useEffect(() => {
    const unsubscribe = desk.subscribe(() => {
      const over = drill ? overOf(desk.view.trouble) : undefined;
      if (over !== undefined) practice.end(over);
    });
    desk.connect();
    return () => {
      unsubscribe();
      desk.close();
    };
  }, [desk, drill, practice]);
  return <Desk desk={desk} devices={devices} device={device} onReload={onReload} onLeave={onLeave} />;
}
