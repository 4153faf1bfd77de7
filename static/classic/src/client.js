/**
 * A client as the classic interface shows it.
 * @module
 */

import { Client as CoreClient } from '../../sdk/client.js';
import { Listeners } from './events.js';
import { Network } from './network.js';

export class Client {
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
