/* RTC:engine, classic interface. Made by static/classic/build.mjs: do not edit. MIT OR Apache-2.0 */
(() => {
'use strict';
const sdk_events = (() => {
/**
 * Events of every object of the SDK: an `EventTarget` whose events carry their
 * facts in `detail`. A listener that throws is reported to the page as any
 * failing listener is; it never throws into the SDK.
 * @module
 */

/**
 * @template {Record<string, any>} M event name → type of `detail`
 */
class Emitter extends EventTarget {
	/**
	 * `addEventListener` that hands over `detail` itself.
	 * @template {keyof M & string} K
	 * @param {K} type
	 * @param {(detail: M[K]) => void} listener
	 * @param {AddEventListenerOptions} [options] `{signal}` to remove it again, `{once}`
	 * @returns {this}
	 */
	on(type, listener, options) {
		this.addEventListener(type, event => listener(/** @type {CustomEvent} */ (event).detail), options);
		return this;
	}

	/**
	 * @template {keyof M & string} K
	 * @param {K} type
	 * @param {M[K]} detail
	 */
	emit(type, detail) {
		this.dispatchEvent(new CustomEvent(type, { detail }));
	}
}
return { Emitter };
})();

const sdk_outbox = (() => {
/**
 * What a device says to the engine, in order: numbered (`seq`), kept until it may be
 * forgotten, so that a resumed socket repeats what the dead one swallowed, and sent no
 * faster than the engine takes it.
 * @module
 */

const KEPT_FRAMES = 2_000;
/** Below what the engine takes, 300 frames at once and 100 a second: acknowledgements and pings come on top. */
const BURST_FRAMES = 200;
const REFILL_FRAMES = 40;
const REFILL_MS = 500;

class Outbox {
	/** @type {string[]} numbered, in case the engine has not seen them */ #kept = [];
	/** @type {string[]} numbered, not yet on the socket */ #waiting = [];
	#seq = 0;
	#budget = BURST_FRAMES;
	#open = false;
	#put;
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #refill;

	/** @param {(text: string) => void} put puts a frame on the socket of the moment */
	constructor(put) {
		this.#put = put;
	}

	/** @param {string} text one JSON object */
	add(text) {
		this.#seq += 1;
		const numbered = `${text.slice(0, -1)},"seq":${this.#seq}}`;
		this.#kept.push(numbered);
		if (this.#kept.length > KEPT_FRAMES) this.#kept.shift();
		this.#waiting.push(numbered);
		this.#flow();
	}

	/** The session is open as a new device: numbers begin anew. */
	begin() {
		this.#seq = 0;
		this.#kept = [];
		this.#waiting = [];
		this.#open = true;
	}

	/** The session is open again. @param {unknown} ack the highest `seq` of ours the engine has taken */
	resume(ack) {
		this.#open = true;
		if (typeof ack !== 'number' || ack >= this.#seq) return;
		this.#waiting = this.#kept.slice(ack - this.#seq);
		this.#flow();
	}

	/** The socket broke: what it has not taken is among what is kept. */
	pause() {
		this.#open = false;
		this.#waiting = [];
	}

	/** Sends what is left, at once, and nothing more. */
	finish() {
		if (this.#open) for (const text of this.#waiting) this.#put(text);
		this.pause();
		clearTimeout(this.#refill);
	}

	#flow() {
		while (this.#open && this.#budget > 0) {
			const text = this.#waiting.shift();
			if (text === undefined) break;
			this.#budget -= 1;
			this.#put(text);
		}
		if (this.#budget === BURST_FRAMES) return;
		this.#refill ??= setTimeout(() => {
			this.#refill = undefined;
			this.#budget = Math.min(BURST_FRAMES, this.#budget + REFILL_FRAMES);
			this.#flow();
		}, REFILL_MS);
	}
}
return { Outbox };
})();

const sdk_socket = (() => {
/**
 * One WebSocket that outlives its connection: it opens the session, reconnects,
 * resumes where it stopped and keeps the order in both directions.
 *
 * Both sides number their frames (`seq`) and say what they have seen (`ack`: the
 * client in any frame, the engine in `session.validated`), so that a resume repeats
 * exactly what the dead socket swallowed. While it is away frames wait in a queue.
 * @module
 */

const { Outbox } = sdk_outbox;

/** How long the engine keeps a lost device's calls, in ms (protocol section 3). */
const GRACE_MS = 30_000;
const OPEN_MS = 10_000;
const REFUSED_MS = 2_000;
const PROBE_MS = 4_000;
const ACK_MS = 10_000;
const ACK_FRAMES = 20;
const QUEUE_FRAMES = 1_000;
/** How often an engine that cannot open sessions at the moment is asked again before the first one is open. */
const FIRST_RETRIES = 4;
/** Close codes after which there is nothing to come back to: the session is over, or another socket resumed this device. */
const FINAL = Object.freeze({ 4401: 'sessionDeactivated', 4409: 'replaced' });
/** Close codes of an engine in trouble, restarting or full (RFC 6455 7.4.1, IANA registry): it may be back in a moment. */
const PASSING = Object.freeze([1011, 1012, 1013]);

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

class Socket {
	/** @type {'idle' | 'opening' | 'open' | 'waiting' | 'closed'} */
	state = 'idle';
	#url; #token; #persist; #events; #WebSocket;
	/** @type {WebSocket | null} */ #ws = null;
	/** @type {string | null} */ #client = null;
	/** @type {string[]} */ #queue = [];
	#outbox = new Outbox(text => this.#put(text));
	#seq = 0;
	#acked = 0;
	#attempts = 0;
	#opened = false;
	#firstRetries = FIRST_RETRIES;
	/** @type {Record<string, ReturnType<typeof setTimeout>>} */ #timers = {};
	#stopListening = new AbortController();

	/**
	 * @param {{url: string, token: string, persist: boolean, WebSocket: typeof WebSocket}} options
	 *   persist: go on after a failed resume, as a new device
	 * @param {SocketEvents} events
	 */
	constructor(options, events) {
		this.#url = options.url;
		this.#token = options.token;
		this.#persist = options.persist;
		this.#WebSocket = options.WebSocket;
		this.#events = events;
		const listen = { signal: this.#stopListening.signal };
		globalThis.addEventListener?.('online', () => this.#online(), listen);
		globalThis.addEventListener?.('offline', () => this.#drop(), listen);
	}

	connect() {
		this.state = 'opening';
		let ws;
		try {
			ws = new this.#WebSocket(this.#url);
		} catch (error) {
			return this.#finish({ type: 'invalidUrl', message: String(error) });
		}
		this.#ws = ws;
		ws.onopen = () => ws === this.#ws && this.#sayOpen();
		ws.onmessage = event => ws === this.#ws && this.#receive(event.data);
		ws.onclose = event => ws === this.#ws && this.#lost(event.code, event.reason);
		this.#arm('open', OPEN_MS, () => this.#drop());
	}

	/**
	 * Sends now, or as soon as the session is open again.
	 * @param {Frame} frame
	 */
	send(frame) {
		if (this.state === 'closed') return;
		const text = JSON.stringify(frame);
		if (this.state === 'open') this.#outbox.add(text);
		else if (this.#queue.length < QUEUE_FRAMES) this.#queue.push(text);
	}

	/** Asks the engine for a sign of life; no answer within 4 s counts as a loss. */
	probe() {
		if (this.state !== 'open' || this.#timers.probe) return;
		this.#put(JSON.stringify({ method: 'session.ping', to: 'core', id: 'ping' }));
		this.#arm('probe', PROBE_MS, () => this.#drop());
	}

	/** @param {Refusal} reason */
	close(reason) {
		this.#finish(reason);
	}

	#sayOpen() {
		const body = { credentials: { userSession: this.#token } };
		if (this.#client) Object.assign(body, { resume: { client: this.#client, ack: this.#seq } });
		this.#ws?.send(JSON.stringify({ method: 'session.open', to: 'core', session: this.#token, body }));
	}

	/** @param {unknown} data */
	#receive(data) {
		let frame;
		try {
			frame = JSON.parse(String(data));
		} catch {
			return;
		}
		this.#disarm('probe');
		if (typeof frame?.method !== 'string') return;
		if (typeof frame.body !== 'object' || frame.body === null) frame.body = {};
		if (frame.method === 'session.validated') return this.#validated(frame);
		if (this.state !== 'open') return;
		if (typeof frame.seq === 'number') {
			if (frame.seq <= this.#seq) return;
			this.#seq = frame.seq;
			this.#ackSoon();
		}
		if (frame.method === 'session.pong' || frame.method === 'core.error' && frame.body.ref === 'ping') return;
		this.#events.frame(frame);
	}

	/** @param {Frame} frame */
	#validated({ body, seq }) {
		if (this.state !== 'opening') return;
		this.#disarm('open');
		if (body.result !== true) return this.#refused(body.reason ?? REFUSED);
		const resumed = body.resumed === true && this.#client !== null;
		if (!resumed && this.#client && !this.#persist) return this.#finish(LOST);
		this.#opened = true;
		if (!resumed) {
			this.#seq = seq ?? 0;
			this.#acked = 0;
			this.#queue = [];
			this.#outbox.begin();
		}
		this.#client = body.client;
		this.#attempts = this.#firstRetries = 0;
		this.#disarm('grace');
		this.state = 'open';
		if (resumed) this.#outbox.resume(body.ack);
		this.#events.validated(body, resumed);
		for (const text of this.#queue.splice(0)) this.#outbox.add(text);
	}

	/**
	 * An engine that cannot open sessions for the moment is not the end of one: the
	 * device and its calls wait for the grace period.
	 * @param {Refusal} reason
	 */
	#refused(reason) {
		// The engine closes next; closing from both sides at once is an error in the page's console.
		this.#leave(REFUSED_MS);
		if (reason.type !== 'internalError') return this.#finish(reason);
		if (this.#opened) return this.#lost();
		if (this.#firstRetries === 0) return this.#finish(reason);
		this.#firstRetries -= 1;
		this.#retry();
	}

	/** @param {string} text one JSON object; the acknowledgement rides on it */
	#put(text) {
		if (this.#seq > this.#acked) {
			this.#acked = this.#seq;
			this.#disarm('ack');
			text = `${text.slice(0, -1)},"ack":${this.#seq}}`;
		}
		this.#ws?.send(text);
	}

	#ackSoon() {
		const ack = () => this.#put('{"method":"session.ack","to":"core"}');
		if (this.#seq - this.#acked >= ACK_FRAMES) ack();
		else if (!this.#timers.ack) this.#arm('ack', ACK_MS, () => this.state === 'open' && ack());
	}

	/**
	 * @param {number} [code]
	 * @param {string} [reason]
	 */
	#lost(code, reason) {
		const was = this.state;
		this.#ws = null;
		this.#outbox.pause();
		for (const name of ['open', 'probe', 'ack']) this.#disarm(name);
		const final = FINAL[/** @type {keyof typeof FINAL} */ (code)];
		if (final) return this.#finish({ type: code === 4401 && reason || final, message: 'The session was closed by the engine.' });
		if (!this.#client && !this.#persist) {
			if (this.#firstRetries === 0 || !PASSING.includes(code ?? 0)) return this.#finish(LOST);
			this.#firstRetries -= 1;
		}
		this.state = 'waiting';
		if (was === 'open') {
			this.#arm('grace', GRACE_MS, () => this.#expire());
			this.#events.lost();
		}
		if (!this.#ended()) this.#retry();
	}

	#retry() {
		this.state = 'waiting';
		this.#arm('retry', this.#delay(), () => this.connect());
	}

	#ended() {
		return this.state === 'closed';
	}

	/** At once, then 0.5 s doubling to 5 s, each with jitter so that a crowd spreads. */
	#delay() {
		const attempt = this.#attempts++;
		return (attempt === 0 ? 200 : Math.min(5_000, 500 * 2 ** (attempt - 1))) * (0.5 + Math.random() / 2);
	}

	#expire() {
		this.#client = null;
		this.#queue = [];
		if (this.#persist) this.#events.expired();
		else this.#finish(LOST);
	}

	/** Gives the connection up without waiting for TCP to notice. */
	#drop() {
		if (!this.#ws) return;
		this.#discard();
		this.#lost();
	}

	#discard() {
		this.#leave()?.close();
	}

	/** Listens to the socket no longer. @param {number} [ms] when to close it, if nobody has by then */
	#leave(ms) {
		const ws = this.#ws;
		this.#ws = null;
		if (!ws) return null;
		ws.onopen = ws.onmessage = ws.onclose = null;
		if (ms) setTimeout(() => ws.close(), ms);
		return ws;
	}

	#online() {
		if (this.state === 'open') return this.probe();
		if (this.state !== 'waiting') return;
		this.#disarm('retry');
		this.connect();
	}

	/** @param {Refusal} reason */
	#finish(reason) {
		if (this.state === 'closed') return;
		this.state = 'closed';
		this.#outbox.finish();
		this.#discard();
		for (const name of Object.keys(this.#timers)) this.#disarm(name);
		this.#stopListening.abort();
		this.#events.closed(reason);
	}

	/**
	 * @param {string} name
	 * @param {number} ms
	 * @param {() => void} action
	 */
	#arm(name, ms, action) {
		this.#disarm(name);
		this.#timers[name] = setTimeout(() => {
			delete this.#timers[name];
			action();
		}, ms);
	}

	/** @param {string} name */
	#disarm(name) {
		clearTimeout(this.#timers[name]);
		delete this.#timers[name];
	}
}

const REFUSED = Object.freeze({ type: 'internalError', message: 'The session was refused.' });
const LOST = Object.freeze({ type: 'connectionLost', message: 'The connection to the engine was lost.' });
return { GRACE_MS, Socket };
})();

const sdk_change = (() => {
/**
 * Renegotiation and its glare lock (protocol section 5, after RFC 3261 14.1).
 *
 *            request            lock.ok           answer
 *   free ───────────▶ requested ────────▶ offering ───────▶ free
 *   free ── lock ───▶ granted ── offer, answered ─────────▶ free
 *
 * Two locks that cross, a `lock.reset`, or 5 s without progress lead back to free;
 * whoever wanted something tries again after a random delay. Whatever was asked for
 * meanwhile is served by the next offer: offers describe the whole state.
 * @module
 */

const PROGRESS_MS = 5_000;
const MAX_ATTEMPTS = 8;

/**
 * @typedef {object} ChangeActions
 * @property {(action: string, extra?: object) => void} send sends `call.change.<action>`
 * @property {() => Promise<string>} offer makes and applies a local offer
 * @property {(sdp: string) => Promise<string>} answer applies a remote offer, makes and applies the answer
 * @property {(sdp: string) => Promise<void>} applied applies the answer to our offer
 * @property {() => Promise<void>} rollback takes our offer back
 */

class Change {
	/** @type {'free' | 'requested' | 'offering' | 'granted'} */
	state = 'free';
	#creator; #actions;
	#ready = false;
	/** We have answered, and the far end has not said anything of its own since. */
	#answered = false;
	#stopped = false;
	/** Counts transitions, so that work begun before one knows it came too late. */
	#epoch = 0;
	#attempts = 0;
	/** @type {Array<(done: boolean) => void>} asked for, not yet in an offer */
	#wanted = [];
	/** @type {Array<(done: boolean) => void>} in the offer that is out */
	#offered = [];
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #progress;
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #retry;

	/**
	 * @param {boolean} creator whether this side created the call
	 * @param {ChangeActions} actions
	 */
	constructor(creator, actions) {
		this.#creator = creator;
		this.#actions = actions;
	}

	/** The call is established: from now on changes may be made. */
	ready() {
		this.#ready = true;
		this.#pump();
	}

	/**
	 * Asks for a negotiation of the present state.
	 * @returns {Promise<boolean>} true once the far end has answered; false if the call ended or the far end never agreed
	 */
	request() {
		if (this.#stopped) return Promise.resolve(false);
		return new Promise(resolve => {
			this.#wanted.push(resolve);
			this.#pump();
		});
	}

	stop() {
		this.#stopped = true;
		this.#enter('free');
		clearTimeout(this.#retry);
		this.#settle(false);
	}

	/** @param {string} action after `change.` @param {string} [sdp] */
	handle(action, sdp = '') {
		switch (action) {
			case 'lock': return this.#onLock();
			case 'lock.ok': return this.#onLockOk();
			case 'lock.reset': return this.#onReset();
			case 'offer': return this.#onOffer(sdp);
			case 'answer': return this.#onAnswer(sdp);
		}
	}

	#pump() {
		if (!this.#ready || this.#stopped || this.state !== 'free' || this.#retry || this.#wanted.length === 0) return;
		this.#enter('requested', () => this.#giveUp());
		this.#actions.send('lock');
	}

	#onLock() {
		this.#answered = false;
		switch (this.state) {
			case 'requested': case 'offering':
				return this.#giveUp();
			case 'free': case 'granted':
				this.#enter('granted', () => this.#giveUp());
				return this.#actions.send('lock.ok');
		}
	}

	async #onLockOk() {
		this.#answered = false;
		if (this.state === 'free') return this.#actions.send('lock.reset');
		if (this.state !== 'requested') return;
		const epoch = this.#enter('offering', () => this.#giveUp());
		this.#offered = this.#wanted.splice(0);
		try {
			const sdp = await this.#actions.offer();
			if (epoch === this.#epoch) this.#actions.send('offer', { sdp });
			else await this.#actions.rollback();
		} catch {
			if (epoch === this.#epoch) this.#giveUp();
		}
	}

	#onReset() {
		const unapplied = this.#answered;
		this.#answered = false;
		switch (this.state) {
			case 'requested': case 'offering':
				this.#back();
				break;
			case 'granted':
				this.#enter('free');
				this.#pump();
				break;
			case 'free':
		}
		// It crossed our answer, which was not applied: only we can bring both sides together again.
		if (unapplied) void this.request();
	}

	/** @param {string} sdp */
	async #onOffer(sdp) {
		if (this.state !== 'granted') return this.#actions.send('lock.reset');
		const epoch = this.#enter('granted');
		try {
			const answer = await this.#actions.answer(sdp);
			if (epoch !== this.#epoch) return void this.request();
			this.#actions.send('answer', { sdp: answer });
			this.#answered = true;
			this.#enter('free');
			this.#pump();
		} catch {
			if (epoch === this.#epoch) this.#giveUp();
		}
	}

	/** @param {string} sdp */
	async #onAnswer(sdp) {
		if (this.state !== 'offering') return;
		const epoch = this.#enter('offering');
		try {
			await this.#actions.applied(sdp);
			if (epoch !== this.#epoch) return;
			this.#attempts = 0;
			for (const done of this.#offered.splice(0)) done(true);
			this.#enter('free');
			this.#pump();
		} catch {
			if (epoch === this.#epoch) this.#giveUp();
		}
	}

	#giveUp() {
		this.#actions.send('lock.reset');
		this.#back();
	}

	/** Back to free; what we wanted is tried again after the delay of the glare rule. */
	#back() {
		if (this.state === 'offering') this.#actions.rollback().catch(() => {});
		this.#wanted.unshift(...this.#offered.splice(0));
		this.#enter('free');
		if (this.#wanted.length === 0) return;
		this.#attempts += 1;
		if (this.#attempts >= MAX_ATTEMPTS) return this.#settle(false);
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => {
			this.#retry = undefined;
			this.#pump();
		}, this.#delay());
	}

	/** The creator of the call waits 2.1 to 4 s, the other side 0 to 2 s, in steps of 10 ms. */
	#delay() {
		const steps = this.#creator ? 210 + Math.random() * 190 : Math.random() * 200;
		return Math.round(steps) * 10;
	}

	/** @param {boolean} done */
	#settle(done) {
		this.#attempts = 0;
		for (const resolve of [...this.#offered.splice(0), ...this.#wanted.splice(0)]) resolve(done);
	}

	/**
	 * @param {Change['state']} state
	 * @param {() => void} [late] what to do after 5 s without progress
	 */
	#enter(state, late) {
		clearTimeout(this.#progress);
		this.state = state;
		this.#progress = late && setTimeout(late, PROGRESS_MS);
		return ++this.#epoch;
	}
}
return { Change };
})();

const sdk_sdp = (() => {
/**
 * The few facts the SDK reads from a session description (RFC 8866). It never writes one.
 * @module
 */

/**
 * The session id of the `o=` line: another one means another peer connection on the far side.
 * @param {string} sdp
 */
function sessionId(sdp) {
	return /^o=\S+ (\S+)/m.exec(sdp)?.[1] ?? '';
}

/**
 * What a description offers: kinds with a port and a direction that sends.
 * @param {string | null | undefined} sdp
 */
function mediaOf(sdp) {
	const sections = (sdp ?? '').split(/^m=/m).slice(1);
	const offers = (/** @type {string} */ kind) => sections.some(section =>
		section.startsWith(`${kind} `) && !/^\w+ 0 /.test(section) && !/^a=(recvonly|inactive)\s*$/m.test(section));
	return { audio: offers('audio'), video: offers('video') };
}

/**
 * The candidates inside a description.
 * @param {string} sdp
 * @returns {RTCIceCandidateInit[]}
 */
function candidatesOf(sdp) {
	return sdp.split(/^m=/m).slice(1).flatMap((section, sdpMLineIndex) =>
		[...section.matchAll(/^a=(candidate:.*?)\r?$/gm)].map(([, candidate]) => ({ candidate, sdpMLineIndex })));
}
return { sessionId, mediaOf, candidatesOf };
})();

const sdk_peer = (() => {
/**
 * The media side of one call: an RTCPeerConnection and the order of what is done
 * with it. Operations run one after another; local candidates wait until the
 * description they belong to has been sent, remote ones until it has been applied.
 * @module
 */

const { sessionId } = sdk_sdp;

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

class Peer {
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
return { Peer };
})();

const sdk_recovery = (() => {
/**
 * What is done when the media path breaks: an ICE restart, some of them, and in the
 * end the truth. The creator of the call restarts first; the other side only if that
 * has not helped, so that the two do not compete for the lock.
 * @module
 */

const CREATOR_MS = 3_000;
const OTHER_MS = 7_000;
const AGAIN_MS = 8_000;
const GIVE_UP_MS = 45_000;

class Recovery {
	#creator; #actions;
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #restart;
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #deadline;

	/**
	 * @param {boolean} creator whether this side created the call
	 * @param {{restart: () => void, failed: () => void}} actions
	 */
	constructor(creator, actions) {
		this.#creator = creator;
		this.#actions = actions;
	}

	/** @param {RTCPeerConnectionState} state */
	onState(state) {
		switch (state) {
			case 'connected': return this.stop();
			case 'disconnected': return this.#begin(this.#creator ? CREATOR_MS : OTHER_MS);
			case 'failed': return this.#begin(this.#creator ? 0 : CREATOR_MS);
			case 'new': case 'connecting': case 'closed': return;
		}
	}

	stop() {
		clearTimeout(this.#restart);
		clearTimeout(this.#deadline);
		this.#restart = this.#deadline = undefined;
	}

	/** @param {number} ms until the first restart */
	#begin(ms) {
		if (this.#deadline) return;
		this.#deadline = setTimeout(() => this.#actions.failed(), GIVE_UP_MS);
		this.#schedule(ms);
	}

	/** @param {number} ms */
	#schedule(ms) {
		this.#restart = setTimeout(() => {
			// First: a restart that throws must not be the last one.
			this.#schedule(AGAIN_MS);
			this.#actions.restart();
		}, ms);
	}
}
return { Recovery };
})();

const sdk_reasons = (() => {
/**
 * Why a call ended: the words of the wire, and what a person is told.
 * @module
 */

/** Every end reason of the protocol (section 5) with a sentence for a person. */
const END_REASONS = Object.freeze({
	normal: 'The call has ended.',
	canceled: 'The call was cancelled.',
	busy: 'The line is busy.',
	declined: 'The call was declined.',
	noAnswer: 'Nobody answered.',
	notFound: 'This name or number does not exist.',
	unavailable: 'They are not available right now.',
	answeredElsewhere: 'The call was answered on another device.',
	replaced: 'The call was moved to another window.',
	transferred: 'The call was transferred.',
	mediaFailed: 'No sound or picture could get through.',
	notAcceptable: 'The two sides have no codec in common.',
	forbidden: 'This call is not allowed.',
	limitExceeded: 'Too many calls at once.',
	timeout: 'The other side did not respond in time.',
	connectionLost: 'The connection was lost.',
	internalError: 'Something went wrong in the engine.',
});

/** @typedef {keyof typeof END_REASONS} EndReason */

/**
 * @param {string | null | undefined} word
 * @returns {word is EndReason}
 */
const isEndReason = word => word != null && Object.hasOwn(END_REASONS, word);

/**
 * What goes on the wire for a reason of the application's own choice.
 * @param {string} word one of the table, or the application's own
 * @param {boolean} accepted whether the call had been answered
 * @returns {{reason: EndReason, detail?: string}}
 */
function wireReason(word, accepted) {
	if (isEndReason(word)) return { reason: word };
	return { reason: accepted ? 'normal' : 'canceled', detail: String(word).slice(0, 512) };
}

/**
 * How a call that the engine refused ends.
 * @param {string} code of `core.error`
 * @returns {EndReason}
 */
function reasonOfError(code) {
	switch (code) {
		case 'forbidden': return 'forbidden';
		case 'limitExceeded': case 'rateLimited': return 'limitExceeded';
		case 'unknownAddress': return 'unavailable';
		case 'notSupported': case 'invalidField': case 'tooLarge': return 'notAcceptable';
		case 'unknownCall': return 'connectionLost';
		default: return 'internalError';
	}
}
return { END_REASONS, isEndReason, wireReason, reasonOfError };
})();

const sdk_stats = (() => {
/**
 * How a call is doing, from RTCPeerConnection.getStats(). Every figure is about the
 * time since the last reading.
 * @module
 */

/**
 * @typedef {object} Quality
 * @property {number} loss packets lost on the way to us, percent
 * @property {number} jitter ms
 * @property {number | null} rtt round trip, ms; null until known
 * @property {number} received kbit/s
 * @property {number} sent kbit/s
 * @property {string} codec of the sound received, such as `opus`
 * @property {{width: number, height: number, fps: number} | null} picture received
 * @property {'good' | 'fair' | 'poor'} verdict
 */

const NOTHING = { at: 0, received: 0, lost: 0, bytesIn: 0, bytesOut: 0 };

class Meter {
	#last = NOTHING;

	/** @param {RTCStatsReport} report @returns {Quality} */
	read(report) {
		/** @type {any[]} */
		const all = [...report.values()];
		const inbound = all.filter(stat => stat.type === 'inbound-rtp');
		const outbound = all.filter(stat => stat.type === 'outbound-rtp');
		const audio = inbound.find(stat => stat.kind === 'audio');
		const video = inbound.find(stat => stat.kind === 'video' && stat.frameWidth);
		const now = {
			at: inbound[0]?.timestamp ?? outbound[0]?.timestamp ?? 0,
			received: sum(inbound, 'packetsReceived'), lost: sum(inbound, 'packetsLost'),
			bytesIn: sum(inbound, 'bytesReceived'), bytesOut: sum(outbound, 'bytesSent'),
		};
		const since = this.#since(now);
		const jitter = Math.round(1000 * Math.max(0, ...inbound.map(stat => stat.jitter ?? 0)));
		const rtt = roundTrip(all);
		return {
			...since, jitter, rtt,
			codec: report.get(audio?.codecId)?.mimeType?.split('/')[1]?.toLowerCase() ?? '',
			picture: video ? { width: video.frameWidth, height: video.frameHeight, fps: Math.round(video.framesPerSecond ?? 0) } : null,
			verdict: verdict(since.loss, jitter, rtt ?? 0),
		};
	}

	/** @param {typeof NOTHING} now */
	#since(now) {
		// A fresh connection counts from zero again.
		const last = now.received < this.#last.received ? NOTHING : this.#last;
		this.#last = now;
		const lost = Math.max(0, now.lost - last.lost);
		const expected = lost + now.received - last.received;
		const ms = last.at ? now.at - last.at : 0;
		const rate = (/** @type {number} */ bytes) => (ms > 0 ? Math.round((bytes * 8) / ms) : 0);
		return {
			loss: expected > 0 ? Math.round((lost / expected) * 1000) / 10 : 0,
			received: rate(now.bytesIn - last.bytesIn),
			sent: rate(now.bytesOut - last.bytesOut),
		};
	}
}

/** @param {any[]} stats @param {string} field */
const sum = (stats, field) => stats.reduce((total, stat) => total + (stat[field] ?? 0), 0);

/** @param {any[]} all @returns {number | null} */
function roundTrip(all) {
	const transport = all.find(stat => stat.type === 'transport');
	const pair = all.find(stat => stat.id === transport?.selectedCandidatePairId);
	const seconds = pair?.currentRoundTripTime ?? all.find(stat => stat.type === 'remote-inbound-rtp' && stat.roundTripTime)?.roundTripTime;
	return typeof seconds === 'number' ? Math.round(seconds * 1000) : null;
}

/** @param {number} loss @param {number} jitter @param {number} rtt */
function verdict(loss, jitter, rtt) {
	if (loss > 5 || jitter > 60 || rtt > 500) return 'poor';
	return loss > 1 || jitter > 30 || rtt > 250 ? 'fair' : 'good';
}
return { Meter };
})();

const sdk_call = (() => {
/**
 * One call: a dialog leg with the engine (protocol section 5) and its media.
 *
 *   outgoing  new ──▶ pending (alive) ──▶ ringing ──▶ accepted ──▶ ended
 *   incoming  ringing ──▶ accepted ──▶ ended                       (ended from anywhere)
 * @module
 */

const { Emitter } = sdk_events;
const { Change } = sdk_change;
const { Peer } = sdk_peer;
const { Recovery } = sdk_recovery;
const { wireReason } = sdk_reasons;
const { candidatesOf, mediaOf } = sdk_sdp;
const { Meter } = sdk_stats;

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
class Call extends Emitter {
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
return { Call };
})();

const sdk_conference = (() => {
/**
 * Rooms (protocol section 6). The engine has none yet: joining says so.
 * @module
 */

/** @import { Network } from './network.js' */

/**
 * @param {Network} network
 * @param {{name: string, displayName?: string, stream?: MediaStream}} options
 * @returns {Promise<never>}
 */
async function joinConference(network, options) {
	if (!options?.name) throw new TypeError('name: the name of a conference expected');
	throw Object.assign(new Error(`Conferences are not available on the network "${network.tag}".`), { name: 'NotSupportedError' });
}
return { joinConference };
})();

const sdk_network = (() => {
/**
 * One account of the session on its network: where calls start and arrive.
 * @module
 */

const { Emitter } = sdk_events;
const { Call } = sdk_call;
const { joinConference } = sdk_conference;

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
class Network extends Emitter {
	/** @type {'connecting' | 'connected' | 'disconnected' | 'failed'} */
	state = 'connecting';
	/** Why it is in that state: `ok`, `wrongCredentials`, `unreachable` … */
	reason = 'ok';
	/** Free text beside the reason. @type {string | undefined} */
	detail;
	/** Seconds until the engine tries again by itself. @type {number | undefined} */
	retryIn;

	/**
	 * @param {Client} client
	 * @param {string} id
	 * @param {{identifier: string, target: string, network: {tag: string, connector: string, capabilities: string[]}}} account
	 * @internal
	 */
	constructor(client, id, account) {
		super();
		this.client = client;
		/** The account's id. */
		this.id = id;
		/** The own user on this network. */
		this.identifier = account.identifier;
		/** @internal */
		this.target = account.target;
		this.tag = account.network.tag;
		this.connector = account.network.connector;
		this.capabilities = account.network.capabilities ?? [];
	}

	/**
	 * Calls a user, a number or a URI. Returns at once; nothing fires before the caller's code has run on.
	 * @param {string} target
	 * @param {CallOptions} [options]
	 */
	call(target, options = {}) {
		return this.#outgoing(String(target), crypto.randomUUID(), false, options);
	}

	/**
	 * Takes a call over that was live before this page was reloaded. The far end notices a renegotiation at most.
	 * @param {Entry} entry one of `client.reclaimable`
	 * @param {CallOptions} [options]
	 */
	reclaim(entry, options = {}) {
		this.client.ledger.take(entry);
		return this.#outgoing(entry.peer, entry.gcid, true, options);
	}

	/** @param {{name: string, displayName?: string, stream?: MediaStream}} options */
	joinConference(options) {
		return joinConference(this, options);
	}

	/** Unregisters this account, for this device. */
	disconnect() {
		this.client.send({ method: 'account.disconnect', to: this.target, body: { id: this.id } });
	}

	/** @param {string} target @param {string} gcid @param {boolean} replace @param {CallOptions} options */
	#outgoing(target, gcid, replace, options) {
		const call = new Call(this, { origin: 'local', id: crypto.randomUUID(), gcid, peer: { uri: target }, to: this.target });
		queueMicrotask(() => call.start(options, replace));
		return call;
	}

	/** @param {any} body of `call.start` @param {string} from @internal */
	onStart(body, from) {
		const call = new Call(this, {
			origin: 'remote', id: body.id, gcid: body.gcid, to: from,
			peer: body.peer ?? { uri: body.target ?? '' },
		});
		call.onStart(body);
		this.emit('call', call);
	}

	/** @param {any} body of `account.state` @internal */
	onState({ state, reason, detail, retryIn }) {
		if (state === this.state && reason === this.reason) return;
		Object.assign(this, { state, reason, detail, retryIn });
		this.emit('state', { state, reason });
	}
}
return { Network };
})();

const sdk_reclaim = (() => {
/**
 * A note of the live calls in the tab's sessionStorage, so that the page may be
 * reloaded in the middle of one. A note is good for 30 s, the engine's grace period:
 * an older one would not take a call over but start a new one.
 *
 * A duplicated tab gets a copy of the notes. It must not take the calls from the tab
 * they live in, so every note names a Web Lock: a reload frees it, a copy waits in vain.
 * @module
 */

const { GRACE_MS } = sdk_socket;

/** Both ends of a call may be tabs of one browser: the lock is the note's own, not the call's. */
const LOCK = 'rtc-engine.note.';
const PREFIX = 'rtc-engine.call.';
const REFRESH_MS = 5_000;
/** A page that is being reloaded frees its locks within milliseconds. */
const OWN_MS = 1_000;
/** @type {Map<string, {granted: Promise<boolean>, free: () => void}>} the locks of this page, of all its clients */
const claims = new Map();

/**
 * @typedef {{gcid: string, account: string, peer: string, name?: string, video: boolean, lock: string, at: number}} Entry
 *   `lock`: held while the page it lives in does; `at`: when the call was last known to live, ms since 1970
 */

class Ledger {
	/** @type {Entry[]} what the page before this one left, once `ready` */
	found = [];
	/** @type {Promise<void>} */
	ready;
	#storage;
	/** @type {Map<string, Entry>} */
	#live = new Map();
	/** @type {ReturnType<typeof setInterval> | undefined} */
	#timer;

	/** @param {Storage | null} [storage] */
	constructor(storage) {
		this.#storage = storage === undefined ? tabStorage() : storage;
		const noted = this.#read();
		this.ready = noted.length === 0 ? Promise.resolve() : this.#claim(noted);
		globalThis.addEventListener?.('pagehide', () => this.#refresh());
	}

	/** @param {Omit<Entry, 'at' | 'lock'>} facts */
	add(facts) {
		const lock = this.#live.get(facts.gcid)?.lock ?? crypto.randomUUID();
		if (this.#storage) claim(lock);
		this.#live.set(facts.gcid, { ...facts, lock, at: 0 });
		this.#timer ??= setInterval(() => this.#refresh(), REFRESH_MS);
		this.#refresh();
	}

	/** @param {string} gcid */
	remove(gcid) {
		const entry = this.#live.get(gcid);
		if (!entry) return;
		this.#live.delete(gcid);
		claims.get(entry.lock)?.free();
		this.#storage?.removeItem(PREFIX + gcid);
		if (this.#live.size > 0) return;
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	/** @param {Entry} entry */
	take(entry) {
		this.found = this.found.filter(one => one.gcid !== entry.gcid);
		this.#storage?.removeItem(PREFIX + entry.gcid);
	}

	/** @param {Entry[]} noted */
	async #claim(noted) {
		const own = await Promise.all(noted.map(({ lock }) => claim(lock)));
		for (const [index, entry] of noted.entries()) {
			if (own[index]) this.found.push(entry);
			else this.#storage?.removeItem(PREFIX + entry.gcid);
		}
	}

	#read() {
		/** @type {Entry[]} */
		const found = [];
		const keys = Array.from({ length: this.#storage?.length ?? 0 }, (_, index) => this.#storage?.key(index) ?? '');
		for (const key of keys.filter(key => key.startsWith(PREFIX))) {
			const entry = parse(this.#storage?.getItem(key) ?? '');
			if (entry && Date.now() - entry.at < GRACE_MS) found.push(entry);
			else this.#storage?.removeItem(key);
		}
		return found;
	}

	#refresh() {
		for (const [gcid, entry] of this.#live) {
			entry.at = Date.now();
			try {
				this.#storage?.setItem(PREFIX + gcid, JSON.stringify(entry));
			} catch {
				// A full store only costs the reclaim after a reload.
			}
		}
	}
}

/**
 * Takes the lock of a note for this page.
 * @param {string} lock
 * @returns {Promise<boolean>} false: the call lives in another tab
 */
function claim(lock) {
	const known = claims.get(lock);
	if (known) return known.granted;
	const locks = globalThis.navigator?.locks;
	if (!locks) return Promise.resolve(true);
	const gone = new AbortController();
	const timer = setTimeout(() => gone.abort(), OWN_MS);
	/** @type {() => void} */
	let free = () => {};
	/** @type {Promise<void>} */
	const freed = new Promise(resolve => { free = resolve; });
	/** @type {Promise<boolean>} */
	const granted = new Promise(resolve => {
		const held = () => {
			clearTimeout(timer);
			resolve(true);
			return freed;
		};
		locks.request(LOCK + lock, { signal: gone.signal }, held).catch(() => resolve(false)).finally(() => claims.delete(lock));
	});
	claims.set(lock, { granted, free });
	return granted;
}

/**
 * @param {string} text
 * @returns {Entry | null}
 */
function parse(text) {
	try {
		const entry = JSON.parse(text);
		return typeof entry?.gcid === 'string' && typeof entry.lock === 'string' && typeof entry.at === 'number' ? entry : null;
	} catch {
		return null;
	}
}

/** Pages in a sandbox may not even look at sessionStorage. */
function tabStorage() {
	try {
		return globalThis.sessionStorage ?? null;
	} catch {
		return null;
	}
}
return { Ledger };
})();

const sdk_client = (() => {
/**
 * A session with the engine: one socket, the session's networks, and the calls on them.
 *
 * States: connecting → connected ⇄ reconnecting → connected (resumed, or afresh) …
 * → disconnected, which is final.
 * @module
 */

const { Emitter } = sdk_events;
const { Socket } = sdk_socket;
const { Network } = sdk_network;
const { reasonOfError } = sdk_reasons;
const { Ledger } = sdk_reclaim;

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
class Client extends Emitter {
	/** @type {'connecting' | 'connected' | 'reconnecting' | 'disconnected'} */
	state = 'connecting';
	/** @type {Refusal | null} why it is disconnected */
	reason = null;
	/** @type {Network[]} */
	networks = [];
	/** @type {Map<string, Call>} live calls by id @internal */
	calls = new Map();
	/** @type {RTCIceServer[]} @internal */
	iceServers = [];
	/** @internal */
	options;
	/** @internal */
	ledger;
	/** Resolves once connected for the first time; rejects with an Error whose `name` is the reason's type. @type {Promise<void>} */
	ready;
	#socket;

	/** @param {ClientOptions} options */
	constructor(options) {
		super();
		this.options = { trickle: true, persist: true, ...options };
		this.ledger = new Ledger(options.storage);
		this.ready = new Promise((resolve, reject) => {
			this.on('connected', () => resolve(), { once: true });
			this.on('disconnected', ({ type, message }) => reject(Object.assign(new Error(message), { name: type })), { once: true });
		});
		this.ready.catch(() => {});
		this.#socket = new Socket(
			{ url: secure(options.url), token: options.token, persist: this.options.persist, WebSocket: options.WebSocket ?? globalThis.WebSocket },
			{
				validated: (body, resumed) => this.#validated(body, resumed),
				frame: frame => this.#dispatch(frame),
				lost: () => this.#enter('reconnecting', undefined),
				expired: () => this.#endAll('connectionLost'),
				closed: reason => this.#closed(reason),
			},
		);
		options.signal?.addEventListener('abort', () => this.close(), { once: true });
		this.ledger.ready.then(() => this.#socket.state === 'idle' && this.#socket.connect());
	}

	/**
	 * The network with this tag: the same object each time, undefined if the session has none.
	 * @param {string} tag
	 */
	network(tag) {
		return this.networks.find(network => network.tag === tag);
	}

	/** Calls that were live when this page was last loaded, for `network.reclaim()`. */
	get reclaimable() {
		return this.ledger.found.filter(entry => this.networks.some(network => network.id === entry.account));
	}

	/**
	 * Ends the calls of this device and leaves the session.
	 * @param {{session?: boolean}} [options] `session`: end it for its other devices too
	 */
	close({ session = false } = {}) {
		for (const call of [...this.calls.values()]) call.end();
		for (const network of this.networks) network.disconnect();
		if (session) this.send({ method: 'session.close', to: 'core', body: {} });
		this.#socket.close({ type: 'closed', message: 'The session was closed by the page.' });
	}

	/** @param {Frame} frame @internal */
	send(frame) {
		this.#socket.send(frame);
	}

	/** Suspicious silence: find out whether the socket still lives. @internal */
	probe() {
		this.#socket.probe();
	}

	/** @param {any} body @param {boolean} resumed */
	#validated(body, resumed) {
		if (!resumed) this.#endAll('connectionLost');
		this.#useIceServers(body.iceServers);
		for (const [id, account] of Object.entries(body.accounts ?? {})) {
			const known = this.networks.find(network => network.id === id);
			const network = known ?? new Network(this, id, account);
			if (!known) this.networks.push(network);
			network.target = account.target;
			if (!known || !resumed) this.send({ method: 'account.connect', to: network.target, body: { id } });
		}
		this.#enter('connected', { resumed });
	}

	/** The credentials in them end sooner than a call may: live calls take the new ones for their next restart. @param {unknown} servers */
	#useIceServers(servers) {
		if (!Array.isArray(servers)) return;
		this.iceServers = servers;
		for (const call of this.calls.values()) call.configure();
	}

	/** @param {Frame} frame */
	#dispatch({ method, from, body }) {
		if (method.startsWith('call.')) return this.#onCall(method, from ?? '', body);
		switch (method) {
			case 'account.state':
				return this.networks.find(network => network.id === body.id)?.onState(body);
			case 'session.iceservers':
				return this.#useIceServers(body.iceServers);
			case 'session.expiring':
				return this.emit('expiring', { in: body.in });
			case 'core.error':
				return this.#onError(body);
		}
	}

	/** @param {string} method @param {string} from @param {any} body */
	#onCall(method, from, body) {
		const call = this.calls.get(body.id);
		if (call) return call.handle(method.slice('call.'.length), body, from);
		if (method === 'call.start') {
			const network = this.networks.find(one => one.target === from) ?? this.networks.find(one => one.id === body.account);
			if (network) return network.onStart(body, from);
		}
		if (method === 'call.end') this.send({ method: 'call.ack.end', to: from, body: { id: body.id, gcid: body.gcid } });
	}

	/** @param {{code: string, message: string, ref?: string, method?: string}} error */
	#onError(error) {
		const call = this.calls.get(error.ref ?? '');
		if (!call) return error.method?.startsWith('call.') ? undefined : this.emit('error', error);
		call.onRefused(error, reasonOfError(error.code));
	}

	/** @param {import('./reasons.js').EndReason} reason */
	#endAll(reason) {
		for (const call of [...this.calls.values()]) call.lost(reason);
	}

	/** @param {Refusal} reason */
	#closed(reason) {
		this.reason = reason;
		this.#endAll('connectionLost');
		for (const network of this.networks) network.onState({ state: 'disconnected', reason: 'sessionEnded' });
		this.#enter('disconnected', reason);
	}

	/**
	 * @template {'connected' | 'reconnecting' | 'disconnected'} S
	 * @param {S} state
	 * @param {ClientEvents[S]} detail
	 */
	#enter(state, detail) {
		this.state = state;
		this.emit(state, detail);
	}
}

/** @param {string} url */
function secure(url) {
	return globalThis.location?.protocol === 'https:' ? url.replace(/^ws:/i, 'wss:') : url;
}
return { Client };
})();

const src_events = (() => {
/**
 * The listeners of the classic interface: every `on*` adds one and returns the object.
 * @module
 */

/** @typedef {(...args: any[]) => void} Listener */

class Listeners {
	/** @type {Map<string, Listener[]>} */
	#all = new Map();

	/** @param {string} type @param {Listener} listener */
	add(type, listener) {
		if (typeof listener !== 'function') throw new TypeError(`${type}: a function expected`);
		this.#all.set(type, [...(this.#all.get(type) ?? []), listener]);
	}

	/** @param {string} type @param {...any} args */
	fire(type, ...args) {
		for (const listener of this.#all.get(type) ?? []) call(listener, args);
	}
}

/**
 * A listener that throws is the page's affair: it is reported as any failing listener is, and the SDK goes on.
 * @param {Listener} listener @param {any[]} args
 */
function call(listener, args) {
	try {
		listener(...args);
	} catch (error) {
		reportError(error);
	}
}
return { Listeners, call };
})();

const src_stream = (() => {
/**
 * The stream object of the classic interface, local and remote.
 * @module
 */

const { Listeners } = src_events;

class Stream {
	/** @type {MediaStream | null} */ #media = null;
	#listeners = new Listeners();
	#local;

	/** @param {MediaStream | null} media @param {boolean} local whether stop() may stop the tracks */
	constructor(media, local) {
		this.#local = local;
		this.use(media);
	}

	getStream() {
		return this.#media;
	}

	hasAudio() {
		return (this.#media?.getAudioTracks().length ?? 0) > 0;
	}

	hasVideo() {
		return (this.#media?.getVideoTracks().length ?? 0) > 0;
	}

	/** Stops what was captured. Twice is once; no listener hears of it. */
	stop() {
		if (this.#local) for (const track of this.#media?.getTracks() ?? []) track.stop();
	}

	/** The end came from outside: a device was pulled out, the far end's media ended. @param {() => void} listener */
	onEnded(listener) {
		this.#listeners.add('onEnded', listener);
		return this;
	}

	/** @param {() => void} listener */
	onVideoEnded(listener) {
		this.#listeners.add('onVideoEnded', listener);
		return this;
	}

	/** @param {MediaStream | null} media @internal */
	use(media) {
		this.#media = media;
		// `ended` comes only for ends from outside, never after track.stop().
		for (const track of media?.getTracks() ?? []) {
			track.addEventListener('ended', () => this.#media === media && this.#trackEnded(track));
		}
	}

	/** The far end's media is over. @internal */
	over() {
		this.#listeners.fire('onEnded');
	}

	/** @param {MediaStreamTrack} track */
	#trackEnded(track) {
		if (track.kind === 'video') this.#listeners.fire('onVideoEnded');
		if (this.#media?.getTracks().every(one => one.readyState === 'ended')) this.#listeners.fire('onEnded');
	}
}

/**
 * Whatever an application hands over as its local stream.
 * @param {any} given a stream object, a MediaStream, or `{localMediaStream}` of either
 * @returns {MediaStream | undefined}
 */
function mediaOfArgument(given) {
	const stream = given?.localMediaStream ?? given;
	if (stream instanceof MediaStream) return stream;
	return typeof stream?.getStream === 'function' ? (stream.getStream() ?? undefined) : undefined;
}
return { Stream, mediaOfArgument };
})();

const src_call = (() => {
/**
 * A call as the classic interface shows it.
 * @module
 */

const { Listeners } = src_events;
const { Stream, mediaOfArgument } = src_stream;

/** @import { Call as CoreCall } from '../../sdk/call.js' */
/** @import { Network } from './network.js' */

class Call {
	#core; #network;
	#listeners = new Listeners();
	#rang = false;
	/** @type {Stream | null} */ #remote = null;
	/** @type {Promise<void> | null} */ #accepting = null;

	/** @param {CoreCall} core @param {Network} network @internal */
	constructor(core, network) {
		this.#core = core;
		this.#network = network;
		if (core.origin === 'local') this.#followOutgoing();
		core.on('stream', media => {
			this.#remote = new Stream(media, false);
			this.#listeners.fire('onRemoteMedia', this.#remote);
		});
		core.on('streamended', () => {
			this.#remote?.over();
			this.#remote = null;
			this.#listeners.fire('onRemoteMediaEnded');
		});
		core.on('error', error => this.#listeners.fire('onError', Object.assign(new Error(error.message), { name: error.code })));
		core.on('ended', ({ reason }) => {
			this.#stopRinging();
			this.#listeners.fire('onEnded', reason);
		});
	}

	get id() { return this.#core.id; }
	get gcid() { return this.#core.gcid; }
	get peer() { return this.#core.peer.uri; }
	get state() { return this.#core.state; }
	get origin() { return this.#core.origin; }
	get network() { return this.#network; }
	get endedReason() { return this.#core.endedReason; }
	get remoteMediaStream() { return this.#remote; }

	/** @param {() => void} listener */
	onPending(listener) { return this.#on('onPending', listener); }
	/** @param {() => void} listener */
	onRingingStart(listener) { return this.#on('onRingingStart', listener); }
	/** @param {() => void} listener */
	onRingingStop(listener) { return this.#on('onRingingStop', listener); }
	/** @param {() => void} listener */
	onAccepted(listener) { return this.#on('onAccepted', listener); }
	/** @param {(stream: Stream) => void} listener */
	onRemoteMedia(listener) { return this.#on('onRemoteMedia', listener); }
	/** @param {() => void} listener */
	onRemoteMediaEnded(listener) { return this.#on('onRemoteMediaEnded', listener); }
	/** @param {(reason: string) => void} listener */
	onEnded(listener) { return this.#on('onEnded', listener); }
	/** @param {(error: Error) => void} listener */
	onError(listener) { return this.#on('onError', listener); }

	/**
	 * @param {any} [local] a stream object, or `{localMediaStream}`
	 * @returns {Promise<void>} the same one if it is asked twice
	 */
	accept(local) {
		this.#accepting ??= this.#core.accept({ stream: mediaOfArgument(local) });
		return this.#accepting;
	}

	/** @param {string} [reason] */
	end(reason) {
		this.#core.end(reason);
	}

	enableAudio() { this.#core.mute('audio', false); }
	disableAudio() { this.#core.mute('audio', true); }
	enableVideo() { this.#core.mute('video', false); }
	disableVideo() { this.#core.mute('video', true); }

	/** @param {string} digits */
	sendDTMF(digits) {
		try {
			this.#core.sendDTMF(digits);
		} catch (error) {
			this.#listeners.fire('onError', error);
		}
	}

	#followOutgoing() {
		this.#core.on('pending', () => this.#listeners.fire('onPending'));
		this.#core.on('ringing', () => {
			this.#rang = true;
			this.#listeners.fire('onRingingStart');
		});
		this.#core.on('accepted', () => {
			this.#stopRinging();
			this.#listeners.fire('onAccepted');
		});
	}

	#stopRinging() {
		if (this.#rang) this.#listeners.fire('onRingingStop');
		this.#rang = false;
	}

	/** @param {string} type @param {(...args: any[]) => void} listener */
	#on(type, listener) {
		this.#listeners.add(type, listener);
		return this;
	}
}
return { Call };
})();

const src_network = (() => {
/**
 * A network as the classic interface shows it, conferences included.
 * @module
 */

const { Call } = src_call;
const { Listeners, call } = src_events;
const { mediaOfArgument } = src_stream;

/** @import { Network as CoreNetwork } from '../../sdk/network.js' */
/** @import { Client } from './client.js' */

class Network {
	#core; #client;
	#listeners = new Listeners();
	/** Counts the times it was connected or disconnected: each listener hears of each once, late ones of the last. */
	#turn = 0;

	/** @param {CoreNetwork} core @param {Client} client @internal */
	constructor(core, client) {
		this.#core = core;
		this.#client = client;
		let connected = core.state === 'connected';
		core.on('state', ({ state }) => {
			if (state === 'connecting' || (state === 'connected') === connected && this.#turn > 0) return;
			connected = state === 'connected';
			this.#turn += 1;
			this.#listeners.fire(connected ? 'onConnect' : 'onDisconnect');
		});
		core.on('call', incoming => this.#listeners.fire('onIncomingCall', new Call(incoming, this)));
	}

	get isConnected() { return this.#core.state === 'connected'; }
	get disconnectReason() { return this.isConnected ? null : this.#core.reason; }
	get tag() { return this.#core.tag; }
	getClient() { return this.#client; }
	getUser() { return this.#core.identifier; }

	/** @param {() => void} listener */
	onConnect(listener) { return this.#onTurn('onConnect', listener, () => this.isConnected); }
	/** @param {() => void} listener */
	onDisconnect(listener) {
		return this.#onTurn('onDisconnect', listener, () => this.#core.state === 'failed' || this.#core.state === 'disconnected');
	}

	/** @param {(call: Call) => void} listener */
	onIncomingCall(listener) { return this.#on('onIncomingCall', listener); }

	/** @param {string | number} peer @param {{localMediaStream?: any}} [options] */
	call(peer, options) {
		return new Call(this.#core.call(String(peer), { stream: mediaOfArgument(options?.localMediaStream) }), this);
	}

	/** @param {{conferenceName: string, displayName?: string, localMediaStream?: any}} options */
	joinConference({ conferenceName, displayName, localMediaStream }) {
		return this.#core.joinConference({ name: conferenceName, displayName, stream: mediaOfArgument(localMediaStream) });
	}

	/** @param {{localMediaStream?: any}} [_options] */
	async changeConferenceMedia(_options) {
		throw new Error('There is no conference whose media could be changed.');
	}

	async leaveConference() {}

	/** @param {(participant: any) => void} listener */
	onConferenceParticipantJoined(listener) { return this.#on('onConferenceParticipantJoined', listener); }
	/** @param {(participant: any) => void} listener */
	onConferenceParticipantLeft(listener) { return this.#on('onConferenceParticipantLeft', listener); }
	/** @param {(event: any) => void} listener */
	onConferenceEvent(listener) { return this.#on('onConferenceEvent', listener); }
	/** @param {(message: any) => void} listener */
	onConferenceMessage(listener) { return this.#on('onConferenceMessage', listener); }
	/** @param {(file: any) => void} listener */
	onConferenceFile(listener) { return this.#on('onConferenceFile', listener); }
	/** @param {() => void} listener */
	onConferenceEnded(listener) { return this.#on('onConferenceEnded', listener); }

	/** @param {string} type @param {() => void} listener @param {() => boolean} isSo */
	#onTurn(type, listener, isSo) {
		let heard = this.#turn - 1;
		const once = () => {
			if (heard === this.#turn) return;
			heard = this.#turn;
			call(listener, []);
		};
		queueMicrotask(() => isSo() && once());
		return this.#on(type, once);
	}

	/** @param {string} type @param {(...args: any[]) => void} listener */
	#on(type, listener) {
		this.#listeners.add(type, listener);
		return this;
	}
}
return { Network };
})();

const src_client = (() => {
/**
 * A client as the classic interface shows it.
 * @module
 */

const { Client: CoreClient } = sdk_client;
const { Listeners } = src_events;
const { Network } = src_network;

class Client {
	#core;
	#listeners = new Listeners();
	/** @type {Map<object, Network>} */ #networks = new Map();
	/** @type {string | null} */
	disconnectReason = null;

	/** @param {{url: string, userSession: string}} options */
	constructor({ url, userSession }) {
		this.#core = new CoreClient({ url, token: userSession, persist: false });
		this.#core.on('connected', ({ resumed }) => !resumed && this.#connected());
		this.#core.on('disconnected', reason => {
			this.disconnectReason = reason.type;
			this.#listeners.fire('onDisconnect');
		});
	}

	get isConnected() { return this.#core.state === 'connected'; }

	/** @param {() => void} listener */
	onConnect(listener) {
		this.#listeners.add('onConnect', listener);
		return this;
	}

	/** @param {() => void} listener */
	onDisconnect(listener) {
		this.#listeners.add('onDisconnect', listener);
		return this;
	}

	/** @param {string} tag */
	getNetworkByTag(tag) {
		const core = this.#core.network(tag);
		return core && this.#networks.get(core);
	}

	/** Ends the calls and the session's socket. */
	disconnect() {
		this.#core.close();
	}

	#connected() {
		for (const core of this.#core.networks) {
			if (!this.#networks.has(core)) this.#networks.set(core, new Network(core, this));
		}
		this.#listeners.fire('onConnect');
	}
}
return { Client };
})();

const sdk_media = (() => {
/**
 * Microphone, camera and screen, with errors a page can show.
 * @module
 */

/** What getUserMedia's refusals mean to a person. */
const SENTENCES = Object.freeze({
	NotAllowedError: 'The browser or the user refused access.',
	NotFoundError: 'No such device is connected.',
	NotReadableError: 'The device is in use by another program.',
	OverconstrainedError: 'The device cannot do what was asked.',
	SecurityError: 'Devices can be used on secure pages only (https or localhost).',
});

/** A device could not be opened; `reason` is the browser's error name. */
class MediaError extends Error {
	/** @param {unknown} cause */
	constructor(cause) {
		const reason = cause instanceof Error ? cause.name : 'UnknownError';
		super(SENTENCES[/** @type {keyof typeof SENTENCES} */ (reason)] ?? String(cause), { cause });
		this.name = 'MediaError';
		this.reason = reason;
	}
}

/**
 * Opens microphone and camera.
 * @param {{audio?: boolean | MediaTrackConstraints, video?: boolean | MediaTrackConstraints}} [wanted]
 * @returns {Promise<MediaStream>} rejects with a MediaError
 */
async function openMedia(wanted = { audio: true }) {
	try {
		if (!navigator.mediaDevices) throw new DOMException('no secure context', 'SecurityError');
		return await navigator.mediaDevices.getUserMedia(wanted);
	} catch (error) {
		throw new MediaError(error);
	}
}

/**
 * Asks the user for a screen, window or tab.
 * @param {DisplayMediaStreamOptions} [options]
 * @returns {Promise<MediaStream>} rejects with a MediaError
 */
async function openScreen(options = { video: true }) {
	try {
		if (!navigator.mediaDevices?.getDisplayMedia) throw new DOMException('no screen capture', 'NotFoundError');
		return await navigator.mediaDevices.getDisplayMedia(options);
	} catch (error) {
		throw new MediaError(error);
	}
}

/**
 * The devices by kind. Labels are empty until access has been given once.
 * @returns {Promise<{microphones: MediaDeviceInfo[], cameras: MediaDeviceInfo[], speakers: MediaDeviceInfo[]}>}
 */
async function listDevices() {
	const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
	const of = (/** @type {MediaDeviceKind} */ kind) => all.filter(device => device.kind === kind && device.deviceId);
	return { microphones: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') };
}

/**
 * Tells of devices lost and found.
 * @param {() => void} listener
 * @param {{signal?: AbortSignal}} [options]
 */
function watchDevices(listener, options) {
	navigator.mediaDevices?.addEventListener('devicechange', listener, options);
}
return { MediaError, openMedia, openScreen, listDevices, watchDevices };
})();

const src_media = (() => {
/**
 * Getting at microphone, camera and screen, in the two ways of the classic interface.
 * @module
 */

const { MediaError, openMedia, openScreen } = sdk_media;
const { call } = src_events;
const { Stream } = src_stream;

const MediaSourceQuality = Object.freeze({ LOW: 'low', NORMAL: 'normal', HD: 'hd', FULL_HD: 'fullhd' });

const SIZES = Object.freeze({ low: [320, 240], normal: [640, 480], hd: [1280, 720], fullhd: [1920, 1080] });

/** One thing to capture. */
class MediaSource {
	/** @type {keyof typeof SIZES | null} */ #quality = null;

	/** @param {'audio' | 'video' | 'screen'} kind */
	constructor(kind) {
		this.kind = kind;
	}

	/** @param {keyof typeof SIZES} quality of MediaSourceQuality */
	setQuality(quality) {
		if (!Object.hasOwn(SIZES, quality)) throw new TypeError('quality: one of cdk.MediaSourceQuality expected');
		this.#quality = quality;
		return this;
	}

	/** @returns {true | MediaTrackConstraints} @internal */
	get constraints() {
		if (!this.#quality) return true;
		const [width, height] = SIZES[this.#quality];
		return { width: { ideal: width }, height: { ideal: height } };
	}
}

/** The words old applications look for. */
class UserMediaError extends Error {
	/** @param {unknown} error @param {string} denied */
	constructor(error, denied) {
		const refused = error instanceof MediaError && error.reason === 'NotAllowedError';
		super(refused ? denied : error instanceof Error ? error.message : String(error), { cause: error });
		this.name = 'UserMediaError';
	}
}

/**
 * @param {MediaSource | null} audio
 * @param {MediaSource | null} video camera or screen
 * @returns {Promise<MediaStream>} rejects with a UserMediaError
 */
async function capture(audio, video) {
	/** @type {MediaStreamTrack[]} */
	const tracks = [];
	try {
		if (video?.kind === 'screen') tracks.push(...(await openScreen({ video: video.constraints })).getTracks());
	} catch (error) {
		throw new UserMediaError(error, 'PermissionDenied');
	}
	const camera = video?.kind === 'video' ? video.constraints : false;
	try {
		if (audio || camera) tracks.push(...(await openMedia({ audio: audio?.constraints ?? false, video: camera })).getTracks());
	} catch (error) {
		for (const track of tracks) track.stop();
		throw new UserMediaError(error, 'Permission denied');
	}
	return new MediaStream(tracks);
}

/** `cdk.media.create()` */
class Builder {
	/** @type {MediaSource | null} */ #audio = null;
	/** @type {MediaSource | null} */ #video = null;

	enableMicrophone() {
		this.#audio = new MediaSource('audio');
		return this;
	}

	enableCamera() {
		this.#video = new MediaSource('video');
		return this;
	}

	enableScreen() {
		this.#video = new MediaSource('screen');
		return this;
	}

	/** @returns {Promise<Stream>} */
	async build() {
		return new Stream(await capture(this.#audio, this.#video), true);
	}
}

const media = Object.freeze({ create: () => new Builder() });

/** `new cdk.LocalMediaStream()` */
class LocalMediaStream extends Stream {
	/** @type {MediaSource | null} */ #audio = null;
	/** @type {MediaSource | null} */ #video = null;

	constructor() {
		super(null, true);
	}

	/** @param {(sources: {defaultAudio: MediaSource, defaultVideo: MediaSource, desktopSharing?: MediaSource}) => void} callback */
	queryMediaSources(callback) {
		const sources = { defaultAudio: new MediaSource('audio'), defaultVideo: new MediaSource('video') };
		if (navigator.mediaDevices && 'getDisplayMedia' in navigator.mediaDevices) Object.assign(sources, { desktopSharing: new MediaSource('screen') });
		queueMicrotask(() => call(callback, [sources]));
		return this;
	}

	/** @param {MediaSource | null} source */
	setAudio(source) {
		this.#audio = source ?? null;
		return this;
	}

	/** @param {MediaSource | null} source */
	setVideo(source) {
		this.#video = source ?? null;
		return this;
	}

	/** @param {(error?: Error) => void} [callback] */
	build(callback = () => {}) {
		this.stop();
		capture(this.#audio, this.#video).then(
			stream => {
				this.use(stream);
				call(callback, []);
			},
			error => call(callback, [error]),
		);
		return this;
	}
}

const MediaElementHelper = Object.freeze({
	/** @param {HTMLMediaElement} node @param {any} stream */
	attachStreamToDomNode(node, stream) {
		node.srcObject = stream?.getStream?.() ?? stream ?? null;
		node.autoplay = true;
		// A page that may not play yet plays at the user's next gesture: autoplay stays set.
		if (node.srcObject) node.play().catch(() => {});
	},
});
return { MediaSourceQuality, MediaSource, media, LocalMediaStream, MediaElementHelper };
})();

const src_ngcp = (() => {
/**
 * Sessions from a platform's REST API: `POST <base>/api/rtcsessions/`, then its `Location`.
 * @module
 */

let base = '';
let jwt = '';

const ngcp = Object.freeze({
	/** @param {string} url without it, the page's origin */
	setApiBaseUrl(url) {
		base = String(url);
		return ngcp;
	},

	/** @param {string} token */
	setApiJwt(token) {
		jwt = String(token);
		return ngcp;
	},

	/** @returns {Promise<string>} the session token */
	async createRTCEngineSession() {
		const url = new URL(`${base.replace(/\/+$/, '')}/api/rtcsessions/`, location.href);
		const created = await ask(url, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
		const place = created.headers.get('Location');
		if (!place) throw new Error('The answer of /api/rtcsessions/ names no Location.');
		const session = await (await ask(new URL(place, url), { headers: { Accept: 'application/json' } })).json();
		if (typeof session?.rtc_browser_token !== 'string') throw new Error('The session has no rtc_browser_token.');
		return session.rtc_browser_token;
	},
});

/** @param {URL} url @param {RequestInit & {headers: Record<string, string>}} init */
async function ask(url, init) {
	const answer = await fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${jwt}` } });
	if (!answer.ok) throw new Error(`${url.pathname} answered ${answer.status}.`);
	return answer;
}
return { ngcp };
})();

const src_cdk = (() => {
/**
 * The global `cdk`: the interface of the original SDK over the core of this one.
 * @module
 */

const { Client } = src_client;
const { LocalMediaStream, MediaElementHelper, MediaSourceQuality, media } = src_media;
const { ngcp } = src_ngcp;

const cdk = Object.freeze({
	Client, LocalMediaStream, MediaElementHelper, MediaSourceQuality, media, ngcp,
	logging: Object.freeze({ debug() {} }),
	/** Screen sharing has long needed no extension. */
	getChromeExtensionURL: () => '',
});

Object.assign(globalThis, { cdk });
return { cdk };
})();
})();
