/**
 * What is done when the media path breaks: an ICE restart, some of them, and in the
 * end the truth. The creator of the call restarts first; the other side only if that
 * has not helped, so that the two do not compete for the lock.
 * @module
 */
export declare class Recovery {
    #private;
    /**
     * @param {boolean} creator whether this side created the call
     * @param {{restart: () => void, failed: () => void}} actions
     */
    constructor(creator: boolean, actions: {
        restart: () => void;
        failed: () => void;
    });
    /** @param {RTCPeerConnectionState} state */
    onState(state: RTCPeerConnectionState): void;
    stop(): void;
}
