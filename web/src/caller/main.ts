/** The entry of the caller's page. */
import { createCallerCall, createDrillCall } from '../call/caller';
import { tabStorage } from '../call/tab';
import { readConfig } from '../ui/config';
import { DrillTab } from './drill';
import { start } from './start';

const drill = new DrillTab(tabStorage());
drill.take(location, history);
const { ticket } = drill;

void start({
  config: readConfig(),
  openCall: (config) => (ticket === undefined ? createCallerCall(config) : createDrillCall(config, ticket)),
  drill,
});
