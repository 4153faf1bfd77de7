/**
 * A session with the engine: one socket, the session's networks, and the calls on them.
 *
 * States: connecting → connected ⇄ reconnecting → connected (resumed, or afresh) …
 * → disconnected, which is final.
 * @module
 */
import { Emitter } from './events.js';
import { Network } from './network.js';
import type { Refusal } from './socket.js';
export type ClientOptions = {
    /**
     * `wss://host/rtc/api`; a page served over https uses wss by itself
     */
    url: string;
    /**
     * the session token
     */
    token: string;
    /**
     * send candidates one by one (default true)
     */
    trickle?: boolean;
    /**
     * go on as a new device when a resume fails (default true)
     */
    persist?: boolean;
    /**
     * added to every peer connection's configuration
     */
    rtc?: RTCConfiguration;
    /**
     * closes the client
     */
    signal?: AbortSignal;
    /**
     * for tests
     */
    WebSocket?: typeof WebSocket;
    /**
     * for tests
     */
    RTCPeerConnection?: typeof RTCPeerConnection;
    /**
     * where live calls are noted for a reload (default sessionStorage)
     */
    storage?: Storage | null;
};
export type ClientEvents = {
    /**
     * the session is open, at first and after every loss
     */
    connected: {
        resumed: boolean;
    };
    /**
     * the socket broke; calls go on meanwhile
     */
    reconnecting: void;
    /**
     * for good
     */
    disconnected: Refusal;
    /**
     * seconds until the session ends
     */
    expiring: {
        in: number;
    };
    /**
     * the engine refused a message that belongs to no call
     */
    error: {
        code: string;
        message: string;
        method?: string;
    };
};
/** @import { Call } from './call.js' */
/** @import { Frame, Refusal } from './socket.js' */
/**
 * @typedef {object} ClientOptions
 * @property {string} url `wss://host/rtc/api`; a page served over https uses wss by itself
 * @property {string} token the session token
 * @property {boolean} [trickle] send candidates one by one (default true)
 * @property {boolean} [persist] go on as a new device when a resume fails (default true)
 * @property {RTCConfiguration} [rtc] added to every peer connection's configuration
 * @property {AbortSignal} [signal] closes the client
 * @property {typeof WebSocket} [WebSocket] for tests
 * @property {typeof RTCPeerConnection} [RTCPeerConnection] for tests
 * @property {Storage | null} [storage] where live calls are noted for a reload (default sessionStorage)
 */
/**
 * @typedef {object} ClientEvents
 * @property {{resumed: boolean}} connected the session is open, at first and after every loss
 * @property {void} reconnecting the socket broke; calls go on meanwhile
 * @property {Refusal} disconnected for good
 * @property {{in: number}} expiring seconds until the session ends
 * @property {{code: string, message: string, method?: string}} error the engine refused a message that belongs to no call
 */
/** @extends {Emitter<ClientEvents>} */
export declare class Client extends Emitter<ClientEvents> {
    #private;
    /** @type {'connecting' | 'connected' | 'reconnecting' | 'disconnected'} */
    state: 'connecting' | 'connected' | 'reconnecting' | 'disconnected';
    /** @type {Refusal | null} why it is disconnected */
    reason: Refusal | null;
    /** @type {Network[]} */
    networks: Network[];
    /** Resolves once connected for the first time; rejects with an Error whose `name` is the reason's type. @type {Promise<void>} */
    ready: Promise<void>;
    /** @param {ClientOptions} options */
    constructor(options: ClientOptions);
    /**
     * The network with this tag: the same object each time, undefined if the session has none.
     * @param {string} tag
     */
    network(tag: string): Network | undefined;
    /** Calls that were live when this page was last loaded, for `network.reclaim()`. */
    get reclaimable(): import("./reclaim.js").Entry[];
    /**
     * Ends the calls of this device and leaves the session.
     * @param {{session?: boolean}} [options] `session`: end it for its other devices too
     */
    close({ session }?: {
        session?: boolean;
    }): void;
}
