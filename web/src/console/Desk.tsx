/** The desk of a counsellor who is known: follows the state, rings, and does what buttons and keys ask. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../call/api';
import type { Device, DeviceStore } from '../call/device';
import type { Call, Consultation, Role, StaffState } from '../proto';
import { Notice } from '../ui/Notice';
import { useView } from '../ui/store';
import { words } from '../words';
import { Pending } from './gate/Pending';
import { useSignIn } from './gate/SignIn';
import { type KeyMap, useKeys } from './keys';
import { NoPages } from './office/NoPages';
import { Office } from './office/Office';
import { OwnDevice } from './office/OwnDevice';
import { type Outcome, outcomeOf, type RingSeen } from './outcome';
import { Aside } from './panels/Aside';
import { Help } from './panels/Help';
import { Invited } from './panels/Invited';
import { Keys } from './panels/Keys';
import { Line } from './panels/Line';
import { Microphone } from './panels/Microphone';
import { OnCall } from './panels/OnCall';
import { Ready } from './panels/Ready';
import { Ringing } from './panels/Ringing';
import { RingTest } from './panels/RingTest';
import { hasSeat } from './panels/Team';
import { WrapUp } from './panels/WrapUp';
import { Ring } from './ring';
import { SignedOut } from './SignedOut';
import { TopBar } from './TopBar';
import { useTeam } from './team';

interface Props {
  readonly desk: StaffDesk;
  readonly devices: DeviceStore;
  readonly device: Device;
  readonly onReload: () => void;
  /** The session is over. */
  readonly onLeave: () => void;
}

export function Desk({ desk, devices, device, onReload, onLeave }: Props) {
  const view = useView(desk);
  const { state } = view;
  const [keysOn, setKeysOn] = useState(true);
  const [ending, setEnding] = useState(false);
  const { ring, blocked } = useRing(state);
  const { outcome, pass } = useOutcome(state);
  const { acts: team, failed } = useTeam(desk);
  useTitle(state);
  useEffect(() => {
    if (state?.phase !== 'on_call') setEnding(false);
  }, [state?.phase]);

  const sessionOver = view.trouble === 'session-over';
  const talking = state?.phase === 'on_call' || state?.phase === 'consulted';
  useEffect(() => {
    // In a call the sound goes on, and the passkey is asked for beside it.
    if (sessionOver && !talking) onLeave();
  }, [sessionOver, talking, onLeave]);

  const acts = {
    available: (on: boolean) => void desk.setAvailable(on).catch(() => undefined),
    answer: () => void desk.accept().catch(() => undefined),
    pass: () => {
      pass();
      void desk.pass().catch(() => undefined);
    },
    mute: (muted: boolean) => desk.setMuted(muted),
    end: () => void desk.end().catch(() => undefined),
    done: (available: boolean) => void desk.wrapUpDone(available).catch(() => undefined),
    microphone: () => void desk.microphone().catch(() => undefined),
  };
  useKeys(keysOf(), keysOn);

  const stopped = stops(view);
  const signOut = (): void => void desk.signOut();
  const bar = <TopBar view={view} stopped={stopped !== undefined} onSignOut={talking ? undefined : signOut} />;
  if (stopped === undefined && view.role !== undefined && !hasDesk(view.role)) {
    return (
      <>
        {bar}
        {view.role === 'administrator' ? <Office desk={desk} /> : <NoPages desk={desk} role={view.role} />}
      </>
    );
  }
  if (stopped === undefined && view.pending && state !== undefined) {
    return (
      <>
        {bar}
        <main class="main main--gate">
          <Pending devices={devices} device={device} onDone={onReload} />
        </main>
      </>
    );
  }
  return (
    <>
      {bar}
      {stopped !== undefined || state === undefined ? (
        <main class="main main--gate">
          <SignedOut trouble={stopped} refusal={view.refusal} onReload={onReload} />
        </main>
      ) : (
        <div class="columns">
          <main class="main main--desk">
            {view.signalling === 'lost' && !talking && (
              <Notice>
                <p>
                  <strong>{words.desk.offline.title}</strong>
                </p>
                <p>{words.desk.offline.lead}</p>
              </Notice>
            )}
            {task(state)}
          </main>
          <aside class="side">
            {givesHelp(view.role) && <Help help={view.help} ring={ring} onTake={team.takeHelp} />}
            <Line queue={view.queue} />
            <Keys on={keysOn} onChange={setKeysOn} />
            {!talking && <OwnDevice desk={desk} />}
          </aside>
        </div>
      )}
    </>
  );

  function task(now: StaffState) {
    switch (now.phase) {
      case 'invited':
        return <Invited invitation={now.invitation} onCome={acts.answer} onPass={acts.pass} />;
      case 'consulted':
        return aside(now.consultation, false, false);
      case 'unavailable':
      case 'paused':
      case 'available':
        return (
          <>
            <DeskTrouble view={view} />
            <Ready
              available={now.phase === 'available'}
              role={view.role}
              outcome={outcome}
              onAvailable={acts.available}
            />
            <h2 class="subheading">{words.desk.checksTitle}</h2>
            <div class="checks">
              <Microphone desk={desk} />
              <RingTest ring={ring} blocked={blocked} />
            </div>
          </>
        );
      case 'ringing':
        return <Ringing offer={now.offer} onAnswer={acts.answer} onPass={acts.pass} />;
      case 'on_call':
        return (
          <>
            {sessionOver && <SessionOver devices={devices} onDone={() => desk.resume()} />}
            {now.call.consultation && aside(now.call.consultation, true, hasSeat(now.call))}
            {!now.call.consultation && (
              <OnCall
                view={view}
                call={now.call}
                audio={desk.audio}
                ending={ending}
                onMute={acts.mute}
                onEnding={setEnding}
                onEnd={acts.end}
                onMicrophone={acts.microphone}
                acts={team}
                failed={failed}
              />
            )}
          </>
        );
      case 'wrap_up':
        return <WrapUp by={now.ended_by ?? undefined} onDone={acts.done} />;
    }
  }

  function aside(consultation: Consultation, host: boolean, seat: boolean) {
    return (
      <Aside
        view={view}
        consultation={consultation}
        host={host}
        seat={seat}
        audio={desk.asideAudio}
        acts={team}
        onMute={acts.mute}
        onMicrophone={acts.microphone}
      />
    );
  }

  function keysOf(): KeyMap {
    switch (state?.phase) {
      case 'unavailable':
      case 'paused':
        return { a: () => acts.available(true) };
      case 'available':
        return { n: () => acts.available(false) };
      case 'ringing':
      case 'invited':
        return { y: acts.answer, p: acts.pass };
      case 'consulted':
        return { m: () => acts.mute(!view.muted), b: team.leave };
      case 'on_call':
        if (state.call.consultation) return { m: () => acts.mute(!view.muted), b: team.endConsult };
        return {
          m: () => acts.mute(!view.muted),
          ...(leads(state.call) && !state.call.help && { h: team.askHelp }),
          e: () => setEnding(true),
          escape: () => setEnding(false),
        };
      case 'wrap_up':
        return { a: () => acts.done(true), n: () => acts.done(false) };
      default:
        return {};
    }
  }
}

/** Troubles after which there is no desk, only words and what to do. */
function stops(view: StaffView) {
  switch (view.trouble) {
    case 'taken-over':
    case 'credential-refused':
    case 'no-encryption':
      return view.trouble;
    default:
      return view.state === undefined ? view.trouble : undefined;
  }
}

/** Who is told of calls for which help is asked. */
function givesHelp(role: Role | undefined): boolean {
  return role === 'clinician' || role === 'supervisor';
}

function leads({ slot, participants }: Call): boolean {
  return participants.some((one) => one.slot === slot && one.lead);
}

/** What rings here, if anything does. */
function ringOf(state: StaffState | undefined) {
  if (state?.phase === 'ringing')
    return { id: state.offer.id, expires_in_ms: state.offer.expires_in_ms, invited: false };
  if (state?.phase !== 'invited') return undefined;
  const { offer, expires_in_ms } = state.invitation;
  return { id: offer, expires_in_ms, invited: true };
}

/** In a call: the connection waits for the passkey, the sound does not. */
function SessionOver({ devices, onDone }: { readonly devices: DeviceStore; readonly onDone: () => void }) {
  const { busy, problem, signIn } = useSignIn(devices, onDone);
  const text = words.desk.sessionOver;
  return (
    <Notice>
      <p>
        <strong>{text.title}</strong>
      </p>
      <p>{text.lead}</p>
      {problem !== undefined && <p>{words.desk.deviceErrors[problem]}</p>}
      <p>
        <button type="button" class="button" disabled={busy} onClick={signIn}>
          {words.desk.signIn.submit}
        </button>
      </p>
    </Notice>
  );
}

function hasDesk(role: Role): boolean {
  return role === 'counsellor' || role === 'clinician' || role === 'supervisor';
}

function DeskTrouble({ view }: { readonly view: StaffView }) {
  if (view.trouble === undefined || view.trouble === 'server-unreachable' || view.trouble === 'session-over') {
    return null;
  }
  const { title, lead } = words.desk.trouble[view.trouble];
  return (
    <Notice>
      <p>
        <strong>{title}</strong>
      </p>
      <p>{lead}</p>
      {view.refusal !== undefined && <p class="small">{words.desk.refusal(view.refusal)}</p>}
    </Notice>
  );
}

/** Rings while a caller is offered or a colleague asks, and stops in the same moment in which they are not. */
function useRing(state: StaffState | undefined) {
  const [blocked, setBlocked] = useState(true);
  const ring = useMemo(() => new Ring(setBlocked), []);
  const rings = ringOf(state);
  const [offer, invited] = [rings?.id, rings?.invited ?? false];
  useEffect(() => () => ring.close(), [ring]);
  useEffect(() => {
    // Any click or key in the page lifts the browser's block, so that the first ring is heard.
    const unlock = (): void => ring.unlock();
    ring.unlock();
    document.addEventListener('pointerdown', unlock);
    document.addEventListener('keydown', unlock);
    return () => {
      document.removeEventListener('pointerdown', unlock);
      document.removeEventListener('keydown', unlock);
    };
  }, [ring]);
  useEffect(() => {
    if (offer === undefined) return;
    ring.start();
    const note = notify(invited);
    return () => {
      ring.stop();
      note?.close();
    };
  }, [offer, invited, ring]);
  return { ring, blocked };
}

function notify(invited: boolean): Notification | undefined {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return undefined;
  try {
    const { notification, notificationBody } = words.desk.ringing;
    const title = invited ? words.desk.invited.notification : notification;
    const note = new Notification(title, { body: notificationBody, tag: 'ring', requireInteraction: true });
    note.onclick = () => window.focus();
    return note;
  } catch {
    // Some telephones allow notifications only to service workers; the ring and the title remain.
    return undefined;
  }
}

/** Remembers a ring until the next one, to say how it ended. */
function useOutcome(state: StaffState | undefined) {
  const ring = useRef<RingSeen | undefined>(undefined);
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    const rings = ringOf(state);
    if (rings) {
      if (ring.current?.offer !== rings.id) {
        const { id, expires_in_ms, invited } = rings;
        ring.current = { offer: id, invited, expires: performance.now() + expires_in_ms, passed: false };
        setOutcome(undefined);
      }
    } else if (state !== undefined && ring.current) {
      setOutcome(outcomeOf(ring.current, state, performance.now()));
      ring.current = undefined;
    }
  }, [state]);
  return {
    outcome,
    pass: (): void => {
      if (ring.current) ring.current = { ...ring.current, passed: true };
    },
  };
}

function useTitle(state: StaffState | undefined): void {
  const { title, titles } = words.desk;
  const phase = state?.phase;
  useEffect(() => {
    const by: Partial<Record<StaffState['phase'], string>> = {
      ringing: titles.ringing,
      invited: titles.invited,
      consulted: titles.consulted,
      on_call: titles.onCall,
      available: titles.available,
      unavailable: titles.unavailable,
      wrap_up: titles.wrapUp,
    };
    document.title = (phase && by[phase]) ?? title;
  }, [phase]);
}
