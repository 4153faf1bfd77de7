/**
 * One account of the session on its network: where calls start and arrive.
 * @module
 */
import { Emitter } from './events.js';
import { Call } from './call.js';
import type { Client } from './client.js';
import type { Entry } from './reclaim.js';
export type CallOptions = {
    /**
     * what is sent; without one the call only receives sound
     */
    stream?: MediaStream;
    /**
     * ends the call
     */
    signal?: AbortSignal;
};
export type NetworkEvents = {
    /**
     * every change of the account's state
     */
    state: {
        state: Network['state'];
        reason: string;
    };
    /**
     * an incoming call rings
     */
    call: Call;
};
/** @import { Client } from './client.js' */
/** @import { Entry } from './reclaim.js' */
/**
 * @typedef {object} CallOptions
 * @property {MediaStream} [stream] what is sent; without one the call only receives sound
 * @property {AbortSignal} [signal] ends the call
 *
 * @typedef {object} NetworkEvents
 * @property {{state: Network['state'], reason: string}} state every change of the account's state
 * @property {Call} call an incoming call rings
 */
/** @extends {Emitter<NetworkEvents>} */
export declare class Network extends Emitter<NetworkEvents> {
    #private;
    client: Client;
    /** The account's id. */
    id: string;
    /** The own user on this network. */
    identifier: string;
    /** @internal */
    target: string;
    tag: string;
    connector: string;
    capabilities: string[];
    /** @type {'connecting' | 'connected' | 'disconnected' | 'failed'} */
    state: 'connecting' | 'connected' | 'disconnected' | 'failed';
    /** Why it is in that state: `ok`, `wrongCredentials`, `unreachable` … */
    reason: string;
    /** Free text beside the reason. @type {string | undefined} */
    detail: string | undefined;
    /** Seconds until the engine tries again by itself. @type {number | undefined} */
    retryIn: number | undefined;
    /**
     * Calls a user, a number or a URI. Returns at once; nothing fires before the caller's code has run on.
     * @param {string} target
     * @param {CallOptions} [options]
     */
    call(target: string, options?: CallOptions): Call;
    /**
     * Takes a call over that was live before this page was reloaded. The far end notices a renegotiation at most.
     * @param {Entry} entry one of `client.reclaimable`
     * @param {CallOptions} [options]
     */
    reclaim(entry: Entry, options?: CallOptions): Call;
    /** @param {{name: string, displayName?: string, stream?: MediaStream}} options */
    joinConference(options: {
        name: string;
        displayName?: string;
        stream?: MediaStream;
    }): Promise<never>;
    /** Unregisters this account, for this device. */
    disconnect(): void;
}
