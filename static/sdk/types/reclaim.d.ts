/**
 * A note of the live calls in the tab's sessionStorage, so that the page may be
 * reloaded in the middle of one. A note is good for 30 s, the engine's grace period:
 * an older one would not take a call over but start a new one.
 *
 * A duplicated tab gets a copy of the notes. It must not take the calls from the tab
 * they live in, so every note names a Web Lock: a reload frees it, a copy waits in vain.
 * @module
 */
export type Entry = {
    gcid: string;
    account: string;
    peer: string;
    name?: string;
    video: boolean;
    lock: string;
    at: number;
};
/**
 * @typedef {{gcid: string, account: string, peer: string, name?: string, video: boolean, lock: string, at: number}} Entry
 *   `lock`: held while the page it lives in does; `at`: when the call was last known to live, ms since 1970
 */
export declare class Ledger {
    #private;
    /** @type {Entry[]} what the page before this one left, once `ready` */
    found: Entry[];
    /** @type {Promise<void>} */
    ready: Promise<void>;
    /** @param {Storage | null} [storage] */
    constructor(storage?: Storage | null);
    /** @param {Omit<Entry, 'at' | 'lock'>} facts */
    add(facts: Omit<Entry, 'at' | 'lock'>): void;
    /** @param {string} gcid */
    remove(gcid: string): void;
    /** @param {Entry} entry */
    take(entry: Entry): void;
}
