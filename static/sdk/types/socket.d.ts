/**
 * One WebSocket that outlives its connection: it opens the session, reconnects,
 * resumes where it stopped and keeps the order in both directions.
 *
 * Both sides number their frames (`seq`) and say what they have seen (`ack`: the
 * client in any frame, the engine in `session.validated`), so that a resume repeats
 * exactly what the dead socket swallowed. While it is away frames wait in a queue.
 * @module
 */
/** How long the engine keeps a lost device's calls, in ms (protocol section 3). */
export declare const GRACE_MS = 30000;
export type Frame = {
    method: string;
    to?: string | string[];
    from?: string;
    body?: any;
    id?: string;
    seq?: number;
};
export type Refusal = {
    type: string;
    message: string;
};
export type SocketEvents = {
    /**
     * the session is open
     */
    validated: (body: any, resumed: boolean) => void;
    /**
     * a frame from the engine, each once and in order
     */
    frame: (frame: Frame) => void;
    /**
     * the connection broke; a resume is being tried
     */
    lost: () => void;
    /**
     * the grace period is over: all calls are gone
     */
    expired: () => void;
    /**
     * for good
     */
    closed: (reason: Refusal) => void;
};
/**
 * @typedef {{method: string, to?: string | string[], from?: string, body?: any, id?: string, seq?: number}} Frame
 * @typedef {{type: string, message: string}} Refusal
 * @typedef {object} SocketEvents
 * @property {(body: any, resumed: boolean) => void} validated the session is open
 * @property {(frame: Frame) => void} frame a frame from the engine, each once and in order
 * @property {() => void} lost the connection broke; a resume is being tried
 * @property {() => void} expired the grace period is over: all calls are gone
 * @property {(reason: Refusal) => void} closed for good
 */
export declare class Socket {
    #private;
    /** @type {'idle' | 'opening' | 'open' | 'waiting' | 'closed'} */
    state: 'idle' | 'opening' | 'open' | 'waiting' | 'closed';
    /**
     * @param {{url: string, token: string, persist: boolean, WebSocket: typeof WebSocket}} options
     *   persist: go on after a failed resume, as a new device
     * @param {SocketEvents} events
     */
    constructor(options: {
        url: string;
        token: string;
        persist: boolean;
        WebSocket: typeof WebSocket;
    }, events: SocketEvents);
    connect(): void;
    /**
     * Sends now, or as soon as the session is open again.
     * @param {Frame} frame
     */
    send(frame: Frame): void;
    /** Asks the engine for a sign of life; no answer within 4 s counts as a loss. */
    probe(): void;
    /** @param {Refusal} reason */
    close(reason: Refusal): void;
}
