/**
 * The browser SDK of RTC:engine.
 *
 * ```js
 * import { Client, openMedia } from '/sdk/rtc-engine.js';
 * const client = new Client({ url: 'wss://example.org/rtc/api', token });
 * await client.ready;
 * const call = client.network('webrtc').call('anna', { stream: await openMedia({ audio: true }) });
 * call.on('stream', stream => { audio.srcObject = stream; });
 * call.on('ended', ({ reason }) => console.log(reason));
 * ```
 * @module
 */
export { Client } from './client.js';
export { Network } from './network.js';
export { Call } from './call.js';
export { END_REASONS } from './reasons.js';
export { openMedia, openScreen, listDevices, watchDevices, MediaError } from './media.js';
