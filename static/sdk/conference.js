/**
 * Rooms (protocol section 6). The engine has none yet: joining says so.
 * @module
 */

/** @import { Network } from './network.js' */

/**
 * @param {Network} network
 * @param {{name: string, displayName?: string, stream?: MediaStream}} options
 * @returns {Promise<never>}
 */
export async function joinConference(network, options) {
	if (!options?.name) throw new TypeError('name: the name of a conference expected');
	throw Object.assign(new Error(`Conferences are not available on the network "${network.tag}".`), { name: 'NotSupportedError' });
}
