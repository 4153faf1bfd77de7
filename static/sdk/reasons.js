/**
 * Why a call ended: the words of the wire, and what a person is told.
 * @module
 */

/** Every end reason of the protocol (section 5) with a sentence for a person. */
export const END_REASONS = Object.freeze({
	normal: 'The call has ended.',
	canceled: 'The call was cancelled.',
	busy: 'The line is busy.',
	declined: 'The call was declined.',
	noAnswer: 'Nobody answered.',
	notFound: 'This name or number does not exist.',
	unavailable: 'They are not available right now.',
	answeredElsewhere: 'The call was answered on another device.',
	replaced: 'The call was moved to another window.',
	transferred: 'The call was transferred.',
	mediaFailed: 'No sound or picture could get through.',
	notAcceptable: 'The two sides have no codec in common.',
	forbidden: 'This call is not allowed.',
	limitExceeded: 'Too many calls at once.',
	timeout: 'The other side did not respond in time.',
	connectionLost: 'The connection was lost.',
	internalError: 'Something went wrong in the engine.',
});

/** @typedef {keyof typeof END_REASONS} EndReason */

/**
 * @param {string | null | undefined} word
 * @returns {word is EndReason}
 */
export const isEndReason = word => word != null && Object.hasOwn(END_REASONS, word);

/**
 * What goes on the wire for a reason of the application's own choice.
 * @param {string} word one of the table, or the application's own
 * @param {boolean} accepted whether the call had been answered
 * @returns {{reason: EndReason, detail?: string}}
 */
export function wireReason(word, accepted) {
	if (isEndReason(word)) return { reason: word };
	return { reason: accepted ? 'normal' : 'canceled', detail: String(word).slice(0, 512) };
}

/**
 * How a call that the engine refused ends.
 * @param {string} code of `core.error`
 * @returns {EndReason}
 */
export function reasonOfError(code) {
	switch (code) {
		case 'forbidden': return 'forbidden';
		case 'limitExceeded': case 'rateLimited': return 'limitExceeded';
		case 'unknownAddress': return 'unavailable';
		case 'notSupported': case 'invalidField': case 'tooLarge': return 'notAcceptable';
		case 'unknownCall': return 'connectionLost';
		default: return 'internalError';
	}
}
