/**
 * The media side of one call: an RTCPeerConnection and the order of what is done
 * with it. Operations run one after another; local candidates wait until the
 * description they belong to has been sent, remote ones until it has been applied.
 * @module
 */
export type PeerOptions = {
    RTCPeerConnection: typeof RTCPeerConnection;
    /**
     * read anew for every connection
     */
    configuration: () => RTCConfiguration;
    /**
     * false: descriptions carry all candidates
     */
    trickle: boolean;
    /**
     * an empty `candidate` ends the list
     */
    onCandidate: (candidate: RTCIceCandidateInit) => void;
    /**
     * the far end's tracks changed; null: none left
     */
    onRemote: (stream: MediaStream | null) => void;
    onState: (state: RTCPeerConnectionState) => void;
};
/**
 * @typedef {object} PeerOptions
 * @property {typeof RTCPeerConnection} RTCPeerConnection
 * @property {() => RTCConfiguration} configuration read anew for every connection
 * @property {boolean} trickle false: descriptions carry all candidates
 * @property {(candidate: RTCIceCandidateInit) => void} onCandidate an empty `candidate` ends the list
 * @property {(stream: MediaStream | null) => void} onRemote the far end's tracks changed; null: none left
 * @property {(state: RTCPeerConnectionState) => void} onState
 */
export declare class Peer {
    #private;
    /** @type {RTCPeerConnection | null} the connection of the moment */
    connection: RTCPeerConnection | null;
    /** @type {MediaStream | null} */
    remote: MediaStream | null;
    /** @param {PeerOptions} options */
    constructor(options: PeerOptions);
    /** @param {string} kind */
    track(kind: string): MediaStreamTrack | null;
    /**
     * Sends `track` as the one of its kind; null stops sending the kind.
     * @param {'audio' | 'video'} kind
     * @param {MediaStreamTrack | null} track
     * @returns {Promise<boolean>} whether the far end has to be told by a negotiation
     */
    setTrack(kind: 'audio' | 'video', track: MediaStreamTrack | null): Promise<boolean>;
    /** Whether we send something that no description has named yet. */
    hasNews(): boolean;
    /**
     * Holds or resumes: held, nothing is sent and the descriptions say `sendonly` (RFC 3264 8.4).
     * @param {boolean} held
     */
    hold(held: boolean): Promise<boolean>;
    /** Takes the TURN servers and credentials of the moment, for the next gathering. */
    configure(): void;
    /** The next offer looks for a new path. */
    restartIce(): void;
    offer(): Promise<string>;
    /** @param {string} sdp the far end's offer */
    answer(sdp: string): Promise<string>;
    /** @param {string} sdp @param {'answer' | 'pranswer'} [type] */
    applyAnswer(sdp: string, type?: 'answer' | 'pranswer'): Promise<void>;
    rollback(): Promise<void>;
    /** The description has been sent: its candidates may follow. */
    release(): void;
    /** @param {RTCIceCandidateInit} candidate */
    addCandidate(candidate: RTCIceCandidateInit): void;
    /** Resolves with the local description once gathering is over, at the latest after 5 s. */
    gathered(): Promise<string>;
    close(): void;
}
