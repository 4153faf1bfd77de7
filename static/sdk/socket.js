/**
 * One WebSocket that outlives its connection: it opens the session, reconnects,
 * resumes where it stopped and keeps the order in both directions.
 *
 * Both sides number their frames (`seq`) and say what they have seen (`ack`: the
 * client in any frame, the engine in `session.validated`), so that a resume repeats
 * exactly what the dead socket swallowed. While it is away frames wait in a queue.
 * @module
 */

import { Outbox } from './outbox.js';

/** How long the engine keeps a lost device's calls, in ms (protocol section 3). */
export const GRACE_MS = 30_000;
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

export class Socket {
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
