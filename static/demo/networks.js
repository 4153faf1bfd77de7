/**
 * Which of the session's networks is for what.
 * @module
 */

/** @typedef {import('/sdk/rtc-engine.js').Client} Client */
/** @typedef {import('/sdk/rtc-engine.js').Network} Network */
/** @typedef {import('/sdk/rtc-engine.js').Call} Call */

/** The one the user is known by: that of browsers, else the first. @param {Client} client @returns {Network | undefined} */
export function mainNetwork({ networks }) {
	return networks.find(network => network.connector === 'webrtc') ?? networks[0];
}

/** Where `target` is called: SIP URIs are for phones. @param {Client} client @param {string} target @returns {Network | undefined} */
export function networkFor(client, target) {
	const phones = /^sips?:/i.test(target) ? client.networks.find(network => network.connector === 'sip-connector') : undefined;
	return phones ?? mainNetwork(client);
}

/** Whether the far end could see a camera: a phone only if the call began with pictures. @param {Call} call */
export const takesPictures = call => call.network.connector !== 'sip-connector' || call.media.video;
