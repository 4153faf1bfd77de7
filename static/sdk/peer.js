/**
 * The media side of one call: an RTCPeerConnection and the order of what is done
 * with it. Operations run one after another; local candidates wait until the
 * description they belong to has been sent, remote ones until it has been applied.
 * @module
 */

import { sessionId } from './sdp.js';

const GATHER_MS = 5_000;
const MAX_PENDING_CANDIDATES = 200;

/**
 * @typedef {object} PeerOptions
 * @property {typeof RTCPeerConnection} RTCPeerConnection
 * @property {() => RTCConfiguration} configuration read anew for every connection
 * @property {boolean} trickle false: descriptions carry all candidates
 * @property {(candidate: RTCIceCandidateInit) => void} onCandidate an empty `candidate` ends the list
 * @property {(stream: MediaStream | null) => void} onRemote the far end's tracks changed; null: none left
 * @property {(state: RTCPeerConnectionState) => void} onState
 */

export class Peer {
	/** @type {RTCPeerConnection | null} the connection of the moment */
	connection = null;
	/** @type {MediaStream | null} */
	remote = null;
	#options;
	/** @type {Promise<any>} */ #chain = Promise.resolve();
	/** @type {Map<string, MediaStreamTrack>} kind → what is sent */ #tracks = new Map();
	/** Names what belongs together, so that the far end keeps lips and voice in step. */
	#stream = new MediaStream();
	/** @type {RTCIceCandidateInit[]} */ #outgoing = [];
	/** @type {RTCIceCandidateInit[]} */ #incoming = [];
	#withheld = true;
	#held = false;
	#remoteSession = '';
	#closed = false;

	/** @param {PeerOptions} options */
	constructor(options) {
		this.#options = options;
	}

	/** @param {string} kind */
	track(kind) {
		return this.#tracks.get(kind) ?? null;
	}

	/**
	 * Sends `track` as the one of its kind; null stops sending the kind.
	 * @param {'audio' | 'video'} kind
	 * @param {MediaStreamTrack | null} track
	 * @returns {Promise<boolean>} whether the far end has to be told by a negotiation
	 */
	setTrack(kind, track) {
		if (track) this.#tracks.set(kind, track);
		else this.#tracks.delete(kind);
		return this.#run(async () => {
			return this.connection ? this.#attach() : false;
		});
	}

	/** Whether we send something that no description has named yet. */
	hasNews() {
		return this.connection?.getTransceivers().some(({ mid, direction }) => mid === null && direction !== 'stopped') ?? false;
	}

	/**
	 * Holds or resumes: held, nothing is sent and the descriptions say `sendonly` (RFC 3264 8.4).
	 * @param {boolean} held
	 */
	hold(held) {
		this.#held = held;
		return this.#run(() => this.#attach());
	}

	/** Takes the TURN servers and credentials of the moment, for the next gathering. */
	configure() {
		try {
			this.connection?.setConfiguration({ ...this.connection.getConfiguration(), ...this.#options.configuration() });
		} catch {
			// The connection goes on with what it has: that may still lead somewhere.
		}
	}

	/** The next offer looks for a new path. */
	restartIce() {
		this.configure();
		this.connection?.restartIce();
	}

	offer() {
		return this.#run(async () => {
			const connection = this.#open();
			await this.#attach();
			if (connection.getTransceivers().length === 0) connection.addTransceiver('audio', { direction: 'recvonly' });
			this.#withheld = true;
			await connection.setLocalDescription();
			return this.#localSdp();
		});
	}

	/** @param {string} sdp the far end's offer */
	answer(sdp) {
		return this.#run(async () => {
			if (this.#remoteSession && sessionId(sdp) !== this.#remoteSession) this.#replace();
			const connection = this.#open();
			this.#withheld = true;
			await this.#setRemote({ type: 'offer', sdp });
			await this.#attach();
			await connection.setLocalDescription();
			this.#refreshRemote();
			return this.#localSdp();
		});
	}

	/** @param {string} sdp @param {'answer' | 'pranswer'} [type] */
	applyAnswer(sdp, type = 'answer') {
		return this.#run(async () => {
			await this.#setRemote({ type, sdp });
			this.#refreshRemote();
		});
	}

	rollback() {
		return this.#run(async () => {
			if (this.connection?.signalingState === 'have-local-offer') await this.connection.setLocalDescription({ type: 'rollback' });
			this.release();
		});
	}

	/** The description has been sent: its candidates may follow. */
	release() {
		this.#withheld = false;
		for (const candidate of this.#outgoing.splice(0)) this.#options.onCandidate(candidate);
	}

	/** @param {RTCIceCandidateInit} candidate */
	addCandidate(candidate) {
		this.#run(async () => {
			if (this.connection?.remoteDescription) await this.#add(candidate);
			else if (this.#incoming.length < MAX_PENDING_CANDIDATES) this.#incoming.push(candidate);
		}).catch(() => {});
	}

	/** Resolves with the local description once gathering is over, at the latest after 5 s. */
	async gathered() {
		const connection = this.connection;
		if (connection && connection.iceGatheringState !== 'complete') {
			await new Promise(resolve => {
				const timer = setTimeout(resolve, GATHER_MS);
				connection.addEventListener('icegatheringstatechange', () => {
					if (connection.iceGatheringState !== 'complete') return;
					clearTimeout(timer);
					resolve(undefined);
				});
			});
		}
		return connection?.localDescription?.sdp ?? '';
	}

	close() {
		this.#closed = true;
		this.#drop();
	}

	/**
	 * @template T
	 * @param {() => Promise<T>} operation
	 * @returns {Promise<T>}
	 */
	#run(operation) {
		const result = this.#chain.then(() => {
			if (this.#closed) throw new DOMException('The call has ended.', 'InvalidStateError');
			return operation();
		});
		this.#chain = result.catch(() => {});
		return result;
	}

	#open() {
		if (this.connection) return this.connection;
		const connection = new this.#options.RTCPeerConnection(this.#options.configuration());
		this.connection = connection;
		connection.onicecandidate = ({ candidate }) => this.#gather(candidate);
		connection.onconnectionstatechange = () => this.#options.onState(connection.connectionState);
		return connection;
	}

	/** The far side has a fresh connection, so we need one too: one DTLS association has two ends. */
	#replace() {
		this.#drop();
		this.#incoming = [];
		this.#outgoing = [];
	}

	#drop() {
		const connection = this.connection;
		this.connection = null;
		if (!connection) return;
		connection.onicecandidate = connection.onconnectionstatechange = null;
		connection.close();
	}

	/** @param {RTCIceCandidate | null} candidate */
	#gather(candidate) {
		if (!this.#options.trickle) return;
		const init = candidate ? candidate.toJSON() : { candidate: '', sdpMid: '0', sdpMLineIndex: 0 };
		if (candidate?.candidate === '') return;
		if (this.#withheld) this.#outgoing.push(init);
		else this.#options.onCandidate(init);
	}

	async #localSdp() {
		if (!this.#options.trickle) return this.gathered();
		return this.connection?.localDescription?.sdp ?? '';
	}

	/** @param {RTCSessionDescriptionInit} description */
	async #setRemote(description) {
		await this.#open().setRemoteDescription(description);
		this.#remoteSession = sessionId(description.sdp ?? '');
		for (const candidate of this.#incoming.splice(0)) await this.#add(candidate);
	}

	/** @param {RTCIceCandidateInit} candidate */
	async #add(candidate) {
		try {
			await this.connection?.addIceCandidate(candidate.candidate ? candidate : undefined);
		} catch {
			// A candidate of a generation that is gone: nothing is lost with it.
		}
	}

	/** Brings senders and directions in line with the tracks and the hold; tells whether the far end must know. */
	async #attach() {
		let changed = false;
		for (const [kind, track] of this.#tracks) {
			if (this.#transceiver(kind)) continue;
			this.#open().addTrack(track, this.#stream);
			changed = true;
		}
		for (const kind of ['audio', 'video']) {
			const transceiver = this.#transceiver(kind);
			if (!transceiver) continue;
			const track = this.#tracks.get(kind) ?? null;
			const sent = this.#held ? null : track;
			if (transceiver.sender.track !== sent) await transceiver.sender.replaceTrack(sent);
			if (track) transceiver.sender.setStreams?.(this.#stream);
			const wanted = direction(track !== null, this.#held);
			if (transceiver.direction === wanted) continue;
			transceiver.direction = wanted;
			changed = true;
		}
		return changed;
	}

	/** @param {string} kind */
	#transceiver(kind) {
		return this.connection?.getTransceivers().find(one => one.receiver.track.kind === kind && one.direction !== 'stopped');
	}

	#refreshRemote() {
		const tracks = (this.connection?.getTransceivers() ?? [])
			.filter(({ currentDirection }) => currentDirection === 'sendrecv' || currentDirection === 'recvonly')
			.map(({ receiver }) => receiver.track);
		const known = this.remote?.getTracks() ?? [];
		const added = tracks.filter(track => !known.includes(track));
		const removed = known.filter(track => !tracks.includes(track));
		if (added.length === 0 && removed.length === 0) return;
		if (tracks.length === 0) this.remote = null;
		else if (removed.length === 0 && this.remote) for (const track of added) this.remote.addTrack(track);
		else this.remote = new MediaStream(tracks);
		this.#options.onRemote(this.remote);
	}
}

/**
 * @param {boolean} sending @param {boolean} held
 * @returns {RTCRtpTransceiverDirection}
 */
function direction(sending, held) {
	if (held) return sending ? 'sendonly' : 'inactive';
	return sending ? 'sendrecv' : 'recvonly';
}
