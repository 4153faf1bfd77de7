/**
 * One account of the session on its network: where calls start and arrive.
 * @module
 */

import { Emitter } from './events.js';
import { Call } from './call.js';
import { joinConference } from './conference.js';

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
export class Network extends Emitter {
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
