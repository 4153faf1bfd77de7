/**
 * A note of the live calls in the tab's sessionStorage, so that the page may be
 * reloaded in the middle of one. A note is good for 30 s, the engine's grace period:
 * an older one would not take a call over but start a new one.
 * @module
 */

import { GRACE_MS } from './socket.js';

const PREFIX = 'rtc-engine.call.';
const REFRESH_MS = 5_000;

/**
 * @typedef {{gcid: string, account: string, peer: string, name?: string, video: boolean, at: number}} Entry
 *   `at`: when the call was last known to live, ms since 1970
 */

export class Ledger {
	/** @type {Entry[]} what the page before this one left */
	found;
	#storage;
	/** @type {Map<string, Entry>} */
	#live = new Map();
	/** @type {ReturnType<typeof setInterval> | undefined} */
	#timer;

	/** @param {Storage | null} [storage] */
	constructor(storage) {
		this.#storage = storage === undefined ? tabStorage() : storage;
		this.found = this.#read();
		globalThis.addEventListener?.('pagehide', () => this.#refresh());
	}

	/** @param {Omit<Entry, 'at'>} facts */
	add(facts) {
		this.#live.set(facts.gcid, { ...facts, at: 0 });
		this.#timer ??= setInterval(() => this.#refresh(), REFRESH_MS);
		this.#refresh();
	}

	/** @param {string} gcid */
	remove(gcid) {
		if (!this.#live.delete(gcid)) return;
		this.#storage?.removeItem(PREFIX + gcid);
		if (this.#live.size > 0) return;
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	/** @param {Entry} entry */
	take(entry) {
		this.found = this.found.filter(one => one.gcid !== entry.gcid);
		this.#storage?.removeItem(PREFIX + entry.gcid);
	}

	#read() {
		/** @type {Entry[]} */
		const found = [];
		const keys = Array.from({ length: this.#storage?.length ?? 0 }, (_, index) => this.#storage?.key(index) ?? '');
		for (const key of keys.filter(key => key.startsWith(PREFIX))) {
			const entry = parse(this.#storage?.getItem(key) ?? '');
			if (entry && Date.now() - entry.at < GRACE_MS) found.push(entry);
			else this.#storage?.removeItem(key);
		}
		return found;
	}

	#refresh() {
		for (const [gcid, entry] of this.#live) {
			entry.at = Date.now();
			try {
				this.#storage?.setItem(PREFIX + gcid, JSON.stringify(entry));
			} catch {
				// A full store only costs the reclaim after a reload.
			}
		}
	}
}

/**
 * @param {string} text
 * @returns {Entry | null}
 */
function parse(text) {
	try {
		const entry = JSON.parse(text);
		return typeof entry?.gcid === 'string' && typeof entry.at === 'number' ? entry : null;
	} catch {
		return null;
	}
}

/** Pages in a sandbox may not even look at sessionStorage. */
function tabStorage() {
	try {
		return globalThis.sessionStorage ?? null;
	} catch {
		return null;
	}
}
