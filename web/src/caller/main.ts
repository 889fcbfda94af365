/** The entry of the caller's page. */
import { createCallerCall } from '../call/caller';
import { readConfig } from '../ui/config';
import { start } from './start';

void start({ config: readConfig(), openCall: (config) => createCallerCall(config) });
