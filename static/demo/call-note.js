/**
 * What the page knows of its answered call beyond what the engine knows, kept in this
 * tab so that a reload goes on with it.
 * @module
 */

const KEY = 'call';

/**
 * @typedef {object} CallNote
 * @property {string} gcid
 * @property {number} at when it was answered, ms since 1970
 * @property {'made' | 'in'} way
 * @property {boolean} video
 */

/** @param {CallNote} note */
export function noteCall(note) {
	sessionStorage.setItem(KEY, JSON.stringify(note));
}

/** @param {string} gcid @returns {CallNote | null} */
export function notedCall(gcid) {
	try {
		const note = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
		return note?.gcid === gcid && typeof note.at === 'number' ? note : null;
	} catch {
		return null;
	}
}

export function forgetCall() {
	sessionStorage.removeItem(KEY);
}
