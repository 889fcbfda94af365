/** Before the desk: is this device known, has this tab a session? Shows the desk when both are so. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Device, DeviceStore } from '../../call/device';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import { tokenOf } from '../enrolment';
import { Enrol } from './Enrol';
import { SignIn } from './SignIn';

interface Props {
  readonly devices: DeviceStore;
  /** The desk; it calls `leave` when the session is over. */
  readonly children: (device: Device, leave: () => void) => ComponentChildren;
}

type Found = { readonly device: Device | undefined };

export function Gate({ devices, children }: Props) {
  const [found, setFound] = useState<Found>();
  const [token, setToken] = useState(() => tokenOf(location.hash));
  const [session, setSession] = useState(devices.hasSession);

  useEffect(() => {
    devices.load().then(
      (device) => setFound({ device }),
      () => setFound({ device: undefined }),
    );
  }, [devices]);
  // A link that is opened while the page is there changes only the part after #.
  useEffect(() => {
    const follow = (): void => setToken(tokenOf(location.hash));
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);

  const enrolled = (device: Device): void => {
    // The used link must not stay in the address bar or the history.
    history.replaceState(null, '', location.pathname + location.search);
    setToken(undefined);
    setFound({ device });
    setSession(true);
  };

  if (token === undefined && found?.device !== undefined && session) {
    return <>{children(found.device, () => setSession(false))}</>;
  }
  return (
    <main class="main main--gate">
      {token !== undefined ? (
        <Enrol devices={devices} token={token} onDone={enrolled} />
      ) : found === undefined ? (
        <Loading />
      ) : found.device === undefined ? (
        <Screen name="no-link" title={words.desk.noLink.title}>
          <p class="lead">{words.desk.noLink.lead}</p>
          <p>{words.desk.noLink.detail}</p>
        </Screen>
      ) : (
        <SignIn devices={devices} device={found.device} onDone={() => setSession(true)} />
      )}
    </main>
  );
}

/** While nothing is known yet. */
export function Loading() {
  return (
    <>
      <h1 class="visually-hidden">{words.desk.title}</h1>
      <p class="lead" role="status" data-screen="loading">
        {words.desk.frame.loading}
      </p>
    </>
  );
}
