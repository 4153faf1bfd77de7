/**
 * Which of the session's networks is for what.
 * @module
 */

/** @typedef {import('/sdk/rtc-engine.js').Client} Client */
/** @typedef {import('/sdk/rtc-engine.js').Network} Network */
/** @typedef {import('/sdk/rtc-engine.js').Call} Call */

const SCHEME = /^(sips?|tel):/i;
/** As people write one. */
const NUMBER = /^[+*#(]?[\d][\d*#()./ -]*$/;

/** The one the user is known by: that of browsers, else the first. @param {Client} client @returns {Network | undefined} */
export function mainNetwork({ networks }) {
	return networks.find(network => network.connector === 'webrtc') ?? networks[0];
}

/**
 * Where `target` is called: addresses and numbers are for phones, where the session has any. An `@` says nothing where the
 * user's own name has one.
 * @param {Client} client @param {string} target @returns {Network | undefined}
 */
export function networkFor(client, target) {
	const main = mainNetwork(client);
	const isAddress = SCHEME.test(target) || (target.includes('@') && !main?.identifier.includes('@'));
	const phones = client.networks.filter(({ connector }) => connector === 'sip-connector');
	const phone = phones.find(({ state }) => state === 'connected') ?? phones[0];
	return (isAddress || NUMBER.test(target)) && phone ? phone : main;
}

/** `target` as it is kept: an address of a phone with its scheme, so that it stays one. @param {Network} network @param {string} target */
export const addressOn = (network, target) =>
	network.connector === 'sip-connector' && target.includes('@') && !SCHEME.test(target) ? `sip:${target}` : target;

/** Whether the far end is a phone. @param {Call} call */
export const isPhone = call => call.network.connector === 'sip-connector';

/** Whether the far end could see a camera: a phone only if the call began with pictures. @param {Call} call */
export const takesPictures = call => !isPhone(call) || call.media.video;
