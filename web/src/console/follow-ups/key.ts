/** A clinician's console offers its key once a session, so that contact details are sealed for it too. */
import { useEffect } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../../call/api';

export function useContactKey(desk: StaffDesk, { role, pending, signalling }: StaffView): void {
  const ready = role === 'clinician' && !pending && signalling === 'up';
  useEffect(() => {
    // Where it fails it is offered when the connection comes back, or the desk is opened again.
    if (ready) void desk.contacts.offer().catch(() => undefined);
  }, [desk, ready]);
}
