/** What was agreed with the caller for a connection that does not come back. */
import type { ConversationView } from '../../call/text/conversation';
import { type DropPlan, PLANS } from '../../call/text/message';
import { words } from '../../words/console';

interface Props {
  readonly conversation: ConversationView;
  readonly onAgree: (plan: DropPlan | null) => void;
}

export function Plan({ conversation: { plan, planTold }, onAgree }: Props) {
  const text = words.desk.written.plan;
  return (
    <fieldset class="panel panel--opening" data-plan={plan ?? 'none'}>
      <legend class="panel__title">{text.title}</legend>
      <p class="small">{text.lead}</p>
      {[null, ...PLANS].map((one) => (
        <label class="tick" key={one}>
          <input type="radio" name="plan" checked={plan === one} onChange={() => onAgree(one)} />
          {text[one ?? 'none']}
        </label>
      ))}
      <p class="small" role="status">
        {plan === null ? '' : planTold ? text.told : text.untold}
      </p>
    </fieldset>
  );
}
