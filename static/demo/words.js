/**
 * Who called, and why a call ended or never came about, as a person would say it.
 * @module
 */

import { END_REASONS } from '/sdk/rtc-engine.js';

/** @typedef {keyof typeof END_REASONS} EndReason */

/** @type {Partial<Record<EndReason, (name: string) => string>>} what the demo says better than the SDK, which knows no names */
const SENTENCES = {
	busy: name => `${name} is busy.`,
	declined: name => `${name} declined the call.`,
	notFound: name => `${name} does not exist. Check the name or number.`,
	noAnswer: name => `${name} did not answer.`,
	unavailable: name => `${name} is not available right now.`,
	answeredElsewhere: () => 'Answered on another of your devices.',
	connectionLost: () => 'The connection to the server was lost, and the call with it. Check your network and call again.',
	mediaFailed: () => 'No sound or picture could get through. A firewall may be in the way.',
	limitExceeded: () => 'There are too many calls at once. Try again in a moment.',
};

/** What the far end is called. @param {{name?: string, uri: string}} peer */
export const nameOf = ({ name, uri }) => name || bare(uri);

/** An address without what only machines need. @param {string} uri */
export const bare = uri => uri.replace(/^sips?:/i, '');

/** What these say of a call that nobody took is wrong of one that was answered. @type {string[]} */
const UNANSWERED = ['busy', 'declined', 'notFound', 'noAnswer', 'unavailable'];

/**
 * Why an answered call ended. @param {string} reason @param {string} name of the far end @param {string | undefined} detail
 */
export function sayEnd(reason, name, detail) {
	if (!UNANSWERED.includes(reason)) return sayWhy(reason, name);
	return detail ? `The call has ended: ${detail}.` : END_REASONS.normal;
}

/**
 * Why the engine refused a call, where it says more than the reason.
 * @param {{code: string, message: string}} refusal
 * @param {import('/sdk/rtc-engine.js').Network} network
 */
export function sayRefusal({ code, message }, { state, reason, detail }) {
	switch (code) {
		case 'forbidden': case 'limitExceeded': case 'rateLimited': case 'unknownAddress': return '';
		case 'wrongState': if (state !== 'connected') return `Your phone line is not connected: ${detail ?? (state === 'failed' ? reason : state)}.`;
	}
	return `The engine refused the call: ${message}.`;
}

/**
 * @param {string} reason
 * @param {string} name of the far end
 */
export function sayWhy(reason, name) {
	const known = /** @type {EndReason} */ (reason);
	return SENTENCES[known]?.(name) ?? END_REASONS[known] ?? reason;
}
