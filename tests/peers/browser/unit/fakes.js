/**
 * A browser for unit tests: a WebSocket whose far end is the test, and a peer
 * connection without media. Time is node's mock of setTimeout.
 */

/** Lets everything that is ready run. */
export const settle = () => new Promise(resolve => setImmediate(resolve));

export class FakeWebSocket {
	/** @type {FakeWebSocket[]} */
	static all = [];
	/** @type {any[]} */ sent = [];
	closed = false;
	onopen = () => {};
	onmessage = _event => {};
	onclose = _event => {};

	constructor(url) {
		this.url = url;
		FakeWebSocket.all.push(this);
	}

	static get last() {
		return FakeWebSocket.all.at(-1);
	}

	send(text) {
		this.sent.push(JSON.parse(text));
	}

	close() {
		this.closed = true;
	}

	/** The engine says something. */
	tell(method, body, more = {}) {
		this.onmessage({ data: JSON.stringify({ method, from: 'core', to: 'browser:b', session: '', body, ...more }) });
	}

	/** The engine opens the session. */
	validate(more = {}) {
		this.onopen();
		const network = { tag: 'webrtc', connector: 'webrtc', capabilities: [] };
		const accounts = { a1: { identifier: 'anna', target: TARGET, network } };
		this.tell('session.validated', { result: true, accounts, client: 'c1', iceServers: [], resumed: false, expires: 60, ...more });
	}

	/** The connection breaks. */
	lose(code = 1006, reason = '') {
		this.onclose?.({ code, reason });
	}

	/** Methods sent, in order. */
	get methods() {
		return this.sent.map(frame => frame.method);
	}
}

export const TARGET = 'webrtc:b2bua';

class FakeTrack {
	enabled = true;
	readyState = 'live';
	constructor(kind) {
		this.kind = kind;
	}
	addEventListener() {}
	stop() {
		this.readyState = 'ended';
	}
}

class FakeStream {
	#tracks;
	constructor(tracks = []) {
		this.#tracks = [...tracks];
	}
	getTracks = () => this.#tracks;
	addTrack = track => this.#tracks.push(track);
	getAudioTracks = () => this.#tracks.filter(track => track.kind === 'audio');
	getVideoTracks = () => this.#tracks.filter(track => track.kind === 'video');
}

globalThis.MediaStream = FakeStream;

/** @param {...string} kinds */
export const stream = (...kinds) => new FakeStream(kinds.map(kind => new FakeTrack(kind)));

let sessions = 0;

export class FakePeerConnection {
	/** @type {FakePeerConnection[]} */
	static all = [];
	#session = ++sessions;
	#version = 0;
	#transceivers = [];
	#pending = null;
	localDescription = null;
	remoteDescription = null;
	signalingState = 'stable';
	iceGatheringState = 'complete';
	connectionState = 'new';
	candidates = [];
	closed = false;
	restarts = 0;

	constructor(configuration) {
		this.configuration = configuration;
		FakePeerConnection.all.push(this);
	}

	getTransceivers = () => this.#transceivers;
	getConfiguration = () => this.configuration;
	setConfiguration(configuration) {
		this.configuration = configuration;
	}
	restartIce() {
		this.restarts += 1;
	}

	addTrack(track) {
		this.#add(track.kind, 'sendrecv').sender.track = track;
	}

	addTransceiver(kind, { direction }) {
		this.#add(kind, direction);
	}

	#add(kind, direction) {
		const sender = { track: null, setStreams() {}, async replaceTrack(track) { this.track = track; } };
		const transceiver = { mid: null, direction, currentDirection: null, sender, receiver: { track: new FakeTrack(kind) } };
		this.#transceivers.push(transceiver);
		return transceiver;
	}

	async setLocalDescription(description) {
		await null;
		if (description?.type === 'rollback') {
			this.signalingState = 'stable';
			return;
		}
		const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer';
		const named = this.#transceivers.filter(one => type === 'offer' || this.remoteDescription.sdp.includes(`m=${one.receiver.track.kind}`));
		named.forEach((one, index) => { one.mid = String(index); });
		this.localDescription = { type, sdp: this.#sdp() };
		if (type === 'answer') this.#agree();
		else this.signalingState = 'have-local-offer';
		for (const candidate of ['candidate:1', 'candidate:2']) this.onicecandidate?.({ candidate: { candidate, toJSON: () => ({ candidate, sdpMid: '0' }) } });
		this.onicecandidate?.({ candidate: null });
	}

	async setRemoteDescription({ type, sdp }) {
		await null;
		if (sdp.includes('bad')) throw new Error('not a description');
		this.remoteDescription = { type, sdp };
		for (const [, kind] of sdp.matchAll(/^m=(\w+)/gm)) {
			if (!this.#transceivers.some(one => one.receiver.track.kind === kind)) this.#add(kind, 'recvonly').mid = '0';
		}
		if (type === 'offer') this.signalingState = 'have-remote-offer';
		else this.#agree();
	}

	#agree() {
		this.signalingState = 'stable';
		for (const one of this.#transceivers.filter(one => one.mid !== null)) one.currentDirection = one.direction;
	}

	#sdp() {
		const media = this.#transceivers.map(one => `m=${one.receiver.track.kind} 9 x\r\na=${one.direction}\r\n`).join('');
		return `v=0\r\no=- ${this.#session} ${++this.#version} IN IP4 0\r\n${media}`;
	}

	async addIceCandidate(candidate) {
		this.candidates.push(candidate?.candidate ?? 'end');
	}

	async getStats() {
		return new Map();
	}

	close() {
		this.closed = true;
	}
}

/** A description of the far end's. */
export const sdp = (session = 'far', kinds = ['audio']) =>
	`v=0\r\no=- ${session} 1 IN IP4 0\r\n${kinds.map(kind => `m=${kind} 9 x\r\na=sendrecv\r\n`).join('')}`;

/** What `new Client` takes, with the fakes. */
export const options = (more = {}) => ({
	url: 'ws://engine/rtc/api', token: 'token', storage: null, WebSocket: FakeWebSocket, RTCPeerConnection: FakePeerConnection, ...more,
});

/** Forgets the tests before. */
export function reset() {
	FakeWebSocket.all.length = 0;
	FakePeerConnection.all.length = 0;
}
