/** Sets the scene of a journey and clears it away: a gateway, two browsers, and what stands between them. */
import { Between } from './between.mjs';
import { open } from './browsers.mjs';
import { Gateway } from './gateway.mjs';
import { CallerPage, ConsolePage } from './pages.mjs';

/**
 * @param {import('node:test').TestContext} t
 * @param {{ caller?: 'chromium' | 'firefox', counsellor?: 'chromium' | 'firefox', between?: boolean,
 *   callerFlags?: string[], microphone?: boolean, exit?: string, environment?: Record<string, string>,
 *   clinician?: 'chromium' | 'firefox', alone?: boolean, prepare?: (gateway: Gateway) => Promise<unknown> }} options `clinician`: a third browser, with ears and a mouth of its own; `alone`: nobody is on shift and there is no counsellor's browser; `microphone`: whether the caller has one;
 *   `prepare`: what is done with the gateway before it starts; `exit`: a path of the origin that stands for the harmless page (with `between`)
 */
export async function stage(t, options = {}) {
  const {
    caller = 'chromium',
    counsellor = 'chromium',
    callerFlags = [],
    environment,
    exit,
    microphone,
    clinician,
    alone = false,
    prepare,
  } = options;
  const open_ = [];
  // Last in, first out; one that fails to close must not keep the others.
  t.after(async () => {
    const failures = [];
    for (const thing of open_.reverse()) await thing.close().catch((error) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  });
  const kept = (thing) => {
    open_.push(thing);
    return thing;
  };
  const between = options.between ? await Between.reserve() : undefined;
  const settings = exit ? { ...environment, QUIETLINE_SERVICE_EXIT_URL: `${between.origin}${exit}` } : environment;
  const gateway = kept(
    await Gateway.open({ origins: between ? [between.origin] : [], environment: settings, prepare }),
  );
  if (between) {
    await between.open(gateway);
    kept(between);
  }
  const origin = between?.origin ?? gateway.origin;
  const { authority } = gateway;
  const one = kept(await open(caller, { name: 'caller', authority, flags: callerFlags, microphone }));
  const other = alone ? undefined : kept(await open(counsellor, { name: 'counsellor', authority }));
  const third = clinician && kept(await open(clinician, { name: 'clinician', authority }));
  return {
    gateway,
    between,
    origin,
    callerEnd: one,
    counsellorEnd: other,
    clinicianEnd: third,
    /** Opens the caller's page. */
    callerPage: (settings) => CallerPage.open(one, origin, settings),
    /** Enrols the counsellor and goes available. */
    desk: (name, settings) => ConsolePage.enrol(other, gateway.enrolment(origin), name, settings),
    /** Enrols a clinician, in the third browser or in `end`, and goes available. */
    clinician: async (name, { end = third, ...settings } = {}) =>
      ConsolePage.enrol(end, await gateway.link('--role', 'clinician'), name, settings),
  };
}

/**
 * A call between a caller and a counsellor, up to the first sound in both directions.
 * @param {{ before?: () => void, from?: string, onResponse?: (response: object) => void }} [settings] of the caller's page; `before` also of the console
 */
export async function callInProgress(scene, settings) {
  const desk = await scene.desk(undefined, { before: settings?.before });
  const caller = await scene.callerPage(settings);
  await caller.joins();
  await desk.answers();
  await caller.talks();
  return { caller, desk };
}
