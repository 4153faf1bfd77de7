/**
 * The demo: sign in, call, be called.
 * @module
 */

import { startNotify } from './notify.js';
import { Phone } from './phone.js';
import { startSession } from './session.js';
import { startTheme } from './theme.js';

startTheme();
startNotify();
startSession(client => new Phone(client));
