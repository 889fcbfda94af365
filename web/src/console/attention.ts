/** What calls a counsellor to the desk: the ring, a notification, the window's title; and how a ring ended. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Line } from '../call/text/conversation';
import type { StaffState } from '../proto';
import { words } from '../words/console';
import { type Outcome, outcomeOf, type RingSeen } from './outcome';
import { Ring } from './ring';
import { useTitle } from './title';

/** Rings while a caller is offered or a colleague asks, and stops in the same moment in which they are not. */
export function useRing(state: StaffState | undefined, drill: boolean) {
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
    const note = notifyOfRing(invited, drill);
    return () => {
      ring.stop();
      note?.close();
    };
  }, [offer, invited, ring, drill]);
  return { ring, blocked };
}

/** Whether something written has come that nobody can have seen: the window is hidden. A notification says so, and not what it says. */
export function useUnread(lines: readonly Line[], drill: boolean): boolean {
  const newest = lines.findLast(({ by }) => by !== undefined)?.key;
  const seen = useRef(newest);
  const [unread, setUnread] = useState(false);
  useEffect(() => {
    if (newest === seen.current) return;
    seen.current = newest;
    if (newest !== undefined && document.hidden) setUnread(true);
  }, [newest]);
  useEffect(() => {
    if (!unread) return;
    const { notification, notificationBody } = words.desk.unread;
    const title = drill ? words.desk.drill.invited(notification) : notification;
    const note = notify(title, { body: notificationBody, tag: 'written' });
    const back = (): void => {
      if (!document.hidden) setUnread(false);
    };
    document.addEventListener('visibilitychange', back);
    return () => {
      document.removeEventListener('visibilitychange', back);
      note?.close();
    };
  }, [unread, drill]);
  return unread;
}

function notifyOfRing(invited: boolean, drill: boolean): Notification | undefined {
  const { drill: inDrill, invited: asked, ringing } = words.desk;
  const { notification, notificationBody } = drill ? inDrill.ringing : ringing;
  const title = !invited ? notification : drill ? inDrill.invited(asked.notification) : asked.notification;
  return notify(title, { body: notificationBody, tag: 'ring', requireInteraction: true });
}

function notify(title: string, options: NotificationOptions): Notification | undefined {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return undefined;
  try {
    const note = new Notification(title, options);
    note.onclick = () => window.focus();
    return note;
  } catch {
    // Some telephones allow notifications only to service workers; the ring and the title remain.
    return undefined;
  }
}

/** Remembers a ring until the next one, to say how it ended. */
export function useOutcome(state: StaffState | undefined) {
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

/** The window's title says where the desk is, also behind other windows, and whether something was written that was not seen. */
export function useDeskTitle(state: StaffState | undefined, unread: boolean): void {
  const { title, titles } = words.desk;
  const phase = state?.phase === 'paused' ? state.why : state?.phase;
  const by: Partial<Record<NonNullable<typeof phase>, string>> = {
    ringing: titles.ringing,
    invited: titles.invited,
    consulted: titles.consulted,
    on_call: titles.onCall,
    available: titles.available,
    unavailable: titles.unavailable,
    break: titles.break,
    debrief: titles.debrief,
    follow_up: titles.follow_up,
    wrap_up: titles.wrapUp,
  };
  const where = (phase && by[phase]) ?? title;
  useTitle(unread ? words.desk.unread.title(where) : where);
}

/** What rings here, if anything does. */
function ringOf(state: StaffState | undefined) {
  if (state?.phase === 'ringing')
    return { id: state.offer.id, expires_in_ms: state.offer.expires_in_ms, invited: false };
  if (state?.phase !== 'invited') return undefined;
  const { offer, expires_in_ms } = state.invitation;
  return { id: offer, expires_in_ms, invited: true };
}
