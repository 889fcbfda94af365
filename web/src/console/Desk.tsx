/** The desk of a counsellor who is known: follows the state, rings, and does what buttons and keys ask. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../call/api';
import type { Device, DeviceStore } from '../call/device';
import { undelivered } from '../call/text/conversation';
import type { Consultation, Role, StaffState } from '../proto';
import { Notice } from '../ui/Notice';
import { useView } from '../ui/store';
import { FIELD } from '../ui/written/Composer';
import { words } from '../words/console';
import { useDeskTitle, useOutcome, useRing, useUnread } from './attention';
import { Returned } from './drill/Returned';
import { type Duty, useDuty } from './duty';
import { Book } from './follow-ups/Book';
import { useContactKey } from './follow-ups/key';
import { Pending } from './gate/Pending';
import { useSignIn } from './gate/SignIn';
import { HelpAlert } from './help/HelpAlert';
import { useHelpSound } from './help/sound';
import { useKeySwitch, useKeys } from './keys';
import { NoPages } from './office/NoPages';
import { OwnDevice } from './office/OwnDevice';
import { hasDesk, keepsToDesk, Nav, type PageId, pagesOf } from './pages';
import { Aside } from './panels/Aside';
import { Beside } from './panels/Beside';
import { Devices } from './panels/Devices';
import { Help } from './panels/Help';
import { Invited } from './panels/Invited';
import { KeyList } from './panels/KeyList';
import { Keys } from './panels/Keys';
import { Line } from './panels/Line';
import { Loudspeaker } from './panels/Loudspeaker';
import { Microphone } from './panels/Microphone';
import { OnCall } from './panels/OnCall';
import { PathTest } from './panels/PathTest';
import { Ready } from './panels/Ready';
import { Ringing } from './panels/Ringing';
import { RingTest } from './panels/RingTest';
import { Strip } from './panels/Strip';
import { hasSeat } from './panels/Team';
import { WrapUp } from './panels/WrapUp';
import { SignedOut } from './SignedOut';
import { type Act, holding, KEY } from './shortcuts';
import { keptDevice } from './sound-devices';
import { TopBar } from './TopBar';
import { useTeam } from './team';
import { useMine } from './training/mine';
import { Told } from './training/Told';
import { Expected } from './triage/Expected';

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
  const [keysOn, setKeysOn] = useKeySwitch();
  // The list is of one phase: what comes next, a ring above all, is not to be behind it.
  const [listed, setListed] = useState<StaffState['phase']>();
  const listing = listed !== undefined && listed === state?.phase;
  const [ending, setEnding] = useState(false);
  const [chosen, setPage] = useState<PageId>();
  const { ring, blocked } = useRing(state, view.drill);
  const { outcome, pass } = useOutcome(state);
  const { acts: team, failed } = useTeam(desk);
  const { choice, choose } = useDuty(desk, state);
  const mine = useMine(desk, view);
  useContactKey(desk, view);
  const phase = state?.phase;
  // Of the last call, for the words after it.
  const unsent = useRef(0);
  if (phase === 'on_call') unsent.current = undelivered(view.conversation.lines);
  else if (phase !== 'wrap_up') unsent.current = 0;
  // What was listed for a phase that is over does not come back with it.
  useEffect(() => setListed((of) => (of === phase ? of : undefined)), [phase]);
  const [speaker, setSpeaker] = useState(() => keptDevice('speaker'));
  useDeskTitle(state, useUnread(view.conversation.lines, view.drill));
  useEffect(() => {
    // Nothing is open yet: the choice is for when it is.
    void desk.chooseMicrophone(keptDevice('microphone')).catch(() => undefined);
  }, [desk]);
  useEffect(() => {
    if (state?.phase !== 'on_call') setEnding(false);
    // After a call one is at the desk, whatever was open before it rang.
    if (keepsToDesk(state)) setPage(undefined);
  }, [state]);

  const sessionOver = view.trouble === 'session-over';
  const talking = state?.phase === 'on_call' || state?.phase === 'consulted';
  useHelpSound(view.help, ring, talking);
  useEffect(() => {
    // In a call the sound goes on, and the passkey is asked for beside it.
    if (sessionOver && !talking) onLeave();
  }, [sessionOver, talking, onLeave]);

  const acts = {
    duty: (duty: Duty) => {
      // Whoever is rung for and chooses something else has passed on.
      if (choose(duty)) pass();
    },
    answer: () => void desk.accept().catch(() => undefined),
    pass: () => {
      pass();
      void desk.pass().catch(() => undefined);
    },
    mute: (muted: boolean) => desk.setMuted(muted),
    hold: (held: boolean) => desk.setHold(held),
    end: () => void desk.end().catch(() => undefined),
    microphone: () => void desk.microphone().catch(() => undefined),
  };
  useKeys(keysOf(), keysOn && !listing);

  const stopped = stops(view);
  const signOut = (): void => void desk.signOut();
  const bar = (
    <>
      {stopped === undefined && !talking && <HelpAlert help={view.help} talk={desk.talk} />}
      <TopBar view={view} stopped={stopped !== undefined} onSignOut={talking ? undefined : signOut} />
      <Returned />
    </>
  );
  const pages = view.role === undefined ? [] : pagesOf(view.role);
  const atDesk = view.role === undefined || hasDesk(view.role);
  const ids: readonly PageId[] = [...(atDesk ? (['desk'] as const) : []), ...pages.map((known) => known.id)];
  const nav = ids.length > 1 && !keepsToDesk(state) && (
    <Nav pages={ids} current={chosen ?? ids[0] ?? 'desk'} onChoose={setPage} />
  );
  const shown = pages.find((known) => known.id === chosen) ?? (atDesk ? undefined : pages[0]);
  if (stopped === undefined && view.role !== undefined && !(atDesk && (view.pending || keepsToDesk(state)))) {
    if (shown !== undefined) {
      return (
        <>
          {bar}
          {nav}
          <shown.Page desk={desk} view={view} />
        </>
      );
    }
    if (!atDesk) {
      return (
        <>
          {bar}
          <NoPages desk={desk} role={view.role} />
        </>
      );
    }
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
      {stopped === undefined && nav}
      {stopped !== undefined || state === undefined ? (
        <main class="main main--gate">
          <SignedOut trouble={stopped} refusal={view.refusal} onReload={onReload} />
        </main>
      ) : (
        <div class={withCaller(state) ? 'columns columns--call' : 'columns'}>
          <main class="main main--desk">
            <Strip view={view} state={state} choice={choice} onChoose={acts.duty} />
            {task(state)}
          </main>
          <aside class="side">
            {givesHelp(view.role) && <Help help={view.help} onTake={talking ? team.takeHelp : undefined} />}
            {takesExpected(view.role) && between(state) && <Expected desk={desk} ring={ring} />}
            <Line queue={view.queue} lost={view.signalling === 'lost'} />
            <Devices desk={desk} view={view} speaker={speaker} onSpeaker={setSpeaker} />
            <Keys on={keysOn} onChange={setKeysOn} onShow={() => setListed(state.phase)} />
            {!talking && <OwnDevice desk={desk} />}
          </aside>
          {listing && (
            <KeyList
              acts={holding(state, ending, view.conversation.holding)}
              on={keysOn}
              onClose={() => setListed(undefined)}
            />
          )}
        </div>
      )}
    </>
  );

  function task(now: StaffState) {
    switch (now.phase) {
      case 'invited':
        return <Invited invitation={now.invitation} drill={view.drill} onCome={acts.answer} onPass={acts.pass} />;
      case 'consulted':
        return aside(now.consultation, false, false);
      case 'unavailable':
      case 'paused':
      case 'available':
        return (
          <>
            <DeskTrouble view={view} />
            <Told mine={mine} />
            <Ready state={now} role={view.role} outcome={outcome} />
            <h2 class="subheading">{words.desk.checksTitle}</h2>
            <div class="checks">
              <Microphone desk={desk} label={view.microphone} />
              <Loudspeaker speaker={speaker} />
              <RingTest ring={ring} blocked={blocked} />
              <PathTest desk={desk} />
            </div>
          </>
        );
      case 'ringing':
        return <Ringing offer={now.offer} drill={view.drill} onAnswer={acts.answer} onPass={acts.pass} />;
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
                text={desk.text}
                sink={speaker ?? ''}
                ending={ending}
                onMute={acts.mute}
                onHold={acts.hold}
                onEnding={setEnding}
                onEnd={acts.end}
                onMicrophone={acts.microphone}
                onLeave={team.leave}
              />
            )}
            {!now.call.consultation && <Beside desk={desk} view={view} call={now.call} acts={team} failed={failed} />}
          </>
        );
      case 'wrap_up':
        return (
          <>
            <WrapUp
              key={now.call}
              by={now.ended_by ?? undefined}
              unsent={unsent.current}
              fields={now.fields ?? []}
              onCode={(chosen) => desk.codeWrapUp(chosen)}
            />
            {now.ended_by !== 'quick_exit' && <Book desk={desk} call={now.call} />}
          </>
        );
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
        text={desk.text}
        sink={speaker ?? ''}
        acts={team}
        onMute={acts.mute}
        onMicrophone={acts.microphone}
      />
    );
  }

  function keysOf() {
    const run: Readonly<Record<Act, () => void>> = {
      available: () => acts.duty('available'),
      break: () => acts.duty('break'),
      debrief: () => acts.duty('debrief'),
      follow_up: () => acts.duty('follow_up'),
      unavailable: () => acts.duty('unavailable'),
      answer: acts.answer,
      pass: acts.pass,
      mute: () => acts.mute(!view.muted),
      hold: () => acts.hold(!view.conversation.holding),
      help: team.askHelp,
      end: () => setEnding(true),
      back: state?.phase === 'consulted' ? team.leave : team.endConsult,
      stay: () => setEnding(false),
      write: () => document.getElementById(FIELD)?.focus(),
      keys: () => setListed(state?.phase),
    };
    return Object.fromEntries(holding(state, ending, view.conversation.holding).map((act) => [KEY[act], run[act]]));
  }
}

/** Troubles after which there is no desk, only words and what to do. */
function stops(view: StaffView) {
  switch (view.trouble) {
    case 'taken-over':
    case 'credential-refused':
    case 'no-encryption':
    case 'no-drill':
    case 'drill-unsure':
      return view.trouble;
    default:
      return view.state === undefined ? view.trouble : undefined;
  }
}

/** Who is told whom a coordinator brings. */
function takesExpected(role: Role | undefined): boolean {
  return role === 'counsellor' || role === 'clinician';
}

/** With the caller, and not talking beside the call. */
function withCaller(state: StaffState): boolean {
  return state.phase === 'on_call' && !state.call.consultation;
}

/** Neither in a call nor rung for. */
function between({ phase }: StaffState): boolean {
  return phase === 'available' || phase === 'unavailable' || phase === 'paused';
}

/** Who is told of calls for which help is asked. */
function givesHelp(role: Role | undefined): boolean {
  return role === 'clinician' || role === 'supervisor';
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
