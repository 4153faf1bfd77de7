/**
 * One call: a dialog leg with the engine (protocol section 5) and its media.
 *
 *   outgoing  new ──▶ pending (alive) ──▶ ringing ──▶ accepted ──▶ ended
 *   incoming  ringing ──▶ accepted ──▶ ended                       (ended from anywhere)
 * @module
 */

import { Emitter } from './events.js';
import { Change } from './change.js';
import { Peer } from './peer.js';
import { Recovery } from './recovery.js';
import { wireReason } from './reasons.js';
import { candidatesOf, mediaOf } from './sdp.js';
import { Meter } from './stats.js';

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
export class Call extends Emitter {
	/** @type {CallState} */
	state = 'new';
	/** @type {string | null} */
	endedReason = null;
	/** What the far end offers. */
	media = { audio: false, video: false };
	/** Who holds the call. */
	held = { local: false, remote: false };
	/** What is muted here. */
	muted = { audio: false, video: false };
	#peer; #change; #recovery; #to;
	#meter = new Meter();
	#started = false;
	#answered = false;
	#mediaShown = false;
	#offer = '';

	/**
	 * @param {Network} network
	 * @param {{origin: 'local' | 'remote', id: string, gcid: string, peer: Party, to: string}} facts
	 * @internal
	 */
	constructor(network, { origin, id, gcid, peer, to }) {
		super();
		this.network = network;
		/** Who created the call: this side or the far one. */
		this.origin = origin;
		this.id = id;
		/** The call's id end to end. */
		this.gcid = gcid;
		/** The far end. */
		this.peer = peer;
		this.#to = to;
		const { client } = network;
		const { options } = client;
		client.calls.set(id, this);
		this.#peer = new Peer({
			RTCPeerConnection: options.RTCPeerConnection ?? globalThis.RTCPeerConnection,
			configuration: () => ({ ...options.rtc, iceServers: [...client.iceServers, ...(options.rtc?.iceServers ?? [])] }),
			trickle: options.trickle,
			onCandidate: candidate => this.#send('candidate', { candidate: { payload: JSON.stringify(candidate), type: 'WEBRTC_LEGACY' } }),
			onRemote: () => this.#showMedia(),
			onState: state => this.#onMediaState(state),
		});
		this.#change = new Change(origin === 'local', {
			send: (action, extra) => this.#sendChange(action, extra),
			offer: () => this.#peer.offer(),
			answer: sdp => this.#peer.answer(sdp),
			applied: sdp => this.#peer.applyAnswer(sdp),
			rollback: () => this.#peer.rollback(),
		});
		this.#recovery = new Recovery(origin === 'local', {
			restart: () => this.restartIce(),
			failed: () => this.end('mediaFailed'),
		});
	}

	/** The far end's media, once the call is accepted. */
	get remoteStream() {
		return this.state === 'accepted' ? this.#peer.remote : null;
	}

	/** The connection of the moment; a renegotiation may replace it. */
	get connection() {
		return this.#peer.connection;
	}

	/** What is sent of this kind. @param {'audio' | 'video'} kind */
	track(kind) {
		return this.#peer.track(kind);
	}

	/**
	 * Answers an incoming call.
	 * @param {CallOptions} [options]
	 * @returns {Promise<void>} resolved once the answer is on its way, or if the call has ended: a caller may cancel at any moment
	 */
	async accept(options = {}) {
		if (this.origin === 'remote' && this.#isOver()) return;
		if (this.origin !== 'remote' || this.state !== 'ringing' || this.#answered) {
			throw new DOMException('Only a ringing incoming call can be accepted.', 'InvalidStateError');
		}
		this.#answered = true;
		this.#use(options);
		let sdp;
		try {
			sdp = await this.#peer.answer(this.#offer);
		} catch (error) {
			if (this.#isOver()) return;
			this.end('mediaFailed');
			throw error;
		}
		if (this.#isOver()) return;
		this.#send('accept', { account: null, trickle: this.network.client.options.trickle, sdp });
		this.#peer.release();
		this.#accepted();
	}

	/**
	 * Ends, cancels or declines the call. Does nothing on an ended one.
	 * @param {EndReason | (string & {})} [reason] a word of the application's own stays here and travels as detail
	 */
	end(reason) {
		if (this.#isOver()) return;
		const accepted = this.state === 'accepted';
		const word = reason ?? (accepted ? 'normal' : this.origin === 'local' ? 'canceled' : 'declined');
		if (this.#started) this.#send('end', wireReason(word, accepted));
		this.#finish(word);
	}

	/** Local mute, without a negotiation. @param {'audio' | 'video'} kind @param {boolean} muted */
	mute(kind, muted) {
		this.muted[kind] = muted;
		const track = this.#peer.track(kind);
		if (track) track.enabled = !muted;
	}

	/**
	 * Sends another track of this kind, or none: device change, camera on and off, screen share.
	 * @param {'audio' | 'video'} kind
	 * @param {MediaStreamTrack | null} track
	 * @returns {Promise<boolean>} true once it is in force at both ends
	 */
	async setTrack(kind, track) {
		if (track) track.enabled = !this.muted[kind];
		const change = this.#peer.setTrack(kind, track);
		if (this.state === 'accepted') this.#note();
		const negotiate = await change.catch(() => null);
		return negotiate === null ? false : negotiate ? this.#change.request() : true;
	}

	/** Puts the far end on hold. */
	hold() {
		return this.#setHeld(true);
	}

	/** Takes the far end back from hold. */
	resume() {
		return this.#setHeld(false);
	}

	/** @param {string} digits 0-9 * # A-D and `,` for a pause @param {{duration?: number}} [options] ms a tone */
	sendDTMF(digits, options = {}) {
		const dtmf = String(digits).toUpperCase();
		if (!/^[0-9*#A-D,]{1,64}$/.test(dtmf)) throw new TypeError('digits: 1 to 64 of 0-9 * # A-D and , expected');
		this.#send('dtmf', { dtmf, account: null, ...options });
	}

	/** Hands the far end over: to a target, or to the far end of another call. @param {string | Call} to */
	transfer(to) {
		this.#send('transfer', to instanceof Call ? { replaces: to.id } : { target: String(to) });
	}

	/** Looks for a new media path. */
	restartIce() {
		this.network.client.probe();
		this.#peer.restartIce();
		return this.#change.request();
	}

	/** The client's ICE servers have changed. @internal */
	configure() {
		this.#peer.configure();
	}

	/** How the call is doing since the last time it was asked. @returns {Promise<Quality | null>} null without media */
	async quality() {
		const { connection } = this.#peer;
		return connection ? this.#meter.read(await connection.getStats()) : null;
	}

	/** @param {CallOptions} options @param {boolean} replace @internal */
	async start(options, replace) {
		if (this.network.client.state === 'disconnected') this.#finish('connectionLost');
		if (this.#isOver()) return;
		this.#use(options);
		const { trickle } = this.network.client.options;
		try {
			const sdp = await this.#peer.offer();
			if (this.#isOver()) return;
			this.#started = true;
			this.#send('start', { account: this.network.id, replace, trickle, target: this.peer.uri, sdp });
			if (trickle) this.#peer.release();
			else this.#send('fullsdp', { sdp });
		} catch (error) {
			if (this.#isOver()) return;
			this.emit('error', { code: 'mediaFailed', message: String(error) });
			this.end('mediaFailed');
		}
	}

	/** @param {any} body of `call.start` @internal */
	onStart(body) {
		this.#started = true;
		this.#offer = body.sdp ?? '';
		this.media = body.media ?? mediaOf(body.sdp);
		this.#send('alive');
		this.#send('ringing', { account: null });
		this.state = 'ringing';
	}

	/** @param {string} action @param {any} body @param {string} from @internal */
	handle(action, body, from) {
		switch (action) {
			case 'alive': return this.#enter('pending', 'new');
			case 'ringing': return this.#enter('ringing', 'new', 'pending');
			case 'progress': return void this.#onProgress(body.sdp);
			case 'accept': return void this.#onAccept(body, from);
			case 'ack.accept': return this.#change.ready();
			case 'candidate': return this.#onCandidate(body.candidate);
			case 'fullsdp': return candidatesOf(body.sdp ?? '').forEach(candidate => this.#peer.addCandidate(candidate));
			case 'dtmf': return this.emit('dtmf', { digits: body.dtmf, duration: body.duration });
			case 'info': return this.#onInfo(body);
			case 'transfer.state': return this.emit('transfer', { state: body.state, reason: body.reason });
			case 'end': return this.#onEnd(body);
			default:
				if (action.startsWith('change.')) this.#change.handle(action.slice('change.'.length), body.sdp);
		}
	}

	/** @param {{code: string, message: string, method?: string}} error @param {EndReason} reason @internal */
	onRefused(error, reason) {
		this.emit('error', error);
		if (error.method?.startsWith('call.change.') && error.code !== 'unknownCall') return this.#change.handle('lock.reset');
		if (error.method === 'call.start' || error.code === 'unknownCall') this.#finish(reason, error.message);
	}

	/** The engine has forgotten the call. @param {EndReason} reason @internal */
	lost(reason) {
		this.#finish(reason);
	}

	/** @param {CallOptions} options */
	#use({ stream, signal }) {
		const [audio] = stream?.getAudioTracks() ?? [];
		const [video] = stream?.getVideoTracks() ?? [];
		if (audio) this.setTrack('audio', audio);
		if (video) this.setTrack('video', video);
		if (signal?.aborted) this.end();
		signal?.addEventListener('abort', () => this.end(), { once: true });
	}

	/** @param {string | undefined} sdp */
	async #onProgress(sdp) {
		if (!sdp || this.#answered || this.origin !== 'local') return;
		try {
			await this.#peer.applyAnswer(sdp, 'pranswer');
			if (this.#peer.remote && !this.#answered && !this.#isOver()) this.emit('early', this.#peer.remote);
		} catch {
			// Early sound is a courtesy: the call goes on without it.
		}
	}

	/** @param {any} body @param {string} from */
	async #onAccept({ sdp }, from) {
		if (this.origin !== 'local' || this.#answered || this.#isOver()) return;
		this.#answered = true;
		if (from) this.#to = from;
		this.#send('ack.accept');
		try {
			if (sdp) await this.#peer.applyAnswer(sdp);
		} catch (error) {
			if (!this.#isOver()) this.emit('error', { code: 'mediaFailed', message: String(error) });
			return this.end('mediaFailed');
		}
		if (this.#isOver()) return;
		this.media = mediaOf(sdp);
		this.#accepted();
		this.#change.ready();
	}

	#accepted() {
		this.#enter('accepted', 'new', 'pending', 'ringing');
		this.#note();
		this.#showMedia();
		if (this.#peer.hasNews()) this.#change.request();
	}

	/** For a reload of the page. */
	#note() {
		const { network, gcid, peer } = this;
		network.client.ledger.add({ gcid, account: network.id, peer: peer.uri, name: peer.name, video: this.#peer.track('video') !== null });
	}

	#showMedia() {
		if (this.state !== 'accepted') return;
		const { remote } = this.#peer;
		if (remote) {
			this.#mediaShown = true;
			return this.emit('stream', remote);
		}
		if (this.#mediaShown) this.emit('streamended', undefined);
		this.#mediaShown = false;
	}

	/** @param {RTCPeerConnectionState} state */
	#onMediaState(state) {
		this.emit('media', state);
		if (this.state === 'accepted') this.#recovery.onState(state);
	}

	/** @param {{type?: string, payload?: any} | undefined} candidate */
	#onCandidate(candidate) {
		if (candidate?.type !== 'WEBRTC_LEGACY') return;
		try {
			const init = typeof candidate.payload === 'string' ? JSON.parse(candidate.payload) : candidate.payload;
			this.#peer.addCandidate(init);
		} catch {
			// Not JSON: the engine checks what it passes on, so there is nobody to tell.
		}
	}

	/** @param {any} body */
	#onInfo({ id, gcid, held, peer, ...more }) {
		if (typeof held === 'boolean') {
			this.held.remote = held;
			this.emit('hold', { ...this.held });
		}
		if (peer) {
			this.peer = peer;
			this.emit('peer', peer);
		}
		if (Object.keys(more).length) this.emit('info', more);
	}

	/** @param {any} body */
	#onEnd({ reason, detail }) {
		this.#send('ack.end');
		this.#finish(reason ?? 'normal', detail);
	}

	/** @param {boolean} held */
	async #setHeld(held) {
		if (this.state !== 'accepted' || this.held.local === held) return this.state === 'accepted';
		this.held.local = held;
		this.emit('hold', { ...this.held });
		this.#send('info', { held });
		await this.#peer.hold(held).catch(() => {});
		return this.#change.request();
	}

	/** @param {CallState} state @param {...CallState} from the states it may follow */
	#enter(state, ...from) {
		if (!from.includes(this.state) || this.origin === 'remote' && state !== 'accepted') return;
		this.state = state;
		this.emit('state', state);
		if (state === 'pending' || state === 'ringing' || state === 'accepted') this.emit(state, undefined);
	}

	/** @param {string} reason @param {string} [detail] */
	#finish(reason, detail) {
		if (this.#isOver()) return;
		this.state = 'ended';
		this.endedReason = reason;
		const { client } = this.network;
		client.calls.delete(this.id);
		client.ledger.remove(this.gcid);
		this.#recovery.stop();
		this.#change.stop();
		this.#peer.close();
		if (this.#mediaShown) this.emit('streamended', undefined);
		this.emit('state', 'ended');
		this.emit('ended', { reason, detail });
	}

	#isOver() {
		return this.state === 'ended';
	}

	/** @param {string} action @param {object} [extra] */
	#sendChange(action, extra) {
		this.#send(`change.${action}`, extra);
		if (extra) this.#peer.release();
	}

	/** @param {string} action @param {object} [extra] */
	#send(action, extra) {
		const { id, gcid } = this;
		this.network.client.send({ method: `call.${action}`, to: this.#to, id, body: { id, gcid, ...extra } });
	}
}
