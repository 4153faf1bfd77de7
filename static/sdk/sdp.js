/**
 * The few facts the SDK reads from a session description (RFC 8866). It never writes one.
 * @module
 */

/**
 * The session id of the `o=` line: another one means another peer connection on the far side.
 * @param {string} sdp
 */
export function sessionId(sdp) {
	return /^o=\S+ (\S+)/m.exec(sdp)?.[1] ?? '';
}

/**
 * What a description offers: kinds with a port and a direction that sends.
 * @param {string | null | undefined} sdp
 */
export function mediaOf(sdp) {
	const sections = (sdp ?? '').split(/^m=/m).slice(1);
	const offers = (/** @type {string} */ kind) => sections.some(section =>
		section.startsWith(`${kind} `) && !/^\w+ 0 /.test(section) && !/^a=(recvonly|inactive)\s*$/m.test(section));
	return { audio: offers('audio'), video: offers('video') };
}

/**
 * The candidates inside a description.
 * @param {string} sdp
 * @returns {RTCIceCandidateInit[]}
 */
export function candidatesOf(sdp) {
	return sdp.split(/^m=/m).slice(1).flatMap((section, sdpMLineIndex) =>
		[...section.matchAll(/^a=(candidate:.*?)\r?$/gm)].map(([, candidate]) => ({ candidate, sdpMLineIndex })));
}
