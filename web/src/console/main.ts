/** The entry of the counsellor's console. */
import { createDeviceStore } from '../call/device';
import { createDrillDesk, createStaffDesk } from '../call/staff';
import { tabStorage } from '../call/tab';
import { readConfig } from '../ui/config';
import { Practice } from './drill/practice';
import { start } from './start';

void start({
  config: readConfig(),
  openDevices: (config) => createDeviceStore(config),
  openDesk: (config, drill) => (drill ? createDrillDesk(config) : createStaffDesk(config)),
  practice: new Practice(tabStorage()),
});
