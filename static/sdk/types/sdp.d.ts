/**
 * The few facts the SDK reads from a session description (RFC 8866). It never writes one.
 * @module
 */
/**
 * The session id of the `o=` line: another one means another peer connection on the far side.
 * @param {string} sdp
 */
export declare function sessionId(sdp: string): string;
/**
 * What a description offers: kinds with a port and a direction that sends.
 * @param {string | null | undefined} sdp
 */
export declare function mediaOf(sdp: string | null | undefined): {
    audio: boolean;
    video: boolean;
};
/**
 * The candidates inside a description.
 * @param {string} sdp
 * @returns {RTCIceCandidateInit[]}
 */
export declare function candidatesOf(sdp: string): RTCIceCandidateInit[];
