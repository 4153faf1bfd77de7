/**
 * A note of the live calls in the tab's sessionStorage, so that the page may be
 * reloaded in the middle of one. A note is good for 30 s, the engine's grace period:
 * an older one would not take a call over but start a new one.
 *
 * A duplicated tab gets a copy of the notes. It must not take the calls from the tab
 * they live in, so every note names a Web Lock: a reload frees it, a copy waits in vain.
 * @module
 */

import { GRACE_MS } from './socket.js';

/** Both ends of a call may be tabs of one browser: the lock is the note's own, not the call's. */
const LOCK = 'rtc-engine.note.';
const PREFIX = 'rtc-engine.call.';
const REFRESH_MS = 5_000;
/** A page that is being reloaded frees its locks within milliseconds. */
const OWN_MS = 1_000;
/** @type {Map<string, {granted: Promise<boolean>, free: () => void}>} the locks of this page, of all its clients */
const claims = new Map();

/**
 * @typedef {{gcid: string, account: string, peer: string, name?: string, video: boolean, lock: string, at: number}} Entry
 *   `lock`: held while the page it lives in does; `at`: when the call was last known to live, ms since 1970
 */

export class Ledger {
	/** @type {Entry[]} what the page before this one left, once `ready` */
	found = [];
	/** @type {Promise<void>} */
	ready;
	#storage;
	/** @type {Map<string, Entry>} */
	#live = new Map();
	/** @type {ReturnType<typeof setInterval> | undefined} */
	#timer;

	/** @param {Storage | null} [storage] */
	constructor(storage) {
		this.#storage = storage === undefined ? tabStorage() : storage;
		const noted = this.#read();
		this.ready = noted.length === 0 ? Promise.resolve() : this.#claim(noted);
		globalThis.addEventListener?.('pagehide', () => this.#refresh());
	}

	/** @param {Omit<Entry, 'at' | 'lock'>} facts */
	add(facts) {
		const lock = this.#live.get(facts.gcid)?.lock ?? crypto.randomUUID();
		if (this.#storage) claim(lock);
		this.#live.set(facts.gcid, { ...facts, lock, at: 0 });
		this.#timer ??= setInterval(() => this.#refresh(), REFRESH_MS);
		this.#refresh();
	}

	/** @param {string} gcid */
	remove(gcid) {
		const entry = this.#live.get(gcid);
		if (!entry) return;
		this.#live.delete(gcid);
		claims.get(entry.lock)?.free();
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

	/** @param {Entry[]} noted */
	async #claim(noted) {
		const own = await Promise.all(noted.map(({ lock }) => claim(lock)));
		for (const [index, entry] of noted.entries()) {
			if (own[index]) this.found.push(entry);
			else this.#storage?.removeItem(PREFIX + entry.gcid);
		}
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
 * Takes the lock of a note for this page.
 * @param {string} lock
 * @returns {Promise<boolean>} false: the call lives in another tab
 */
function claim(lock) {
	const known = claims.get(lock);
	if (known) return known.granted;
	const locks = globalThis.navigator?.locks;
	if (!locks) return Promise.resolve(true);
	const gone = new AbortController();
	const timer = setTimeout(() => gone.abort(), OWN_MS);
	/** @type {() => void} */
	let free = () => {};
	/** @type {Promise<void>} */
	const freed = new Promise(resolve => { free = resolve; });
	/** @type {Promise<boolean>} */
	const granted = new Promise(resolve => {
		const held = () => {
			clearTimeout(timer);
			resolve(true);
			return freed;
		};
		locks.request(LOCK + lock, { signal: gone.signal }, held).catch(() => resolve(false)).finally(() => claims.delete(lock));
	});
	claims.set(lock, { granted, free });
	return granted;
}

/**
 * @param {string} text
 * @returns {Entry | null}
 */
function parse(text) {
	try {
		const entry = JSON.parse(text);
		return typeof entry?.gcid === 'string' && typeof entry.lock === 'string' && typeof entry.at === 'number' ? entry : null;
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
