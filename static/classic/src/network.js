/**
 * A network as the classic interface shows it, conferences included.
 * @module
 */

import { Call } from './call.js';
import { Listeners, call } from './events.js';
import { mediaOfArgument } from './stream.js';

/** @import { Network as CoreNetwork } from '../../sdk/network.js' */
/** @import { Client } from './client.js' */

export class Network {
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
