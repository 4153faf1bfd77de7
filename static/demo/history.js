/**
 * The list of calls, kept in this browser, one list a user.
 * @module
 */

import { byId, clock, icon } from './dom.js';
import { bare } from './words.js';
import { END_REASONS } from '/sdk/rtc-engine.js';

const MAX_CALLS = 50;
const MAX_CHIPS = 4;

/**
 * @typedef {object} Item
 * @property {string} peer
 * @property {'made' | 'in' | 'missed'} way
 * @property {boolean} video
 * @property {number} at ms since 1970
 * @property {number} seconds
 * @property {string} reason
 */

export class History {
	#key;
	/** @type {Item[]} */ #items = [];
	#dial; #user;

	/** @param {string} user @param {(peer: string, video: boolean) => void} dial */
	constructor(user, dial) {
		this.#key = `history.${user}`;
		this.#dial = dial;
		this.#user = user;
		try {
			const stored = JSON.parse(localStorage.getItem(this.#key) ?? '[]');
			if (Array.isArray(stored)) this.#items = stored;
		} catch {
			// Not ours: begin afresh.
		}
		byId('clear-history').onclick = () => this.#set([]);
		this.#set(this.#items);
	}

	/** @param {Item} item */
	add(item) {
		this.#set([item, ...this.#items].slice(0, MAX_CALLS));
	}

	/** @param {Item[]} items */
	#set(items) {
		this.#items = items;
		localStorage.setItem(this.#key, JSON.stringify(items));
		byId('history').replaceChildren(...items.map(item => this.#row(item)));
		byId('history-empty').hidden = items.length > 0;
		byId('clear-history').hidden = items.length === 0;
		const reached = items.filter(item => item.seconds > 0 && item.peer !== this.#user);
		const peers = [...new Set(['echo', ...reached.map(item => item.peer)])].slice(0, MAX_CHIPS);
		byId('chips').replaceChildren(...peers.map(peer => this.#chip(peer)));
	}

	/** @param {Item} item */
	#row(item) {
		const row = document.createElement('li');
		const button = document.createElement('button');
		button.type = 'button';
		const text = document.createElement('span');
		const [name, what] = [document.createElement('strong'), document.createElement('small')];
		name.textContent = bare(item.peer);
		what.textContent = describe(item);
		text.append(name, what);
		const when = document.createElement('time');
		when.dateTime = new Date(item.at).toISOString();
		when.textContent = moment(item.at);
		button.append(icon(item.way), text, when);
		button.className = item.way;
		button.title = `Call ${bare(item.peer)}`;
		button.onclick = () => this.#dial(item.peer, item.video);
		row.append(button);
		return row;
	}

	/** @param {string} peer */
	#chip(peer) {
		const button = document.createElement('button');
		button.type = 'button';
		button.textContent = bare(peer);
		button.title = `Call ${bare(peer)}`;
		button.onclick = () => this.#dial(peer, false);
		return button;
	}
}

/** @param {Item} item */
function describe({ way, video, seconds, reason }) {
	if (way === 'missed') return 'Missed call';
	const kind = video ? 'Video call' : 'Call';
	if (seconds > 0) return `${kind}, ${clock(seconds)}`;
	if (way === 'in' && (reason === 'declined' || reason === 'busy')) return 'You declined.';
	if (reason === 'refused') return 'The call could not be made.';
	return END_REASONS[/** @type {keyof typeof END_REASONS} */ (reason)] ?? 'Not answered';
}

/** @param {number} at */
function moment(at) {
	const [when, now] = [new Date(at), new Date()];
	return when.toDateString() === now.toDateString()
		? when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
		: when.toLocaleDateString([], { day: 'numeric', month: 'short' });
}
