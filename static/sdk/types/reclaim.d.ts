/**
 * A note of the live calls in the tab's sessionStorage, so that the page may be
 * reloaded in the middle of one. A note is good for 30 s, the engine's grace period:
 * an older one would not take a call over but start a new one.
 * @module
 */
export type Entry = {
    gcid: string;
    account: string;
    peer: string;
    name?: string;
    video: boolean;
    at: number;
};
/**
 * @typedef {{gcid: string, account: string, peer: string, name?: string, video: boolean, at: number}} Entry
 *   `at`: when the call was last known to live, ms since 1970
 */
export declare class Ledger {
    #private;
    /** @type {Entry[]} what the page before this one left */
    found: Entry[];
    /** @param {Storage | null} [storage] */
    constructor(storage?: Storage | null);
    /** @param {Omit<Entry, 'at'>} facts */
    add(facts: Omit<Entry, 'at'>): void;
    /** @param {string} gcid */
    remove(gcid: string): void;
    /** @param {Entry} entry */
    take(entry: Entry): void;
}
