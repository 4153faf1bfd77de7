/**
 * Renegotiation and its glare lock (protocol section 5, after RFC 3261 14.1).
 *
 *            request            lock.ok           answer
 *   free ───────────▶ requested ────────▶ offering ───────▶ free
 *   free ── lock ───▶ granted ── offer, answered ─────────▶ free
 *
 * Two locks that cross, a `lock.reset`, or 5 s without progress lead back to free;
 * whoever wanted something tries again after a random delay. Whatever was asked for
 * meanwhile is served by the next offer: offers describe the whole state.
 * @module
 */
export type ChangeActions = {
    /**
     * sends `call.change.<action>`
     */
    send: (action: string, extra?: object) => void;
    /**
     * makes and applies a local offer
     */
    offer: () => Promise<string>;
    /**
     * applies a remote offer, makes and applies the answer
     */
    answer: (sdp: string) => Promise<string>;
    /**
     * applies the answer to our offer
     */
    applied: (sdp: string) => Promise<void>;
    /**
     * takes our offer back
     */
    rollback: () => Promise<void>;
};
/**
 * @typedef {object} ChangeActions
 * @property {(action: string, extra?: object) => void} send sends `call.change.<action>`
 * @property {() => Promise<string>} offer makes and applies a local offer
 * @property {(sdp: string) => Promise<string>} answer applies a remote offer, makes and applies the answer
 * @property {(sdp: string) => Promise<void>} applied applies the answer to our offer
 * @property {() => Promise<void>} rollback takes our offer back
 */
export declare class Change {
    #private;
    /** @type {'free' | 'requested' | 'offering' | 'granted'} */
    state: 'free' | 'requested' | 'offering' | 'granted';
    /**
     * @param {boolean} creator whether this side created the call
     * @param {ChangeActions} actions
     */
    constructor(creator: boolean, actions: ChangeActions);
    /** The call is established: from now on changes may be made. */
    ready(): void;
    /**
     * Asks for a negotiation of the present state.
     * @returns {Promise<boolean>} true once the far end has answered; false if the call ended or the far end never agreed
     */
    request(): Promise<boolean>;
    stop(): void;
    /** @param {string} action after `change.` @param {string} [sdp] */
    handle(action: string, sdp?: string): void | Promise<void>;
}
