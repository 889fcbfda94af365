/** The entry of the counsellor's console. */
import { createDeviceStore } from '../call/device';
import { createStaffDesk } from '../call/staff';
import { readConfig } from '../ui/config';
import { start } from './start';

void start({
  config: readConfig(),
  openDevices: (config) => createDeviceStore(config),
  openDesk: (config) => createStaffDesk(config),
});
