/** What was agreed for a connection that does not come back, in words. */
import type { DropPlan } from '../../call/text/message';
import { words } from '../../words';

export function planOf(plan: DropPlan, phone: string): string {
  const text = words.written.plan;
  return plan === 'telephone' ? text.telephone(phone) : text[plan];
}
