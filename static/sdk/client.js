/**
 * A session with the engine: one socket, the session's networks, and the calls on them.
 *
 * States: connecting → connected ⇄ reconnecting → connected (resumed, or afresh) …
 * → disconnected, which is final.
 * @module
 */

import { Emitter } from './events.js';
import { Socket } from './socket.js';
import { Network } from './network.js';
import { reasonOfError } from './reasons.js';
import { Ledger } from './reclaim.js';

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
export class Client extends Emitter {
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
