/**
 * One call: a dialog leg with the engine (protocol section 5) and its media.
 *
 *   outgoing  new ──▶ pending (alive) ──▶ ringing ──▶ accepted ──▶ ended
 *   incoming  ringing ──▶ accepted ──▶ ended                       (ended from anywhere)
 * @module
 */
import { Emitter } from './events.js';
import type { Network, CallOptions } from './network.js';
import type { EndReason } from './reasons.js';
import type { Quality } from './stats.js';
export type Party = {
    uri: string;
    name?: string;
};
export type CallState = 'new' | 'pending' | 'ringing' | 'accepted' | 'ended';
export type CallEvents = {
    /**
     * every change of state, before the event that names it
     */
    state: CallState;
    /**
     * the far side's branch lives
     */
    pending: void;
    /**
     * the far user is alerted
     */
    ringing: void;
    /**
     * answered
     */
    accepted: void;
    /**
     * sound before the answer (SIP 183)
     */
    early: MediaStream;
    /**
     * the far end's media, all tracks known; again after a renegotiation
     */
    stream: MediaStream;
    /**
     * the far end sends nothing any more
     */
    streamended: void;
    /**
     * inside `end()`, or when the far side ends it
     */
    ended: {
        reason: string;
        detail?: string;
    };
    dtmf: {
        digits: string;
        duration?: number;
    };
    /**
     * who holds the call
     */
    hold: {
        local: boolean;
        remote: boolean;
    };
    /**
     * the far end is someone else now
     */
    peer: Party;
    /**
     * further facts from the engine: encryption, quality
     */
    info: Record<string, any>;
    transfer: {
        state: string;
        reason?: string;
    };
    /**
     * state of the media path
     */
    media: RTCPeerConnectionState;
    /**
     * the engine refused a message of this call
     */
    error: {
        code: string;
        message: string;
        method?: string;
    };
};
/** @import { Network, CallOptions } from './network.js' */
/** @import { EndReason } from './reasons.js' */
/** @import { Quality } from './stats.js' */
/**
 * @typedef {{uri: string, name?: string}} Party
 * @typedef {'new' | 'pending' | 'ringing' | 'accepted' | 'ended'} CallState
 *
 * @typedef {object} CallEvents
 * @property {CallState} state every change of state, before the event that names it
 * @property {void} pending the far side's branch lives
 * @property {void} ringing the far user is alerted
 * @property {void} accepted answered
 * @property {MediaStream} early sound before the answer (SIP 183)
 * @property {MediaStream} stream the far end's media, all tracks known; again after a renegotiation
 * @property {void} streamended the far end sends nothing any more
 * @property {{reason: string, detail?: string}} ended inside `end()`, or when the far side ends it
 * @property {{digits: string, duration?: number}} dtmf
 * @property {{local: boolean, remote: boolean}} hold who holds the call
 * @property {Party} peer the far end is someone else now
 * @property {Record<string, any>} info further facts from the engine: encryption, quality
 * @property {{state: string, reason?: string}} transfer
 * @property {RTCPeerConnectionState} media state of the media path
 * @property {{code: string, message: string, method?: string}} error the engine refused a message of this call
 */
/** @extends {Emitter<CallEvents>} */
export declare class Call extends Emitter<CallEvents> {
    #private;
    network: Network;
    /** Who created the call: this side or the far one. */
    origin: "local" | "remote";
    id: string;
    /** The call's id end to end. */
    gcid: string;
    /** The far end. */
    peer: Party;
    /** @type {CallState} */
    state: CallState;
    /** @type {string | null} */
    endedReason: string | null;
    /** What the far end offers. */
    media: {
        audio: boolean;
        video: boolean;
    };
    /** Who holds the call. */
    held: {
        local: boolean;
        remote: boolean;
    };
    /** What is muted here. */
    muted: {
        audio: boolean;
        video: boolean;
    };
    /** The far end's media, once the call is accepted. */
    get remoteStream(): MediaStream | null;
    /** The connection of the moment; a renegotiation may replace it. */
    get connection(): RTCPeerConnection | null;
    /** What is sent of this kind. @param {'audio' | 'video'} kind */
    track(kind: 'audio' | 'video'): MediaStreamTrack | null;
    /**
     * Answers an incoming call.
     * @param {CallOptions} [options]
     * @returns {Promise<void>} resolved once the answer is on its way, or if the call has ended: a caller may cancel at any moment
     */
    accept(options?: CallOptions): Promise<void>;
    /**
     * Ends, cancels or declines the call. Does nothing on an ended one.
     * @param {EndReason | (string & {})} [reason] a word of the application's own stays here and travels as detail
     */
    end(reason?: EndReason | (string & {})): void;
    /** Local mute, without a negotiation. @param {'audio' | 'video'} kind @param {boolean} muted */
    mute(kind: 'audio' | 'video', muted: boolean): void;
    /**
     * Sends another track of this kind, or none: device change, camera on and off, screen share.
     * @param {'audio' | 'video'} kind
     * @param {MediaStreamTrack | null} track
     * @returns {Promise<boolean>} true once it is in force at both ends
     */
    setTrack(kind: 'audio' | 'video', track: MediaStreamTrack | null): Promise<boolean>;
    /** Puts the far end on hold. */
    hold(): Promise<boolean>;
    /** Takes the far end back from hold. */
    resume(): Promise<boolean>;
    /** @param {string} digits 0-9 * # A-D and `,` for a pause @param {{duration?: number}} [options] ms a tone */
    sendDTMF(digits: string, options?: {
        duration?: number;
    }): void;
    /** Hands the far end over: to a target, or to the far end of another call. @param {string | Call} to */
    transfer(to: string | Call): void;
    /** Looks for a new media path. */
    restartIce(): Promise<boolean>;
    /** How the call is doing since the last time it was asked. @returns {Promise<Quality | null>} null without media */
    quality(): Promise<Quality | null>;
}
